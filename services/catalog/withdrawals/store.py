"""Queries about what a withdrawn project gives back."""

from uuid import UUID

import sqlalchemy as sa

from services.catalog.tables import budgets
from shared.work.database import Row, Transaction

_UNSPENT = (
    sa.select(budgets)
    .where(
        budgets.c.project_id == sa.bindparam("id", type_=sa.Uuid),
        sa.or_(budgets.c.state == "approved", budgets.c.state == "submitted"),
        budgets.c.committed == 0,
    )
    .order_by(budgets.c.id)
)


async def unspent_budgets(tx: Transaction, project_id: UUID) -> list[Row]:
    """Budgets asked for or approved of which nothing is committed."""
    return await tx.all(_UNSPENT, id=project_id)
