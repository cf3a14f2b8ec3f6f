"""Bars and their reasons, as they are kept."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared.work.records import Aggregate, Record
from shared.work.states import moves


@moves(begins="proposed", proposed="confirmed withdrawn", confirmed="lifted")
class BarState(StrEnum):
    """A bar binds from its confirmation by another person, unless it is lifted."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    LIFTED = "lifted"


@dataclass(frozen=True, kw_only=True)
class Bar(Aggregate):
    """A bar for so many months, on a ground of the clause; `from_day` and `until_day` once it binds."""

    provider_id: UUID
    state: BarState = BarState.PROPOSED
    rulebook: str
    clause: str
    ground: str
    months: int
    document_hash: str | None
    proposed_by: UUID
    proposed_on: date
    confirmed_by: UUID | None = None
    from_day: date | None = None
    until_day: date | None = None


@dataclass(frozen=True, kw_only=True)
class BarWithReason(Bar):
    """A bar with its reason, as long as that is kept."""

    reason: str | None


@dataclass(frozen=True, kw_only=True)
class BarReason(Record):
    """Why a bar was ordered, until when that is kept and for what."""

    bar_id: UUID
    reason: str
    purpose: str
    keep_until: date
