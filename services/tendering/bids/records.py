"""Bids, sealed and submitted, and what is known of bidders, as it is kept."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from shared.work.records import Aggregate, Identified, Record
from shared.work.states import moves

SealedBy = Literal["server", "bidder"]


@moves(begins="submitted", submitted="replaced withdrawn opened")
class BidState(StrEnum):
    """Whether a bid counts: it was submitted, and nothing took its place before the closing."""

    SUBMITTED = "submitted"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    OPENED = "opened"


LIVE = (BidState.SUBMITTED, BidState.OPENED)


@dataclass(frozen=True, kw_only=True)
class Envelope(Identified):
    """What is known of a sealed bid, without its bytes. `hash` is that of the bytes, `commitment` that of salt, bid and
    annexes, which the bidder can prove its bid by."""

    procurement_id: UUID
    provider_id: UUID
    hash: str
    suite: str
    commitment: str
    sealed_by: SealedBy
    stored_by: UUID
    stored_at: datetime


@dataclass(frozen=True, kw_only=True)
class WholeEnvelope(Envelope):
    """A sealed bid, with its bytes."""

    envelope: bytes


@dataclass(frozen=True, kw_only=True)
class Bid(Aggregate):
    """A sealed bid that its bidder, the record's organisation, submitted. It has a key of its own."""

    procurement_id: UUID
    provider_id: UUID
    envelope_id: UUID
    hash: str
    sealed_by: SealedBy
    submitted_by: UUID
    submitted_at: datetime
    state: BidState = BidState.SUBMITTED
    qualified: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Provider(Identified):
    """A registered provider, as the registry last told it."""

    title: str
    kind: str
    source_version: int


@dataclass(frozen=True, kw_only=True)
class StandingTold(Record):
    """What stands for or against a provider, where, by which clause and until when, as the registry last told it."""

    provider_id: UUID
    cause: UUID
    kind: str
    jurisdiction: str
    rulebook: str
    clause: str
    effect: str
    grade: str | None
    score: str | None
    concluded_on: date | None
    from_day: date
    until_day: date | None
    source_version: int


@dataclass(frozen=True, kw_only=True)
class Departure(Record):
    """Since when a provider's registration is withdrawn; None: it came back."""

    provider_id: UUID
    left_on: date | None
    source_version: int
