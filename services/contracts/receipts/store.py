"""Queries about receipts."""

from uuid import UUID

from services.contracts.payments.store import entries
from services.contracts.tables import receipts
from shared.database import Row, Transaction


async def without_receipt(tx: Transaction, line_id: UUID) -> list[Row]:
    """Orders and refunds of which nobody has yet said what became of them, the oldest first."""
    return [row for row in await entries(tx, line_id) if row["settled"] is None and row["kind"] != "return"]


async def add_receipt(tx: Transaction, payment_id: UUID, settled: bool, reference: str, person: UUID) -> None:
    """Enters the receipt of a payment, once and for good."""
    await tx.insert(
        receipts,
        payment_id=payment_id,
        settled=settled,
        treasury_reference=reference,
        recorded_by=person,
        recorded_at=tx.now,
    )
