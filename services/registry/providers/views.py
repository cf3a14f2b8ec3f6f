"""How providers and their evidence look from outside."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.registry.providers.records import Evidence, Provider
from shared.web.http import Shown, View
from shared.work.bounds import latest


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


class EvidenceView(Shown):
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
    """A provider with its papers, the latest 200; GET …/evidence goes through all."""

    evidence: list[EvidenceView]


def provider_file(provider: Provider, papers: Sequence[Evidence]) -> ProviderFile:
    return ProviderFile(**provider.columns(), evidence=evidence_views(latest(papers)))


def evidence_views(papers: Sequence[Evidence]) -> list[EvidenceView]:
    return [EvidenceView.model_validate(paper) for paper in papers]
