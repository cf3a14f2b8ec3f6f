"""an evaluation's grade and its points have a constraint each"""

from alembic import op

revision = "grades"
down_revision = "answers"
branch_labels = None
depends_on = None

_GRADE, _SCORE = "grade IN ('good', 'fair', 'poor')", "score BETWEEN 0 AND 100"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_evaluations_result"), "evaluations", type_="check")
    op.create_check_constraint(op.f("ck_evaluations_grade"), "evaluations", _GRADE)
    op.create_check_constraint(op.f("ck_evaluations_score"), "evaluations", _SCORE)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_evaluations_grade"), "evaluations", type_="check")
    op.drop_constraint(op.f("ck_evaluations_score"), "evaluations", type_="check")
    op.create_check_constraint(op.f("ck_evaluations_result"), "evaluations", f"{_GRADE} AND {_SCORE}")
