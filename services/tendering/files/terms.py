"""Whether the draft contract of a tender file can become a contract. A contract may not depart from file and award
(GPL-46.1), so what the contract would be refused for is refused here.

CD17-28.1, ZH21-27.5, DG11-2.1  what gates a payment; another gate passes where the text does not close its list
ZH21-27.5, CC14-6.7   no payment waits for an evaluation that nobody can conclude, where the city has set no weights of
                      those who evaluate and no limits of the grades (elsewhere GPL-46.1: what is awarded can be kept)
CD17-22.3             every payment hangs on an acceptance standard or an assessment method, whatever it is called
CD17-28.1, ZH21-27.5  an assessed payment says how much which score pays (elsewhere GPL-46.1: the best result pays the
                      price that is awarded, and a better one never less)
ZH21-23.1             whatever is paid before anything is delivered or found stays within 40 %
CD17-23.2, ZH21-22.1, D102-24.1  three years at most, also for a service that is signed anew each year (CD17-23.3)
CD17-23.5             a file for a service that is signed each year says by what each year is assessed
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise

from services.tendering.files.contents import PaymentLine, Terms
from services.tendering.rulebook import FileSection
from shared.law.decision import Finding, finding
from shared.law.grading import figures_lacking

CONTRACT_GATE = "contract"
"""A payment that waits for no result may always be agreed, as far as the gate goes."""
STANDARD_OF = {"acceptance": "acceptance_standard", "assessment": "assessment_method"}
"""The part of the contract that says by what measure a gate opens."""


def terms_findings(terms: Terms | None, section: FileSection) -> Iterator[Finding]:
    if terms is None:
        return
    for line in terms.payments:
        yield from _gate(line, section)
    yield from _due(terms, section)
    yield from _advances(terms, section)
    longest = section.term_max_years
    if longest is not None:
        after = _years_later(terms.starts_on, longest.value)
        yield finding("term_too_long", longest.clause, terms.ends_on < after, ends_on=terms.ends_on, before=after)
    yield from _service_period(terms, section)


def _service_period(terms: Terms, section: FileSection) -> Iterator[Finding]:
    """How many years a service may be signed anew year by year, and by what each of them is assessed."""
    most, years = section.service_period_max_years or section.term_max_years, terms.service_years
    if most is not None and years > 1:
        yield finding("service_period_too_long", most.clause, years <= most.value, years=years, most=most.value)
    standard = section.yearly_assessment_standard_required
    if standard is not None and years > 1:
        yield finding("yearly_standard_missing", standard.clause, "assessment_method" in terms.contents, years=years)


def _gate(line: PaymentLine, section: FileSection) -> Iterator[Finding]:
    gates, tied = section.payment_gates, section.result_tied_to_payment
    if gates and (line.gate in gates or not gates.open):
        allowed = line.gate in gates or line.gate == CONTRACT_GATE
        yield finding("gate_not_allowed", gates.clause(line.gate), allowed, line=line.number, gate=line.gate)
    if section.payments_linked_to_standard is not None:
        standard = STANDARD_OF.get(line.gate, "")
        linked, clause = standard in section.payment_standard_kinds, section.payment_standard_kinds.clause(standard)
        yield finding("payment_not_linked", clause, linked, line=line.number, gate=line.gate)
    rule = tied or section.contract_departs_from_award
    if lacking := _figures_lacking(section):
        clause = (tied or section.pay_per_contract or section.contract_departs_from_award).clause
        payable = line.gate != "evaluation"
        yield finding("evaluation_never_concluded", clause, payable, line=line.number, lacking=lacking)
    if line.gate == "assessment":
        yield finding("bands_missing", rule.clause, bool(line.bands), line=line.number)
    if line.bands:
        bands = sorted(line.bands, key=lambda band: band.from_points)
        apart = all(lower.from_points < higher.from_points for lower, higher in pairwise(bands))
        rising = all(lower.share <= higher.share for lower, higher in pairwise(bands))
        yield finding("bands_at_one_score", rule.clause, apart, line=line.number)
        yield finding("bands_fall", rule.clause, rising, line=line.number)
        yield finding("bands_never_whole", rule.clause, bands[-1].share == 1, line=line.number)


def _figures_lacking(section: FileSection) -> list[str]:
    weights = {
        "purchaser_weight": section.purchaser_weight,
        "beneficiary_weight": section.beneficiary_weight,
        "third_party_weight": section.third_party_weight,
    }
    return figures_lacking(weights, {"poor_below": section.poor_below, "good_from": section.good_from})


def _advances(terms: Terms, section: FileSection) -> Iterator[Finding]:
    cap = section.advance_max_ratio
    advances = sum((line.amount for line in terms.payments if line.is_advance), Decimal("0.00"))
    if cap is not None and advances:
        most = cap.value * sum(line.amount for line in terms.payments)
        yield finding("advance_over_cap", cap.clause, advances <= most, cap=most, asked=advances, ratio=cap.value)


def _due(terms: Terms, section: FileSection) -> Iterator[Finding]:
    """The days for all payments and those of one may not contradict each other."""
    rule, within = section.payment_last_day_required or section.pay_per_contract, terms.pay_within_days
    if rule is None or within is None:
        return
    later = [line.number for line in terms.payments if (line.due_days or 0) > within]
    yield finding("due_later_than_file", rule.clause, not later, within=within, lines=later)


def _years_later(day: date, years: int) -> date:
    """The same day so many years later; of 29 February the first of March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
