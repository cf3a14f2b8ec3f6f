"""a member of a panel who was to score again and does not is replaced by another, named by another person"""

import sqlalchemy as sa
from alembic import op

revision = "replacements"
down_revision = "consents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "panel_replacements",
        sa.Column("panel_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("was_formed_by", sa.Uuid(), nullable=False),
        sa.Column("replaced_by", sa.Uuid(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('expert', 'purchaser')", name=op.f("ck_panel_replacements_role")),
        sa.CheckConstraint("was_formed_by <> replaced_by", name=op.f("ck_panel_replacements_two_persons")),
        sa.ForeignKeyConstraint(["panel_id"], ["panels.id"], name=op.f("fk_panel_replacements_panel_id_panels")),
        sa.PrimaryKeyConstraint("panel_id", "number", name=op.f("pk_panel_replacements")),
        comment="members who were to score again and did not, whose place another took; their sheets stay, and are void",
    )


def downgrade() -> None:
    op.drop_table("panel_replacements")
