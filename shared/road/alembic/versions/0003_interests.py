"""Every service knows which interests in suppliers persons declared."""

import sqlalchemy as sa
from alembic import op

revision = "interests"
down_revision = "successors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interests")),
    )
    op.create_index(op.f("ix_interests_person_id"), "interests", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_table("interests")
