"""Commands on budget lines and on the budgets of projects."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.catalog.budgets import rules, store
from services.catalog.budgets.rules import Desk, Request, Source
from services.catalog.budgets.views import budget_view, line_detail, line_view
from services.catalog.fields import WrongField
from services.catalog.projects import store as projects
from services.catalog.projects.handlers import about, clear_if_complete
from services.catalog.rulebook import BudgetSection, LineSection
from shared.events.catalog import (
    BudgetApproved,
    BudgetLineAdjusted,
    BudgetLineOpened,
    BudgetReturned,
    BudgetSubmitted,
    FundingSource,
)
from shared.fields.ids import new_id
from shared.fields.places import NATION, within
from shared.law.rulebook import Rulebook, rulebooks
from shared.people.interest import apart
from shared.work.database import Answer, Call, Row, Transaction, WrongState


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
        purchaser = await projects.purchaser(tx, command.organisation)
        if purchaser is not None and not within(command.jurisdiction, purchaser["jurisdiction"]):
            raise WrongField("jurisdiction", "outside_purchaser", "give a place in which the purchaser lies")
        line = {name: getattr(command, name) for name in ("jurisdiction", "organisation", "code", "year", "amount")}
        row = await store.add_line(tx, {"id": line_id, "title": command.title, **line}, person)
        tx.emit(BudgetLineOpened(line_id=line_id, **line))
        return tx.answer(201, line_view(row), version=row["version"])


async def adjust_line(call: Call, command: AdjustLine) -> Answer:
    async with call.transaction() as tx:
        line = await store.lock_line(tx, command.line_id)
        person = tx.require("open_budget_line", None, line["jurisdiction"])
        tx.expect(line["version"])
        if command.amount == line["amount"]:
            raise WrongField("amount", "unchanged", "give another amount than the line has")
        last = (await store.amounts_of(tx, line["id"]))[-1]
        change = rules.LineChange(command.amount, line["allotted"], last["entered_by"], person, command.reason)
        tx.decided(rules.adjust_line(change, _governing(tx, line).section(LineSection)))
        number = await store.add_amount(tx, last, command.amount, person, command.reason)
        place = {name: line[name] for name in ("jurisdiction", "organisation")}
        entry = {"line_id": line["id"], "number": number, "before": line["amount"], "amount": command.amount}
        tx.emit(BudgetLineAdjusted(**place, **entry))
        now, amounts = await store.lock_line(tx, line["id"]), await store.amounts_of(tx, line["id"])
        return tx.answer(201, line_detail(now, amounts), version=now["version"])


def _governing(tx: Transaction, line: Row) -> Rulebook:
    """The text in force where the line lies; national law where no city's is."""
    book = rulebooks().in_force(line["jurisdiction"], tx.today) or rulebooks().in_force(NATION, tx.today)
    if book is None:
        raise WrongState("no_rulebook_in_force", "a rulebook in force")
    return tx.under(book)


async def submit_budget(call: Call, command: SubmitBudget) -> Answer:
    async with call.transaction() as tx:
        project = await projects.lock_project(tx, command.project_id)
        person = tx.require("submit_budget", project["organisation"], project["jurisdiction"])
        _apart(tx, project)
        tx.expect(project["version"])
        _must_not_be_declined(project)
        approved = await projects.approved_budget(tx, project["id"], command.year)
        line = store.line_of(await store.find_line(tx, command.line_id))
        request = _request(project, command.year, line, command.sources, approved_before=approved is not None)
        tx.decided(rules.submit(request, _section(tx, project)))
        if approved is not None:
            raise WrongState("approved", "adjusted")
        budget_id = await store.add_budget(
            tx,
            {
                **about(project),
                "line_id": command.line_id,
                "year": command.year,
                "amount": command.amount,
                "sources": store.stored(command.sources),
                "submitted_by": person,
            },
        )
        tx.emit(BudgetSubmitted(**about(project), budget_id=budget_id, amount=command.amount, year=command.year))
        return await _answer(tx, project, budget_id, 201)


async def adjust_budget(call: Call, command: AdjustBudget) -> Answer:
    async with call.transaction() as tx:
        before, project = await _lock(tx, command.budget_id)
        person = tx.require("submit_budget", project["organisation"], project["jurisdiction"])
        _apart(tx, project)
        tx.expect(before["version"])
        _must_be(before, "approved")
        _may_change(project, before, command.amount)
        line = store.line_of(await store.find_line(tx, before["line_id"]), fiscal(before))
        request = _request(project, before["year"], line, command.sources, committed=before["committed"])
        tx.decided(rules.adjust(request, command.reason, _section(tx, project)))
        budget_id = await store.add_budget(
            tx,
            {
                **about(project),
                "line_id": before["line_id"],
                "year": before["year"],
                "amount": command.amount,
                "sources": store.stored(command.sources),
                "adjusts": before["id"],
                "reason": command.reason,
                "submitted_by": person,
            },
        )
        event = {"budget_id": budget_id, "amount": command.amount, "year": before["year"], "adjusts": before["id"]}
        tx.emit(BudgetSubmitted(**about(project), **event))
        return await _answer(tx, project, budget_id, 201)


