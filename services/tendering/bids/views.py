"""How bids look from outside."""

from datetime import datetime
from uuid import UUID

from shared.database import Row
from shared.http import View


class EnvelopeView(View):
    """A sealed bid that is kept but not yet submitted: its id and the SHA-256 of its ciphertext."""

    id: UUID
    procurement_id: UUID
    provider_id: UUID
    sha256: str
    sealed_by: str


class ReceiptView(View):
    """The receipt of a bid: the database's time, the SHA-256 of the ciphertext, and who sealed it."""

    id: UUID
    version: int
    procurement_id: UUID
    provider_id: UUID
    state: str
    submitted_at: datetime
    sha256: str
    sealed_by: str


def envelope_view(row: Row) -> EnvelopeView:
    return EnvelopeView(**{name: row[name] for name in EnvelopeView.model_fields if name != "explain"})


def receipt_view(row: Row) -> ReceiptView:
    return ReceiptView(**{name: row[name] for name in ReceiptView.model_fields if name != "explain"})
