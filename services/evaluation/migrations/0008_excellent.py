"""a text may have four grades"""

from alembic import op

revision = "excellent"
down_revision = "grades"
branch_labels = None
depends_on = None

_NAME = op.f("ck_evaluations_grade")


def upgrade() -> None:
    op.drop_constraint(_NAME, "evaluations", type_="check")
    op.create_check_constraint(_NAME, "evaluations", "grade IN ('excellent', 'good', 'fair', 'poor')")


def downgrade() -> None:
    op.drop_constraint(_NAME, "evaluations", type_="check")
    op.create_check_constraint(_NAME, "evaluations", "grade IN ('good', 'fair', 'poor')")
