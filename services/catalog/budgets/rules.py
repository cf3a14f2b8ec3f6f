"""With which money a project may be bought, who approves it, and how it changes afterwards.

CD17-4.1, D102-14.1      a budget line of the purchaser covers the fiscal part; in Chengdu all money is of the budget
ZH21-12.1, 14.1 to 14.3  money is fiscal or social, each amount of a kind the text names; a further one with a reason
ZH21-14.3                what residents raised or gave pays no more than has been raised
ZH21-13.1                earmarked money serves only its purpose, which is an item of the directory or a class of it
ZH21-15.1                fiscal and social money may go together
CD17-8.1                 finance of the same level reviews, not the purchaser
CD17-10.1, CD17-10.2     what is approved does not change but by an adjustment with reason and finance's approval
CD17-4.1, D102-14.1      nor does it go below what awards and contracts hold of it, nor a line below what is allotted
IC12-12.1                another person than who entered a line's amount gives it another one, and another one than who
                         asked for a budget reviews it
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from services.catalog.rulebook import BudgetSection, LineSection
from shared.law.decision import Decision, Finding, decide, finding, note, of_person

FISCAL, SOCIAL = "fiscal", "social"
OF_BUDGET = {"existing_fiscal_budget": FISCAL, "fiscal_budget": FISCAL}
"""The kind of money that comes from what the text names."""


@dataclass(frozen=True, slots=True)
class Source:
    """Money of one kind, CNY. `earmark` is the code of the item or class it is bound to; `community` whose money it
    is; `reason` why a kind outside the text's list is admitted; `raised` how much has been collected, CNY."""

    kind: str
    amount: Decimal
    earmark: str | None = None
    community: str | None = None
    reason: str | None = None
    raised: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A budget line: whose, of which year, and what is left on it (CNY)."""

    purchaser: UUID
    year: int
    left: Decimal


@dataclass(frozen=True, slots=True)
class Request:
    """Money asked for: by whom, for which year and item, from which line and sources. `approved_before`: the project
    has an approved budget of that year already; `committed` is what awards and contracts hold of it, CNY."""

    purchaser: UUID
    year: int
    item_path: tuple[str, ...]
    line: Line | None
    sources: Sequence[Source]
    approved_before: bool = False
    committed: Decimal = Decimal("0.00")

    @property
    def amount(self) -> Decimal:
        return sum((source.amount for source in self.sources), Decimal("0.00"))

    @property
    def fiscal(self) -> Decimal:
        return sum((source.amount for source in self.sources if source.kind == FISCAL), Decimal("0.00"))


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line's amount is to become another (CNY): what is allotted of it, who entered the present one, who adjusts."""

    amount: Decimal
    allotted: Decimal
    entered_by: UUID
    adjusted_by: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a reviewer sits: organisation and jurisdiction of the post."""

    organisation: UUID
    jurisdiction: str


def submit(request: Request, section: BudgetSection) -> Decision[Request]:
    """May this money be asked for? What is approved already is not asked for anew."""
    findings = list(_money_findings(request, section))
    if section.budget_locked is not None:
        locked = finding("budget_locked", section.budget_locked.clause, not request.approved_before)
        findings.append(locked)
    return decide(findings, request)


def adjust(request: Request, reason: str | None, section: BudgetSection) -> Decision[Request]:
    """May a change of an approved budget be asked for? `request.line` counts what the old budget would give back."""
    findings = list(_money_findings(request, section))
    if section.budget_adjustment_reason_required is not None:
        clause = section.budget_adjustment_reason_required.clause
        findings.append(finding("adjustment_without_reason", clause, bool(reason)))
    return decide(findings, request)


def approve(
    request: Request, desks: Sequence[Desk], jurisdiction: str, section: BudgetSection, *, adjustment: bool
) -> Decision[Request]:
    """May this person approve it, and does the line still cover it? `desks` are the reviewer's posts at finance."""
    findings = list(_money_findings(request, section))
    findings += _reviewer_findings(request.purchaser, desks, jurisdiction, section)
    if adjustment and section.budget_adjustment_approval_required is not None:
        findings.append(note("adjustment_approved", section.budget_adjustment_approval_required.clause))
    return decide(findings, request)


def may_review(submitted_by: UUID, reviewer: UUID, section: BudgetSection) -> Decision[UUID]:
    """May this person say anything of it? Another one asked for the money, whatever posts both hold."""
    clause = section.incompatible_posts_separated.clause
    return decide([of_person("reviewer_submitted_budget", clause, reviewer != submitted_by)], reviewer)


