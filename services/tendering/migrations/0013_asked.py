"""by which rules a file was checked; of files checked before, nobody knows it"""

import sqlalchemy as sa
from alembic import op

revision = "asked"
down_revision = "replacements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tender_files", sa.Column("asked", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("tender_files", "asked")
