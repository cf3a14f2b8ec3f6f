"""the price after the deduction for small enterprises, and bids held against their own declaration"""

import sqlalchemy as sa
from alembic import op

revision = "small_enterprises"
down_revision = "looks"
branch_labels = None
depends_on = None

_BEFORE = "basis IN ('registry', 'reviewer', 'price', 'opening', 'panel')"
_AFTER = "basis IN ('registry', 'reviewer', 'price', 'opening', 'panel', 'declaration')"


def upgrade() -> None:
    op.add_column("rankings", sa.Column("evaluated_price", sa.Numeric(18, 2), nullable=True))
    op.create_check_constraint(
        op.f("ck_rankings_evaluated_price"), "rankings", "evaluated_price > 0 AND evaluated_price <= price"
    )
    _basis(_AFTER)


def downgrade() -> None:
    _basis(_BEFORE)
    op.drop_constraint(op.f("ck_rankings_evaluated_price"), "rankings", type_="check")
    op.drop_column("rankings", "evaluated_price")


def _basis(condition: str) -> None:
    name = op.f("ck_qualification_results_basis")
    op.drop_constraint(name, "qualification_results", type_="check")
    op.create_check_constraint(name, "qualification_results", condition)
