"""what is known of an organisation changes by dated versions, and who takes another's place is named"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.fields.places import HELD

revision = "versions"
down_revision = "codes_as_issued"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisation_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("weighty", sa.Boolean(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("successor_of", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_hash", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(weighty AND state = 'confirmed') = (confirmed_by IS NOT NULL)",
            name=op.f("ck_organisation_changes_confirmed"),
        ),
        sa.CheckConstraint(HELD, name=op.f("ck_organisation_changes_place")),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'withdrawn')", name=op.f("ck_organisation_changes_state")
        ),
        sa.CheckConstraint(
            "weighty OR (successor_of IS NULL AND facts - '{title,registration_number}'::text[] = '{}'::jsonb)",
            name=op.f("ck_organisation_changes_weighty"),
        ),
        sa.CheckConstraint("proposed_by <> confirmed_by", name=op.f("ck_organisation_changes_two_persons")),
        sa.CheckConstraint("successor_of <> organisation", name=op.f("ck_organisation_changes_successor")),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.id"], name=op.f("fk_organisation_changes_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["successor_of"], ["organisations.id"], name=op.f("fk_organisation_changes_successor_of")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_changes")),
    )
    op.create_index(
        op.f("ix_organisation_changes_organisation"), "organisation_changes", ["organisation"], unique=False
    )
    op.create_table(
        "organisation_versions",
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=True),
        sa.Column("document_hash", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(change_id IS NULL) = (document_hash IS NULL)", name=op.f("ck_organisation_versions_evidence")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["organisation_changes.id"], name=op.f("fk_organisation_versions_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.id"], name=op.f("fk_organisation_versions_organisation")
        ),
        sa.PrimaryKeyConstraint("organisation", "number", name=op.f("pk_organisation_versions")),
    )
    op.create_index(
        op.f("ix_organisation_versions_title_folded"), "organisation_versions", ["title_folded"], unique=False
    )
    op.create_table(
        "successions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("successor", sa.Uuid(), nullable=False),
        sa.Column("predecessor", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("document_hash", sa.Text(), nullable=False),
        sa.CheckConstraint("successor <> predecessor", name=op.f("ck_successions_another")),
        sa.ForeignKeyConstraint(["change_id"], ["organisation_changes.id"], name=op.f("fk_successions_change_id")),
        sa.ForeignKeyConstraint(["predecessor"], ["organisations.id"], name=op.f("fk_successions_predecessor")),
        sa.ForeignKeyConstraint(["successor"], ["organisations.id"], name=op.f("fk_successions_successor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_successions")),
        sa.UniqueConstraint("successor", "predecessor", name=op.f("uq_successions_successor_predecessor")),
    )
    op.create_index(op.f("ix_successions_predecessor"), "successions", ["predecessor"], unique=False)


def downgrade() -> None:
    op.drop_table("successions")
    op.drop_table("organisation_versions")
    op.drop_table("organisation_changes")
