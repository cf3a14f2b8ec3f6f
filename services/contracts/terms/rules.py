"""How long a contract runs, and when the next year may be signed with the same provider.

CD17-23.3  the file may set a service period of at most three years, its contract signed anew each year
D102-24.1  else a renewal runs the ordinary term (for which ZH21-22.3 names no figure)
CD17-23.4  before each year is signed, that year's budget covers it (nationally D102-24.1)
CD17-23.6  the assessment of the year before was passed
ZH21-27.6  who buys on from the same organisation looks at its evaluation; a poor one needs a recorded reason
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from services.contracts.rulebook import TermSection
from shared.fields.calendar import today
from shared.law.decision import Decision, Finding, decide, finding


@dataclass(frozen=True, slots=True)
class Assessed:
    """A confirmed assessment of the year before; `floor` is the lowest score its payment line pays for."""

    score: Decimal
    floor: Decimal | None

    @property
    def passed(self) -> bool:
        return self.floor is None or self.score >= self.floor


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The latest evaluation of the contract that is renewed."""

    score: Decimal
    grade: str


@dataclass(frozen=True, slots=True)
class Renewal:
    """The next year with the same provider. The service period began on `service_from`, and the file set it to
    `service_years`; `reasoned`: a reason is recorded."""

    service_years: int
    service_from: date
    starts_on: date
    ends_on: date
    assessments: tuple[Assessed, ...]
    unassessed_lines: int
    evaluation: Evaluated | None
    reasoned: bool


@dataclass(frozen=True, slots=True)
class Cover:
    """What a year of service needs, what finance approved for that year (None: nothing), and what others hold of it;
    CNY."""

    year: int
    budget: Decimal | None
    needed: Decimal
    committed: Decimal = Decimal("0.00")


def last_day(starts_on: date, years: int) -> date:
    """The last day of so many years from a day; from 29 February a year without one ends on the 28th."""
    try:
        after = starts_on.replace(year=starts_on.year + years)
    except ValueError:
        after = date(starts_on.year + years, 3, 1)
    return after - timedelta(days=1)


def last_day_before(instant: datetime) -> date:
    """The last day that lies before an instant in Beijing: a deadline is the first instant after its last day."""
    return today(instant) - timedelta(days=1)


def years_between(starts_on: date, ends_on: date) -> Iterator[date]:
    """The last day of each year of service; the last one ends with the contract."""
    year = 1
    while (last := last_day(starts_on, year)) < ends_on:
        yield last
        year += 1
    yield ends_on


def may_renew(renewal: Renewal, section: TermSection) -> Decision[Renewal]:
    """May the next year be contracted with the same provider?"""
    return decide(list(renewal_findings(renewal, section)), renewal)


def renewal_findings(renewal: Renewal, section: TermSection) -> Iterator[Finding]:
    yield from _period_findings(renewal, section)
    yield from _assessment_findings(renewal, section)
    yield from _evaluation_findings(renewal, section)


def _period_findings(renewal: Renewal, section: TermSection) -> Iterator[Finding]:
    longest, ends_on = section.service_period_max_years, renewal.ends_on
    if longest is not None:
        years = min(renewal.service_years, longest.value)
        last = last_day(renewal.service_from, years)
        yield finding("outside_service_period", longest.clause, ends_on <= last, years=years, last_day=last)
    elif section.term_max_years is not None:
        most = section.term_max_years
        last = last_day(renewal.service_from, most.value)
        yield finding("outside_service_period", most.clause, ends_on <= last, years=most.value, last_day=last)
    yearly = section.contract_term_years or section.term_default_years
    last = last_day(renewal.starts_on, yearly.value)
    yield finding("renewal_too_long", yearly.clause, ends_on <= last, last_day=last, ends_on=ends_on)


def _assessment_findings(renewal: Renewal, section: TermSection) -> Iterator[Finding]:
    gate = section.renewal_gate
    if gate is None or gate.value != "previous_year_assessment":
        return
    assessed = bool(renewal.assessments) and renewal.unassessed_lines == 0
    yield finding("not_assessed", gate.clause, assessed, open_lines=renewal.unassessed_lines)
    for found in renewal.assessments:
        floor = "none" if found.floor is None else found.floor
        yield finding("assessment_failed", gate.clause, found.passed, score=found.score, floor=floor)


def _evaluation_findings(renewal: Renewal, section: TermSection) -> Iterator[Finding]:
    found = renewal.evaluation
    if section.renewal_needs_evaluation is not None:
        yield finding("not_evaluated", section.renewal_needs_evaluation.clause, found is not None)
    effect, reason = section.evaluation_effect, section.poor_result_needs_reason
    if found is None or effect is None:
        return
    poor = found.grade == "poor"
    yield finding("poor_result", effect.clause, not poor, effect=effect.value, grade=found.grade, score=found.score)
    if poor and reason is not None:
        yield finding("reason_missing", reason.clause, renewal.reasoned, grade=found.grade)


def cover_findings(cover: Cover, section: TermSection) -> Iterator[Finding]:
    """Does what is left of the year's budget cover what is to be performed in it?"""
    rule = section.yearly_budget_cover_required
    if rule is not None:
        covered = cover.budget is not None and cover.budget - cover.committed >= cover.needed
        known = "none" if cover.budget is None else cover.budget
        facts: dict[str, Any] = {"budget": known, "committed": cover.committed, "needed": cover.needed}
        yield finding("year_not_covered", rule.clause, covered, year=cover.year, **facts)
