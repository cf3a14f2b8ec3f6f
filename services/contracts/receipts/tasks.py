"""What waits about the treasury's answers: receipts, and returns that a second person confirms."""

import sqlalchemy as sa

from services.contracts.payments.tasks import LINE, without_receipt
from services.contracts.rulebook import PaymentSection
from services.contracts.tables import payment_lines
from shared.reading.tasks import ME, Kind, clause_of

_l = payment_lines.c

KINDS = (
    Kind(
        "record_receipt",
        {"record_receipt"},
        LINE,
        without_receipt,
        deadline="payment_due",
    ),
    Kind(
        "confirm_return",
        {"record_receipt"},
        LINE,
        sa.and_(_l.return_waits.is_not(None), _l.return_said_by != ME),
        deadline="payment_due",
        law=lambda book: clause_of(book.section(PaymentSection).incompatible_posts_separated),
    ),
)
