"""When an evaluation may be concluded, and what its result is.

IC12-12.1  incompatible posts are separated: who signed the contract does not judge what came of it
CD17-26.6  a third party's report covers quality, quantity, effect and cost
CD17-31.1  the purchaser organises the evaluation
CD17-32.1  for public services it combines purchaser, beneficiaries and a third party
CD17-32.2  to 32.8: each named item is judged; satisfaction comes from the beneficiaries' answers
CD17-32.9  items may be added, and are then judged as well
D102-20.1  what is bought is evaluated: who organises and who gives points where no text of the place says it
ZH21-25.1  the evaluation goes by the goal and the indicators set before the start
ZH21-27.1  the street, or a third party it has entrusted, organises it
ZH21-27.2  the committees' opinion is there             ZH21-27.3  and the residents', apart from it
ZH21-27.4  the result is published (CD17-33.1)          ZH21-27.5  the result is given in marks and decides payment

Weights and grade limits are the city's figures. Where it has set none the evaluation cannot be concluded: finance is
to set them.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID

from services.evaluation.conclusions.records import Grade, Part
from services.evaluation.mandates.rules import Organiser, organiser_findings
from services.evaluation.opinions.rules import opinion_findings
from services.evaluation.rulebook import ConclusionSection
from shared.law.decision import Clause, Decision, Finding, decide, finding, note, of_person
from shared.law.rulebook import Value

SATISFACTION = "beneficiary_satisfaction"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What lies before the person who concludes. `parts`: points of 100 by evaluating party, the beneficiaries' from
    their survey. `targets` is None when none were ever set; `attained` names those with a value."""

    person: UUID
    signer: UUID
    organiser: Organiser
    service_class: int | None
    line_id: UUID | None
    parts: Mapping[str, Decimal]
    judged: Set[str]
    added_items: Set[str]
    targets: Set[str] | None
    attained: Set[str]
    opinions: Set[str]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The composite score in points, its grade, and the payment line that waits for it, if any."""

    score: Decimal
    grade: Grade
    line_id: UUID | None
    parts: Mapping[str, Decimal]


def open_evaluation(organiser: Organiser, section: ConclusionSection) -> Decision[Organiser]:
    """Who may begin an evaluation."""
    return decide(_organiser_findings(organiser, section), organiser)


def give_part(part: Part, organiser: Organiser, report: Set[str], section: ConclusionSection) -> Decision[Part]:
    """Each party gives its own points; the third party's come with a report on everything the text names."""
    own = {"purchaser": "purchaser", "third_party": "entrusted_third_party"}[part]
    clause = _scheme(section, part)
    findings = [finding("part_of_another", clause, organiser == own, part=part, organiser=organiser)]
    if part == "third_party":
        fields = section.third_party_report_fields
        findings += [
            finding("report_incomplete", fields.clause(field), field in report, field=field) for field in fields
        ]
    return decide(findings, part)


def conclude(evidence: Evidence, section: ConclusionSection, today: date) -> Decision[Conclusion]:
    """The result of the evaluation: the weighted points of its parties, the grade, and the line it decides."""
    findings = tuple(_conclude_findings(evidence, section))
    if any(f.refuses for f in findings) or section.poor_below is None or section.good_from is None:
        return Decision(findings)
    score = weighted(evidence.parts, _weights(section))
    best = section.excellent_from
    grade = graded(score, section.poor_below.value, section.good_from.value, best.value if best else None)
    result = note("result_graded", section.poor_below.clause, score=score, grade=grade, concluded_on=today)
    return decide((*findings, result), Conclusion(score, grade, evidence.line_id, evidence.parts))


def weighted(parts: Mapping[str, Decimal], weights: Mapping[str, Decimal]) -> Decimal:
    """Σ part × weight over the parties that spoke, half-even to 0.01. Where a party may be left out the weights of
    the others make up the whole."""
    whole = sum((weights[name] for name in parts), Decimal(0))
    total = sum((points * weights[name] for name, points in parts.items()), Decimal(0))
    return (total / whole).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)


def graded(score: Decimal, poor_below: Decimal, good_from: Decimal, excellent_from: Decimal | None = None) -> Grade:
    """`poor_below` itself is fair, `good_from` itself is good; of four grades the best begins at `excellent_from`."""
    if score < poor_below:
        return "poor"
    if excellent_from is not None and score >= excellent_from:
        return "excellent"
    return "good" if score >= good_from else "fair"


def publish(section: ConclusionSection) -> Decision[bool]:
    """Publication is owed wherever a text says so."""
    rules = [rule for rule in (section.publish_evaluation, section.evaluation_result_public) if rule is not None]
    return decide([note("result_published", rule.clause) for rule in rules], True)


