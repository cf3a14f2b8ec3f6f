"""who heads a provider, and which organisations directly hold or manage it; of those registered before, nobody told it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "control"
down_revision = "bought_under"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("providers", sa.Column("head", sa.Uuid(), nullable=True))
    for several in ("held_by", "managed_by"):
        op.add_column("providers", sa.Column(several, postgresql.ARRAY(sa.Uuid()), nullable=True))
    op.create_check_constraint(
        op.f("ck_providers_not_its_own_holder"), "providers", "NOT id = ANY (held_by) AND NOT id = ANY (managed_by)"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_providers_not_its_own_holder"), "providers")
    for column in ("managed_by", "held_by", "head"):
        op.drop_column("providers", column)
