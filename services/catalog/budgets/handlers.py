"""Commands on budget lines and on the budgets of projects."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.catalog.budgets import rules, store
from services.catalog.budgets.records import Budget, BudgetLine, BudgetState, LineAmount
from services.catalog.budgets.rules import Desk, Request, Source
from services.catalog.budgets.views import LineView, budget_view, line_detail
from services.catalog.fields import WrongField
from services.catalog.projects import store as projects
from services.catalog.projects.handlers import about, clear_if_complete, of_a_purchaser
from services.catalog.projects.records import Project, ProjectState
from services.catalog.rulebook import BudgetSection, LineSection
from services.catalog.tables import ASKED
from shared.events.catalog import (
    BudgetApproved,
    BudgetLineAdjusted,
    BudgetLineOpened,
    BudgetReturned,
    BudgetSubmitted,
    FundingSource,
)
from shared.fields.ids import new_id
from shared.law.rulebook import Rulebook, rulebooks
from shared.people.interest import apart
from shared.work.database import Answer, Call, Transaction, WrongState, must_be

YEARS_AHEAD = 5
"""For which years ahead finance opens lines: a budget is planned for a few, and a year further off is a slip, which no
later act takes off the line. No text sets this."""


@dataclass(frozen=True, slots=True)
class OpenLine:
    """Finance enters a line of a purchaser's budget."""

    jurisdiction: str
    organisation: UUID
    code: str
    title: str
    year: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class AdjustLine:
    """Another person of finance gives a line another amount, with a reason."""

    line_id: UUID
    amount: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class SubmitBudget:
    """The purchaser asks for a project's money."""

    project_id: UUID
    line_id: UUID | None
    year: int
    amount: Decimal
    sources: list[Source]


@dataclass(frozen=True, slots=True)
class AdjustBudget:
    """The purchaser asks to change an approved budget, on the same line and for the same year."""

    budget_id: UUID
    amount: Decimal
    sources: list[Source]
    reason: str | None


@dataclass(frozen=True, slots=True)
class ReviewBudget:
    """Finance approves what is asked, or sends it back."""

    budget_id: UUID
    approve: bool
    reason: str | None


async def open_line(call: Call, command: OpenLine) -> Answer:
    async with call.transaction() as tx:
        line_id = new_id()
        await tx.lock(line_id)
        person = tx.require("open_budget_line", None, command.jurisdiction)
        if not tx.today.year - 1 <= command.year <= tx.today.year + YEARS_AHEAD:
            raise WrongField("year", "too_far", f"give last year, this year or one of the next {YEARS_AHEAD}")
        await of_a_purchaser(tx, command.organisation, command.jurisdiction)
        line = await tx.add(
            BudgetLine(
                id=line_id,
                key=line_id,
                version=1,
                jurisdiction=command.jurisdiction,
                organisation=command.organisation,
                code=command.code,
                title=command.title,
                year=command.year,
                amount=command.amount,
                allotted=Decimal("0.00"),
            )
        )
        await tx.add(
            LineAmount(line_id=line_id, number=1, amount=line.amount, entered_by=person, entered_on=tx.today),
        )
        tx.emit(
            BudgetLineOpened(
                jurisdiction=line.jurisdiction,
                organisation=line.organisation,
                line_id=line_id,
                code=line.code,
                year=line.year,
                amount=line.amount,
            )
        )
        return tx.answer(201, LineView.model_validate(line), version=line.version)


