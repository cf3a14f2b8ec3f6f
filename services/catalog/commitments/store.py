"""Queries about commitments, and the counter of each year's budget."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.catalog.tables import budgets, commitments
from shared.fields.ids import new_id
from shared.work.database import Row, Transaction

_ID = sa.bindparam("id", type_=sa.Uuid)
_HELD = sa.select(commitments).where(commitments.c.subject == _ID)
_OF_CONTRACT = sa.select(commitments).where(commitments.c.contract_id == _ID)
_YEAR = sa.bindparam("of_year", type_=sa.Integer)
_BUDGET = (
    sa.select(budgets)
    .where(
        budgets.c.project_id == _ID,
        budgets.c.state == "approved",
        budgets.c.year == sa.func.coalesce(_YEAR, budgets.c.year),
    )
    .order_by(budgets.c.year)
    .limit(1)
)


async def find(tx: Transaction, subject: UUID) -> Row | None:
    """What is held for a procurement or for a renewal; its project's key must be locked."""
    return await tx.one(_HELD, id=subject)


async def of_contract(tx: Transaction, contract_id: UUID) -> Row | None:
    return await tx.one(_OF_CONTRACT, id=contract_id)


async def budget_of(tx: Transaction, project_id: UUID, year: int | None) -> Row | None:
    """The approved budget of the year; the project's first where the year is not known, as of what was cleared before
    years were told."""
    return await tx.one(_BUDGET, id=project_id, of_year=year)


async def hold(tx: Transaction, held: Row | None, budget: Row, amount: Decimal, **values: Any) -> Row:
    """Commits this amount of the budget instead of what was held before; returns the budget as it is then."""
    if held is None:
        about = {name: budget[name] for name in ("key", "jurisdiction", "organisation", "year")}
        await tx.insert(commitments, id=new_id(), version=1, amount=amount, **about, **values)
    else:
        await tx.update(commitments, held["id"], amount=amount, **values)
    committed = budget["committed"] + amount - (held["amount"] if held else 0)
    if committed != budget["committed"]:
        await tx.update(budgets, budget["id"], committed=committed)
    return {**budget, "committed": committed}
