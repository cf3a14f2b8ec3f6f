"""a text may have four grades"""

from alembic import op

revision = "excellent"
down_revision = "standings_reversed"
branch_labels = None
depends_on = None

_NAME = op.f("ck_results_grade")


def upgrade() -> None:
    op.drop_constraint(_NAME, "results", type_="check")
    op.create_check_constraint(_NAME, "results", "grade IN ('excellent', 'good', 'fair', 'poor')")


def downgrade() -> None:
    op.drop_constraint(_NAME, "results", type_="check")
    op.create_check_constraint(_NAME, "results", "grade IN ('good', 'fair', 'poor')")
