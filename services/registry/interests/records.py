"""Declared interests and how each came about, as they are kept."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from shared.work.records import Aggregate, Record
from shared.work.states import moves


@moves(
    begins="standing",
    standing="ended annulled",
    ended="standing annulled",
    annulled="standing",
)
class DeclarationState(StrEnum):
    """An interest stands from its declaration until it has ended, or is annulled: it never was one."""

    STANDING = "standing"
    ENDED = "ended"
    ANNULLED = "annulled"


NOT_ANNULLED = (DeclarationState.STANDING, DeclarationState.ENDED)


@dataclass(frozen=True, kw_only=True)
class Declaration(Aggregate):
    """A person has an interest in a provider; `last_day` of one that has ended."""

    person_id: UUID
    provider_id: UUID
    state: DeclarationState = DeclarationState.STANDING
    declared_by: UUID
    declared_on: date
    last_day: date | None = None
    ended_by: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class InterestAct(Record):
    """What somebody said of an interest, on which ground, by which document (SHA-256) and until when that is kept."""

    interest_id: UUID
    number: int
    person_id: UUID
    act: str
    ground: str
    document_hash: str | None
    acted_by: UUID
    acted_at: datetime
    salt: bytes
    keep_until: date | None = None
