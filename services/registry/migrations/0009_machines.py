"""tell programs that act for themselves from persons"""

import sqlalchemy as sa
from alembic import op

revision = "machines"
down_revision = "record"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("machine", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("persons", sa.Column("machine", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.drop_column("persons", "machine")
    op.drop_column("accounts", "machine")
