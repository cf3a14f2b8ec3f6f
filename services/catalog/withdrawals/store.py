"""Queries about what a withdrawn project gives back."""

from uuid import UUID

import sqlalchemy as sa

from services.catalog.budgets.records import Budget, BudgetState
from services.catalog.tables import budgets
from shared.work.database import Transaction

_UNSPENT = (
    sa.select(budgets)
    .where(
        budgets.c.project_id == sa.bindparam("id", type_=sa.Uuid),
        sa.or_(budgets.c.state == BudgetState.APPROVED, budgets.c.state == BudgetState.SUBMITTED),
        budgets.c.committed == 0,
    )
    .order_by(budgets.c.id)
)


async def unspent_budgets(tx: Transaction, project_id: UUID) -> list[Budget]:
    """Budgets asked for or approved of which nothing is committed."""
    return await tx.all(_UNSPENT, Budget, id=project_id)
