"""a line that the treasury has an order for was approved"""

from alembic import op

revision = "approved"
down_revision = "nature"
branch_labels = None
depends_on = None


def upgrade() -> None:
    rule = "state NOT IN ('released', 'reduced') OR approved_by IS NOT NULL"
    op.create_check_constraint(op.f("ck_payment_lines_approved"), "payment_lines", rule)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_payment_lines_approved"), "payment_lines", type_="check")
