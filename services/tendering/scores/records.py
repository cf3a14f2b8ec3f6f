"""Sheets, the ranking, lots, and what evaluation said of bidders before, as it is kept."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from shared.work.records import Aggregate, Identified, Record
from shared.work.states import moves

DecidedBy = Literal["score", "price", "technical", "lot", "tie"]
"""What set a bid apart from its nearest rivals; `tie`: lots have yet to be drawn."""


@moves(begins="drawn", drawn="confirmed void")
class LotsState(StrEnum):
    """Whether another person has confirmed the order drawn; it is void once it is drawn again, or the bids are ranked
    again."""

    DRAWN = "drawn"
    CONFIRMED = "confirmed"
    VOID = "void"


@dataclass(frozen=True, kw_only=True)
class ConcludedEvaluation(Identified):
    """An evaluation of a provider's service, as it was last told."""

    provider_id: UUID
    jurisdiction: str
    rulebook: str
    kind: str
    score: Decimal
    grade: str
    concluded_on: date
    source_version: int


@dataclass(frozen=True, kw_only=True)
class KnownResult(Record):
    """What is known of a provider's service before; `kind` is mid or final, or imported for one of before Goufu."""

    provider_id: UUID
    jurisdiction: str
    rulebook: str
    kind: str
    score: str | None
    grade: str
    concluded_on: date


@dataclass(frozen=True, kw_only=True)
class GivenSheet(Record):
    """A sheet that a member gave; the last `number` counts, `reason` says why it took the place of the one before.
    `signs`: what the member says of each sign of concert, by bid, with the reason."""

    procurement_id: UUID
    person_id: UUID
    number: int
    reason: str | None
    given_at: datetime
    signs: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class HandedIn(Record):
    """Who handed a bid in, its bidder's title, and whether it is qualified."""

    id: UUID
    submitted_by: UUID
    qualified: bool | None
    title: str


@dataclass(frozen=True, kw_only=True)
class SheetPoints(Record):
    """The points of one member for one bid on one factor, on that sheet."""

    procurement_id: UUID
    person_id: UUID
    bid_id: UUID
    factor: str
    points: Decimal
    sheet: int


@dataclass(frozen=True, kw_only=True)
class Place(Record):
    """A bid in the ranking, with its points by factor. Price in CNY; `evaluated_price` is it after the deduction for
    small enterprises, None where nothing was deducted."""

    bid_id: UUID
    procurement_id: UUID
    provider_id: UUID
    price: Decimal
    points: dict[str, str]
    technical: Decimal
    total: Decimal
    rank: int
    tied: bool
    decided_by: DecidedBy
    evaluated_price: Decimal | None = None

    @property
    def scored_price(self) -> Decimal:
        """The price by which it was scored."""
        return self.price if self.evaluated_price is None else self.evaluated_price


@dataclass(frozen=True, kw_only=True)
class TitledPlace(Place):
    """A place, with the bidder's title."""

    title: str


@dataclass(frozen=True, kw_only=True)
class DrawnLots(Aggregate):
    """An order drawn by lot among bids that share a rank."""

    procurement_id: UUID
    bid_ids: list[UUID]
    drawn_by: UUID
    confirmed_by: UUID | None = None
    state: LotsState = LotsState.DRAWN