def may_return(purchaser: UUID, desks: Sequence[Desk], jurisdiction: str, section: BudgetSection) -> Decision[bool]:
    """May this person send it back? Whoever may approve may."""
    return decide(list(_reviewer_findings(purchaser, desks, jurisdiction, section)), True)


def adjust_line(change: LineChange, section: LineSection) -> Decision[LineChange]:
    """May the line have this amount instead? What projects were allotted of it is given back first."""
    clause, held = section.budget_line_required.clause, change.allotted
    findings = [
        of_person(
            "adjuster_entered_amount",
            section.incompatible_posts_separated.clause,
            change.adjusted_by != change.entered_by,
        ),
        finding("below_allotted", clause, change.amount >= held, asked=change.amount, allotted=held),
    ]
    if section.budget_adjustment_reason_required is not None:
        clause = section.budget_adjustment_reason_required.clause
        findings.append(finding("adjustment_without_reason", clause, bool(change.reason)))
    return decide(findings, change)


def _reviewer_findings(
    purchaser: UUID, desks: Sequence[Desk], jurisdiction: str, section: BudgetSection
) -> Iterator[Finding]:
    others = [desk for desk in desks if desk.organisation != purchaser]
    if section.budget_review_same_level is not None:
        clause = section.budget_review_same_level.clause
        yield of_person("reviewer_is_purchaser", clause, bool(others))
        same = any(desk.jurisdiction == jurisdiction for desk in others)
        yield finding("reviewer_of_another_level", clause, same)


def _money_findings(request: Request, section: BudgetSection) -> Iterator[Finding]:
    yield from _line_findings(request, section)
    if section.budget_line_required is not None and request.committed > 0:
        held, clause = request.committed, section.budget_line_required.clause
        yield finding("below_commitments", clause, request.amount >= held, asked=request.amount, committed=held)
    kinds = sorted({source.kind for source in request.sources})
    for source in request.sources:
        yield from _kind_findings(source, section)
    allowed = section.mixed_funding_allowed
    if allowed is not None:
        yield finding("funding_mixed", allowed.clause, allowed.value or len(kinds) <= 1, kinds=kinds)
    for source in request.sources:
        if source.earmark is not None and section.earmark_binds is not None:
            obeyed = source.earmark in request.item_path
            yield finding("earmark_not_obeyed", section.earmark_binds.clause, obeyed, kind=source.kind)


def _line_findings(request: Request, section: BudgetSection) -> Iterator[Finding]:
    if section.budget_line_required is None or request.fiscal == 0:
        return
    clause, line = section.budget_line_required.clause, request.line
    yield finding("budget_line_missing", clause, line is not None)
    if line is None:
        return
    own = line.purchaser == request.purchaser
    yield finding("budget_line_of_another", clause, own)
    if not own:  # another's balance is not told
        return
    yield finding("budget_line_of_another_year", clause, line.year == request.year, year=line.year)
    covered = request.fiscal <= line.left
    yield finding("budget_line_insufficient", clause, covered, asked=request.fiscal, left=line.left)


def _kind_findings(source: Source, section: BudgetSection) -> Iterator[Finding]:
    if section.funding_source is not None:
        of_budget = source.kind == OF_BUDGET.get(section.funding_source.value)
        yield finding("source_not_of_budget", section.funding_source.clause, of_budget)
    if not section.fund_kinds:
        return
    kind, listed = FISCAL if source.kind == FISCAL else SOCIAL, section.social_sources
    known = kind == FISCAL or source.kind in listed or (listed.open and bool(source.reason))
    admitted = known and kind in section.fund_kinds
    yield finding("source_kind_unknown", section.fund_kinds.clause(kind), admitted, amount=source.amount)
    if kind == SOCIAL and listed:
        yield finding("social_source_unknown", listed.clause(source.kind), known, kind=source.kind)
    yield from _origin_findings(source, section)


def _origin_findings(source: Source, section: BudgetSection) -> Iterator[Finding]:
    if source.kind in section.community_bound_sources:
        clause = section.community_bound_sources.clause(source.kind)
        yield finding("community_missing", clause, source.community is not None, kind=source.kind)
    if source.kind in section.raised_sources:
        clause, raised = section.raised_sources.clause(source.kind), source.raised or Decimal("0.00")
        yield finding("more_than_raised", clause, source.amount <= raised, amount=source.amount, raised=raised)
