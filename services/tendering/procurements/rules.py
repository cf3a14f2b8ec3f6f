"""Whether a cleared project may be put to procurement, as what, and by which method.

CD17-18.1  a procurement project takes a lawful method that fits, with its reason
CD17-18.2  another purchase chooses the provider competitively
CD17-41.1  other purchase only outside the central directory and below the threshold; at the threshold: procurement
ZH21-21.1  the method is chosen lawfully, with the reason recorded
ZH21-30.2  after its last day the instrument opens nothing
GPL-8.1    the procurement threshold has no national default
GPL-26.1   the method is one of the lawful ones
GPL-27.1   from the open-tender amount on it is open tender
C214-3.1   consultation is open to purchases of services
D102-2.1   a purchase below the threshold follows a procurement method too
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from services.tendering.rulebook import CONSULTATION, OPEN_TENDER, ProcurementSection
from shared.decision import Clause, Decision, Finding, decide, finding
from shared.rulebook import Value


@dataclass(frozen=True, slots=True)
class Purchase:
    """A cleared project and how it is to be bought. `claimed` is the purchaser's own word on the class, if given;
    `last_day` the last day of the instrument it is bound to, if it has one. Budget in CNY."""

    budget: Decimal
    in_central_directory: bool
    method: str
    reason: str | None
    claimed: bool | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """The procurement may be opened, as procurement project or as other purchase."""

    procurement_project: bool


def open_procurement(purchase: Purchase, section: ProcurementSection, today: date) -> Decision[Start]:
    """May this project be put to procurement by this method, and as what?"""
    procurement = _is_procurement(purchase, section)
    findings = [
        *_instrument(purchase, section, today),
        *_class(purchase, procurement, section),
        *_method(purchase, procurement, section),
    ]
    return decide(findings, Start(procurement))


def _instrument(purchase: Purchase, section: ProcurementSection, today: date) -> Iterator[Finding]:
    ends = section.applies_until or section.trial_years
    if ends is not None and purchase.last_day is not None:
        in_force = today <= purchase.last_day
        yield finding("instrument_ended", ends.clause, in_force, last_day=purchase.last_day, today=today)


def _is_procurement(purchase: Purchase, section: ProcurementSection) -> bool:
    """As long as the threshold is not loaded, outside the directory nothing is procurement; a finding refuses then."""
    return purchase.in_central_directory or _reaches(purchase.budget, section.procurement_threshold, section)


def _reaches(budget: Decimal, threshold: Value[Decimal] | None, section: ProcurementSection) -> bool:
    if threshold is None:
        return False
    return budget >= threshold.value if section.threshold_inclusive.value else budget > threshold.value


def _class(purchase: Purchase, procurement: bool, section: ProcurementSection) -> Iterator[Finding]:
    threshold = section.procurement_threshold
    if threshold is None and not purchase.in_central_directory:
        yield finding(
            "threshold_missing", section.procurement_threshold_set_by.clause, False, set_value="procurement_threshold"
        )
        return
    clause = _class_clause(section)
    facts: dict[str, Any] = {"budget": purchase.budget, "in_central_directory": purchase.in_central_directory}
    if threshold is not None:
        facts["threshold"] = threshold.value
    kept = purchase.claimed in (None, procurement)
    yield finding("class_overridden", clause, kept, procurement_project=procurement, **facts)


def _class_clause(section: ProcurementSection) -> Clause:
    if section.other_purchase_conditions:
        return section.other_purchase_conditions.clause("below_threshold")
    return section.procurement_law_triggers.clause("procurement_threshold")


def _method(purchase: Purchase, procurement: bool, section: ProcurementSection) -> Iterator[Finding]:
    if section.method_reason_required is not None:
        clause = section.method_reason_required.clause
        yield finding("method_reason_missing", clause, purchase.reason is not None, method=purchase.method)
    lawful = purchase.method in section.procurement_methods
    code = "method_not_lawful" if procurement else "choice_not_competitive"
    yield finding(code, _lawful_clause(purchase, procurement, section), lawful, method=purchase.method)
    if procurement and purchase.method != OPEN_TENDER:
        yield _open_tender_amount(purchase, section)
    if purchase.method == CONSULTATION:
        grounds = section.consultation_grounds
        served = "purchase_of_services" in grounds
        yield finding("consultation_ground", grounds.clause("purchase_of_services"), served)


def _lawful_clause(purchase: Purchase, procurement: bool, section: ProcurementSection) -> Clause:
    if procurement:
        required = section.statutory_method_required
        return required.clause if required else section.procurement_methods.clause(purchase.method)
    return (section.default_competitive or section.other_purchase_follows_method).clause


def _open_tender_amount(purchase: Purchase, section: ProcurementSection) -> Finding:
    clause, threshold = section.open_tender_threshold_set_by.clause, section.open_tender_threshold
    if threshold is None:
        return finding("threshold_missing", clause, False, set_value="open_tender_threshold")
    below = not _reaches(purchase.budget, threshold, section)
    return finding("open_tender_needed", clause, below, budget=purchase.budget, threshold=threshold.value)
