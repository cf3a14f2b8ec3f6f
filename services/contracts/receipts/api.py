"""Routes of receipts."""

from typing import Literal
from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.contracts.payments.views import LineView
from services.contracts.receipts.handlers import RecordReceipt, record_receipt
from shared.errands.documents import Documented, names
from shared.fields.text import ShortText
from shared.web.http import Command, Id, perform, router

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
    treasury_reference: ShortText | None = Field(default=None, examples=["GK-2022-0001"])
    payment_id: Id | None = None


@routes.post("/payment-lines/{line_id}/receipts", operation_id="record_receipt", response_model=LineView)
async def post_receipt(line_id: UUID, body: ReceiptBody, call: Command) -> Response:
    """Enters the receipt: settled, or returned unpaid. Duty: record_receipt, of the jurisdiction."""
    command = RecordReceipt(line_id, body.settled, body.treasury_reference, body.payment_id, body.paid_by)
    return await perform(record_receipt, names(call, body, "payment", line_id), command)
