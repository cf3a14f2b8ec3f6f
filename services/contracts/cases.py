"""What cases may ask of this service's rules, by name (see shared/law/cases.py)."""

from datetime import date

from services.contracts.accounts.rules import may_change
from services.contracts.contracts.rules import Draft, Terms, may_write
from services.contracts.payments.rules import (
    LastDay,
    decide_payment,
    last_day_to_pay,
    may_approve,
    may_request,
    why_it_is_due,
)
from services.contracts.receipts.rules import may_settle
from services.contracts.rulebook import ContractSection, PaymentSection, SigningSection, TermSection
from services.contracts.signing.rules import Signing, may_file, may_propose
from services.contracts.terms.rules import may_renew
from services.contracts.withdrawals.rules import may_withdraw
from shared.law.cases import Rule
from shared.law.decision import Decision, decide


def contract(
    terms: Terms,
    section: ContractSection,
    service_class: int | None = None,
    conditions: frozenset[str] = frozenset(),
    small_or_medium: bool = False,
) -> Decision[Terms]:
    """May a contract say this, as it was awarded?"""
    return may_write(Draft(terms, terms, service_class, conditions, small_or_medium), section)


def signature(signing: Signing, section: SigningSection, terms: TermSection, today: date) -> Decision[Signing]:
    """May it be put to signature?"""
    return may_propose(signing, section, terms, today)


def last_day(due_days: int, since: date, section: PaymentSection, small: bool = False) -> Decision[LastDay]:
    """Until when is it to be paid?"""
    return last_day_to_pay(due_days, section, since, small=small)


def overdue(last: date, unpaid: bool, section: PaymentSection, today: date, small: bool = False) -> Decision[date]:
    """Is a payment overdue?"""
    return decide(why_it_is_due(last, unpaid, section, today, small=small), last)


QUESTIONS: dict[str, Rule] = {
    "contract": contract,
    "draft": may_write,
    "signature": signature,
    "filing": may_file,
    "account": may_change,
    "withdrawal": may_withdraw,
    "renewal": may_renew,
    "payment-request": may_request,
    "payment-approval": may_approve,
    "payment": decide_payment,
    "last-day-to-pay": last_day,
    "overdue": overdue,
    "receipt": may_settle,
}
