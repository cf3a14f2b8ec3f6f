"""another person sets the answer to an objection right, and what it was stays"""

import sqlalchemy as sa
from alembic import op

revision = "answers"
down_revision = "attained"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("objection_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("was_upheld", sa.Boolean(), nullable=False),
        sa.Column("was_score", sa.Numeric(5, 2), nullable=True),
        sa.Column("verification_hash", sa.LargeBinary(), nullable=False),
        sa.Column("was_by", sa.Uuid(), nullable=False),
        sa.Column("was_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason_hash", sa.LargeBinary(), nullable=False),
        sa.Column("corrected_by", sa.Uuid(), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("was_by <> corrected_by", name=op.f("ck_answer_corrections_two_persons")),
        sa.CheckConstraint("was_upheld = (was_score IS NOT NULL)", name=op.f("ck_answer_corrections_was")),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["objections.id"], name=op.f("fk_answer_corrections_objection_id_objections")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_corrections")),
        sa.UniqueConstraint("objection_id", "number", name=op.f("uq_answer_corrections_objection_id_number")),
        comment="answers to objections that another person set right: what they were, who gave them",
    )


def downgrade() -> None:
    op.drop_table("answer_corrections")
