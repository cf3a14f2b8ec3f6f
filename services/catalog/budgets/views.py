"""How budget lines and budgets look from outside."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.catalog.budgets.records import Budget, BudgetLine, LineAmount
from services.catalog.projects.records import Result
from services.catalog.projects.views import ResultView
from shared.fields.money import Money
from shared.web.http import Shown, View
from shared.work.bounds import latest


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


class AmountView(Shown):
    """An amount that a line had from a day on, CNY, and why it took the place of the one before."""

    number: int
    amount: Money
    entered_on: date
    reason: str | None


class LineDetail(LineView):
    """A line with every amount it had, the present one last."""

    amounts: list[AmountView]


class SourceView(Shown):
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


def line_detail(line: BudgetLine, amounts: Sequence[LineAmount]) -> LineDetail:
    return LineDetail.model_validate({**vars(line), "left": line.left, "amounts": latest(amounts)})


def budget_view(budget: Budget, results: Sequence[Result], *, of_purchaser: bool = True) -> BudgetView:
    """`of_purchaser`: the reader is on the purchaser's side or oversees it. Who proposed the project may be a bidder,
    and what is committed tells the price of an award that is not announced yet."""
    committed = budget.committed if of_purchaser else None
    return BudgetView.model_validate({**vars(budget), "results": results, "committed": committed})
