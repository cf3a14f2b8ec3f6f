"""Queries about receipts."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.contracts.payments.records import Movement
from services.contracts.payments.store import entries, waiting
from services.contracts.receipts.records import (
    ExplainedCorrection,
    Receipt,
    ReceiptCorrection,
    ReceiptOfPayment,
    SettledPayment,
)
from services.contracts.tables import contracts, payments, private_reasons, receipt_corrections, receipts
from shared.fields.text import told_apart_by
from shared.web.paging import Slice
from shared.work.database import Reader, Transaction

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
_RECEIPT = sa.select(receipts).where(receipts.c.payment_id == sa.bindparam("of_payment", type_=sa.Uuid))
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


async def without_receipt(tx: Transaction, line_id: UUID) -> list[Movement]:
    """Orders and refunds of which nobody has yet said what became of them, the oldest first."""
    return waiting(await entries(tx, line_id))


async def payment_of(tx: Transaction, city: str, reference: str) -> SettledPayment | None:
    """The line whose payment this city's treasury settled under the reference, however it was typed."""
    return await tx.one(_OF_REFERENCE, SettledPayment, in_city=city, reference=told_apart_by(reference))


def same(one: str, other: str) -> bool:
    """Whether two references are one, however they were typed."""
    return told_apart_by(one) == told_apart_by(other)


def told_apart(settled: bool, reference: str) -> str | None:
    """How the reference of what was paid is told from others; what was not paid has none."""
    return (told_apart_by(reference) or None) if settled else None


async def correct_receipt(tx: Transaction, correction: ReceiptCorrection) -> Receipt:
    """Puts what holds now in the place of what was entered of a payment, and keeps that; returns what holds."""
    await tx.add(correction)
    await tx.run(
        _CORRECT,
        of_payment=correction.payment_id,
        now_settled=correction.settled,
        now_reference=correction.treasury_reference,
        now_folded=told_apart(correction.settled, correction.treasury_reference),
        now_by=correction.corrected_by,
        now_at=correction.corrected_at,
    )
    receipt = await tx.one(_RECEIPT, Receipt, of_payment=correction.payment_id)
    assert receipt is not None
    return receipt


async def read_receipts(reader: Reader, line_id: UUID, shown: Slice) -> list[ReceiptOfPayment]:
    """The receipts of a line as they hold now, in the order of its movements."""
    return await reader.all(shown.of(_RECEIPTS), ReceiptOfPayment, line_id=line_id)


async def read_corrections(reader: Reader, payment_ids: list[UUID]) -> list[ExplainedCorrection]:
    return await reader.all(_CORRECTIONS, ExplainedCorrection, payments=payment_ids)
