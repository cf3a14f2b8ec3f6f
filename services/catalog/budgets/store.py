"""Queries about budget lines and the budgets of projects."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from services.catalog.budgets.records import Budget, BudgetLine, LineAmount, ListedLine
from services.catalog.budgets.rules import Line, Source
from services.catalog.projects.store import read_project
from services.catalog.tables import budget_lines, budgets, line_amounts
from shared.reading.visibility import seen_by
from shared.web.paging import Slice, keyset_condition
from shared.work.database import NotFound, Reader, Transaction
from shared.work.identity import Scope

_ID = sa.bindparam("id", type_=sa.Uuid)
_LINE = sa.select(budget_lines).where(budget_lines.c.id == _ID)
_AMOUNTS = sa.select(line_amounts).where(line_amounts.c.line_id == _ID).order_by(line_amounts.c.number)
_BUDGET = sa.select(budgets).where(budgets.c.id == _ID)
_BUDGETS = sa.select(budgets).where(budgets.c.project_id == _ID)


async def amounts_of(reader: Reader, line_id: UUID) -> list[LineAmount]:
    """Every amount that the line had, the present one last."""
    return await reader.all(_AMOUNTS, LineAmount, id=line_id)


async def read_line(reader: Reader, line_id: UUID, scope: Scope) -> BudgetLine:
    """For the line's purchaser and those who oversee it; raises NotFound."""
    line = await find_line(reader, line_id)
    if line is None or not scope.sees((line.organisation,), line.jurisdiction):
        raise NotFound
    return line


async def find_line(reader: Reader, line_id: UUID | None) -> BudgetLine | None:
    return await reader.one(_LINE, BudgetLine, id=line_id) if line_id is not None else None


async def lock_line(tx: Transaction, line_id: UUID) -> BudgetLine:
    return await tx.lock_record(BudgetLine, line_id)


async def allot(tx: Transaction, line: BudgetLine, change: Decimal) -> None:
    """Moves what is allotted on a locked line; negative gives back."""
    await tx.save(line, replace(line, allotted=line.allotted + change))


async def list_lines(reader: Reader, after: Sequence[object] | None, limit: int, scope: Scope) -> list[ListedLine]:
    """The lines of the reader's own organisations and of the jurisdictions they oversee, latest year first."""
    mine = seen_by(scope, budget_lines.c.jurisdiction, budget_lines.c.organisation)
    order = [(-budget_lines.c.year).label("backwards"), budget_lines.c.code, budget_lines.c.id]
    statement = sa.select(budget_lines, order[0]).where(mine).order_by(*order).limit(limit)
    if after is not None:
        keys = [-budget_lines.c.year, budget_lines.c.code, budget_lines.c.id]
        statement = statement.where(keyset_condition(keys, after, descending=False))
    return await reader.all(statement, ListedLine)


async def find_budget(reader: Reader, budget_id: UUID) -> Budget:
    """The budget as last committed, unlocked; raises NotFound."""
    budget = await reader.one(_BUDGET, Budget, id=budget_id)
    if budget is None:
        raise NotFound
    return budget


async def list_budgets(reader: Reader, project_id: UUID, shown: Slice, scope: Scope) -> list[Budget]:
    """Every budget of a project the reader may see, oldest first: approved ones, what they replaced, what is asked."""
    await read_project(reader, project_id, scope)
    return await reader.all(shown.of(_BUDGETS), Budget, id=project_id)


async def read_budget(reader: Reader, budget_id: UUID, scope: Scope) -> Budget:
    budget = await find_budget(reader, budget_id)
    await read_project(reader, budget.project_id, scope)
    return budget


def line_of(line: BudgetLine | None, given_back: Decimal = Decimal("0.00")) -> Line | None:
    """The line with what is left on it, `given_back` by a budget that would be replaced included."""
    return None if line is None else Line(line.organisation, line.year, line.left + given_back)


def sources_of(budget: Budget) -> list[Source]:
    return [Source(**{**source, **_money(source)}) for source in budget.sources]


def _money(source: dict[str, str | None]) -> dict[str, Decimal | None]:
    return {name: Decimal(text) if (text := source.get(name)) else None for name in ("amount", "raised")}


def stored(sources: list[Source]) -> list[dict[str, str | None]]:
    return [
        {
            "kind": source.kind,
            "amount": format(source.amount, "f"),
            "earmark": source.earmark,
            "community": source.community,
            "reason": source.reason,
            "raised": format(source.raised, "f") if source.raised is not None else None,
        }
        for source in sources
    ]
