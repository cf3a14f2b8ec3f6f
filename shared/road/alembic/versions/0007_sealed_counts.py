"""What is refused under a seal is counted apart."""

import sqlalchemy as sa
from alembic import op

revision = "sealed_counts"
down_revision = "sealed_chain"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("refusal_counts", sa.Column("seal", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM refusal_counts WHERE seal IS NOT NULL")
    op.drop_column("refusal_counts", "seal")
