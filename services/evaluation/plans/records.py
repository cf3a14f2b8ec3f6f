"""Contracts as evaluation knows them, what they owe by when, and their targets, as they are kept."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from shared.work.records import Aggregate, Owned
from shared.work.states import moves

DutyKind = Literal["acceptance", "assessment", "evaluation"]


@dataclass(frozen=True, kw_only=True)
class Contract(Owned):
    """The copy of a signed contract, with its payment lines as its event told them. `signed_by`: the person who signed
    it for the purchaser."""

    source_version: int
    provider_id: UUID
    procurement_id: UUID
    reference: str
    rulebook: str
    starts_on: date
    ends_on: date
    service_class: int | None
    nature: str
    procurement_project: bool
    signed_by: UUID
    objection_window_working_days: int | None
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class OfContract(Aggregate):
    """A record under a contract."""

    provider_id: UUID
    contract_id: UUID


@moves(
    begins="planned",
    planned="under_way notified concluded dropped",
    under_way="notified concluded dropped",
    notified="concluded dropped",
    concluded="under_way",
    dropped="under_way notified concluded",
)
class DutyState(StrEnum):
    """How far a duty has come; what is notified waits for the window of its objections alone."""

    PLANNED = "planned"
    UNDER_WAY = "under_way"
    NOTIFIED = "notified"
    CONCLUDED = "concluded"
    DROPPED = "dropped"


OVER = (DutyState.CONCLUDED, DutyState.DROPPED)
"""States of a duty about which nothing happens any more."""
DONE = (DutyState.NOTIFIED, *OVER)
"""States of a duty that has been done."""


@dataclass(frozen=True, kw_only=True)
class Duty(OfContract):
    """An acceptance, assessment or evaluation owed by a day, by a clause: for a payment line, or for the contract."""

    kind: DutyKind
    final: bool
    line_id: UUID | None
    number: int | None
    period: int | None
    due_on: date
    clause: str
    state: DutyState = DutyState.PLANNED

    def overdue(self, today: date) -> bool:
        """A day is over when it is over: due today is not overdue."""
        return self.state not in DONE and today > self.due_on


@dataclass(frozen=True, kw_only=True)
class PlacedDuty(Duty):
    """A duty, and its place among those of the same day."""

    place: int


@moves(begins="proposed set", proposed="set replaced", set="replaced")
class TargetsState(StrEnum):
    """Targets wait for a second person, stand, or others stand in their place."""

    PROPOSED = "proposed"
    SET = "set"
    REPLACED = "replaced"


@dataclass(frozen=True, kw_only=True)
class Targets(OfContract):
    """Goal and indicators of a contract. Those that come late, or in the place of others, have the hash of a reason and
    who approved them."""

    performance_goal: str
    indicators: list[dict[str, str]]
    set_by: UUID
    set_on: date
    state: TargetsState = TargetsState.SET
    reason_hash: bytes | None = None
    approved_by: UUID | None = None

    @property
    def names(self) -> frozenset[str]:
        """The names of the indicators."""
        return frozenset(indicator["name"] for indicator in self.indicators)

    @property
    def reasoned(self) -> bool:
        return self.reason_hash is not None
