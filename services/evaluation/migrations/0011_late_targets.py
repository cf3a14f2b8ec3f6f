"""let targets come late, or change, with a reason that another person approves"""

import sqlalchemy as sa
from alembic import op

revision = "late_targets"
down_revision = "working_days"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("targets", sa.Column("state", sa.Text(), server_default="set", nullable=False))
    op.add_column("targets", sa.Column("reason_hash", sa.LargeBinary(), nullable=True))
    op.add_column("targets", sa.Column("approved_by", sa.Uuid(), nullable=True))
    op.drop_constraint(op.f("uq_targets_contract_id"), "targets", type_="unique")
    for name, condition in (
        ("state", "state IN ('proposed', 'set', 'replaced')"),
        ("proposed", "state <> 'proposed' OR (reason_hash IS NOT NULL AND approved_by IS NULL)"),
        ("approved", "state <> 'set' OR (reason_hash IS NULL) = (approved_by IS NULL)"),
        ("two_persons", "approved_by <> set_by"),
    ):
        op.create_check_constraint(op.f(f"ck_targets_{name}"), "targets", condition)
    for state in ("set", "proposed"):
        op.create_index(
            f"uq_targets_{state}",
            "targets",
            ["contract_id"],
            unique=True,
            postgresql_where=sa.text(f"state = '{state}'"),
        )


def downgrade() -> None:
    op.execute("DELETE FROM targets WHERE state <> 'set'")
    op.drop_index("uq_targets_set", table_name="targets")
    op.drop_index("uq_targets_proposed", table_name="targets")
    for name in ("two_persons", "approved", "proposed", "state"):
        op.drop_constraint(op.f(f"ck_targets_{name}"), "targets", type_="check")
    op.create_unique_constraint(op.f("uq_targets_contract_id"), "targets", ["contract_id"])
    for column in ("approved_by", "reason_hash", "state"):
        op.drop_column("targets", column)
