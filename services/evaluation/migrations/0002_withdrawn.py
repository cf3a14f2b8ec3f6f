"""an objection is withdrawn by its provider, and a proposed correction of a result by its purchaser"""

import sqlalchemy as sa
from alembic import op

revision = "withdrawn"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = {"before": "state = 'open'", "after": "state IN ('open', 'withdrawn')"}


def upgrade() -> None:
    op.add_column("objections", sa.Column("withdrawn_by", sa.Uuid(), nullable=True))
    op.add_column("objections", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    _states("'open', 'upheld', 'rejected', 'withdrawn'", "after")
    once = "num_nulls(withdrawn_by, withdrawn_at) = CASE state WHEN 'withdrawn' THEN 0 ELSE 2 END"
    op.create_check_constraint(op.f("ck_objections_withdrawn"), "objections", once)
    op.drop_constraint(op.f("uq_objections_assessment_id"), "objections")
    op.create_index(op.f("ix_objections_assessment_id"), "objections", ["assessment_id"])
    stands = sa.text("state <> 'withdrawn'")
    op.create_index("uq_objections_one_stands", "objections", ["assessment_id"], unique=True, postgresql_where=stands)
    _corrections("'proposed', 'approved', 'withdrawn'")


def downgrade() -> None:
    op.execute("DELETE FROM corrections WHERE state = 'withdrawn'")
    _corrections("'proposed', 'approved'")
    op.execute("DELETE FROM objections WHERE state = 'withdrawn'")
    op.drop_index("uq_objections_one_stands", "objections")
    op.drop_index(op.f("ix_objections_assessment_id"), "objections")
    op.create_unique_constraint(op.f("uq_objections_assessment_id"), "objections", ["assessment_id"])
    op.drop_constraint(op.f("ck_objections_withdrawn"), "objections")
    _states("'open', 'upheld', 'rejected'", "before")
    op.drop_column("objections", "withdrawn_at")
    op.drop_column("objections", "withdrawn_by")


def _states(names: str, when: str) -> None:
    checks = {
        "state": f"state IN ({names})",
        "answered": f"({_OPEN[when]}) = (answered_by IS NULL)",
        "verified": f"({_OPEN[when]}) = (verification_hash IS NULL)",
    }
    for name, text in checks.items():
        op.drop_constraint(op.f(f"ck_objections_{name}"), "objections")
        op.create_check_constraint(op.f(f"ck_objections_{name}"), "objections", text)


def _corrections(names: str) -> None:
    op.drop_constraint(op.f("ck_corrections_state"), "corrections")
    op.create_check_constraint(op.f("ck_corrections_state"), "corrections", f"state IN ({names})")
