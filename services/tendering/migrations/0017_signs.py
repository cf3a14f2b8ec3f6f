"""what members of the panel say of signs of concert, with their sheets"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "signs"
down_revision = "controls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    empty = sa.text("'[]'")
    op.add_column("score_sheets", sa.Column("signs", postgresql.JSONB(), server_default=empty, nullable=False))


def downgrade() -> None:
    op.drop_column("score_sheets", "signs")
