"""a consultation that was opened by mistake is withdrawn by another person"""

import sqlalchemy as sa
from alembic import op

revision = "consultation_withdrawals"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consultations", sa.Column("withdrawn_by", sa.Uuid(), nullable=True))
    op.add_column("consultations", sa.Column("withdrawal_reason", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_consultations_two_withdraw"), "consultations", "withdrawn_by <> opened_by")
    op.create_check_constraint(
        op.f("ck_consultations_withdrawn"), "consultations", "(withdrawn_by IS NULL) = (withdrawal_reason IS NULL)"
    )


def downgrade() -> None:
    op.drop_column("consultations", "withdrawal_reason")
    op.drop_column("consultations", "withdrawn_by")
