"""How projects look from outside."""

from datetime import date
from typing import Any
from uuid import UUID

from services.catalog.projects.records import Nature
from shared.fields.money import Money, Points
from shared.web.http import FindingView, Shown, View


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
    nature: Nature
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


class ResultView(Shown):
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
