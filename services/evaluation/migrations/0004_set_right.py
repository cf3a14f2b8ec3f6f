"""another person sets right what was accepted or assessed"""

import sqlalchemy as sa
from alembic import op

revision = "set_right"
down_revision = "thin_surveys"
branch_labels = None
depends_on = None

_STATES = "state IN ('open', 'notified', 'objected', 'confirmed'"


def upgrade() -> None:
    for table, by in (("acceptances", "concluded_by"), ("assessments", "assessed_by")):
        op.add_column(table, sa.Column("corrects", sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("corrected_from", sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("reason_hash", sa.LargeBinary(), nullable=True))
        op.create_check_constraint(op.f(f"ck_{table}_another_corrects"), table, f"corrected_from <> {by}")
        op.create_check_constraint(
            op.f(f"ck_{table}_corrected"), table, "num_nulls(corrects, corrected_from, reason_hash) IN (0, 3)"
        )
    op.drop_constraint(op.f("ck_assessments_state"), "assessments", type_="check")
    op.create_check_constraint(op.f("ck_assessments_state"), "assessments", f"{_STATES}, 'corrected')")
    _one_open("state NOT IN ('confirmed', 'corrected')")


def downgrade() -> None:
    _one_open("state <> 'confirmed'")
    op.drop_constraint(op.f("ck_assessments_state"), "assessments", type_="check")
    op.create_check_constraint(op.f("ck_assessments_state"), "assessments", f"{_STATES})")
    for table in ("acceptances", "assessments"):
        for column in ("reason_hash", "corrected_from", "corrects"):
            op.drop_column(table, column)


def _one_open(where: str) -> None:
    op.drop_index("uq_assessments_one_open", table_name="assessments")
    op.create_index("uq_assessments_one_open", "assessments", ["line_id"], unique=True, postgresql_where=sa.text(where))
