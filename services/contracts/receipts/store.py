"""Queries about receipts."""

from uuid import UUID

import sqlalchemy as sa

from services.contracts.payments.store import entries
from services.contracts.tables import contracts, payments, receipts
from shared.fields.places import city_of
from shared.fields.text import folded
from shared.work.database import Row, Transaction

_OF_REFERENCE = (
    sa.select(payments.c.line_id, contracts.c.jurisdiction)
    .join(receipts, receipts.c.payment_id == payments.c.id)
    .join(contracts, contracts.c.id == payments.c.contract_id)
    .where(
        receipts.c.city == sa.bindparam("in_city", type_=sa.Text),
        receipts.c.treasury_reference_folded == sa.bindparam("reference", type_=sa.Text),
    )
)


async def without_receipt(tx: Transaction, line_id: UUID) -> list[Row]:
    """Orders and refunds of which nobody has yet said what became of them, the oldest first."""
    return [row for row in await entries(tx, line_id) if row["settled"] is None and row["kind"] != "return"]


async def payment_of(tx: Transaction, city: str, reference: str) -> Row | None:
    """The line whose payment this city's treasury settled under the reference, however it was typed."""
    return await tx.one(_OF_REFERENCE, in_city=city, reference=_folded(reference))


def same(one: str, other: str) -> bool:
    """Whether two references are one, however they were typed."""
    return _folded(one) == _folded(other)


async def add_receipt(
    tx: Transaction, payment: Row, contract: Row, order: str | None, settled: bool, reference: str, person: UUID
) -> None:
    """Enters the receipt of a payment, once and for good; `order` is the key of the order that it closes."""
    await tx.insert(
        receipts,
        payment_id=payment["id"],
        settled=settled,
        treasury_reference=reference,
        recorded_by=person,
        recorded_at=tx.now,
        order_key=order,
        city=city_of(contract["jurisdiction"]),
        treasury_reference_folded=(_folded(reference) or None) if settled else None,
    )


def _folded(reference: str) -> str:
    return folded(reference).replace(" ", "")
