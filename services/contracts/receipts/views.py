"""How receipts and their corrections look from outside."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.contracts.receipts.records import ExplainedCorrection, ReceiptOfPayment
from shared.fields.money import Money
from shared.work.bounds import latest


class CorrectionView(BaseModel):
    """What was entered before, what another person put in its place, and why."""

    was_settled: bool
    was_reference: str
    was_by: UUID
    settled: bool
    treasury_reference: str
    corrected_by: UUID
    corrected_at: datetime
    reason: str | None


class ReceiptView(BaseModel):
    """What is entered of one payment, and how it was corrected, the oldest first; `number` counts the movements of the
    line, CNY. `confirmed_by`: who confirmed, as another person, that it came back."""

    payment_id: UUID
    number: int
    kind: str
    amount: Money
    settled: bool
    treasury_reference: str
    recorded_by: UUID
    recorded_at: datetime
    confirmed_by: UUID | None
    corrections: list[CorrectionView]


def receipt_views(
    receipts: Iterable[ReceiptOfPayment], corrections: Iterable[ExplainedCorrection]
) -> list[ReceiptView]:
    of: dict[UUID, list[CorrectionView]] = {}
    for each in corrections:
        shown = CorrectionView.model_validate({**vars(each), "reason": each.why})
        of.setdefault(each.payment_id, []).append(shown)
    return [
        ReceiptView.model_validate({**vars(receipt), "corrections": latest(of.get(receipt.payment_id, []))})
        for receipt in receipts
    ]
