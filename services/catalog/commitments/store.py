"""Queries about commitments, and the counter of each year's budget."""

from uuid import UUID

import sqlalchemy as sa

from services.catalog.budgets.records import Budget, BudgetState
from services.catalog.commitments.records import Commitment
from services.catalog.tables import budgets, commitments
from shared.work.database import Transaction

_ID = sa.bindparam("id", type_=sa.Uuid)
_HELD = sa.select(commitments).where(commitments.c.subject == _ID)
_OF_CONTRACT = sa.select(commitments).where(commitments.c.contract_id == _ID)
_YEAR = sa.bindparam("of_year", type_=sa.Integer)
_BUDGET = (
    sa.select(budgets)
    .where(
        budgets.c.project_id == _ID,
        budgets.c.state == BudgetState.APPROVED,
        budgets.c.year == sa.func.coalesce(_YEAR, budgets.c.year),
    )
    .order_by(budgets.c.year)
    .limit(1)
)


async def find(tx: Transaction, subject: UUID) -> Commitment | None:
    """What is held for a procurement or for a renewal; its project's key must be locked."""
    return await tx.one(_HELD, Commitment, id=subject)


async def of_contract(tx: Transaction, contract_id: UUID) -> Commitment | None:
    return await tx.one(_OF_CONTRACT, Commitment, id=contract_id)


async def budget_of(tx: Transaction, project_id: UUID, year: int | None) -> Budget | None:
    """The approved budget of the year; the project's first where the year is not known, as of what was cleared before
    years were told."""
    return await tx.one(_BUDGET, Budget, id=project_id, of_year=year)
