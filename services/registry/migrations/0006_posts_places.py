"""where each organisation lies; places are paths of codes, each of which extends the one above"""

import sqlalchemy as sa
from alembic import op

from shared.fields.places import HELD

revision = "posts_places"
down_revision = "seals"
branch_labels = None
depends_on = None

TABLES = ("posts", "persons", "purchasers", "providers", "bars", "results")
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
    op.create_table(
        "bodies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("state = 'registered'", name=op.f("ck_bodies_state")),
        sa.CheckConstraint("organisation = id", name=op.f("ck_bodies_owns_itself")),
        sa.CheckConstraint(HELD, name=op.f("ck_bodies_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bodies")),
        sa.UniqueConstraint("jurisdiction", "title_folded", name=op.f("uq_bodies_jurisdiction_title_folded")),
    )
    for kind in ("purchaser", "provider"):
        op.execute(
            "INSERT INTO organisations (id, kind, jurisdiction, source_version)"
            f" SELECT r.id, '{kind}', r.jurisdiction, k.version FROM {kind}s r JOIN keys k ON k.key = r.id"
            f" WHERE {HELD.replace('jurisdiction', 'r.jurisdiction')}"
        )
    for table in TABLES:
        op.create_check_constraint(op.f(f"ck_{table}_place"), table, HELD)


def downgrade() -> None:
    for table in TABLES:
        op.drop_constraint(op.f(f"ck_{table}_place"), table)
    op.drop_table("bodies")
    op.drop_table("organisations")
