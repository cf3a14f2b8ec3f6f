"""count refusals, keep what was skipped, record denials"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "record"
down_revision = "posts_two_persons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_journal_kind"), "journal", type_="check")
    op.create_check_constraint(op.f("ck_journal_kind"), "journal", "kind IN ('event', 'refusal', 'denied')")
    op.drop_index("ix_journal_refusals", table_name="journal")
    op.create_index(
        "ix_journal_refused", "journal", ["recorded_at"], unique=False, postgresql_where=sa.text("kind <> 'event'")
    )
    op.create_table(
        "refusal_counts",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=True),
        sa.Column("codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("clauses", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=True),
        sa.Column("organisation", sa.Uuid(), nullable=True),
        sa.Column("jurisdiction", sa.Text(), nullable=True),
        sa.Column("objects", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("correlations", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(counted > 0) = (waiting_since IS NOT NULL)", name=op.f("ck_refusal_counts_waiting")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refusal_counts")),
    )
    op.create_index(op.f("ix_refusal_counts_waiting_since"), "refusal_counts", ["waiting_since"], unique=False)
    op.create_table(
        "skipped",
        sa.Column("event", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("failed", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_because", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_because", sa.Text(), nullable=False),
        sa.Column("skipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("asked_by <> confirmed_by", name=op.f("ck_skipped_two_persons")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_skipped")),
    )


def downgrade() -> None:
    """Entries of lacking duties stay, as refusals: the record is not thinned by going back."""
    op.drop_table("skipped")
    op.drop_index(op.f("ix_refusal_counts_waiting_since"), table_name="refusal_counts")
    op.drop_table("refusal_counts")
    op.drop_index("ix_journal_refused", table_name="journal")
    op.create_index(
        "ix_journal_refusals",
        "journal",
        ["organisation", "recorded_at"],
        unique=False,
        postgresql_where=sa.text("kind = 'refusal'"),
    )
