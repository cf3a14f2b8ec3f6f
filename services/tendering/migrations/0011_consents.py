"""consents: what a text allows once another authority has consented"""

import sqlalchemy as sa
from alembic import op

revision = "consents"
down_revision = "reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 2), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("used_for", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('other_method', 'direct_choice', 'own_experts', 'price_weight')",
            name=op.f("ck_consents_purpose"),
        ),
        sa.CheckConstraint(
            "authority IN ('second_person', 'supervising_unit', 'finance', 'city_finance')",
            name=op.f("ck_consents_authority"),
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'given', 'refused', 'withdrawn', 'used')", name=op.f("ck_consents_state")
        ),
        sa.CheckConstraint("asked_by <> decided_by", name=op.f("ck_consents_two_persons")),
        sa.CheckConstraint("num_nulls(decided_by, decided_at, answer) IN (0, 3)", name=op.f("ck_consents_decided")),
        sa.CheckConstraint(
            "decided_by IS NOT NULL OR state IN ('asked', 'withdrawn')", name=op.f("ck_consents_given_by_somebody")
        ),
        sa.CheckConstraint("(state = 'used') = (used_for IS NOT NULL)", name=op.f("ck_consents_used")),
        sa.ForeignKeyConstraint(["used_for"], ["procurements.id"], name=op.f("fk_consents_used_for_procurements")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        comment="what a text allows once another authority has consented: asked by one person, given by another, used"
        " once",
    )
    op.create_index(op.f("ix_consents_key"), "consents", ["key"])
    op.create_index(op.f("ix_consents_used_for"), "consents", ["used_for"])
    op.create_index(
        "uq_consents_one_live",
        "consents",
        ["key", "purpose", "method", "authority"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'given')"),
    )


def downgrade() -> None:
    op.drop_table("consents")
