"""ask the budget before an award is announced"""

import sqlalchemy as sa
from alembic import op

revision = "commitments"
down_revision = "ends"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Awards of before have no `cover` and wait for none; procurements of before do not know the year of their budget,
    which the catalog knows."""
    op.add_column("projects", sa.Column("budget_year", sa.Integer(), nullable=True))
    op.add_column("procurements", sa.Column("budget_year", sa.Integer(), nullable=True))
    op.add_column("awards", sa.Column("cover", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_awards_cover"), "awards", "cover IN ('asked', 'committed', 'refused')")
    op.create_check_constraint(
        op.f("ck_awards_covered"),
        "awards",
        "state NOT IN ('announced', 'confirmed') OR cover IS NULL OR cover = 'committed'",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_awards_covered"), "awards", type_="check")
    op.drop_constraint(op.f("ck_awards_cover"), "awards", type_="check")
    op.drop_column("awards", "cover")
    op.drop_column("procurements", "budget_year")
    op.drop_column("projects", "budget_year")
