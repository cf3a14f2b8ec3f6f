"""How budget lines and budgets look from outside."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from services.catalog.projects.views import ResultView, result_view
from shared.fields.money import Money
from shared.web.http import View
from shared.work.database import Row


class LineView(View):
    """A budget line of a purchaser for one year: amount, what is allotted to projects and what is left, CNY."""

    id: UUID
    version: int
    jurisdiction: str
    organisation: UUID
    code: str
    title: str
    year: int
    amount: Money
    allotted: Money
    left: Money


class AmountView(BaseModel):
    """An amount that a line had from a day on, CNY, and why it took the place of the one before."""

    number: int
    amount: Money
    entered_on: date
    reason: str | None


class LineDetail(LineView):
    """A line with every amount it had, the present one last."""

    amounts: list[AmountView]


class SourceView(BaseModel):
    """Money of one kind, CNY."""

    kind: str
    amount: Money
    earmark: str | None
    community: str | None
    reason: str | None
    raised: Money | None = None


class BudgetView(View):
    """A budget of a project. `results` are evaluations of the service so far, the basis for this year's money;
    `committed` is what awards and contracts hold of it, for the purchaser's side alone."""

    id: UUID
    version: int
    project_id: UUID
    line_id: UUID | None
    state: str
    year: int
    amount: Money
    sources: list[SourceView]
    adjusts: UUID | None
    reason: str | None
    reviewed_on: date | None
    review_reason: str | None
    results: list[ResultView]
    committed: Money | None = None


def line_view(row: Row) -> LineView:
    named = {name: row[name] for name in LineView.model_fields if name not in ("explain", "left")}
    return LineView(left=row["amount"] - row["allotted"], **named)


def line_detail(row: Row, amounts: list[Row]) -> LineDetail:
    shown = [AmountView(**{name: each[name] for name in AmountView.model_fields}) for each in amounts]
    return LineDetail(amounts=shown, **line_view(row).model_dump(exclude={"explain"}))


def budget_view(row: Row, results: list[Row], *, of_purchaser: bool = True) -> BudgetView:
    """`of_purchaser`: the reader is on the purchaser's side or oversees it. Who proposed the project may be a bidder,
    and what is committed tells the price of an award that is not announced yet."""
    apart = ("explain", "results", "sources", "committed")
    named = {name: row[name] for name in BudgetView.model_fields if name not in apart}
    sources = [SourceView.model_validate(source) for source in row["sources"]]
    shown = [result_view(result) for result in results]
    return BudgetView(sources=sources, results=shown, committed=row["committed"] if of_purchaser else None, **named)
