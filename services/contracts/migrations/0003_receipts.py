"""receipts that another person confirms or corrects, and why"""

import sqlalchemy as sa
from alembic import op

revision = "receipts"
down_revision = "accounts"
branch_labels = None
depends_on = None

REVERSING = {
    "payments": {
        "kind": (
            "kind IN ('release', 'supplement', 'refund', 'return')",
            "kind IN ('release', 'supplement', 'refund', 'return', 'reinstate')",
        ),
        "reverses": (
            "(kind = 'return') = (reverses IS NOT NULL)",
            "(kind IN ('return', 'reinstate')) = (reverses IS NOT NULL)",
        ),
    }
}


def upgrade() -> None:
    _check(1)
    op.add_column("private_reasons", sa.Column("about", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_private_reasons_about"), "private_reasons", ["about"])
    op.add_column("payment_lines", sa.Column("return_waits", sa.Uuid(), nullable=True))
    op.add_column("payment_lines", sa.Column("return_said_by", sa.Uuid(), nullable=True))
    op.add_column("payment_lines", sa.Column("return_order", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_payment_lines_return_said"), "payment_lines", "(return_waits IS NULL) = (return_said_by IS NULL)"
    )
    op.add_column("receipts", sa.Column("confirmed_by", sa.Uuid(), nullable=True))
    op.create_check_constraint(op.f("ck_receipts_two_persons"), "receipts", "recorded_by <> confirmed_by")
    op.create_table(
        "receipt_corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("was_settled", sa.Boolean(), nullable=False),
        sa.Column("was_reference", sa.Text(), nullable=False),
        sa.Column("was_by", sa.Uuid(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("treasury_reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Uuid(), nullable=False),
        sa.Column("corrected_by", sa.Uuid(), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("was_by <> corrected_by", name=op.f("ck_receipt_corrections_two_persons")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_receipt_corrections_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_corrections")),
        info={"insert_only": True},
    )
    op.create_index(op.f("ix_receipt_corrections_payment_id"), "receipt_corrections", ["payment_id"])


def downgrade() -> None:
    op.drop_table("receipt_corrections")
    op.drop_constraint(op.f("ck_receipts_two_persons"), "receipts", type_="check")
    op.drop_column("receipts", "confirmed_by")
    op.drop_constraint(op.f("ck_payment_lines_return_said"), "payment_lines", type_="check")
    for name in ("return_order", "return_said_by", "return_waits"):
        op.drop_column("payment_lines", name)
    op.drop_index(op.f("ix_private_reasons_about"), "private_reasons")
    op.drop_column("private_reasons", "about")
    _check(0)


def _check(which: int) -> None:
    for table, checks in REVERSING.items():
        for name, texts in checks.items():
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, texts[which])
