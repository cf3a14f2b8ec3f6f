"""Opening acts and opened bids, as they are kept."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from services.tendering.bids.records import SealedBy
from shared.work.records import Identified, Record

Reason = Literal["undecryptable", "content", "annexes"]
"""Why a bid is unreadable: it does not decrypt, it is no bid, its annexes are not those it lists."""


@dataclass(frozen=True, kw_only=True)
class SealedBid(Identified):
    """A bid that will be opened, with its receipt."""

    provider_id: UUID
    submitted_at: datetime
    hash: str
    envelope_id: UUID


@dataclass(frozen=True, kw_only=True)
class OpenedBid(Record):
    """What a bid asks (CNY), or why and by which clause it holds nothing readable."""

    bid_id: UUID
    procurement_id: UUID
    provider_id: UUID
    price: Decimal | None
    unreadable: Reason | None
    clause: str | None
    opened_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReadOut(Record):
    """An opened bid as it was read out, with bidder, receipt and envelope."""

    bid_id: UUID
    provider_id: UUID
    price: Decimal | None
    unreadable: Reason | None
    clause: str | None
    title: str
    submitted_at: datetime
    hash: str
    sealed_by: SealedBy
    qualified: bool | None
    suite: str
    commitment: str


@dataclass(frozen=True, kw_only=True)
class Offer(Record):
    """What a readable bid says, and the salt that was sealed with it; it goes after its last day."""

    bid_id: UUID
    content: dict[str, Any]
    salt: bytes
    keep_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class Annex(Record):
    """A document that a bid lists, at its place in the list; it goes after its last day."""

    bid_id: UUID
    number: int
    name: str
    content: bytes
    keep_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class OpeningAct(Identified):
    """An opening act under way, with the one-time key to which openers encrypt their shares."""

    procurement_id: UUID
    public_key: str
    private_key: bytes
    begun_at: datetime


@dataclass(frozen=True, kw_only=True)
class OpeningShare(Record):
    """A share that an opener gave to an act, as it was encrypted."""

    act_id: UUID
    opener: UUID
    number: int
    share: str
    given_at: datetime
