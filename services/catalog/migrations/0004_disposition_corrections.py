"""a decision on an answer that was a slip is corrected by another person"""

import sqlalchemy as sa
from alembic import op

revision = "disposition_corrections"
down_revision = "proposals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disposition_corrections",
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("was_adopted", sa.Boolean(), nullable=False),
        sa.Column("was_reason", sa.Text(), nullable=True),
        sa.Column("was_by", sa.Uuid(), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("corrected_by", sa.Uuid(), nullable=False),
        sa.Column("corrected_on", sa.Date(), nullable=False),
        sa.CheckConstraint("was_by <> corrected_by", name=op.f("ck_disposition_corrections_two_persons")),
        sa.ForeignKeyConstraint(
            ["feedback_id"],
            ["private_feedback.id"],
            name=op.f("fk_disposition_corrections_feedback_id_private_feedback"),
        ),
        sa.PrimaryKeyConstraint("feedback_id", "number", name=op.f("pk_disposition_corrections")),
        comment="decisions on answers that were slips, and what another person put in their place",
    )


def downgrade() -> None:
    op.drop_table("disposition_corrections")
