"""Who left is known, and who took whose place."""

import sqlalchemy as sa
from alembic import op

revision = "successors"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisations", sa.Column("left_on", sa.Date(), nullable=True))
    op.create_table(
        "successors",
        sa.Column("successor", sa.Uuid(), nullable=False),
        sa.Column("predecessor", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("successor <> predecessor", name=op.f("ck_successors_another")),
        sa.PrimaryKeyConstraint("successor", "predecessor", name=op.f("pk_successors")),
    )
    op.create_index(op.f("ix_successors_predecessor"), "successors", ["predecessor"], unique=False)


def downgrade() -> None:
    op.drop_table("successors")
    op.drop_column("organisations", "left_on")