def _conclude_findings(evidence: Evidence, section: ConclusionSection) -> Iterator[Finding]:
    apart = section.incompatible_posts_separated.clause
    yield of_person("evaluator_signed_contract", apart, evidence.person != evidence.signer)
    yield from _target_findings(evidence, section)
    yield from _organiser_findings(evidence.organiser, section)
    yield from opinion_findings(
        evidence.opinions, section.committee_opinion_required, section.residents_opinion_required
    )
    yield from _city_findings(section)
    composite = is_composite(evidence.service_class, section)
    yield from _part_findings(evidence, section, composite)
    if composite:
        yield from _item_findings(evidence, section)


def _organiser_findings(organiser: Organiser, section: ConclusionSection) -> Iterator[Finding]:
    silent = _scheme(section, "purchaser")
    return organiser_findings(organiser, section.evaluation_organisers, silent, section.evaluation_organiser)


def is_composite(service_class: int | None, section: ConclusionSection) -> bool:
    """Whether all parties have to speak: for the classes the text names, and for all where it names none."""
    classes = section.composite_evaluation_classes
    return not len(classes) or str(service_class) in classes


def _target_findings(evidence: Evidence, section: ConclusionSection) -> Iterator[Finding]:
    fields, items = section.performance_fields, section.evaluation_items
    for member in fields:
        yield finding("target_missing", fields.clause(member), evidence.targets is not None, target=member)
    targets = evidence.targets or frozenset()
    if len(fields):
        clause = fields.clause("indicators")
    elif "target_completion" in items:
        clause = items.clause("target_completion")
    else:
        return
    missing, unknown = targets - evidence.attained, evidence.attained - targets
    facts = {"missing": sorted(missing), "unknown": sorted(unknown)}
    yield finding("target_without_value", clause, not missing and not unknown, **_if_any(facts))


def _city_findings(section: ConclusionSection) -> Iterator[Finding]:
    weights = {f"{name}_weight": weight for name, weight in _weight_values(section).items()}
    limits = {"poor_below": section.poor_below, "good_from": section.good_from}
    missing = [name for name, value in {**weights, **limits}.items() if value is None]
    clause = _scheme(section, "purchaser")
    if missing:
        yield finding("city_value_missing", clause, False, missing=missing, set_by="city")
    elif sum(_weights(section).values()) != 1 or min(_weights(section).values()) <= 0:
        yield finding("weights_not_whole", clause, False, weights=list(_weights(section).values()), set_by="city")
    given = [value.value for value in (*limits.values(), section.excellent_from) if value is not None]
    if given != sorted(set(given)):
        yield finding("grade_limits_disordered", clause, False, limits=given, set_by="city")


def _part_findings(evidence: Evidence, section: ConclusionSection, composite: bool) -> Iterator[Finding]:
    for name in _weight_values(section):
        if name != "purchaser" and not (composite and _speaks(name, section)):
            continue
        yield finding("part_missing", _scheme(section, name), name in evidence.parts, part=name)


def _item_findings(evidence: Evidence, section: ConclusionSection) -> Iterator[Finding]:
    items, extensible = section.evaluation_items, section.evaluation_items_extensible
    for item in items:
        given = "beneficiary" in evidence.parts if item == SATISFACTION else item in evidence.judged
        yield finding("item_not_judged", items.clause(item), given, item=item)
    if extensible is not None:
        for item in sorted(evidence.added_items):
            yield finding("item_not_judged", extensible.clause, item in evidence.judged, item=item)


def _weight_values(section: ConclusionSection) -> dict[str, Value[Decimal] | None]:
    return {
        "purchaser": section.purchaser_weight,
        "beneficiary": section.beneficiary_weight,
        "third_party": section.third_party_weight,
    }


def _weights(section: ConclusionSection) -> dict[str, Decimal]:
    return {name: weight.value for name, weight in _weight_values(section).items() if weight is not None}


def _speaks(part: str, section: ConclusionSection) -> bool:
    """Whether the text counts the party among those who evaluate together; one that names nobody means them all."""
    return not len(section.composite_evaluators) or _word(part, section) is not None


def _word(part: str, section: ConclusionSection) -> str | None:
    """The word by which the text names the party: its own, for a third party also the professional body."""
    words = ("third_party", "professional_body") if part == "third_party" else (part,)
    return next((word for word in words if word in section.composite_evaluators), None)


def _scheme(section: ConclusionSection, part: str) -> Clause:
    """The clause that makes the evaluation one of several parties, or that asks for marks."""
    word = _word(part, section)
    if word is not None:
        return section.composite_evaluators.clause(word)
    weight = _weight_values(section).get(part)
    if weight is not None:
        return weight.clause
    marks = section.result_marks_required
    return marks.clause if marks is not None else section.purchaser_judges


def _if_any(facts: dict[str, list[str]]) -> dict[str, Any]:
    return {name: names for name, names in facts.items() if names}
