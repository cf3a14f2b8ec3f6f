"""Receipts and their corrections, as they are kept."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.contracts.payments.records import PaymentKind
from shared.work.records import Identified, Record


@dataclass(frozen=True, kw_only=True)
class Receipt(Record):
    """What became of a payment. `order_key` is the order that it closes; `confirmed_by`: who confirmed, as another
    person, that it came back."""

    payment_id: UUID
    settled: bool
    treasury_reference: str
    recorded_by: UUID
    recorded_at: datetime
    confirmed_by: UUID | None
    order_key: str | None
    order_state: str = "closed"
    city: str
    treasury_reference_folded: str | None


@dataclass(frozen=True, kw_only=True)
class ReceiptOfPayment(Receipt):
    """A receipt, and of which payment."""

    number: int
    kind: PaymentKind
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class ReceiptCorrection(Identified):
    """What was entered of a payment before, and what another person put in its place, for a reason that is kept."""

    payment_id: UUID
    was_settled: bool
    was_reference: str
    was_by: UUID
    settled: bool
    treasury_reference: str
    reason: UUID
    corrected_by: UUID
    corrected_at: datetime


@dataclass(frozen=True, kw_only=True)
class ExplainedCorrection(ReceiptCorrection):
    """A correction with the text of its reason, as long as that is kept."""

    why: str | None


@dataclass(frozen=True, kw_only=True)
class SettledPayment(Record):
    """A payment that a treasury's reference settles: of which line, and where."""

    line_id: UUID
    jurisdiction: str