async def adjust_line(call: Call, command: AdjustLine) -> Answer:
    async with call.transaction() as tx:
        before, person = await tx.open(BudgetLine, command.line_id, "open_budget_line", by=None)
        if command.amount == before.amount:
            raise WrongField("amount", "unchanged", "give another amount than the line has")
        amounts = await store.amounts_of(tx, before.id)
        last = amounts[-1]
        change = rules.LineChange(command.amount, before.allotted, last.entered_by, person, command.reason)
        tx.decided(rules.adjust_line(change, _governing(tx, before).section(LineSection)))
        entered = await tx.add(
            LineAmount(
                line_id=before.id,
                number=last.number + 1,
                amount=command.amount,
                entered_by=person,
                entered_on=tx.today,
                replaces=last.number,
                replaces_by=last.entered_by,
                reason=command.reason,
            )
        )
        line = await tx.save(before, replace(before, amount=entered.amount))
        tx.emit(
            BudgetLineAdjusted(
                jurisdiction=line.jurisdiction,
                organisation=line.organisation,
                line_id=line.id,
                number=entered.number,
                before=before.amount,
                amount=line.amount,
            )
        )
        return tx.answer(201, line_detail(line, [*amounts, entered]), version=line.version)


def _governing(tx: Transaction, line: BudgetLine) -> Rulebook:
    """The text in force where the line lies; national law where no city's is."""
    book = rulebooks().governing(line.jurisdiction, tx.today)
    if book is None:
        raise WrongState("no_rulebook_in_force", "rulebook_in_force")
    return tx.under(book)


async def submit_budget(call: Call, command: SubmitBudget) -> Answer:
    async with call.transaction() as tx:
        project, person = await tx.open(Project, command.project_id, "submit_budget")
        apart(tx, project.rulebook, project.suppliers)
        _must_not_be_declined(project)
        approved = await projects.approved_budget(tx, project.id, command.year)
        line = store.line_of(await store.find_line(tx, command.line_id))
        request = _request(project, command.year, line, command.sources, approved_before=approved is not None)
        tx.decided(rules.submit(request, tx.law(project, BudgetSection)))
        if approved is not None:
            raise WrongState(BudgetState.APPROVED, "budget_adjusted")
        budget = await tx.add(
            Budget(
                id=new_id(),
                key=project.id,
                version=1,
                **about(project),
                line_id=command.line_id,
                state=BudgetState.SUBMITTED,
                year=command.year,
                amount=command.amount,
                committed=Decimal("0.00"),
                sources=store.stored(command.sources),
                submitted_by=person,
            )
        )
        told = {"budget_id": budget.id, "amount": budget.amount, "year": budget.year, "facts": ASKED(budget)}
        tx.emit(BudgetSubmitted.model_validate({**about(project), **told}))
        return await _answer(tx, project, budget, 201)


async def adjust_budget(call: Call, command: AdjustBudget) -> Answer:
    async with call.transaction() as tx:
        await _lock_with_line(tx, command.budget_id)
        before, person = await tx.open(Budget, command.budget_id, "submit_budget")
        project = await projects.lock_project(tx, before.project_id)
        apart(tx, project.rulebook, project.suppliers)
        must_be(before, (BudgetState.APPROVED,))
        _may_change(project, before, command.amount)
        line = store.line_of(await store.find_line(tx, before.line_id), fiscal(before))
        request = _request(project, before.year, line, command.sources, committed=before.committed)
        tx.decided(rules.adjust(request, command.reason, tx.law(project, BudgetSection)))
        budget = await tx.add(
            Budget(
                id=new_id(),
                key=project.id,
                version=1,
                **about(project),
                line_id=before.line_id,
                state=BudgetState.SUBMITTED,
                year=before.year,
                amount=command.amount,
                committed=Decimal("0.00"),
                sources=store.stored(command.sources),
                adjusts=before.id,
                reason=command.reason,
                submitted_by=person,
            )
        )
        told = {"budget_id": budget.id, "amount": budget.amount, "year": budget.year, "facts": ASKED(budget)}
        tx.emit(BudgetSubmitted.model_validate({**about(project), **told, "adjusts": before.id}))
        return await _answer(tx, project, budget, 201)


