"""What waits in contracts, by the duty that would do it: contracts on their way, payment lines, what is overdue."""

from datetime import timedelta

import sqlalchemy as sa

from services.contracts.contracts.records import ENDED, IN_FORCE, ContractState
from services.contracts.payments.records import NOT_ORDERED, ORDERED, LineState
from services.contracts.rulebook import AccountSection, EndingSection, PaymentSection, SigningSection
from services.contracts.tables import (
    contracts,
    departures,
    metadata,
    payment_lines,
    payments,
    private_accounts,
    receipts,
)
from shared.errands.dispatches import LONG_HOURS
from shared.reading.tasks import ME, NOW, TODAY, Kind, Subject, among, clause_of, install_calendar
from shared.work.identity import OVERSIGHT

LONG = sa.literal(timedelta(hours=LONG_HOURS), sa.Interval)
_c, _l = contracts.c, payment_lines.c
_earlier = payment_lines.alias("earlier")

CONTRACT = Subject(
    "contract",
    contracts,
    _c.id,
    _c.key,
    _c.jurisdiction,
    "/v1/contracts/{}",
    rulebook=_c.rulebook,
    reference=_c.reference,
    contract_id=_c.id,
)
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

_drafted, _in_force = _c.state == ContractState.DRAFTED, among(_c.state, *IN_FORCE)
_payable = among(_c.state, *IN_FORCE, *ENDED)
_unanswered = sa.or_(_c.standing.is_(None), _c.standing == "blocked", _c.cover == "refused")
_cleared = sa.and_(_drafted, _c.standing == "cleared", _c.cover.is_distinct_from("refused"))
_earlier_unasked = sa.exists().where(
    _earlier.c.contract_id == _l.contract_id, _earlier.c.number < _l.number, _earlier.c.state == LineState.PLANNED
)
_unresolved = sa.exists().where(
    _earlier.c.contract_id == _c.id, sa.not_(among(_earlier.c.state, LineState.SETTLED, LineState.WITHHELD))
)
_without_receipt = sa.exists().where(
    payments.c.line_id == _l.id,
    sa.not_(among(payments.c.kind, "return", "reinstate")),
    ~sa.exists().where(receipts.c.payment_id == payments.c.id, sa.or_(payments.c.kind != "refund", receipts.c.settled)),
)

_overdue = sa.and_(
    sa.or_(among(_l.state, *ORDERED), sa.and_(_payable, among(_l.state, *NOT_ORDERED))),
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

_account_named = sa.exists().where(
    private_accounts.c.contract_id == _c.id,
    private_accounts.c.agreed_by.is_(None),
    private_accounts.c.named_by != ME,
)
"""The provider named another account, and the purchaser has not yet agreed."""

_provider_left = sa.exists().where(departures.c.provider_id == _c.provider_id, departures.c.left_on.is_not(None))
_carrier = sa.func.carried_on_by(_c.provider_id, type_=sa.Uuid).column_valued("carrier")
_carried_on = sa.select(_carrier).where(_carrier != _c.provider_id).correlate(contracts).exists()

KINDS = (
    Kind(
        "write_contract",
        {"draft_contract"},
        CONTRACT,
        sa.and_(_drafted, _c.text_hash.is_(None)),
        _c.organisation,
        deadline="contract_signing",
    ),
    Kind(
        "put_to_signature",
        {"sign_contract"},
        CONTRACT,
        sa.and_(_drafted, _c.text_hash.is_not(None), _unanswered),
        _c.organisation,
        deadline="contract_signing",
    ),
    Kind(
        "sign_contract",
        {"sign_contract"},
        CONTRACT,
        sa.and_(_cleared, _c.signed_by.is_(None)),
        _c.organisation,
        deadline="contract_signing",
    ),
    Kind(
        "countersign_contract",
        {"sign_for_provider"},
        CONTRACT,
        sa.and_(_cleared, _c.provider_signed_by.is_(None)),
        _c.provider_id,
        deadline="contract_signing",
    ),
    Kind(
        "agree_payee_account",
        {"sign_contract"},
        CONTRACT,
        sa.and_(_payable, _account_named),
        _c.organisation,
        law=lambda book: clause_of(book.section(AccountSection).settlement_account_agreed),
    ),
    Kind("file_contract", {"file_contract"}, CONTRACT, _c.state == ContractState.SIGNED, deadline="contract_filing"),
    Kind(
        "request_payment",
        {"request_payment"},
        LINE,
        sa.and_(_payable, among(_l.state, LineState.PLANNED, LineState.RETURNED), ~_earlier_unasked),
        _c.organisation,
        deadline="payment_due",
    ),
    Kind(
        "approve_payment",
        {"approve_payment"},
        LINE,
        sa.and_(_payable, _l.state == LineState.REQUESTED, _l.requested_by != ME),
        _c.organisation,
        deadline="payment_due",
        law=lambda book: clause_of(book.section(PaymentSection).separate_payment_approval),
    ),
    Kind(
        "record_receipt",
        {"record_receipt"},
        LINE,
        _without_receipt,
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
    Kind("see_to_order", {"record_receipt"}, LINE, _order_not_taken, deadline="payment_due"),
    Kind(
        "close_contract",
        {"sign_contract"},
        CONTRACT,
        sa.and_(_in_force, _c.ends_on < TODAY, ~_unresolved),
        _c.organisation,
    ),
    Kind(
        "confirm_termination",
        {"sign_contract"},
        CONTRACT,
        sa.and_(_in_force, _c.ending_ground != "agreement", _c.ending_proposed_by != ME),
        _c.organisation,
        law=lambda book: clause_of(book.section(EndingSection).unilateral_change_allowed),
    ),
    Kind(
        "confirm_termination",
        {"sign_for_provider"},
        CONTRACT,
        sa.and_(_in_force, _c.ending_ground == "agreement"),
        _c.provider_id,
        law=lambda book: clause_of(book.section(EndingSection).unilateral_change_allowed),
    ),
    Kind(
        "confirm_withdrawal",
        {"sign_contract"},
        CONTRACT,
        sa.and_(_drafted, _c.ending_proposed_by != ME),
        _c.organisation,
        law=lambda book: clause_of(book.section(EndingSection).unilateral_change_allowed),
    ),
    Kind(
        "confirm_withdrawal",
        {"sign_for_provider"},
        CONTRACT,
        sa.and_(_drafted, _c.ending_ground == "refusal"),
        _c.provider_id,
        law=lambda book: clause_of(book.section(EndingSection).unilateral_change_allowed),
    ),
    Kind(
        "watch_departed_provider",
        {"sign_contract"},
        CONTRACT,
        sa.and_(sa.or_(_drafted, sa.and_(_in_force, ~_carried_on)), _provider_left),
        _c.organisation,
        law=lambda book: book.section(SigningSection).required_conditions.clause("independent_liability"),
    ),
    Kind("watch_overdue_payment", OVERSIGHT, LINE, _overdue, deadline="payment_due"),
    Kind(
        "watch_overdue_payment", {"record_receipt"}, LINE, sa.and_(_overdue, ~_without_receipt), deadline="payment_due"
    ),
    Kind("watch_overdue_payment", {"sign_for_provider"}, LINE, _overdue, _c.provider_id, deadline="payment_due"),
    install_calendar(contracts.metadata),
)
