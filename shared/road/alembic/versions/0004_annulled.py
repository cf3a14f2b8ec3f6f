"""An interest that was declared wrongly counts no more, in any service."""

import sqlalchemy as sa
from alembic import op

revision = "annulled"
down_revision = "interests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("interests", sa.Column("annulled", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("interests", "annulled")
