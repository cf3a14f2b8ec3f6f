"""Procurements, and the projects that they buy for, as they are kept. Amounts in CNY."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from shared.work.records import Aggregate, Identified, Record
from shared.work.states import moves

Nature = Literal["continuous", "deliverable"]
"""A service that goes on, or one that is delivered once."""


class Method(StrEnum):
    """By which method is bought."""

    OPEN_TENDER = "open_tender"
    CONSULTATION = "competitive_consultation"


@moves(
    begins="drafted",
    drafted="checked failed",
    checked="drafted noticed failed",
    noticed="closed failed",
    closed="opened failed",
    opened="reviewed failed",
    reviewed="scored failed",
    scored="rescoring proposed failed",
    rescoring="scored failed",
    proposed="announced failed",
    announced="proposed confirmed failed",
    confirmed="proposed failed",
)
class ProcurementState(StrEnum):
    """How far a procurement has come, from its first draft to a confirmed award or a failure."""

    DRAFTED = "drafted"
    CHECKED = "checked"
    NOTICED = "noticed"
    CLOSED = "closed"
    OPENED = "opened"
    REVIEWED = "reviewed"
    SCORED = "scored"
    RESCORING = "rescoring"
    PROPOSED = "proposed"
    ANNOUNCED = "announced"
    CONFIRMED = "confirmed"
    FAILED = "failed"


BEFORE_NOTICE = (ProcurementState.DRAFTED, ProcurementState.CHECKED)
WITHOUT_RESULT = tuple(
    state for state in ProcurementState if state not in (ProcurementState.CONFIRMED, ProcurementState.FAILED)
)
"""States in which a procurement may still be ended without one."""
PUBLIC_RESULT = (ProcurementState.ANNOUNCED, ProcurementState.CONFIRMED)
"""States in which everybody may read panel, scores and ranking."""
CONTRACT_ENDED = "contract_ended"
"""Failure of a procurement that had its contract: what was public of it stays so."""


@dataclass(frozen=True, kw_only=True)
class Project(Identified):
    """A cleared project, as the catalog last told it."""

    jurisdiction: str
    organisation: UUID
    reference: str
    title: str
    rulebook: str
    item: str
    service_class: int | None
    nature: Nature
    budget: Decimal
    budget_year: int | None
    sources: list[dict[str, Any]]
    in_central_directory: bool
    requirement_id: UUID
    requirement_version: int
    requirement_hash: str
    source_version: int


@dataclass(frozen=True, kw_only=True)
class WithdrawnProject(Record):
    """A project that is not bought any more."""

    project_id: UUID
    ground: str
    source_version: int


@dataclass(frozen=True, kw_only=True)
class Procurement(Aggregate):
    """A project put to procurement. `closes_at` is the first instant that is too late for a bid; what ends in
    `_proposed_by`, and what goes with it, waits for another person. The database makes `sealed` of the state."""

    reference: str
    title: str
    rulebook: str
    method: Method
    method_reason: str
    procurement_project: bool
    budget: Decimal
    budget_year: int | None
    sources: list[dict[str, Any]]
    service_class: int | None
    nature: Nature
    state: ProcurementState = ProcurementState.DRAFTED
    started_by: UUID
    started_on: date
    file_id: UUID | None = None
    opening_key_id: UUID | None = None
    noticed_on: date | None = None
    closes_at: datetime | None = None
    later_closes_at: datetime | None = None
    later_proposed_by: UUID | None = None
    bids: int | None = None
    receipts_hash: str | None = None
    closed_at: datetime | None = None
    opening_proposed_by: UUID | None = None
    opening_confirmed_by: UUID | None = None
    opened_at: datetime | None = None
    opened_with: list[UUID] | None = None
    abandonment_proposed_by: UUID | None = None
    cancellation_ground: str | None = None
    cancellation_reason: str | None = None
    cancellation_proposed_by: UUID | None = None
    cancellation_confirmed_by: UUID | None = None
    failure_code: str | None = None
    failure_clause: str | None = None
    sealed: UUID | None = None

    @property
    def project_id(self) -> UUID:
        """Along a purchase its project is the key."""
        return self.key

    @property
    def shows_result(self) -> bool:
        """Whether everybody may read panel, scores and ranking."""
        return self.state in PUBLIC_RESULT or self.failure_code == CONTRACT_ENDED
