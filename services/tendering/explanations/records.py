"""Prices that were asked about, and the panel's voices on them, as they are kept."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.work.records import Aggregate, Record


@dataclass(frozen=True, kw_only=True)
class Explanation(Aggregate):
    """A price that a member of the panel asked about: until when an answer counts, and what the panel decided."""

    procurement_id: UUID
    bid_id: UUID
    provider_id: UUID
    asked_by: UUID
    asked_at: datetime
    answer_until: datetime
    answered_by: UUID | None = None
    answered_at: datetime | None = None
    proven: bool | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ExplanationShown(Explanation):
    """One with what the bidder answered."""

    text: str | None


@dataclass(frozen=True, kw_only=True)
class ExplanationText(Record):
    """How a bidder explains its price; the last `number` counts, `reason` says why it took the place of the one before,
    which `was_by` gave."""

    explanation_id: UUID
    number: int
    text: str
    salt: bytes
    given_by: UUID
    given_at: datetime
    was_by: UUID | None = None
    reason: str | None = None
    keep_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class ExplanationVote(Record):
    """What a member of the panel says of it."""

    explanation_id: UUID
    person_id: UUID
    proven: bool
    voted_at: datetime


@dataclass(frozen=True, kw_only=True)
class PriceLook(Record):
    """What a member says who looked at a price clearly below the others: whether it needs no explanation, and why. The
    last `number` of the member counts."""

    bid_id: UUID
    person_id: UUID
    number: int
    needless: bool
    reason: str
    given_at: datetime
