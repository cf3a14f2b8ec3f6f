"""What waits about payment lines: to be asked for, to be approved, overdue."""

from datetime import timedelta

import sqlalchemy as sa

from services.contracts.contracts.tasks import payable
from services.contracts.payments.records import NOT_ORDERED, ORDERED, LineState
from services.contracts.rulebook import PaymentSection
from services.contracts.tables import contracts, metadata, payment_lines, payments, receipts
from shared.errands.dispatches import LONG_HOURS
from shared.reading.tasks import ME, NOW, TODAY, Kind, Subject, among, clause_of
from shared.work.identity import OVERSIGHT

LONG = sa.literal(timedelta(hours=LONG_HOURS), sa.Interval)
_c = contracts.c
_l = payment_lines.c
_earlier = payment_lines.alias("earlier")

LINE = Subject(
    "payment_line",
    payment_lines.join(contracts, _c.id == _l.contract_id),
    _l.id,
    _l.key,
    _c.jurisdiction,
    "/v1/payment-lines/{}",
    rulebook=_c.rulebook,
    reference=_c.reference,
    contract_id=_c.id,
    line=_l.number,
)

_earlier_unasked = sa.exists().where(
    _earlier.c.contract_id == _l.contract_id, _earlier.c.number < _l.number, _earlier.c.state == LineState.PLANNED
)

_after = payments.alias("after")
without_receipt = sa.exists().where(
    payments.c.line_id == _l.id,
    sa.not_(among(payments.c.kind, "return", "reinstate")),
    ~sa.exists().where(_after.c.reverses == payments.c.id),
    ~sa.exists().where(receipts.c.payment_id == payments.c.id, sa.or_(payments.c.kind != "refund", receipts.c.settled)),
)

_overdue = sa.and_(
    sa.or_(among(_l.state, *ORDERED), sa.and_(payable, among(_l.state, *NOT_ORDERED))),
    _l.due_on < TODAY,
)
"""Its last day has passed, and it was not paid: also where nobody has asked for it."""

_dispatches = metadata.tables["dispatches"]

_order_not_taken = sa.exists().where(
    payments.c.line_id == _l.id,
    _dispatches.c.business_key == "payment/" + sa.cast(_l.id, sa.Text) + "/" + sa.cast(payments.c.number, sa.Text),
    sa.or_(
        _dispatches.c.state == "cancelled",
        sa.and_(among(_dispatches.c.state, "waiting", "sending"), _dispatches.c.since < NOW - LONG),
    ),
)
"""An order that the treasury has not taken for long, or that was cancelled: it is sent after all, or paid by hand."""

KINDS = (
    Kind(
        "request_payment",
        {"request_payment"},
        LINE,
        sa.and_(payable, among(_l.state, LineState.PLANNED, LineState.RETURNED), ~_earlier_unasked),
        _c.organisation,
        deadline="payment_due",
    ),
    Kind(
        "approve_payment",
        {"approve_payment"},
        LINE,
        sa.and_(payable, _l.state == LineState.REQUESTED, _l.requested_by != ME),
        _c.organisation,
        deadline="payment_due",
        law=lambda book: clause_of(book.section(PaymentSection).separate_payment_approval),
    ),
    Kind("see_to_order", {"record_receipt"}, LINE, _order_not_taken, deadline="payment_due"),
    Kind("watch_overdue_payment", OVERSIGHT, LINE, _overdue, deadline="payment_due"),
    Kind(
        "watch_overdue_payment", {"record_receipt"}, LINE, sa.and_(_overdue, ~without_receipt), deadline="payment_due"
    ),
    Kind("watch_overdue_payment", {"sign_for_provider"}, LINE, _overdue, _c.provider_id, deadline="payment_due"),
)
