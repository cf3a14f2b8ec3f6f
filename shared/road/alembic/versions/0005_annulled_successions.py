"""A succession that was entered wrongly counts no more, in any service."""

import sqlalchemy as sa
from alembic import op

revision = "annulled_successions"
down_revision = "annulled"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("successors", sa.Column("annulled", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM successors WHERE annulled")
    op.drop_column("successors", "annulled")
