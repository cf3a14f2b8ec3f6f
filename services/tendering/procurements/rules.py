"""Whether a cleared project may be put to procurement, as what, and by which method.

CD17-18.1  a procurement project takes a lawful method that fits, with its reason
CD17-18.2  another purchase chooses the provider competitively; directly by a second person's reasoned approval
CD17-41.1  other purchase only outside the central directory and below the threshold; at the threshold: procurement
ZH21-21.1  the method is chosen lawfully, with the reason recorded
ZH21-30.2  after its last day the instrument opens nothing
GPL-8.1    the procurement threshold has no national default
GPL-26.1   the method is one of the lawful ones
GPL-27.1   from the open-tender amount on it is open tender, or another method that finance approved before the start
C214-4.1   consultation from that amount on has the supervising budget unit's consent besides
C214-3.1   consultation is open to purchases of services
D102-2.1   a purchase below the threshold follows a procurement method too
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from services.tendering.rulebook import ProcurementSection
from shared.law.decision import Clause, Decision, Finding, decide, finding, note
from shared.law.rulebook import Items, Value


@dataclass(frozen=True, slots=True)
class Purchase:
    """A cleared project and how it is to be bought. `claimed` is the purchaser's own word on the class, if given;
    `last_day` the last day of the instrument it is bound to, if it has one; then who consented to this method, and who
    to a direct choice. Budget in CNY."""

    budget: Decimal
    in_central_directory: bool
    method: str
    reason: str | None
    claimed: bool | None = None
    last_day: date | None = None
    other_method_consents: frozenset[str] = frozenset()
    direct_choice_consents: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Start:
    """The procurement may be opened, as procurement project or as other purchase. `rests_on`: for what it needed the
    consent of others."""

    procurement_project: bool
    rests_on: str | None = None


def open_procurement(purchase: Purchase, section: ProcurementSection, today: date) -> Decision[Start]:
    """May this project be put to procurement by this method, and as what?"""
    procurement = _is_procurement(purchase, section)
    findings = [
        *_instrument(purchase, section, today),
        *_class(purchase, procurement, section),
        *_method(purchase, procurement, section),
    ]
    return decide(findings, Start(procurement, _rests_on(purchase, procurement, section)))


def _rests_on(purchase: Purchase, procurement: bool, section: ProcurementSection) -> str | None:
    if procurement and _needs_approval(purchase, section):
        return "other_method"
    return "direct_choice" if _is_direct(purchase, procurement, section) else None


def _instrument(purchase: Purchase, section: ProcurementSection, today: date) -> Iterator[Finding]:
    ends = section.applies_until or section.trial_years
    if ends is not None and purchase.last_day is not None:
        in_force = today <= purchase.last_day
        yield finding("instrument_ended", ends.clause, in_force, last_day=purchase.last_day, today=today)


def _is_procurement(purchase: Purchase, section: ProcurementSection) -> bool:
    """What meets a trigger of the procurement law; where the city says what another purchase is, what lacks one of its
    conditions. As long as the threshold is not loaded nothing reaches it; a finding refuses then."""
    reached = _reaches(purchase.budget, section.procurement_threshold, section)
    other = {"outside_central_directory": not purchase.in_central_directory, "below_threshold": not reached}
    if section.other_purchase_conditions:
        return not all(other[condition] for condition in section.other_purchase_conditions)
    triggers = {"central_directory": purchase.in_central_directory, "procurement_threshold": reached}
    return any(triggers[trigger] for trigger in section.procurement_law_triggers)


def _reaches(budget: Decimal, threshold: Value[Decimal] | None, section: ProcurementSection) -> bool:
    if threshold is None:
        return False
    return budget >= threshold.value if section.threshold_inclusive.value else budget > threshold.value


def _class(purchase: Purchase, procurement: bool, section: ProcurementSection) -> Iterator[Finding]:
    threshold = section.procurement_threshold
    if not purchase.in_central_directory:
        yield _threshold_set("procurement_threshold", section.procurement_threshold_set_by, threshold)
        if threshold is None:
            return
    clause = _class_clause(section)
    facts: dict[str, Any] = {"budget": purchase.budget, "in_central_directory": purchase.in_central_directory}
    if threshold is not None:
        facts["threshold"] = threshold.value
    kept = purchase.claimed in (None, procurement)
    yield finding("class_overridden", clause, kept, procurement_project=procurement, **facts)


def _threshold_set(name: str, set_by: Value[str], threshold: Value[Decimal] | None) -> Finding:
    return finding("threshold_missing", set_by.clause, threshold is not None, set_value=name, set_by=set_by.value)


def _class_clause(section: ProcurementSection) -> Clause:
    if section.other_purchase_conditions:
        return section.other_purchase_conditions.clause("below_threshold")
    return section.procurement_law_triggers.clause("procurement_threshold")


def _method(purchase: Purchase, procurement: bool, section: ProcurementSection) -> Iterator[Finding]:
    if section.method_reason_required is not None:
        clause = section.method_reason_required.clause
        yield finding("method_reason_missing", clause, purchase.reason is not None, method=purchase.method)
    if _is_direct(purchase, procurement, section):
        needed, given = section.direct_choice_consents, purchase.direct_choice_consents
        yield from _consented("choice_not_competitive", needed, given, method=purchase.method)
    else:
        lawful = purchase.method in section.procurement_methods
        code = "method_not_lawful" if procurement else "choice_not_competitive"
        clause = _lawful_clause(purchase, procurement, section)
        yield finding(code, clause, lawful, method=purchase.method, lawful=list(section.procurement_methods))
    if procurement and purchase.method != section.method_from_threshold.value:
        yield from _open_tender_amount(purchase, section)
    if section.open_to_services is not None:
        yield note("consultation_ground", section.open_to_services.clause)


def _lawful_clause(purchase: Purchase, procurement: bool, section: ProcurementSection) -> Clause:
    if procurement:
        required = section.statutory_method_required
        return required.clause if required else section.procurement_methods.clause(purchase.method)
    return (section.default_competitive or section.other_purchase_follows_method).clause


def _is_direct(purchase: Purchase, procurement: bool, section: ProcurementSection) -> bool:
    """A way of choosing that is none of the methods, where the text lets another purchase take it with a consent."""
    listed = purchase.method in section.procurement_methods
    return bool(section.direct_choice_consents) and not procurement and not listed


def _needs_approval(purchase: Purchase, section: ProcurementSection) -> bool:
    """Another method than the one that is the rule from the open-tender amount on."""
    threshold, rule = section.open_tender_threshold, section.method_from_threshold.value
    return purchase.method != rule and threshold is not None and _reaches(purchase.budget, threshold, section)


def _open_tender_amount(purchase: Purchase, section: ProcurementSection) -> Iterator[Finding]:
    set_by, threshold = section.open_tender_threshold_set_by, section.open_tender_threshold
    if threshold is None:
        yield _threshold_set("open_tender_threshold", set_by, threshold)
        return
    facts: dict[str, Any] = {"budget": purchase.budget, "threshold": threshold.value}
    needed, given = section.other_method_consents, purchase.other_method_consents
    if needed and _needs_approval(purchase, section):
        yield from _consented("open_tender_needed", needed, given, **facts)
    else:
        yield finding("open_tender_needed", set_by.clause, not _needs_approval(purchase, section), **facts)


def _consented(code: str, needed: Items, given: frozenset[str], **facts: Any) -> Iterator[Finding]:
    """One finding for each authority whose consent the texts ask for."""
    for authority in needed:
        yield finding(code, needed.clause(authority), authority in given, authority=authority, **facts)
