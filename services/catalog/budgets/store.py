"""Queries about budget lines and the budgets of projects."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.catalog.budgets.rules import Line, Source
from services.catalog.projects.store import read_project
from services.catalog.tables import budget_lines, budgets, line_amounts
from shared.fields.ids import new_id
from shared.reading.visibility import seen_by
from shared.web.paging import keyset_condition
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

_ID = sa.bindparam("id", type_=sa.Uuid)
_LINE = sa.select(budget_lines).where(budget_lines.c.id == _ID)
_AMOUNTS = sa.select(line_amounts).where(line_amounts.c.line_id == _ID).order_by(line_amounts.c.number)
_BUDGET = sa.select(budgets).where(budgets.c.id == _ID)
_BUDGETS = sa.select(budgets).where(budgets.c.project_id == _ID).order_by(budgets.c.id)


async def add_line(tx: Transaction, line: dict[str, Any], person: UUID) -> Row:
    """A new line with nothing allotted yet, and its first amount."""
    await tx.insert(budget_lines, key=line["id"], version=1, allotted=Decimal("0.00"), **line)
    first = {"line_id": line["id"], "number": 1, "amount": line["amount"]}
    await tx.insert(line_amounts, entered_by=person, entered_on=tx.today, **first)
    return await tx.lock_row(budget_lines, line["id"])


async def amounts_of(reader: Reader, line_id: UUID) -> list[Row]:
    """Every amount that the line had, the present one last."""
    return await reader.all(_AMOUNTS, id=line_id)


async def add_amount(tx: Transaction, last: Row, amount: Decimal, person: UUID, reason: str) -> int:
    """Gives the locked line another amount; returns the number of the new entry."""
    number: int = last["number"] + 1
    replaced = {"replaces": last["number"], "replaces_by": last["entered_by"], "reason": reason}
    entry = {"line_id": last["line_id"], "number": number, "amount": amount}
    await tx.insert(line_amounts, entered_by=person, entered_on=tx.today, **entry, **replaced)
    await tx.update(budget_lines, last["line_id"], amount=amount)
    return number


async def read_line(reader: Reader, line_id: UUID, scope: Scope) -> Row:
    """For the line's purchaser and those who oversee it; raises NotFound."""
    row = await reader.one(_LINE, id=line_id)
    if row is None or not scope.sees((row["organisation"],), row["jurisdiction"]):
        raise NotFound
    return row


async def find_line(reader: Reader, line_id: UUID | None) -> Row | None:
    return await reader.one(_LINE, id=line_id) if line_id is not None else None


async def lock_line(tx: Transaction, line_id: UUID) -> Row:
    return await tx.lock_row(budget_lines, line_id)


async def allot(tx: Transaction, line: Row, change: Decimal) -> None:
    """Moves what is allotted on a locked line; negative gives back."""
    await tx.update(budget_lines, line["id"], allotted=line["allotted"] + change)


async def list_lines(reader: Reader, after: Sequence[object] | None, limit: int, scope: Scope) -> list[Row]:
    """The lines of the reader's own organisations and of the jurisdictions they oversee, latest year first."""
    mine = seen_by(scope, budget_lines.c.jurisdiction, budget_lines.c.organisation)
    order = [(-budget_lines.c.year).label("backwards"), budget_lines.c.code, budget_lines.c.id]
    statement = sa.select(budget_lines, order[0]).where(mine).order_by(*order).limit(limit)
    if after is not None:
        keys = [-budget_lines.c.year, budget_lines.c.code, budget_lines.c.id]
        statement = statement.where(keyset_condition(keys, after, descending=False))
    return await reader.all(statement)


async def add_budget(tx: Transaction, budget: dict[str, Any]) -> UUID:
    budget_id = new_id()
    await tx.insert(budgets, id=budget_id, key=budget["project_id"], version=1, state="submitted", **budget)
    return budget_id


async def find_budget(reader: Reader, budget_id: UUID) -> Row:
    """The budget as last committed, unlocked; raises NotFound."""
    row = await reader.one(_BUDGET, id=budget_id)
    if row is None:
        raise NotFound
    return row


async def lock_budget(tx: Transaction, budget_id: UUID) -> Row:
    return await tx.lock_row(budgets, budget_id)


async def change(tx: Transaction, budget_id: UUID, **values: Any) -> None:
    await tx.update(budgets, budget_id, **values)


async def list_budgets(reader: Reader, project_id: UUID, scope: Scope) -> list[Row]:
    """Every budget of a project the reader may see, oldest first: approved ones, what they replaced, what is asked."""
    await read_project(reader, project_id, scope)
    return await reader.all(_BUDGETS, id=project_id)


async def read_budget(reader: Reader, budget_id: UUID, scope: Scope) -> Row:
    row = await find_budget(reader, budget_id)
    await read_project(reader, row["project_id"], scope)
    return row


def line_of(row: Row | None, given_back: Decimal = Decimal("0.00")) -> Line | None:
    """The line with what is left on it, `given_back` by a budget that would be replaced included."""
    if row is None:
        return None
    return Line(row["organisation"], row["year"], row["amount"] - row["allotted"] + given_back)


def sources_of(row: Row) -> list[Source]:
    return [Source(**{**source, **_money(source)}) for source in row["sources"]]


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
