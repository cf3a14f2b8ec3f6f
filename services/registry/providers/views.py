"""How providers and their evidence look from outside."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from pydantic import BaseModel

from shared.web.http import View
from shared.work.database import Row


class ProviderView(View):
    """A provider of the public register; its id is the organisation of its posts. `code_licence`: the licence by which
    two persons registered a code that misses its check character."""

    id: UUID
    version: int
    jurisdiction: str
    title: str
    kind: str
    form: str | None
    credit_code: str | None
    code_licence: str | None
    registered_with: str | None
    registration_number: str | None
    founded_on: date
    state: str


class EvidenceView(BaseModel):
    """A paper: what it is, who issued it, until when it is valid (last day), and whether the registry has seen it."""

    id: UUID
    kind: str
    result: str | None
    issuer: str
    issuer_level: str | None
    issued_on: date
    valid_until: date | None
    document_hash: str
    state: str
    verified_on: date | None


class ProviderFile(ProviderView):
    """A provider with its papers."""

    evidence: list[EvidenceView]


def provider_view(row: Row) -> ProviderView:
    return ProviderView(**{name: row[name] for name in ProviderView.model_fields if name != "explain"})


def provider_file(row: Row, papers: list[Row]) -> ProviderFile:
    return ProviderFile(**provider_view(row).model_dump(), evidence=evidence_views(papers))


def evidence_views(papers: Sequence[Row]) -> list[EvidenceView]:
    return [EvidenceView(**{name: paper[name] for name in EvidenceView.model_fields}) for paper in papers]
