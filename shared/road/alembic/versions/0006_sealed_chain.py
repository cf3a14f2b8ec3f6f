"""What comes under a seal is numbered in a chain, to which signed checkpoints commit."""

import sqlalchemy as sa
from alembic import op

revision = "sealed_chain"
down_revision = "annulled_successions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sealed_ledger",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_sealed_ledger_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sealed_ledger")),
        sa.UniqueConstraint("entry", name=op.f("uq_sealed_ledger_entry")),
    )
    op.create_table(
        "sealed_salts",
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(salt) = 32", name=op.f("ck_sealed_salts_salt")),
        sa.PrimaryKeyConstraint("commitment", name=op.f("pk_sealed_salts")),
    )
    op.create_index(op.f("ix_sealed_salts_at"), "sealed_salts", ["at"], unique=False)


def downgrade() -> None:
    op.drop_table("sealed_salts")
    op.drop_table("sealed_ledger")
