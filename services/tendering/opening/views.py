"""How the opening looks from outside."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from shared.database import Row
from shared.money import Money


class OpenedBidView(BaseModel):
    """An opened bid as it was read out: bidder, price in CNY, receipt."""

    bid_id: UUID
    provider_id: UUID
    title: str
    price: Money
    submitted_at: datetime
    sha256: str
    sealed_by: str


class MinutesView(BaseModel):
    """The minutes of the opening: when, by which two persons, which list, and all bids. Bids that were sealed by the
    server rest on the trust in its operator; bids that their bidders sealed do so only from the opening on."""

    procurement_id: UUID
    opened_at: datetime
    openers: list[UUID]
    receipts_hash: str
    bids: list[OpenedBidView]


def minutes_view(procurement: Row, bids: list[Row]) -> MinutesView:
    return MinutesView(
        procurement_id=procurement["id"],
        opened_at=procurement["opened_at"],
        openers=[procurement["opening_proposed_by"], procurement["opening_confirmed_by"]],
        receipts_hash=procurement["receipts_hash"],
        bids=[OpenedBidView(**{name: row[name] for name in OpenedBidView.model_fields}) for row in bids],
    )
