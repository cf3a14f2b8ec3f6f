"""a review that rests on a reviewer's word counts when two found the same"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "findings"
down_revision = "explanations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "qualification_findings",
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("found", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("found_by", sa.Uuid(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["procurement_id"], ["procurements.id"], name=op.f("fk_qualification_findings_procurement_id")
        ),
        sa.PrimaryKeyConstraint("procurement_id", "number", name=op.f("pk_qualification_findings")),
        comment="what each reviewer found before two agreed, latest last; nothing follows from one alone",
    )
    op.add_column("qualification_results", sa.Column("first_found_by", sa.Uuid(), nullable=True))
    op.create_check_constraint(
        op.f("ck_qualification_results_two_persons"), "qualification_results", "first_found_by <> reviewed_by"
    )


def downgrade() -> None:
    op.drop_column("qualification_results", "first_found_by")
    op.drop_table("qualification_findings")
