"""Events of reviews that are for the record alone."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events import Audience
from shared.events.tendering import InternalTenderingEvent, TenderingEvent


class QualificationFound(TenderingEvent):
    """One reviewer held the bids against the purchaser's own conditions; the review counts when another agrees."""

    name: ClassVar[str] = "qualification_found"
    audience: ClassVar[Audience] = "internal"

    number: int
    facts: str | None = None


class QualifiedBid(BaseModel):
    """Whether a bid passed, which conditions it met, and on what the finding on each rests."""

    model_config = ConfigDict(frozen=True)

    bid_id: UUID
    qualified: bool
    met: dict[str, bool] = Field(default_factory=dict)
    basis: dict[str, str] | None = None


class BidsQualified(InternalTenderingEvent):
    """Which bids passed the review, for the audit alone."""

    name: ClassVar[str] = "bids_qualified"

    bids: list[QualifiedBid]
    first_found_by: UUID | None = None
