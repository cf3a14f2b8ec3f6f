"""Routes of receipts."""

from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.contracts.payments.views import LineView
from services.contracts.receipts.handlers import RecordReceipt, record_receipt
from shared.http import Body, Command, Id, perform, router
from shared.text import ShortText

routes = router("receipts")


class ReceiptBody(Body):
    """The treasury's answer to an order, or that a refund has come in. Without `payment_id` it answers the oldest
    order or refund of the line that has no receipt yet."""

    settled: bool
    treasury_reference: ShortText | None = Field(default=None, examples=["GK-2022-0001"])
    payment_id: Id | None = None


@routes.post("/payment-lines/{line_id}/receipts", operation_id="record_receipt", response_model=LineView)
async def post_receipt(line_id: UUID, body: ReceiptBody, call: Command) -> Response:
    """Enters the receipt: settled, or returned unpaid. Duty: record_receipt, of the jurisdiction."""
    command = RecordReceipt(line_id, body.settled, body.treasury_reference, body.payment_id)
    return await perform(record_receipt, call, command)
