"""Seals, and what waits under them."""

import sqlalchemy as sa
from alembic import op

revision = "seals"
down_revision = "timelines"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seals",
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_seals")),
    )
    op.create_table(
        "sealed_queue",
        sa.Column("entry", sa.Uuid(), nullable=False),
        sa.Column("seal", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["seal"], ["seals.subject"], name=op.f("fk_sealed_queue_seal")),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_sealed_queue")),
    )
    op.create_index(op.f("ix_sealed_queue_seal"), "sealed_queue", ["seal"], unique=False)


def downgrade() -> None:
    op.execute("INSERT INTO queue (entry) SELECT entry FROM sealed_queue")
    op.drop_table("sealed_queue")
    op.drop_table("seals")
