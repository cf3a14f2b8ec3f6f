"""What a project must state, and what must stand beside it for a procurement.

CD17-3.1                  the need is the government's own, or the public's
CD17-3.5 to CD17-3.8      exactly one of three classes; each asks for something of its own
ZH21-2.1, CD17-2.1        the purchaser is of a kind that may buy
ZH21-5.1                  the project should be basic, inclusive or of public benefit; one without a reason says so
ZH21-8.0 to ZH21-8.5      the class is that of the directory item; special groups name their group
D102-14.1                 the item stands in a directory in force
ZH21-11.1 to ZH21-11.6    the negative list is declared; so it is for CD17-3.2, CD17-3.3 and D102-10.1 to 10.5
ZH21-19.1                 way 1: planned by the street itself from policy and needs
ZH21-19.2a                way 2: led by party organisation and residents' committee together
ZH21-19.3a                way 3: planned by a provider
ZH21-19.2c, 19.3b, 20.1   nothing is bought before the street has reviewed it, by whichever way it came
CD17-4.1, CD17-11.1       nothing is bought without a budget line that covers it and a finalised requirement
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.catalog.directories.rules import class_of, is_further
from services.catalog.negative_lists.rules import declaration_findings
from services.catalog.rulebook import ClearanceSection, NegativeSection, ProjectSection
from shared.law.decision import Clause, Decision, Effect, Finding, decide, finding, note
from shared.law.rulebook import Demand, Value


@dataclass(frozen=True, slots=True)
class ItemInForce:
    """A directory item with the codes from its class down to itself."""

    code: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a proposal states, as far as rules look at it; texts count as given or not."""

    purchaser_kind: str
    way: str
    by_purchaser: bool
    item: ItemInForce | None
    need_origin: str | None = None
    service_class: int | None = None
    field: str | None = None
    field_reason: str | None = None
    beneficiaries: str | None = None
    duty_ref: str | None = None
    marks: Mapping[str, str] | None = None
    leads: tuple[str, ...] = ()
    policy_ref: str | None = None
    need_refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a project stands: approved into the pool by its way, its budget approved, its requirement finalised."""

    way: str
    approved: bool
    budgeted: bool
    required: bool

    @property
    def missing(self) -> list[str]:
        parts = {"approval": self.approved, "budget": self.budgeted, "requirement": self.required}
        return [name for name, stands in parts.items() if not stands]


def propose(
    proposal: Proposal, answers: Mapping[str, bool], section: ProjectSection, negative: NegativeSection
) -> Decision[Proposal]:
    """May this project be proposed? `answers` declare the negative list."""
    findings = [
        *_purchaser_findings(proposal, section),
        *_class_findings(proposal, section),
        *_mark_findings(proposal, section),
        *_directory_findings(proposal, section),
        *declaration_findings(answers, negative),
        *_way_findings(proposal, section),
    ]
    return decide(findings, proposal)


def class_number(proposal: Proposal, section: ProjectSection) -> int | None:
    """The class as stated where the text lets the project state it, else that of its directory item."""
    if section.exactly_one_service_class is not None:
        return proposal.service_class
    root = proposal.item.path[0] if proposal.item else ""
    known = class_of(root, section.service_classes) or is_further(root, section.service_classes)
    return int(root) if known else None


def _purchaser_findings(proposal: Proposal, section: ProjectSection) -> Iterator[Finding]:
    kind = proposal.purchaser_kind
    kinds = section.optin_purchaser_kinds if kind in section.optin_purchaser_kinds else section.purchaser_kinds
    if kinds:
        word = kinds.named(kind)
        yield finding("purchaser_kind_not_allowed", kinds.clause(word or kind), word is not None, kind=kind)
    if section.need_origins:
        clause = section.need_origins.clause(proposal.need_origin or "")
        yield finding("need_origin_unknown", clause, proposal.need_origin in section.need_origins)


def _class_findings(proposal: Proposal, section: ProjectSection) -> Iterator[Finding]:
    if section.exactly_one_service_class is not None:
        known = str(proposal.service_class) in section.service_classes
        yield finding("service_class_unknown", section.exactly_one_service_class.clause, known)
        yield from _stated_class_findings(proposal, section)
    if section.service_class_required is not None:
        number = class_number(proposal, section)
        yield finding("service_class_unknown", section.service_class_required.clause, number is not None)
        yield from _group_findings(proposal, section)


def _stated_class_findings(proposal: Proposal, section: ProjectSection) -> Iterator[Finding]:
    match proposal.service_class:
        case 1 if section.class_1_for_beneficiaries is not None:
            own = proposal.beneficiaries is None
            yield finding("class_1_for_beneficiaries", section.class_1_for_beneficiaries.clause, own)
        case 2 if section.class_2_duty_required is not None:
            yield finding("class_2_without_duty", section.class_2_duty_required.clause, bool(proposal.duty_ref))
        case 3 if section.class_3_beneficiaries_required is not None:
            rule = section.class_3_beneficiaries_required
            yield finding("class_3_without_beneficiaries", rule.clause, bool(proposal.beneficiaries))
            yield from _class_3_field_findings(proposal, section)


def _class_3_field_findings(proposal: Proposal, section: ProjectSection) -> Iterator[Finding]:
    fields = section.class_3_fields
    if fields:
        further = fields.open and bool(proposal.field) and bool(proposal.field_reason)
        clause = fields.clause(proposal.field or "")
        yield finding("class_3_field_without_reason", clause, proposal.field in fields or further)


def _group_findings(proposal: Proposal, section: ProjectSection) -> Iterator[Finding]:
    item, naming = proposal.item, section.class_naming_its_group
    if item is None or naming is None or class_of(item.path[0], section.service_classes) != naming.value:
        return
    named = len(item.path) > 1 or bool(proposal.beneficiaries)
    yield finding("group_missing", naming.clause, named)


def _mark_findings(proposal: Proposal, section: ProjectSection) -> Iterator[Finding]:
    marks = section.project_marks
    if marks:
        reasoned = [mark for mark in proposal.marks or () if mark in marks]
        clause = marks.clause("")
        yield finding("no_mark_reasoned", clause, bool(reasoned), effect=Effect.REFERENCE, marks=reasoned)


def _directory_findings(proposal: Proposal, section: ProjectSection) -> Iterator[Finding]:
    item = proposal.item
    if section.directory_item_required is not None:
        yield finding("directory_item_not_in_force", section.directory_item_required.clause, item is not None)
    if item is None:
        return
    name = class_of(item.path[0], section.service_classes)
    named = [field for field in section.directory_fields if name and field.startswith(f"{name}/")]
    if named:
        clause = section.directory_fields.clause(named[0])
        yield note("item_of_class", clause, item=item.code, service_class=name)


def _way_findings(proposal: Proposal, section: ProjectSection) -> Iterator[Finding]:
    if not section.entry_ways:
        return
    clause = section.entry_ways.clause(proposal.way)
    yield finding("way_unknown", clause, proposal.way in section.entry_ways, way=proposal.way)
    match proposal.way:
        case "planned_by_town_street":
            yield finding("planner_is_not_purchaser", clause, proposal.by_purchaser)
            given = {"policy_ref": bool(proposal.policy_ref), "need_refs": bool(proposal.need_refs)}
            for name in section.planned_project_fields:
                clause = section.planned_project_fields.clause(name)
                yield finding("planned_field_missing", clause, given.get(name, False), field=name)
        case "community_vote":
            for lead in section.community_project_leads:
                clause = section.community_project_leads.clause(lead)
                yield finding("lead_missing", clause, lead in proposal.leads, lead=lead)


def clear(standing: Standing, section: ClearanceSection) -> Decision[Standing]:
    """May a procurement be opened? Approval, money and requirement must all stand, in whichever order they came."""
    asked = (
        ("approval_missing", _review_clause(standing.way, section), standing.approved),
        ("budget_missing", _clause_of(section.budget_line_required), standing.budgeted),
        ("requirement_not_finalised", _clause_of(section.finalised_need_required), standing.required),
    )
    return decide([finding(code, clause, stands) for code, clause, stands in asked if clause], standing)


def _review_clause(way: str, section: ClearanceSection) -> Clause | None:
    """The clause that has a project of this way reviewed before it is bought."""
    by_way = {
        "community_vote": section.community_project_reviewed_by,
        "social_org_pool": section.pool_choice_reviewed_by,
    }
    criteria = section.project_review_criteria
    return _clause_of(by_way.get(way)) or (criteria.clause("") if criteria else None)


def _clause_of(rule: Value[str] | Demand | None) -> Clause | None:
    return rule.clause if rule is not None else None
