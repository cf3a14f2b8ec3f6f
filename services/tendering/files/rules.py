"""Whether a tender file may be published: who checks it, what it must say, what it may not ask for, how it pays.

CD17-17.2, IC12-33.1  the file is checked by a person who drafted none of its versions
CD17-20.1..20.4       qualification conditions, the finalised need, method and criteria, the draft contract
CD17-20.5, C214-20.1  a consultation file lists what may change; only technical, service and contract terms may
CD17-39.3, 39.4       in another purchase the relief channel and the responsible unit
ZH21-16.1..16.5       founding years, registered place, size, grade are no condition; an own one needs a reason
DG11-7.1b             an assessment grade of 3A is among the conditions
GPR-20.1, D87-17.1, SME46-5.1    unreasonable conditions; capital, turnover, size … neither condition nor factor
GPL-28.1              purchases of one item in a year, each outside open tender, are together within its amount, but for
                      those whose method was approved
GPR-18.2              who worked on the project before is named by a listed role, another role with a reason
CD17-21.1..21.7 and the price weight are in `factors`, the draft contract in `terms`, what small and medium enterprises
are promised in `small_enterprises`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.tendering.files.contents import Contents
from services.tendering.files.factors import factor_findings
from services.tendering.files.small_enterprises import small_enterprise_findings
from services.tendering.files.terms import terms_findings
from services.tendering.rulebook import FileSection
from shared.law.decision import Decision, Finding, decide, finding, of_person

ASKED = 2
"""Counts how often these rules were made stricter. Who makes them refuse what they let pass counts it up: what was
checked before binds, and its contract is not asked again."""


@dataclass(frozen=True, slots=True)
class Together:
    """What the purchaser buys of one item in one budget year by other methods than the one that is the rule above the
    amount, this purchase among them: how many purchases, and for how much, CNY. Approved ones do not count."""

    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TenderFile:
    """A file under check. `need_is_final`: the requirement it was drafted from is still the reviewed one; `checker` is
    None in a check without effect; `price_weight_consents`: who consented to the weight of the price;
    `reserved_before`: it was reserved for small and medium enterprises and failed for want of qualified ones. Budget in
    CNY, None where it is not known."""

    method: str
    procurement_project: bool
    contents: Contents
    need_is_final: bool
    authors: frozenset[UUID] = frozenset()
    checker: UUID | None = None
    budget: Decimal | None = None
    price_weight_consents: frozenset[str] = frozenset()
    together: Together | None = None
    other_method_consents: frozenset[str] = frozenset()
    reserved_before: bool = False


def check_file(file: TenderFile, section: FileSection, today: date) -> Decision[Contents]:
    """May this file be published? All findings, in the order of the clauses."""
    findings = [
        *_separation(file, section),
        *_splitting(file, section),
        *_fields(file, section),
        *_conditions(file.contents, section),
        *factor_findings(file.contents, section, file.price_weight_consents),
        *_fixed_price(file, section),
        *terms_findings(file.contents.terms, section),
        *small_enterprise_findings(
            file.contents, section, file.budget, file.reserved_before, asked=file.procurement_project
        ),
        *_preparers(file.contents, section),
    ]
    return decide(findings, file.contents)


def _separation(file: TenderFile, section: FileSection) -> Iterator[Finding]:
    if file.checker is not None:
        yield of_person("checker_is_author", section.separate_file_check.clause, file.checker not in file.authors)


def _splitting(file: TenderFile, section: FileSection) -> Iterator[Finding]:
    """Purchases that would have gone to open tender as one."""
    ban, most, together = section.splitting_allowed, section.open_tender_threshold, file.together
    if ban is None or most is None or together is None or file.method == section.method_from_threshold.value:
        return
    needed = section.other_method_consents
    approved = bool(needed) and set(needed) <= file.other_method_consents
    within = approved or together.count == 1 or together.amount <= most.value
    count, amount = together.count, together.amount
    yield finding("split_below_threshold", ban.clause, within, count=count, amount=amount, threshold=most.value)


def is_split(file: TenderFile, section: FileSection) -> bool:
    """Whether it passes by an approval alone."""
    return not all(found.satisfied for found in _splitting(replace(file, other_method_consents=frozenset()), section))


def _fields(file: TenderFile, section: FileSection) -> Iterator[Finding]:
    for name in section.file_fields:
        yield finding("file_field_missing", section.file_fields.clause(name), _says(file, name), field=name)
    if file.method in section.talks_methods:
        fields = section.talks_file_fields
        for name in fields:
            yield finding("file_field_missing", fields.clause(name), _says(file, name), field=name)
    changeable = section.talks_changeable
    for kind in sorted({change.kind for change in file.contents.substantive_changes}) if changeable else ():
        yield finding("change_not_allowed", changeable.clause(kind), kind in changeable, kind=kind)
    if not file.procurement_project:
        fields = section.other_purchase_file_fields
        for name in fields:
            yield finding("file_field_missing", fields.clause(name), _says(file, name), field=name)


def _says(file: TenderFile, name: str) -> bool:
    contents = file.contents
    match name:
        case "qualification_conditions":
            return bool(contents.conditions)
        case "service_need":
            return file.need_is_final
        case "evaluation_method":
            return contents.evaluation_method is not None
        case "evaluation_criteria":
            return bool(contents.factors)
        case "draft_contract":
            return contents.terms is not None
        case _:
            return bool(getattr(contents, name, None))


def _fixed_price(file: TenderFile, section: FileSection) -> Iterator[Finding]:
    """On which basis the price is the same for all, and that the budget holds it: else every bid would be over it."""
    fixed, bases = file.contents.fixed_price, section.price_unscored_if
    if fixed is None:
        return
    clause = bases.clause(fixed.basis) if bases else section.price_weight_min.clause
    yield finding("price_basis_not_listed", clause, fixed.basis in bases, basis=fixed.basis, listed=list(bases))
    if file.budget is not None:
        within = fixed.amount <= file.budget
        yield finding("fixed_price_over_budget", clause, within, amount=fixed.amount, budget=file.budget)


def _conditions(contents: Contents, section: FileSection) -> Iterator[Finding]:
    codes = {condition.code for condition in contents.conditions}
    for forbidden in (
        section.forbidden_conditions,
        section.unreasonable_conditions,
        section.forbidden_conditions_and_factors,
    ):
        for code in forbidden:
            yield finding("condition_forbidden", forbidden.clause(code), code not in codes, condition=code)
    yield from _own_conditions(contents, section)
    yield from _required_grade(contents, section)


def _preparers(contents: Contents, section: FileSection) -> Iterator[Finding]:
    """The list of roles is open: another one keeps a provider out with its reason, on record and open to challenge."""
    roles = section.excluded_prior_roles
    for one in contents.prepared_by if roles else ():
        named = one.role in roles or (roles.open and one.reason is not None)
        yield finding("prior_role_needs_reason", roles.clause(one.role), named, role=one.role)


def _own_conditions(contents: Contents, section: FileSection) -> Iterator[Finding]:
    """A forbidden list that is open lets nothing like its members in by another name: what no text lists needs a
    reason, on record and open to challenge."""
    rule = section.like_conditions_challengeable
    if rule is None:
        return
    for condition in contents.conditions:
        if condition.code not in section.required_conditions and condition.code not in section.forbidden_conditions:
            reasoned = condition.reason is not None
            yield finding("own_condition_needs_reason", rule.clause, reasoned, condition=condition.code)


def _required_grade(contents: Contents, section: FileSection) -> Iterator[Finding]:
    required = section.required_assessment_grade
    if required is not None:
        asked = [c.least for c in contents.conditions if c.code == "assessment_grade" and c.least is not None]
        enough = any(grade >= required.value for grade in asked)
        yield finding("assessment_grade_required", required.clause, enough, required=required.value, asked=asked)
