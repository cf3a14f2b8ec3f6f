"""Events of scores that are for the record alone."""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events.tendering import InternalTenderingEvent


class GivenPoints(BaseModel):
    """The points of one member for one bid by one factor."""

    model_config = ConfigDict(frozen=True)

    bid_id: UUID
    factor: str
    points: Decimal


class ScoresGiven(InternalTenderingEvent):
    """A member of the panel scored every qualified bid; again before the ranking, where `sheet` is more than 1.
    `facts`: SHA-256 over what they said of signs of concert."""

    name: ClassVar[str] = "scores_given"

    points: list[GivenPoints] = Field(default=[])
    sheet: int = 1
    panel: str | None = None
    facts: str | None = None


class RankedBid(BaseModel):
    """What a bid asks, all its points, and its place."""

    model_config = ConfigDict(frozen=True)

    bid_id: UUID
    price: Decimal
    total: Decimal
    provider_id: UUID | None = None
    rank: int | None = None
    facts: str | None = None


class BidsRanked(InternalTenderingEvent):
    """All members have scored and the bids are ranked; `tied` says that lots must decide."""

    name: ClassVar[str] = "bids_ranked"

    bids: int
    tied: bool
    ranking: list[RankedBid] = Field(default=[])


class LotsDrawn(InternalTenderingEvent):
    """An order among equals was drawn by lot; it counts when another person has confirmed it, and
    `ranking` says the places then."""

    name: ClassVar[str] = "lots_drawn"

    confirmed: bool
    ranking: list[RankedBid] = Field(default=[])
    order: list[UUID] | None = None