async def review_budget(call: Call, command: ReviewBudget) -> Answer:
    async with call.transaction() as tx:
        await _lock_with_line(tx, command.budget_id)
        asked, person = await tx.open(Budget, command.budget_id, "review_budget", by=None)
        project = await projects.lock_project(tx, asked.project_id)
        apart(tx, project.rulebook, project.suppliers)
        must_be(asked, (BudgetState.SUBMITTED,))
        tx.decided(rules.may_review(asked.submitted_by, person, tx.law(project, BudgetSection)))
        reviewed = replace(asked, reviewed_by=person, reviewed_on=tx.today, review_reason=command.reason)
        if command.approve:
            budget = await _approve(tx, asked, reviewed, project)
            await clear_if_complete(tx, project)
        else:
            desks, section = _desks(tx, project), tx.law(project, BudgetSection)
            tx.decided(rules.may_return(project.organisation, desks, project.jurisdiction, section))
            tx.emit(BudgetReturned(**about(project), budget_id=asked.id))
            budget = await tx.save(asked, replace(reviewed, state=BudgetState.RETURNED))
        return await _answer(tx, project, budget, 200)


async def _approve(tx: Transaction, asked: Budget, reviewed: Budget, project: Project) -> Budget:
    """Takes the fiscal part from the line and puts the budget in the place of the one it adjusts."""
    before = await projects.approved_budget(tx, project.id, asked.year)
    _may_change(project, before, asked.amount)
    given_back = fiscal(before) if before is not None else Decimal("0.00")
    committed = before.committed if before is not None else Decimal("0.00")
    line = await store.lock_line(tx, asked.line_id) if asked.line_id else None
    own = store.line_of(line, given_back)
    request = _request(project, asked.year, own, store.sources_of(asked), committed=committed)
    desks, section = _desks(tx, project), tx.law(project, BudgetSection)
    tx.decided(rules.approve(request, desks, project.jurisdiction, section, adjustment=asked.adjusts is not None))
    if line is not None:
        await store.allot(tx, line, request.fiscal - given_back)
    if before is not None:
        await tx.save(before, replace(before, state=BudgetState.REPLACED, committed=Decimal("0.00")))
    budget = await tx.save(asked, replace(reviewed, state=BudgetState.APPROVED, committed=committed))
    tx.emit(
        BudgetApproved(
            **about(project),
            amount=budget.amount,
            sources=[FundingSource.model_validate(source) for source in budget.sources],
            year=budget.year,
            budget_id=budget.id,
            adjusts=budget.adjusts,
            committed=budget.committed,
        )
    )
    return budget


async def _lock_with_line(tx: Transaction, budget_id: UUID) -> None:
    """The keys of the budget's project and of its line, locked together in order."""
    found = await store.find_budget(tx, budget_id)
    await tx.lock(found.key, *([found.line_id] if found.line_id else []))


def _request(project: Project, year: int, line: rules.Line | None, sources: list[Source], **known: Any) -> Request:
    return Request(project.organisation, year, tuple(project.item_path), line, sources, **known)


def fiscal(budget: Budget) -> Decimal:
    return sum((s.amount for s in store.sources_of(budget) if s.kind == rules.FISCAL), Decimal("0.00"))


def _desks(tx: Transaction, project: Project) -> list[Desk]:
    posts = [post for post in tx.actor.posts if post.covers("review_budget", None, project.jurisdiction)]
    return [Desk(post.organisation, post.jurisdiction) for post in posts]


def _must_not_be_declined(project: Project) -> None:
    """Money may be asked for at any time for a year that has none yet: a service that goes on is paid from the next."""
    if project.state == ProjectState.DECLINED:
        raise WrongState(project.state, "not_declined")


def _may_change(project: Project, before: Budget | None, amount: Decimal) -> None:
    """What is being procured was announced with its budget, so that is not lowered meanwhile."""
    _must_not_be_declined(project)
    if project.state == ProjectState.IN_PROCUREMENT and before is not None and amount < before.amount:
        raise WrongState(project.state, "budget_not_lowered", least=before.amount)


async def _answer(tx: Transaction, project: Project, budget: Budget, status: int) -> Answer:
    view = budget_view(budget, await projects.results(tx, project))
    return tx.answer(status, view, version=budget.version, location=f"/v1/budgets/{budget.id}")
