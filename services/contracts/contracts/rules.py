"""What a contract must say before anyone signs it.

CD17-22.1  scope, object, quantity and quality          CD17-22.2  period and way of payment
CD17-22.3  every payment hangs on an acceptance standard or an assessment method
CD17-22.4  rights, duties and liability for breach       CD17-22.5  how disputes are resolved
CD17-23.1  beyond a year only for a fixed, continuing need with small price changes; CD17-23.2 three years at most
CD17-27.3  where an assessment may be objected to, the contract or the file says within how many days
CD17-28.1  acceptance and assessment gate money; ZH21-27.5 acceptance and evaluation; DG11-2.1 assessment. None of them
           says that nothing else may: another gate passes where the text does not close its list
ZH21-22.1  three years at most; ZH21-22.2 beyond the ordinary term all four traits; D102-24.1 else the ordinary term
ZH21-23.1  whatever is paid before anything is delivered or found stays within 40 % of the price
GPL-46.1   the contract does not depart from file and award
SME46-P9.1 a small or medium enterprise is paid within 60 days at most, whatever the file says
D102-23.1  nationally: what every contract says
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from services.contracts.rulebook import ContractSection
from services.contracts.terms.rules import last_day
from shared.fields.payment_terms import PaymentTerms
from shared.law.decision import Decision, Finding, decide, finding

STANDARD_OF = {"acceptance": "acceptance_standard", "assessment": "assessment_method"}
"""The part of the contract that says by what measure a gate opens."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Price, term, contents and payments: once as awarded, once as the purchaser writes them."""

    price: Decimal
    starts_on: date
    ends_on: date
    contents: frozenset[str]
    payments: tuple[PaymentTerms, ...]
    objection_window: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What was awarded and what is written; `conditions` are the traits declared for a term beyond the ordinary;
    `small_or_medium`: the provider told that it is such an enterprise; `older`: less was asked when the award's file
    was checked, and what it promised is not asked again."""

    awarded: Terms
    written: Terms
    service_class: int | None = None
    conditions: frozenset[str] = frozenset()
    small_or_medium: bool = False
    older: bool = False

    @property
    def asked(self) -> Terms:
        """What is written, without the payment lines that an older file promised."""
        promised = set(self.awarded.payments) if self.older else set()
        return replace(self.written, payments=tuple(p for p in self.written.payments if p not in promised))


def may_write(draft: Draft, section: ContractSection) -> Decision[Terms]:
    """Is this the contract that may be put to signature?"""
    findings = [
        *_content_findings(draft.written, section),
        *_payment_findings(draft.asked, section),
        *_window_findings(draft, section),
        *_term_findings(draft, section),
        *_advance_findings(draft, section),
        *_days_findings(draft, section),
        *_departures(draft, section),
    ]
    return decide(findings, draft.written)


def _content_findings(written: Terms, section: ContractSection) -> Iterator[Finding]:
    for field in section.contract_fields:
        clause = section.contract_fields.clause(field)
        yield finding("content_missing", clause, field in written.contents, field=field)


def _payment_findings(written: Terms, section: ContractSection) -> Iterator[Finding]:
    for payment in written.payments:
        if section.payments_linked_to_standard is not None:
            standard = STANDARD_OF.get(payment.gate, "")
            clause = section.payment_standard_kinds.clause(standard)
            linked = standard in section.payment_standard_kinds and standard in written.contents
            yield finding("payment_not_linked", clause, linked, line=payment.number, gate=payment.gate)
        yield from _gate_findings(payment, section)


def _gate_findings(payment: PaymentTerms, section: ContractSection) -> Iterator[Finding]:
    gates = section.payment_gates
    if gates and (payment.gate in gates or not gates.open):
        allowed = payment.gate in gates or payment.gate == "contract"
        yield finding("gate_not_allowed", gates.clause(payment.gate), allowed, line=payment.number, gate=payment.gate)
    if payment.gate == "assessment":
        rule = section.result_tied_to_payment or section.contract_departs_from_award
        yield finding("bands_missing", rule.clause, bool(payment.bands), line=payment.number)


def _window_findings(draft: Draft, section: ContractSection) -> Iterator[Finding]:
    service_class = str(draft.service_class)
    if service_class not in section.objection_classes:
        return
    if any(payment.gate == "assessment" for payment in draft.written.payments):
        given = draft.written.objection_window is not None
        yield finding("objection_window_missing", section.objection_classes.clause(service_class), given)


def _term_findings(draft: Draft, section: ContractSection) -> Iterator[Finding]:
    written, longest = draft.written, section.term_max_years
    ordinary = section.term_default_years or section.contract_term_years
    if longest is not None:
        last = last_day(written.starts_on, longest.value)
        yield finding("term_too_long", longest.clause, written.ends_on <= last, last_day=last, ends_on=written.ends_on)
    if ordinary is None:
        return
    last = last_day(written.starts_on, ordinary.value)
    beyond = written.ends_on > last
    if beyond:
        for condition in section.multi_year_conditions:
            clause = section.multi_year_conditions.clause(condition)
            yield finding("multi_year_condition_missing", clause, condition in draft.conditions, condition=condition)
    listed = section.multi_year_conditions
    binding = [condition for condition, clause in listed.members.items() if not clause.gap]
    all_met = bool(listed) and all(condition in draft.conditions for condition in binding)
    yield finding("term_over_ordinary", ordinary.clause, not beyond or all_met, last_day=last, ends_on=written.ends_on)


def _advance_findings(draft: Draft, section: ContractSection) -> Iterator[Finding]:
    cap, written = section.advance_max_ratio, draft.written
    advances = sum((p.amount for p in written.payments if p.is_advance), Decimal("0.00"))
    if cap is not None and any(p.is_advance for p in draft.asked.payments):
        most = written.price * cap.value
        yield finding("advance_over_cap", cap.clause, advances <= most, cap=most, asked=advances, ratio=cap.value)


def _days_findings(draft: Draft, section: ContractSection) -> Iterator[Finding]:
    if draft.small_or_medium:
        most = section.small_enterprise_agreed_max_days
        later = sorted(payment.number for payment in draft.written.payments if payment.due_days > most.value)
        yield finding("small_enterprise_paid_late", most.clause, not later, most=most.value, lines=later)


def _within(payments: Iterable[PaymentTerms], most: int) -> tuple[PaymentTerms, ...]:
    """The payments, none due later than the law lets a small or medium enterprise wait."""
    return tuple(payment.model_copy(update={"due_days": min(payment.due_days, most)}) for payment in payments)


def _departures(draft: Draft, section: ContractSection) -> Iterator[Finding]:
    rule, awarded, written = section.contract_departs_from_award, draft.awarded, draft.written
    for name in ("price", "starts_on", "ends_on"):
        given, wanted = getattr(written, name), getattr(awarded, name)
        yield finding("departs_from_award", rule.clause, given == wanted, field=name, awarded=wanted, written=given)
    left_out = awarded.contents - written.contents
    yield finding("departs_from_award", rule.clause, not left_out, field="contents", left_out=left_out)
    payments = awarded.payments
    if draft.small_or_medium:
        payments = _within(payments, section.small_enterprise_agreed_max_days.value)
    differing = sorted({p.number for p in set(payments) ^ set(written.payments)})
    yield finding("departs_from_award", rule.clause, not differing, field="payments", lines=differing)
    if awarded.objection_window is not None:
        same = awarded.objection_window == written.objection_window
        yield finding("departs_from_award", rule.clause, same, field="objection_window_working_days")
