"""a proposal that waits for a second person is whole or not there"""

from alembic import op

revision = "proposals"
down_revision = "findings"
branch_labels = None
depends_on = None

WHOLE = {
    ("procurements", "cancellation_proposed"): (
        "num_nulls(cancellation_ground, cancellation_reason, cancellation_proposed_by) IN (0, 3)"
    ),
    ("procurements", "later_proposed"): "num_nulls(later_closes_at, later_proposed_by) IN (0, 2)",
    ("awards", "chosen"): "num_nulls(choice, chosen_by) IN (0, 2)",
}


def upgrade() -> None:
    for (table, name), condition in WHOLE.items():
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def downgrade() -> None:
    for table, name in WHOLE:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
