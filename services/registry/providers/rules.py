"""Who may provide, and which conditions a provider meets.

ZH21-3.1  a social organisation registered with the civil affairs department of the city or a district
ZH21-3.2  a community social organisation filed with a town or street, without civil-affairs registration
ZH21-3.3  nobody else: no enterprise, no institution
CD17-3.4  social forces and eligible public institutions, no administrative organ
DG11-7.1  a registered association, private non-enterprise unit or foundation; from its third year on with a grade of
          3A or above from an assessor of city level or above
DG11-7.2  to 7.4  public benefit, good operation, staff and method, and no bad record
CC14-4    registered bodies and institutions without administrative functions, with six groups of conditions
SH15-2.2  registered or exempted social organisations, institutions of class II or to be enterprises, registered firms
GPL-22.1, GPR-19.1, D102-6.1, D102-8.1  where the city is silent

What the register itself holds (kind, registration, penalties, inspections) decides an award; papers that prove ability
are judged with the bid, and shown here beforehand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registry.providers.vocabulary import EVIDENCE, INSTITUTIONS, KINDS, LEVELS, REGISTERS
from services.registry.rulebook import ProviderSection, separation
from shared.fields.days import years_later
from shared.law.decision import Decision, Finding, decide, finding, of_person
from shared.law.rulebook import Items, Rulebook


@dataclass(frozen=True, slots=True)
class Paper:
    """A verified piece of evidence; `valid_until` is its last day (for a penalty: of the ban it brought)."""

    kind: str
    issued_on: date
    result: str | None = None
    valid_until: date | None = None
    issuer_level: str | None = None

    def valid(self, on: date) -> bool:
        return self.issued_on <= on and (self.valid_until is None or on <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A provider as the register holds it. `registered` ends when registration or filing is withdrawn."""

    kind: str
    founded_on: date
    registered_with: str | None = None
    registration_number: str | None = None
    form: str | None = None
    registered: bool = True
    papers: tuple[Paper, ...] = ()


def may_register(candidate: Candidate, section: ProviderSection) -> Decision[Candidate]:
    """May this body be a provider where this text holds?"""
    return decide(list(register_findings(candidate, section)), candidate)


def first_admitting(candidate: Candidate, books: Sequence[Rulebook]) -> tuple[Rulebook, Decision[Candidate]]:
    """Who may provide to some purchaser of a place is registered there: by the first text that admits it. Where none
    does, the nearest says why. Each award asks the text of its own purchase again."""
    judged = [(book, may_register(candidate, book.section(ProviderSection))) for book in books]
    return next(((book, decision) for book, decision in judged if not decision.refused), judged[0])


def eligible(candidate: Candidate, section: ProviderSection, on: date) -> Decision[Candidate]:
    """A finding for every condition of the text that a register can answer."""
    findings = [
        *register_findings(candidate, section),
        *grade_findings(candidate, section, on),
        *condition_findings(candidate, section, on, of_record=False),
        *condition_findings(candidate, section, on, of_record=True),
    ]
    return decide(findings, candidate)


def may_verify(entered_by: frozenset[UUID], verifier: UUID, section: ProviderSection) -> Decision[UUID]:
    """Evidence counts once another person than the one who entered it has seen it."""
    clause = separation(section.incompatible_posts_separated, section.required_conditions.opening)
    return decide([of_person("verifier_entered_evidence", clause, verifier not in entered_by)], verifier)


def may_annul(verified_by: UUID | None, person: UUID, section: ProviderSection) -> Decision[UUID]:
    """A paper that was accepted by mistake is annulled by another person than the one who accepted it."""
    clause = separation(section.incompatible_posts_separated, section.required_conditions.opening)
    return decide([of_person("annuller_verified_evidence", clause, person != verified_by)], person)


def may_confirm(entered_by: UUID | None, confirmer: UUID, section: ProviderSection) -> Decision[UUID]:
    """A code that misses its check character counts once another person has compared it with the licence."""
    clause = separation(section.incompatible_posts_separated, section.required_conditions.opening)
    return decide([of_person("confirmer_entered_code", clause, confirmer != entered_by)], confirmer)


