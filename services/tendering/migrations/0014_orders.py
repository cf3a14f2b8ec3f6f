"""orders that are closed, cancelled by two, or perhaps taken"""

import sqlalchemy as sa
from alembic import op

revision = "orders"
down_revision = "returns"
branch_labels = None
depends_on = None

_STATES = "state IN ('waiting', 'sending', 'sent', 'cancelled', 'closed')"
_CANCELLED = "state <> 'cancelled' OR (cancel_asked_by IS NOT NULL AND cancelled_by IS NOT NULL)"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_dispatches_state"), "dispatches", type_="check")
    op.execute("UPDATE dispatches SET state = 'waiting' WHERE state = 'failed'")
    op.add_column("dispatches", sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False))
    op.add_column("dispatches", sa.Column("unsure", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("dispatches", sa.Column("since", sa.DateTime(timezone=True), nullable=True))
    for name in ("reason", "reference", "asked", "asked_because"):
        op.add_column("dispatches", sa.Column(name, sa.Text(), nullable=True))
    for name in ("asked_by", "cancel_asked_by", "cancelled_by"):
        op.add_column("dispatches", sa.Column(name, sa.Uuid(), nullable=True))
    # Of what failed before, nobody kept whether it was answered.
    op.execute("UPDATE dispatches SET since = next_at, unsure = state = 'waiting' AND attempts > 0")
    op.alter_column("dispatches", "since", nullable=False)
    op.create_check_constraint(op.f("ck_dispatches_state"), "dispatches", _STATES)
    op.create_check_constraint(op.f("ck_dispatches_asked"), "dispatches", "asked IN ('retry', 'cancel')")
    op.create_check_constraint(op.f("ck_dispatches_two_persons"), "dispatches", "cancel_asked_by <> cancelled_by")
    op.create_check_constraint(op.f("ck_dispatches_cancelled"), "dispatches", _CANCELLED)
    op.create_unique_constraint(op.f("uq_dispatches_id"), "dispatches", ["id"])
    op.create_unique_constraint(op.f("uq_dispatches_business_key_state"), "dispatches", ["business_key", "state"])
    _index("state IN ('waiting', 'sending')")


def downgrade() -> None:
    _index("state = 'waiting'")
    op.drop_constraint(op.f("uq_dispatches_business_key_state"), "dispatches", type_="unique")
    op.drop_constraint(op.f("uq_dispatches_id"), "dispatches", type_="unique")
    for name in ("state", "asked", "two_persons", "cancelled"):
        op.drop_constraint(op.f(f"ck_dispatches_{name}"), "dispatches", type_="check")
    op.execute(
        "UPDATE dispatches SET state = CASE state WHEN 'sending' THEN 'waiting' ELSE 'sent' END"
        " WHERE state IN ('sending', 'cancelled', 'closed')"
    )
    op.create_check_constraint(op.f("ck_dispatches_state"), "dispatches", "state IN ('waiting', 'sent', 'failed')")
    for name in ("id", "unsure", "since", "reason", "reference", "asked", "asked_because", "asked_by"):
        op.drop_column("dispatches", name)
    for name in ("cancel_asked_by", "cancelled_by"):
        op.drop_column("dispatches", name)


def _index(where: str) -> None:
    op.drop_index("ix_dispatches_waiting", table_name="dispatches")
    op.create_index("ix_dispatches_waiting", "dispatches", ["next_at"], unique=False, postgresql_where=sa.text(where))
