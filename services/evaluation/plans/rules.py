"""What a signed contract owes, by when, and against which targets it will be evaluated.

CD17-25.1  an acceptance is organised for what is delivered                    (ZH21-27.1)
CD17-26.2  an assessment is carried out for each period that a payment waits for
CD17-31.1  the purchaser organises a performance evaluation of every contract  (ZH21-27.1)
D102-20.1  so does every purchaser, where the text of the place is silent
ZH21-25.1  performance goal and measurable indicators stand before the project starts; later, or in the place of others,
           with a reason that another person approves

No text gives a day for these duties. Reading: a duty falls due when the period it concerns ends, or as many days
later as the city sets (`duty_due_days`); a line without a period, and the final evaluation, concern the whole term.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import get_args
from uuid import UUID

from services.evaluation.plans.records import DutyKind
from services.evaluation.rulebook import PlanSection
from shared.fields.payment_terms import Gate
from shared.law.decision import Clause, Decision, Finding, decide, finding, note, of_person
from shared.law.grading import figures_lacking
from shared.law.rulebook import Demand

_ONE_DAY = timedelta(days=1)
BY_GATE: dict[str, DutyKind] = {kind: kind for kind in get_args(DutyKind)}
"""The duty that a line owes by what it waits for; a line that waits for the contract alone owes none."""


@dataclass(frozen=True, slots=True)
class Line:
    """A payment line as far as evaluation is concerned: what it waits for, the period it pays, and the points from
    which anything at all is paid (None where it pays by no bands)."""

    id: UUID
    number: int
    gate: Gate
    period: int | None = None
    pays_from: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """First and last day of the contract, and its payment lines."""

    starts_on: date
    ends_on: date
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed by a day, for a payment line or (without one) for the contract."""

    kind: DutyKind
    line: Line | None
    due_on: date
    final: bool
    clause: Clause


@dataclass(frozen=True, slots=True)
class Targets:
    """A performance goal and the indicators given with it; `reasoned`: with a written reason that another person is to
    approve."""

    performance_goal: str | None
    indicators: Sequence[str]
    reasoned: bool = False


def plan_duties(term: Term, section: PlanSection) -> Decision[tuple[Owed, ...]]:
    """One duty for every line that waits for a result, and one final evaluation of the contract: that of the last
    line gated by an evaluation, or one that gates no payment."""
    duties = tuple(_duties(term, section))
    findings = [
        note(f"{duty.kind}_due", duty.clause, due_on=duty.due_on, line=duty.line.number if duty.line else "")
        for duty in duties
    ]
    return decide(findings, duties)


def _duties(term: Term, section: PlanSection) -> Iterator[Owed]:
    grace = timedelta(days=section.duty_due_days.value if section.duty_due_days else 0)
    lines = sorted(term.lines, key=lambda line: line.number)
    last = next((line for line in reversed(lines) if line.gate == "evaluation"), None)
    for line in lines:
        kind = BY_GATE.get(line.gate)
        if kind is not None:
            ends = term.ends_on if line is last else end_of_period(term, line.period)
            yield Owed(kind, line, ends + grace, line is last, clause_of(kind, section))
    if last is None:
        yield Owed("evaluation", None, term.ends_on + grace, True, clause_of("evaluation", section))


def never_concluded(section: PlanSection) -> bool:
    """Whether no evaluation can be concluded, because the city set no grades, or no weights that make up a whole."""
    weights = {
        "purchaser": section.purchaser_weight,
        "beneficiary": section.beneficiary_weight,
        "third_party": section.third_party_weight,
    }
    return bool(figures_lacking(weights, {"poor_below": section.poor_below, "good_from": section.good_from}))


def clause_of(kind: DutyKind, section: PlanSection) -> Clause:
    """The clause that makes this a duty; where the city is silent, the national one."""
    match kind:
        case "assessment" if len(section.assessment_modes):
            return section.assessment_modes.clause("daily")
        case "evaluation" if section.evaluation_organiser is not None:
            return section.evaluation_organiser.clause
        case "evaluation" if len(section.evaluation_organisers):
            return section.evaluation_organisers.clause("purchaser")
        case "evaluation":
            return section.performance_evaluated.clause
        case "acceptance" if len(section.acceptance_organisers):
            return section.acceptance_organisers.clause("purchaser")
        case _:
            return section.acceptance_signed_by_all.clause


def end_of_period(term: Term, period: int | None) -> date:
    """Last day of the n-th of equal periods: whole months where the term divides into them, else days."""
    if period is None:
        return term.ends_on
    periods = max(line.period or 1 for line in term.lines)
    months = _whole_months(term)
    if months is not None and months % periods == 0:
        return _months_later(term.starts_on, months // periods * period) - _ONE_DAY
    days = (term.ends_on - term.starts_on).days + 1
    return term.starts_on + timedelta(days=days * period // periods) - _ONE_DAY


def _whole_months(term: Term) -> int | None:
    end = term.ends_on + _ONE_DAY
    months = (end.year - term.starts_on.year) * 12 + end.month - term.starts_on.month
    return months if end.day == term.starts_on.day and term.starts_on.day <= 28 else None


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + years, month=month + 1)


def set_targets(targets: Targets, starts_on: date, section: PlanSection, today: date) -> Decision[Targets]:
    """Goal and indicators are set at the latest on the day on which the service starts, or with a reason."""
    given = {"performance_goal": targets.performance_goal is not None, "indicators": bool(targets.indicators)}
    findings: list[Finding] = []
    for member in section.performance_fields:
        clause = section.performance_fields.clause(member)
        findings.append(finding("target_missing", clause, given.get(member, True), target=member))
    if len(section.performance_fields):
        clause = section.performance_fields.clause("indicators")
        in_time = today <= starts_on or (targets.reasoned and section.late_targets_approved is not None)
        findings.append(finding("targets_after_start", clause, in_time, starts_on=starts_on, today=today))
    return decide(findings, targets)


def approve_targets(proposed_by: UUID, approver: UUID, rule: Demand) -> Decision[UUID]:
    """Another person approves targets that come late or change others."""
    return decide([of_person("proposer_approves", rule.clause, approver != proposed_by)], approver)
