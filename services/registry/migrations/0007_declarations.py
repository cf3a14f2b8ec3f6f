"""an interest that a person declared is a record of that person"""

import sqlalchemy as sa
from alembic import op

from shared.fields.places import HELD

revision = "declarations"
down_revision = "leaving"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "declarations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("declared_by", sa.Uuid(), nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("document_hash", sa.Text(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.Column("end_document_hash", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('standing', 'ended')", name=op.f("ck_declarations_state")),
        sa.CheckConstraint(
            "declared_by = person_id OR document_hash IS NOT NULL OR ground = 'panel'",
            name=op.f("ck_declarations_evidence"),
        ),
        sa.CheckConstraint("ended_by <> person_id", name=op.f("ck_declarations_another")),
        sa.CheckConstraint("last_day >= declared_on", name=op.f("ck_declarations_last_day")),
        sa.CheckConstraint(
            "num_nulls(last_day, ended_by, ended_because, end_document_hash)"
            " = CASE state WHEN 'ended' THEN 0 ELSE 4 END",
            name=op.f("ck_declarations_ended"),
        ),
        sa.CheckConstraint(HELD, name=op.f("ck_declarations_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declarations")),
    )
    op.create_index(op.f("ix_declarations_person_id"), "declarations", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_table("declarations")
