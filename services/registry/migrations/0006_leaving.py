"""a provider is taken off the register by two persons"""

import sqlalchemy as sa
from alembic import op

revision = "leaving"
down_revision = "named_while_registered"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("providers", sa.Column("leaving_proposed_by", sa.Uuid()))
    op.add_column("providers", sa.Column("leaving_confirmed_by", sa.Uuid()))
    two = "leaving_proposed_by <> leaving_confirmed_by"
    op.create_check_constraint(op.f("ck_providers_taken_off_by_two"), "providers", two)
    off = "leaving_confirmed_by IS NULL OR (state = 'left' AND leaving_proposed_by IS NOT NULL)"
    op.create_check_constraint(op.f("ck_providers_taken_off"), "providers", off)


def downgrade() -> None:
    op.drop_column("providers", "leaving_confirmed_by")
    op.drop_column("providers", "leaving_proposed_by")
