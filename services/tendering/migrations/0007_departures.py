"""keep which providers' registration was withdrawn"""

import sqlalchemy as sa
from alembic import op

revision = "departures"
down_revision = "posts_places"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departures",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_departures")),
        comment="copy: providers whose registration or filing was withdrawn, and since when",
    )


def downgrade() -> None:
    op.drop_table("departures")
