"""by which rulebook a contract was bought; of contracts signed before, the copy does not know it"""

import sqlalchemy as sa
from alembic import op

revision = "bought_under"
down_revision = "excellent"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contracts", sa.Column("rulebook", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("contracts", "rulebook")
