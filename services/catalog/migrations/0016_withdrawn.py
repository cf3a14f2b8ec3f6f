"""let two persons take a project out of the pool"""

import sqlalchemy as sa
from alembic import op

revision = "withdrawn"
down_revision = "names"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("projects", sa.Column("withdrawal_reason", sa.Text(), nullable=True))
    for name in ("withdrawal_proposed_by", "withdrawal_confirmed_by"):
        op.add_column("projects", sa.Column(name, sa.Uuid(), nullable=True))
    two = "withdrawal_proposed_by <> withdrawal_confirmed_by"
    op.create_check_constraint(op.f("ck_projects_two_withdraw"), "projects", two)
    withdrawn = "withdrawal_confirmed_by IS NULL OR state = 'declined'"
    op.create_check_constraint(op.f("ck_projects_withdrawn"), "projects", withdrawn)


def downgrade() -> None:
    for name in ("two_withdraw", "withdrawn"):
        op.drop_constraint(op.f(f"ck_projects_{name}"), "projects", type_="check")
    for name in ("reason", "proposed_by", "confirmed_by"):
        op.drop_column("projects", f"withdrawal_{name}")
