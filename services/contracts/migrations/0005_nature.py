"""a contract is of one of the two natures that its award names"""

from alembic import op

revision = "nature"
down_revision = "proposals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_check_constraint(op.f("ck_contracts_nature"), "contracts", "nature IN ('continuous', 'deliverable')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_contracts_nature"), "contracts", type_="check")
