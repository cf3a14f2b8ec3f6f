"""tell timelines apart: positions count within one, and begin anew when a database was restored"""

import sqlalchemy as sa
from alembic import op

revision = "timelines"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "timelines",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_timelines")),
        sa.UniqueConstraint("source", "number", name=op.f("uq_timelines_source_number")),
    )
    op.create_index(
        "uq_timelines_present", "timelines", ["source"], unique=True, postgresql_where=sa.text("last IS NULL")
    )
    op.add_column("relay_mark", sa.Column("rewinds", sa.Integer(), server_default="0", nullable=False))
    op.add_column("sources", sa.Column("rereads", sa.Integer(), server_default="0", nullable=False))
    op.add_column("seen", sa.Column("event", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("seen", "event")
    op.drop_column("sources", "rereads")
    op.drop_column("relay_mark", "rewinds")
    op.drop_table("timelines")
