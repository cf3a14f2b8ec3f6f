"""Routes of budget lines and of the budgets of projects."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Response
from pydantic import Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from services.catalog.budgets import store
from services.catalog.budgets.handlers import (
    AdjustBudget,
    AdjustLine,
    OpenLine,
    ReviewBudget,
    SubmitBudget,
    adjust_budget,
    adjust_line,
    open_line,
    review_budget,
    submit_budget,
)
from services.catalog.budgets.records import Budget
from services.catalog.budgets.rules import Source
from services.catalog.budgets.views import BudgetView, LineDetail, LineView, budget_view, line_detail
from services.catalog.fields import Slug
from services.catalog.projects.store import read_project, results
from shared.errands.documents import Documented, names
from shared.fields.money import Money, PositiveMoney
from shared.fields.places import LocalPlace
from shared.fields.text import Name, ShortText
from shared.web.http import Body, Command, Id, Listed, Query, perform, router
from shared.work.identity import Scope

routes = router("budgets")

Year = Annotated[int, Field(ge=2000, le=2100, examples=[2022])]


class LineBody(Documented):
    """A budget line to enter, CNY for one year; `organisation` is the purchaser."""

    jurisdiction: LocalPlace
    organisation: Id
    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.-]{1,40}$")] = Field(examples=["2080299"])
    title: Name
    year: Year
    amount: PositiveMoney


class LineAdjustmentBody(Documented):
    """What a line's amount is to become, CNY; 0.00 for a line that was entered in error."""

    amount: Money
    reason: ShortText


class SourceBody(Body):
    """Money of one kind, CNY: `fiscal`, or a social kind as the rulebook names it. `earmark` is the code of the
    directory item or class the money is bound to; `raised` how much has been collected, where the money is."""

    kind: Slug = Field(examples=["fiscal", "charity_public_benefit"])
    amount: PositiveMoney
    earmark: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.]{1,20}$")] | None = None
    community: Name | None = None
    reason: ShortText | None = None
    raised: PositiveMoney | None = None


class _Money(Documented):
    """An amount and its sources. A kind stands once, because payments are shared by kind."""

    amount: PositiveMoney
    sources: list[SourceBody] = Field(min_length=1, max_length=20)

    @field_validator("sources")
    @classmethod
    def _each_kind_once(cls, sources: list[SourceBody]) -> list[SourceBody]:
        if len({source.kind for source in sources}) != len(sources):
            raise PydanticCustomError("source_kind_twice", "give each kind of money once")
        return sources

    @field_validator("sources")
    @classmethod
    def _adds_up(cls, sources: list[SourceBody], info: ValidationInfo) -> list[SourceBody]:
        given = info.data.get("amount")
        if given is not None and sum((source.amount for source in sources), Decimal("0.00")) != given:
            raise PydanticCustomError("sources_sum", "give sources that add up to the amount, to the fen")
        return sources

    def given(self) -> list[Source]:
        return [Source(s.kind, s.amount, s.earmark, s.community, s.reason, s.raised) for s in self.sources]


class BudgetBody(_Money):
    """What a project is to cost in a year, and from which money; the sources add up to the amount."""

    line_id: Id | None = None
    year: Year


class AdjustmentBody(_Money):
    """What an approved budget is to become, and why."""

    reason: ShortText | None = None


class BudgetReviewBody(Documented):
    """Finance's decision, with its reason where it is returned."""

    verdict: Literal["approve", "return"]
    reason: ShortText | None = None


@routes.get("/budget-lines", operation_id="list_budget_lines")
async def list_budget_lines(query: Query, listed: Listed) -> list[LineView]:
    """The lines of the caller's organisations and of the jurisdictions they oversee, latest year first."""
    rows = await store.list_lines(query, listed.after, listed.fetched, query.actor.scope())
    return [LineView.model_validate(row) for row in listed.page(rows, "backwards", "code", "id")]


