"""of a line that is withheld or cancelled nothing is paid"""

from alembic import op

revision = "nothing_paid"
down_revision = "approved"
branch_labels = None
depends_on = None


def upgrade() -> None:
    rule = "state NOT IN ('withheld', 'cancelled') OR paid = 0"
    op.create_check_constraint(op.f("ck_payment_lines_nothing_paid"), "payment_lines", rule)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_payment_lines_nothing_paid"), "payment_lines", type_="check")
