"""Queries about receipts."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.contracts.payments.store import entries, waits_for_receipt
from services.contracts.tables import contracts, payment_lines, payments, private_reasons, receipt_corrections, receipts
from shared.fields.ids import new_id
from shared.fields.places import city_of
from shared.fields.text import folded
from shared.web.paging import Slice
from shared.work.database import Reader, Row, Transaction

_OF_REFERENCE = (
    sa.select(payments.c.line_id, contracts.c.jurisdiction)
    .join(receipts, receipts.c.payment_id == payments.c.id)
    .join(contracts, contracts.c.id == payments.c.contract_id)
    .where(
        receipts.c.city == sa.bindparam("in_city", type_=sa.Text),
        receipts.c.treasury_reference_folded == sa.bindparam("reference", type_=sa.Text),
    )
)
_OF_LINE = payments.c.line_id == sa.bindparam("line_id", type_=sa.Uuid)
_RECEIPTS = (
    sa.select(receipts, payments.c.number, payments.c.kind, payments.c.amount)
    .join(payments, payments.c.id == receipts.c.payment_id)
    .where(_OF_LINE)
    .order_by(payments.c.number)
)
_CORRECTIONS = (
    sa.select(receipt_corrections, private_reasons.c.reason.label("why"))
    .outerjoin(private_reasons, private_reasons.c.id == receipt_corrections.c.reason)
    .where(receipt_corrections.c.payment_id == sa.any_(sa.bindparam("payments", type_=ARRAY(sa.Uuid))))
    .order_by(receipt_corrections.c.corrected_at)
)
_CORRECT = (
    sa.update(receipts)
    .where(receipts.c.payment_id == sa.bindparam("of_payment", type_=sa.Uuid))
    .values(
        settled=sa.bindparam("now_settled", type_=sa.Boolean),
        treasury_reference=sa.bindparam("now_reference", type_=sa.Text),
        treasury_reference_folded=sa.bindparam("now_folded", type_=sa.Text),
        recorded_by=sa.bindparam("now_by", type_=sa.Uuid),
        recorded_at=sa.bindparam("now_at", type_=receipts.c.recorded_at.type),
        confirmed_by=None,
    )
)


async def without_receipt(tx: Transaction, line_id: UUID) -> list[Row]:
    """Orders and refunds of which nobody has yet said what became of them, the oldest first."""
    return [row for row in await entries(tx, line_id) if waits_for_receipt(row)]


async def payment_of(tx: Transaction, city: str, reference: str) -> Row | None:
    """The line whose payment this city's treasury settled under the reference, however it was typed."""
    return await tx.one(_OF_REFERENCE, in_city=city, reference=_folded(reference))


def same(one: str, other: str) -> bool:
    """Whether two references are one, however they were typed."""
    return _folded(one) == _folded(other)


async def add_receipt(
    tx: Transaction,
    payment: Row,
    contract: Row,
    order: str | None,
    settled: bool,
    reference: str,
    person: UUID,
    confirmed_by: UUID | None,
) -> None:
    """Enters the receipt of a payment; `order` is the key of the order that it closes."""
    await tx.insert(
        receipts,
        confirmed_by=confirmed_by,
        payment_id=payment["id"],
        settled=settled,
        treasury_reference=reference,
        recorded_by=person,
        recorded_at=tx.now,
        order_key=order,
        city=city_of(contract["jurisdiction"]),
        treasury_reference_folded=(_folded(reference) or None) if settled else None,
    )


async def correct_receipt(
    tx: Transaction, payment: Row, settled: bool, reference: str, person: UUID, reason: UUID
) -> None:
    """Puts what holds now in the place of what was entered of a payment, and keeps that."""
    await tx.insert(
        receipt_corrections,
        id=new_id(),
        payment_id=payment["id"],
        was_settled=payment["settled"],
        was_reference=payment["treasury_reference"],
        was_by=payment["recorded_by"],
        settled=settled,
        treasury_reference=reference,
        reason=reason,
        corrected_by=person,
        corrected_at=tx.now,
    )
    await tx.run(
        _CORRECT,
        of_payment=payment["id"],
        now_settled=settled,
        now_reference=reference,
        now_folded=(_folded(reference) or None) if settled else None,
        now_by=person,
        now_at=tx.now,
    )


async def say_returned(tx: Transaction, line: Row, payment: Row, order: str | None, person: UUID) -> None:
    """Keeps that this person says that the order came back, and where the order was then."""
    await tx.update(payment_lines, line["id"], return_waits=payment["id"], return_said_by=person, return_order=order)


async def forget_return(tx: Transaction, line: Row) -> None:
    await tx.update(payment_lines, line["id"], return_waits=None, return_said_by=None, return_order=None)


async def read_receipts(reader: Reader, line_id: UUID, shown: Slice) -> list[Row]:
    """The receipts of a line as they hold now, in the order of its movements."""
    return await reader.all(shown.of(_RECEIPTS), line_id=line_id)


async def read_corrections(reader: Reader, payment_ids: list[UUID]) -> list[Row]:
    return await reader.all(_CORRECTIONS, payments=payment_ids)


def _folded(reference: str) -> str:
    return folded(reference).replace(" ", "")