def may_take_off(proposed_by: UUID, confirmer: UUID, section: ProviderSection) -> Decision[UUID]:
    """Whoever proposed to take a provider off the register does not confirm it: it keeps it from every award."""
    clause = separation(section.incompatible_posts_separated, section.required_conditions.opening)
    return decide([of_person("confirmer_is_proposer", clause, confirmer != proposed_by)], confirmer)


def register_findings(candidate: Candidate, section: ProviderSection) -> Iterator[Finding]:
    """Kind, registration and form: who may be a provider at all."""
    kind, listed = candidate.kind, section.provider_kinds
    word = _named(kind, KINDS, listed)
    closed = section.provider_kinds_closed
    kind_clause = closed.clause if word is None and closed is not None else listed.clause(word or kind)
    yield finding("provider_kind_not_listed", kind_clause, word is not None, kind=kind, listed=list(listed))
    if not candidate.registered:
        yield finding("registration_withdrawn", kind_clause, False, kind=kind)
    if section.excluded_kinds:
        excluded = _named(kind, KINDS, section.excluded_kinds)
        clause = section.excluded_kinds.clause(excluded or kind)
        yield finding("provider_kind_excluded", clause, excluded is None, kind=kind)
    if word is not None:
        yield from _registration_findings(candidate, section)


def _registration_findings(candidate: Candidate, section: ProviderSection) -> Iterator[Finding]:
    registers = _registers(candidate.kind, section)
    if registers:
        word = candidate.registered_with and _named(candidate.registered_with, REGISTERS, registers)
        exempted = word == "state_council_exemption"  # who need not register has no number
        met = word is not None and (exempted or candidate.registration_number is not None)
        where = candidate.registered_with or "none"
        clause = registers.clause(word or where)
        yield finding("registration_missing", clause, met, registered_with=where, listed=list(registers))
    if candidate.kind in INSTITUTIONS:
        yield from _institution_findings(candidate.kind, section)
    forms = section.social_organisation_forms
    if forms and candidate.kind == "social_organisation":
        form = candidate.form or "none"
        yield finding("form_not_listed", forms.clause(form), form in forms, form=form, listed=list(forms))


def _institution_findings(kind: str, section: ProviderSection) -> Iterator[Finding]:
    classes, required = section.providing_institution_classes, section.providing_institution_requires
    if classes:
        word = _named(kind, KINDS, classes)
        yield finding("institution_class_not_listed", classes.clause(word or kind), word is not None, kind=kind)
    if "no_admin_functions" in required:
        clause = required.clause("no_admin_functions")
        yield finding("institution_administers", clause, kind != "institution_with_admin_functions", kind=kind)


def _registers(kind: str, section: ProviderSection) -> Items:
    match kind:
        case "social_organisation":
            return section.social_organisation_registration
        case "community_social_organisation":
            return section.community_organisation_registration
        case "enterprise" | "agency" | "other_registered_body":
            return section.enterprise_registration
        case _:
            return Items({})


def grade_findings(candidate: Candidate, section: ProviderSection, on: date) -> Iterator[Finding]:
    """The assessment grade, asked of bodies of a certain age, and given by an assessor of a certain level."""
    required, age = section.required_assessment_grade, section.assessment_grade_from_years
    if required is None or (age is not None and on < years_later(candidate.founded_on, age.value)):
        return
    level = section.assessment_body_min_level
    grades = [p for p in candidate.papers if p.kind == "assessment_grade" and p.valid(on)]
    best = best_grade(candidate, section, on)
    reached = (best or "") >= required.value
    yield finding("assessment_grade_too_low", required.clause, reached, grade=best or "none", required=required.value)
    if level is not None and grades:
        counts = (best or "") >= (_best(grades) or "")
        yield finding("assessment_body_too_low", level.clause, counts, required=level.value)


def condition_findings(
    candidate: Candidate, section: ProviderSection, on: date, *, of_record: bool
) -> Iterator[Finding]:
    """The listed conditions: those on which the register has an own record, or those that papers prove."""
    for condition, clause in section.required_conditions.members.items():
        if (condition in _RECORD) == of_record:
            met = meets(candidate, condition, section, on)
            yield finding("condition_not_met", clause, met, condition=condition)
            if condition == "no_major_violation":
                yield from _violation_findings(candidate, section, on)


