"""where each organisation lies; places are paths of codes, each of which extends the one above"""

import sqlalchemy as sa
from alembic import op

from shared.fields.places import HELD

revision = "posts_places"
down_revision = "seals"
branch_labels = None
depends_on = None

TABLES = ("posts",)
"""Where places come in. A row of before that holds no place stops the migration: it names the table to put right."""


def upgrade() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(HELD, name=op.f("ck_organisations_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    for table in TABLES:
        op.create_check_constraint(op.f(f"ck_{table}_place"), table, HELD)


def downgrade() -> None:
    for table in TABLES:
        op.drop_constraint(op.f(f"ck_{table}_place"), table)
    op.drop_table("organisations")
