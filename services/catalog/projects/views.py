"""How projects look from outside."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from shared.fields.money import Money, Points
from shared.fields.places import city_of
from shared.web.http import FindingView, View
from shared.work.database import Row


class ProjectView(View):
    """A project: what, by which way, under which rulebook, how far it has come. `estimate` in CNY."""

    id: UUID
    version: int
    reference: str
    title: str
    jurisdiction: str
    organisation: UUID
    proposer: UUID
    rulebook: str
    state: str
    way: str
    item: str
    service_class: int | None
    nature: Literal["continuous", "deliverable"]
    need_origin: str | None
    in_central_directory: bool
    estimate: Money
    proposed_on: date
    details: dict[str, Any]
    deliberated_on: date | None
    voted_on: date | None
    votes_for: int | None
    votes_against: int | None
    follows: UUID | None
    contract_id: UUID | None
    provider_id: UUID | None


class ClearanceView(View):
    """Whether all stands for a procurement, and which of approval, budget, requirement does not. `findings` are what
    stands in the way, by which clause; `explain` what is met."""

    complete: bool
    missing: list[str]
    findings: list[FindingView]


class ResultView(BaseModel):
    """An evaluation of the project or of the one it follows: the basis for the next budget."""

    id: UUID
    project_id: UUID
    contract_id: UUID
    provider_id: UUID
    kind: str
    score: Points
    grade: str
    concluded_on: date


EXPORT_COLUMNS = (
    "reference",
    "title",
    "jurisdiction",
    "organisation",
    "rulebook",
    "state",
    "way",
    "item",
    "service_class",
    "estimate",
    "proposed_on",
)


def reference(row: Row) -> str:
    """As people say it: city, year of the proposal, number: `4404-2022-000017`."""
    return f"{city_of(row['jurisdiction'])}-{row['proposed_on'].year}-{row['number']:06d}"


def project_view(row: Row) -> ProjectView:
    named = {name: row[name] for name in ProjectView.model_fields if name not in ("explain", "reference")}
    return ProjectView(reference=reference(row), **named)


def export_row(row: Row) -> dict[str, Any]:
    return {name: reference(row) if name == "reference" else row[name] for name in EXPORT_COLUMNS}


def result_view(row: Row) -> ResultView:
    return ResultView(**{name: row[name] for name in ResultView.model_fields})
