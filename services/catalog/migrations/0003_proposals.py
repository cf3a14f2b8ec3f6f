"""a proposal to take a project out of the pool is whole or not there"""

from alembic import op

revision = "proposals"
down_revision = "consultation_withdrawals"
branch_labels = None
depends_on = None

NAME = "ck_projects_withdrawal_proposed"


def upgrade() -> None:
    condition = "num_nulls(withdrawal_reason, withdrawal_proposed_by) IN (0, 2)"
    op.create_check_constraint(op.f(NAME), "projects", condition)


def downgrade() -> None:
    op.drop_constraint(op.f(NAME), "projects", type_="check")