@routes.post("/budget-lines", operation_id="open_budget_line", response_model=LineView, status_code=201)
async def post_line(body: LineBody, call: Command) -> Response:
    """Enters a line of a purchaser's budget. Duty: open_budget_line, in the jurisdiction."""
    command = OpenLine(body.jurisdiction, body.organisation, body.code, body.title, body.year, body.amount)
    return await perform(open_line, names(call, body, "line"), command)


@routes.get("/budget-lines/{budget_line_id}", operation_id="get_budget_line")
async def get_line(budget_line_id: UUID, query: Query, response: Response) -> LineDetail:
    """One line with every amount it had; its ETag is needed to adjust it."""
    row = await store.read_line(query, budget_line_id, query.actor.scope())
    response.headers["etag"] = f'"{row.version}"'
    return line_detail(row, await store.amounts_of(query, budget_line_id))


@routes.post(
    "/budget-lines/{budget_line_id}/adjustments",
    operation_id="adjust_budget_line",
    response_model=LineDetail,
    status_code=201,
)
async def post_line_adjustment(budget_line_id: UUID, body: LineAdjustmentBody, call: Command) -> Response:
    """Gives the line another amount, as another person than who entered the present one, and never less than is
    allotted of it: budgets are adjusted first. Duty: open_budget_line, in the jurisdiction."""
    return await perform(
        adjust_line, names(call, body, "line", budget_line_id), AdjustLine(budget_line_id, body.amount, body.reason)
    )


@routes.get("/projects/{project_id}/budgets", operation_id="list_budgets")
async def list_budgets(project_id: UUID, query: Query, listed: Listed) -> list[BudgetView]:
    """Every budget of a project, oldest first."""
    scope = query.actor.scope()
    rows = await store.list_budgets(query, project_id, listed.by("id"), scope)
    known = await results(query, await read_project(query, project_id, scope))
    return [budget_view(row, known, of_purchaser=_of_purchaser(scope, row)) for row in listed.page(rows, "id")]


@routes.get("/budgets/{budget_id}", operation_id="get_budget")
async def get_budget(budget_id: UUID, query: Query, response: Response) -> BudgetView:
    """One budget; its ETag is needed to review or adjust it."""
    scope = query.actor.scope()
    row = await store.read_budget(query, budget_id, scope)
    response.headers["etag"] = f'"{row.version}"'
    known = await results(query, await read_project(query, row.project_id, scope))
    return budget_view(row, known, of_purchaser=_of_purchaser(scope, row))


def _of_purchaser(scope: Scope, budget: Budget) -> bool:
    return scope.sees((budget.organisation,), budget.jurisdiction)


@routes.post("/projects/{project_id}/budgets", operation_id="submit_budget", response_model=BudgetView, status_code=201)
async def post_budget(project_id: UUID, body: BudgetBody, call: Command) -> Response:
    """Asks finance for the project's money. If-Match is the project's. Duty: submit_budget, of the purchaser."""
    command = SubmitBudget(project_id, body.line_id, body.year, body.amount, body.given())
    return await perform(submit_budget, names(call, body, "budget"), command)


@routes.post(
    "/budgets/{budget_id}/adjustments", operation_id="adjust_budget", response_model=BudgetView, status_code=201
)
async def post_adjustment(budget_id: UUID, body: AdjustmentBody, call: Command) -> Response:
    """Asks finance to change an approved budget; until approved the old one stands. Duty: submit_budget."""
    return await perform(
        adjust_budget, names(call, body, "budget"), AdjustBudget(budget_id, body.amount, body.given(), body.reason)
    )


@routes.post("/budgets/{budget_id}/review", operation_id="review_budget", response_model=BudgetView)
async def post_review(budget_id: UUID, body: BudgetReviewBody, call: Command) -> Response:
    """Approves or returns what was asked; with approval and requirement standing this clears the project. Duty:
    review_budget, at the finance department of the same level."""
    return await perform(
        review_budget,
        names(call, body, "budget", budget_id),
        ReviewBudget(budget_id, body.verdict == "approve", body.reason),
    )