async def review_budget(call: Call, command: ReviewBudget) -> Answer:
    async with call.transaction() as tx:
        budget, project = await _lock(tx, command.budget_id)
        person = tx.require("review_budget", None, project["jurisdiction"])
        _apart(tx, project)
        tx.expect(budget["version"])
        _must_be(budget, "submitted")
        if command.approve:
            await _approve(tx, budget, project)
        else:
            desks, section = _desks(tx, project), _section(tx, project)
            tx.decided(rules.may_return(project["organisation"], desks, project["jurisdiction"], section))
            tx.emit(BudgetReturned(**about(project), budget_id=budget["id"]))
        state = "approved" if command.approve else "returned"
        reviewed = {"reviewed_by": person, "reviewed_on": tx.today, "review_reason": command.reason}
        await store.change(tx, budget["id"], state=state, **reviewed)
        if command.approve:
            await clear_if_complete(tx, project["id"])
        return await _answer(tx, project, budget["id"], 200)


async def _approve(tx: Transaction, budget: Row, project: Row) -> None:
    """Takes the fiscal part from the line and puts the budget in the place of the one it adjusts."""
    before = await projects.approved_budget(tx, project["id"], budget["year"])
    _may_change(project, before, budget["amount"])
    given_back = fiscal(before) if before is not None else Decimal("0.00")
    committed = before["committed"] if before is not None else Decimal("0.00")
    line = await store.lock_line(tx, budget["line_id"]) if budget["line_id"] else None
    own = store.line_of(line, given_back)
    request = _request(project, budget["year"], own, store.sources_of(budget), committed=committed)
    desks, section = _desks(tx, project), _section(tx, project)
    tx.decided(
        rules.approve(request, desks, project["jurisdiction"], section, adjustment=budget["adjusts"] is not None)
    )
    if line is not None:
        await store.allot(tx, line, request.fiscal - given_back)
    if before is not None:
        await store.change(tx, before["id"], state="replaced", committed=Decimal("0.00"))
        await store.change(tx, budget["id"], committed=committed)
    tx.emit(
        BudgetApproved(
            **about(project),
            amount=budget["amount"],
            sources=[FundingSource.model_validate(source) for source in budget["sources"]],
            year=budget["year"],
            budget_id=budget["id"],
            adjusts=budget["adjusts"],
            committed=committed,
        )
    )


async def _lock(tx: Transaction, budget_id: UUID) -> tuple[Row, Row]:
    """The budget and its project, behind the keys of project and line, locked together in order."""
    found = await store.find_budget(tx, budget_id)
    await tx.lock(found["key"], *([found["line_id"]] if found["line_id"] else []))
    budget = await store.lock_budget(tx, budget_id)
    return budget, await projects.lock_project(tx, budget["project_id"])


def _request(project: Row, year: int, line: rules.Line | None, sources: list[Source], **known: Any) -> Request:
    return Request(project["organisation"], year, tuple(project["item_path"]), line, sources, **known)


def fiscal(budget: Row) -> Decimal:
    return sum((s.amount for s in store.sources_of(budget) if s.kind == rules.FISCAL), Decimal("0.00"))


def _section(tx: Transaction, project: Row) -> BudgetSection:
    return tx.under(rulebooks().get(project["rulebook"])).section(BudgetSection)


def _apart(tx: Transaction, project: Row) -> None:
    """Once the project has a provider, its money is for that provider."""
    apart(tx, project["rulebook"], [project["provider_id"]] if project["provider_id"] else [])


def _desks(tx: Transaction, project: Row) -> list[Desk]:
    posts = [post for post in tx.actor.posts if post.covers("review_budget", None, project["jurisdiction"])]
    return [Desk(post.organisation, post.jurisdiction) for post in posts]


def _must_not_be_declined(project: Row) -> None:
    """Money may be asked for at any time for a year that has none yet: a service that goes on is paid from the next."""
    if project["state"] == "declined":
        raise WrongState("declined", "not declined")


def _may_change(project: Row, before: Row | None, amount: Decimal) -> None:
    """What is being procured was announced with its budget, so that is not lowered meanwhile."""
    _must_not_be_declined(project)
    if project["state"] == "in_procurement" and before is not None and amount < before["amount"]:
        raise WrongState("in_procurement", f"{before['amount']} or more while in procurement")


def _must_be(row: Row, *states: str) -> None:
    if row["state"] not in states:
        raise WrongState(row["state"], " or ".join(states))


async def _answer(tx: Transaction, project: Row, budget_id: UUID, status: int) -> Answer:
    row = await store.lock_budget(tx, budget_id)
    view = budget_view(row, await projects.results(tx, project))
    return tx.answer(status, view, version=row["version"], location=f"/v1/budgets/{budget_id}")
