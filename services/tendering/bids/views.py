"""How bids look from outside."""

from datetime import datetime
from uuid import UUID

from shared.web.http import View


class EnvelopeView(View):
    """A sealed bid that is kept but not yet submitted: its id, the hash of its bytes, the commitment in it."""

    id: UUID
    procurement_id: UUID
    provider_id: UUID
    hash: str
    suite: str
    commitment: str
    sealed_by: str


class ReceiptView(View):
    """The receipt of a bid: the database's time, the hash of the sealed bid, and who sealed it: the bidder, so that
    nobody can read it before the opening, or this server, which read it as it came."""

    id: UUID
    version: int
    procurement_id: UUID
    provider_id: UUID
    state: str
    submitted_at: datetime
    hash: str
    sealed_by: str