def _violation_findings(candidate: Candidate, section: ProviderSection, on: date) -> Iterator[Finding]:
    """Each listed penalty on record, by the clause that names its kind, and whether it still counts."""
    for paper in candidate.papers:
        kind = paper.result or "none"
        if paper.issued_on <= on and paper.kind == "penalty" and kind in section.major_violations:
            clause, ended = section.major_violations.clause(kind), not _is_major(paper, section, on)
            until = paper.valid_until or "none"
            yield finding("major_violation", clause, ended, penalty=kind, issued_on=paper.issued_on, ban_until=until)


def conditions_met(candidate: Candidate, section: ProviderSection, on: date) -> list[str]:
    """Every condition any text may ask for that the provider meets that day, by name; the assessment grade where the
    text asks for one."""
    known = {name for proven in EVIDENCE.values() for name in proven} | _RECORD
    met = {name for name in known if meets(candidate, name, section, on)}
    graded = list(grade_findings(candidate, section, on))
    if section.required_assessment_grade is not None and all(found.satisfied for found in graded):
        met.add("assessment_grade")
    return sorted(met)


def best_grade(candidate: Candidate, section: ProviderSection, on: date) -> str | None:
    """The best grade that counts: valid that day, and of an assessor of the level that the text asks for."""
    return _best(_counted(candidate, section, on))


def _counted(candidate: Candidate, section: ProviderSection, on: date) -> list[Paper]:
    level = section.assessment_body_min_level
    grades = (p for p in candidate.papers if p.kind == "assessment_grade" and p.valid(on))
    return [p for p in grades if level is None or _high_enough(p.issuer_level, level.value)]


_RECORD = frozenset(
    {
        "lawful_registration",
        "no_major_violation",
        "no_registration_penalty",
        "annual_inspection_passed",
        "annual_inspection_undergone",
        "registration_authority_conditions",
    }
)


def meets(candidate: Candidate, condition: str, section: ProviderSection, on: date) -> bool:
    """Whether a condition is met: by a clean record where the register keeps one, else by a valid paper."""
    papers = [p for p in candidate.papers if p.issued_on <= on]
    match condition:
        case "lawful_registration":
            return candidate.registered and candidate.registration_number is not None
        case "no_major_violation":
            return not any(_is_major(p, section, on) and not _in_gap(p, section) for p in papers)
        case "no_registration_penalty":
            return not any(p.kind == "registration_penalty" for p in papers)
        case "annual_inspection_passed":
            return not any(p.kind == "annual_inspection" and p.result == "failed" for p in papers)
        case "annual_inspection_undergone":
            return not any(p.kind == "annual_inspection" and p.result == "omitted" for p in papers)
        case "registration_authority_conditions":
            return not any(p.kind == "registration_demand" and p.valid(on) for p in papers)
        case _:
            return any(condition in EVIDENCE[p.kind] and p.valid(on) for p in papers)


def _in_gap(paper: Paper, section: ProviderSection) -> bool:
    """Whether only a text that is not carried for that day would name the penalty: it is shown, and excludes nobody."""
    return section.major_violations.clause(paper.result or "none").gap


def _is_major(paper: Paper, section: ProviderSection, on: date) -> bool:
    """A listed penalty of the last years. One that brought a ban counts no longer than the ban, where the text says
    so."""
    if paper.kind != "penalty" or paper.result not in section.major_violations:
        return False
    years, ended = section.no_major_violation_years, section.ended_ban_is_eligible
    if ended is not None and paper.valid_until is not None and on > paper.valid_until:
        return False
    return years is None or on < years_later(paper.issued_on, years.value)


def _named(name: str, wider: dict[str, tuple[str, ...]], listed: Items) -> str | None:
    return next((word for word in (name, *wider[name]) if word in listed), None)


def _high_enough(level: str | None, least: str) -> bool:
    return level is not None and LEVELS.index(level) >= LEVELS.index(least)


def _best(grades: list[Paper]) -> str | None:
    return max((p.result for p in grades if p.result is not None), default=None)
