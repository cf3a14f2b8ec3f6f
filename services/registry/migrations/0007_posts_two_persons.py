"""weighty posts, and the logins of those who hold them, take two administrators"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.fields.places import HELD

revision = "posts_two_persons"
down_revision = "posts_places"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "post_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("duties", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        *_checks("post_proposals"),
        sa.CheckConstraint("cardinality(duties) > 0", name=op.f("ck_post_proposals_duties")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_post_proposals_period")),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name=op.f("fk_post_proposals_organisation")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_post_proposals_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_proposals")),
    )
    op.create_index(op.f("ix_post_proposals_person_id"), "post_proposals", ["person_id"])
    op.create_table(
        "account_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        *_checks("account_proposals"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_account_proposals_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_proposals")),
    )
    op.create_index(op.f("ix_account_proposals_person_id"), "account_proposals", ["person_id"])
    op.create_index(
        "uq_account_proposals_one_waits",
        "account_proposals",
        ["issuer", "subject"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )


def _checks(table: str) -> list[sa.CheckConstraint]:
    checks = {
        "two_persons": "proposed_by <> confirmed_by",
        "another_person": "proposed_by <> person_id AND confirmed_by <> person_id",
        "confirmed": "(state = 'confirmed') = (confirmed_by IS NOT NULL)",
        "state": "state IN ('proposed', 'confirmed', 'withdrawn')",
        "place": HELD,
    }
    return [sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in checks.items()]


def downgrade() -> None:
    op.drop_table("account_proposals")
    op.drop_table("post_proposals")
