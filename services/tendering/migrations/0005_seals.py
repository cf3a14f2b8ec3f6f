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
    op.execute("INSERT INTO seals (subject, placed_at) SELECT id, now() FROM procurements WHERE state = 'noticed'")
    while_noticed = sa.Computed("CASE WHEN (state = 'noticed'::text) THEN id ELSE NULL::uuid END", persisted=True)
    op.add_column("procurements", sa.Column("sealed", sa.Uuid(), while_noticed, nullable=True))
    op.create_unique_constraint(op.f("uq_procurements_sealed"), "procurements", ["sealed"])
    for table, column, other, named in (
        ("procurements", "sealed", "seals", "subject"),
        ("seals", "subject", "procurements", "sealed"),
    ):
        name = op.f(f"fk_{table}_{column}")
        op.create_foreign_key(name, table, other, [column], [named], deferrable=True, initially="DEFERRED")


def downgrade() -> None:
    op.execute("INSERT INTO queue (entry) SELECT entry FROM sealed_queue")
    op.drop_table("sealed_queue")
    op.drop_constraint("fk_procurements_sealed", "procurements")
    op.drop_constraint("fk_seals_subject", "seals")
    op.drop_column("procurements", "sealed")
    op.drop_table("seals")
