"""Routes of receipts."""

from typing import Literal
from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.contracts.payments.store import read_line
from services.contracts.payments.views import LineView
from services.contracts.receipts import store
from services.contracts.receipts.handlers import CorrectReceipt, RecordReceipt, correct_receipt, record_receipt
from services.contracts.receipts.views import ReceiptView, receipt_views
from shared.errands.documents import Documented, names
from shared.fields.text import LongText, Reference
from shared.web.http import Command, Id, Listed, Query, perform, router

routes = router("receipts")


class ReceiptBody(Documented):
    """The treasury's answer to an order, or that a refund has come in. Without `payment_id` it answers the oldest
    order or refund of the line that has no receipt yet.

    `paid_by` says what was answered: the `order` that the treasury has, or a payment by `hand` instead of it, which
    closes an order that has not left. Without it, a program's receipt answers the order, a person's too once the
    treasury has taken it; before, it is a payment by hand. While nobody knows whether the treasury has taken the order,
    a person has to say `order`, or two operators cancel it first."""

    settled: bool
    paid_by: Literal["order", "hand"] | None = None
    treasury_reference: Reference | None = Field(default=None, examples=["GK-2022-0001"])
    payment_id: Id | None = None


@routes.post("/payment-lines/{line_id}/receipts", operation_id="record_receipt", response_model=LineView)
async def post_receipt(line_id: UUID, body: ReceiptBody, call: Command) -> Response:
    """Enters the receipt: settled, or returned unpaid. What a person says came back another person confirms, by the
    same request; a program of the treasury needs nobody. Duty: record_receipt, of the jurisdiction."""
    command = RecordReceipt(line_id, body.settled, body.treasury_reference, body.payment_id, body.paid_by)
    return await perform(record_receipt, names(call, body, "payment", line_id), command)


class CorrectionBody(Documented):
    """What holds of a payment instead of what was entered, and why. A refund that is not `settled` has not come in."""

    settled: bool
    treasury_reference: Reference | None = Field(default=None, examples=["GK-2022-0001"])
    reason: LongText


@routes.get("/payment-lines/{line_id}/receipts", operation_id="list_receipts")
async def list_receipts(line_id: UUID, query: Query, listed: Listed) -> list[ReceiptView]:
    """What is entered of the payments of a line, and every correction with its reason; for who sees the line."""
    await read_line(query, line_id, query.actor.scope())
    receipts = listed.page(await store.read_receipts(query, line_id, listed.by("number")), "number")
    corrections = await store.read_corrections(query, [receipt.payment_id for receipt in receipts])
    return receipt_views(receipts, corrections)


@routes.post(
    "/payment-lines/{line_id}/receipts/{payment_id}/correction",
    operation_id="correct_receipt",
    response_model=LineView,
)
async def post_correction(line_id: UUID, payment_id: UUID, body: CorrectionBody, call: Command) -> Response:
    """Corrects a receipt, as another person than who entered it. What was not paid after all is asked for anew; what
    was, is paid; and what was paid a second time meanwhile is demanded back. Duty: record_receipt, of the
    jurisdiction."""
    command = CorrectReceipt(line_id, payment_id, body.settled, body.treasury_reference, body.reason)
    return await perform(correct_receipt, names(call, body, "payment", line_id), command)
