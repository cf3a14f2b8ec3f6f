"""Events of bids that are for the record alone."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events.tendering import InternalTenderingEvent


class _Bid(InternalTenderingEvent):
    """A bid has a key of its own: the versions of the purchase's key would tell each bidder how many came before."""

    key_field: ClassVar[str] = "bid_id"
    subject_field: ClassVar[str] = "bid_id"

    bid_id: UUID


class BidSubmitted(_Bid):
    """A sealed bid was received in time: the hash of its envelope, as on the receipt, its suite, and who sealed it
    (bidder, server)."""

    name: ClassVar[str] = "bid_submitted"

    hash: str
    suite: str
    sealed_by: str
    submitted_at: datetime | None = None
    replaces: UUID | None = None


class BidWithdrawn(_Bid):
    """The bidder withdrew its bid before the closing; it is never opened."""

    name: ClassVar[str] = "bid_withdrawn"
