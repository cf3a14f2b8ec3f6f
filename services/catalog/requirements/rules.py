"""What a requirement must contain, and when it stands.

CD17-11.2, CD17-12.1      complete, lawful, exactly worded, as the reviewer records
CD17-12.2                 what can be measured is a number with its unit
CD17-13.1 to CD17-13.9    the fields of a requirement; assessment standards for what goes on in cycles (13.6),
                          acceptance standards for what is delivered (13.7)
CD17-13.10                further requirements count as part of it
CD17-13.11 to CD17-13.13  uncertainties with who is responsible, detailed core requirements, results tied to payment
CD17-14.2, CD17-14.3      argumentation, or what exempts from it, for government procurement only
CD17-15.1, GPR-15.1       the public is asked first; CD17-15.3 each answer is decided on
CD17-17.1                 another person reviews than wrote
ZH21-11.0, D102-10.0      the negative list is declared and confirmed once more before procurement
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from services.catalog.negative_lists.rules import confirmation_findings, declaration_findings
from services.catalog.rulebook import NegativeSection, RequirementSection
from shared.law.decision import Clause, Decision, Finding, decide, finding, of_person


@dataclass(frozen=True, slots=True)
class Subject:
    """The project whose requirement it is, as far as rules look at it; `amount` in CNY."""

    nature: Literal["continuous", "deliverable"]
    service_class: int | None
    need_origin: str | None
    amount: Decimal
    in_central_directory: bool


@dataclass(frozen=True, slots=True)
class Content:
    """What a requirement states: `fields` by name; of measurable indicators which lack number or unit; kinds of
    standards; the parts given of each uncertainty; of each core requirement whether it is detailed; how many result
    levels are tied to payment."""

    fields: frozenset[str]
    unquantified: tuple[str, ...] = ()
    standards: frozenset[str] = frozenset()
    uncertainties: Sequence[frozenset[str]] = ()
    core_detailed: Sequence[bool] = ()
    result_levels: int = 0
    argumentation: bool = False


@dataclass(frozen=True, slots=True)
class Consultation:
    """A public consultation: whether it has closed, and how many answers nobody has decided on."""

    closed: bool
    undisposed: int


@dataclass(frozen=True, slots=True)
class Review:
    """Who wrote, who declared the negative list, who reviews, and what the reviewer records."""

    written_by: UUID
    declared_by: UUID
    reviewer: UUID
    compliant: bool
    wording_clear: bool


def is_procurement(subject: Subject, section: RequirementSection) -> bool:
    """Government procurement, as far as a threshold is known: in the central directory, or at or above it."""
    threshold = section.procurement_threshold
    return subject.in_central_directory or (threshold is not None and subject.amount >= threshold.value)


def write(
    content: Content,
    subject: Subject,
    answers: Mapping[str, bool],
    section: RequirementSection,
    negative: NegativeSection,
) -> Decision[Content]:
    """May this version be kept? All that it lacks comes at once."""
    findings = [*content_findings(content, subject, section), *declaration_findings(answers, negative)]
    return decide(findings, content)


def finalise(
    content: Content,
    subject: Subject,
    consultation: Consultation | None,
    review: Review,
    section: RequirementSection,
    negative: NegativeSection,
) -> Decision[Content]:
    """Does this version stand?"""
    findings = [
        *_review_findings(review, section),
        *content_findings(content, subject, section),
        *_consultation_findings(consultation, subject, section),
        *separation_findings(review, section),
        *confirmation_findings("procurement", review.declared_by, review.reviewer, negative),
    ]
    return decide(findings, content)


def send_back(review: Review, section: RequirementSection, negative: NegativeSection) -> Decision[bool]:
    """May this person send it back? Whoever may review may."""
    findings = [
        *separation_findings(review, section),
        *confirmation_findings("procurement", review.declared_by, review.reviewer, negative),
    ]
    return decide(findings, True)


def content_findings(content: Content, subject: Subject, section: RequirementSection) -> Iterator[Finding]:
    if section.measurable_indicators_quantified is not None:
        clause = section.measurable_indicators_quantified.clause
        yield finding(
            "indicator_not_quantified", clause, not content.unquantified, indicators=len(content.unquantified)
        )
    for name in section.need_fields:
        yield finding("need_field_missing", section.need_fields.clause(name), name in content.fields, field=name)
    yield from _standard_findings(content, subject, section)
    if section.need_fields_extensible is not None and section.need_fields:
        further = sorted(content.fields - set(section.need_fields))
        clause = section.need_fields_extensible.clause
        yield finding("need_field_unknown", clause, not further or section.need_fields_extensible.value, fields=further)
    yield from _detail_findings(content, section)
    yield from _argumentation_findings(content, subject, section)


def _standard_findings(content: Content, subject: Subject, section: RequirementSection) -> Iterator[Finding]:
    continuous = subject.nature == "continuous"
    asked = section.continuous_need_standard if continuous else section.deliverable_need_standard
    if asked is not None:
        given = asked.value in content.standards
        yield finding("standard_of_nature_missing", asked.clause, given, nature=subject.nature, standard=asked.value)


def _detail_findings(content: Content, section: RequirementSection) -> Iterator[Finding]:
    parts = section.uncertainty_fields
    for name in parts:
        complete = all(name in given for given in content.uncertainties)
        yield finding("uncertainty_incomplete", parts.clause(name), complete, field=name)
    if section.core_requirements_required is not None:
        clause = section.core_requirements_required.clause
        yield finding("core_requirement_missing", clause, len(content.core_detailed) > 0)
    if section.core_requirements_detailed is not None:
        clause = section.core_requirements_detailed.clause
        yield finding("core_requirement_not_detailed", clause, all(content.core_detailed))
    if section.result_payment_table_required is not None:
        clause = section.result_payment_table_required.clause
        yield finding("result_payment_missing", clause, content.result_levels > 0, levels=content.result_levels)


def _argumentation_findings(content: Content, subject: Subject, section: RequirementSection) -> Iterator[Finding]:
    procurement = is_procurement(subject, section)
    asked = section.procurement_need_argumentation if procurement else section.other_purchase_need_argumentation
    if asked is not None:
        given = content.argumentation or not asked.value
        yield finding("argumentation_missing", asked.clause, given, procurement=procurement)


def consultation_clause(subject: Subject, section: RequirementSection) -> Clause | None:
    """The clause that asks for a public consultation: the city's for its classes; for what is of none of them the
    national one, which governs government procurement alone."""
    classes, origins = section.public_consultation_classes, section.public_consultation_origins
    name = str(subject.service_class)
    if name in classes:
        return classes.clause(name)
    if subject.need_origin is not None and subject.need_origin in origins and is_procurement(subject, section):
        return origins.clause(subject.need_origin)
    return None


def _consultation_findings(
    consultation: Consultation | None, subject: Subject, section: RequirementSection
) -> Iterator[Finding]:
    clause = consultation_clause(subject, section)
    if clause is not None:
        yield finding("consultation_not_closed", clause, consultation is not None and consultation.closed)
    if consultation is not None and section.feedback_disposition_required is not None:
        undisposed = consultation.undisposed
        decided = section.feedback_disposition_required.clause
        yield finding("feedback_undecided", decided, undisposed == 0, undecided=undisposed)


def _review_findings(review: Review, section: RequirementSection) -> Iterator[Finding]:
    if section.need_compliance_check_required is not None:
        yield finding("need_not_compliant", section.need_compliance_check_required.clause, review.compliant)
    if section.need_wording_review_required is not None:
        yield finding("wording_not_clear", section.need_wording_review_required.clause, review.wording_clear)


def separation_findings(review: Review, section: RequirementSection) -> Iterator[Finding]:
    if section.separate_need_review is not None:
        other = review.reviewer != review.written_by
        yield of_person("reviewer_is_writer", section.separate_need_review.clause, other)
