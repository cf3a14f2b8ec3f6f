"""Projects, the purchasers they are for and the results of their services, as they are kept."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from shared.fields.places import city_of
from shared.work.records import Aggregate, Identified
from shared.work.states import moves


@moves(
    begins="proposed",
    proposed="deliberated voted consented chosen pooled declined",
    deliberated="proposed voted pooled declined",
    voted="proposed deliberated pooled declined",
    consented="chosen pooled declined",
    chosen="pooled declined",
    pooled="cleared declined",
    cleared="in_procurement contracted declined",
    in_procurement="cleared contracted",
    contracted="cleared closed",
    closed="contracted",
    declined="proposed deliberated voted",
)
class ProjectState(StrEnum):
    """How far a project has come: on its way into the pool, in it, and through a purchase."""

    PROPOSED = "proposed"
    DELIBERATED = "deliberated"
    VOTED = "voted"
    CONSENTED = "consented"
    CHOSEN = "chosen"
    POOLED = "pooled"
    CLEARED = "cleared"
    IN_PROCUREMENT = "in_procurement"
    CONTRACTED = "contracted"
    CLOSED = "closed"
    DECLINED = "declined"


UNREVIEWED = (
    ProjectState.PROPOSED,
    ProjectState.DELIBERATED,
    ProjectState.VOTED,
    ProjectState.CONSENTED,
    ProjectState.CHOSEN,
)
TO_BE_PROCURED = (ProjectState.POOLED, ProjectState.CLEARED)
BEFORE_PROCUREMENT = (*UNREVIEWED, *TO_BE_PROCURED)
IN_POOL = (*TO_BE_PROCURED, ProjectState.IN_PROCUREMENT, ProjectState.CONTRACTED, ProjectState.CLOSED)

Nature = Literal["continuous", "deliverable"]
"""A service that goes on, or one that is delivered once."""


@dataclass(frozen=True, kw_only=True)
class Project(Aggregate):
    """A project of the pool. `number` counts all projects of the service, and the database gives it; `estimate` in CNY;
    `details` are the fields that the rulebook asks for besides."""

    number: int = 0
    title: str
    rulebook: str
    state: ProjectState
    way: str
    purchaser_kind: str
    proposer: UUID
    proposed_by: UUID
    proposed_on: date
    item: str
    item_path: list[str]
    service_class: int | None
    nature: Nature
    need_origin: str | None
    in_central_directory: bool
    estimate: Decimal
    details: dict[str, Any]
    follows: UUID | None
    deliberated_on: date | None = None
    voted_on: date | None = None
    votes_for: int | None = None
    votes_against: int | None = None
    consented_by: UUID | None = None
    chosen_by: UUID | None = None
    reviewed_by: UUID | None = None
    review: dict[str, Any] | None = None
    contract_id: UUID | None = None
    provider_id: UUID | None = None
    withdrawal_reason: str | None = None
    withdrawal_proposed_by: UUID | None = None
    withdrawal_confirmed_by: UUID | None = None

    @property
    def reference(self) -> str:
        """As people say it: city, year of the proposal, number: `4404-2022-000017`."""
        return f"{city_of(self.jurisdiction)}-{self.proposed_on.year}-{self.number:06d}"

    @property
    def suppliers(self) -> list[UUID]:
        """For whom its money is: once the project has a provider, for that one."""
        return [self.provider_id] if self.provider_id else []


@dataclass(frozen=True, kw_only=True)
class Purchaser(Identified):
    """A purchaser, as the registry last told it."""

    jurisdiction: str
    title: str
    kind: str
    source_version: int


@dataclass(frozen=True, kw_only=True)
class PurchaserThere(Purchaser):
    """A purchaser, and since when it is no more."""

    left_on: date | None


@dataclass(frozen=True, kw_only=True)
class Result(Identified):
    """An evaluation of a project's service, as it was last told."""

    project_id: UUID
    contract_id: UUID
    provider_id: UUID
    kind: str
    score: Decimal
    grade: str
    concluded_on: date
    source_version: int
