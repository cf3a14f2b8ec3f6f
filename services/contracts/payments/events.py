"""Events of payments that are for the record alone."""

from datetime import date
from typing import ClassVar

from shared.events import Audience
from shared.events.contracts import PaymentEvent


class PaymentDue(PaymentEvent):
    """The result that the line waited for came: its last day to be paid, or none where it gives nothing more."""

    name: ClassVar[str] = "payment_due"
    audience: ClassVar[Audience] = "internal"

    due_on: date | None
