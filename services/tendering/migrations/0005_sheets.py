"""a member sets the own sheet right before the ranking, with a reason; every sheet is kept"""

import sqlalchemy as sa
from alembic import op

revision = "sheets"
down_revision = "proposals"
branch_labels = None
depends_on = None

_KEY = ["procurement_id", "person_id", "bid_id", "factor"]


def upgrade() -> None:
    op.add_column("scores", sa.Column("sheet", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.drop_constraint(op.f("pk_scores"), "scores", type_="primary")
    op.create_primary_key(op.f("pk_scores"), "scores", [*_KEY, "sheet"])
    op.create_table(
        "score_sheets",
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number = 1 OR reason IS NOT NULL", name=op.f("ck_score_sheets_corrected_with_reason")),
        sa.ForeignKeyConstraint(
            ["procurement_id"], ["procurements.id"], name=op.f("fk_score_sheets_procurement_id_procurements")
        ),
        sa.PrimaryKeyConstraint("procurement_id", "person_id", "number", name=op.f("pk_score_sheets")),
        comment="every sheet that a member gave before the ranking, the last one counts",
    )
    op.execute(
        "INSERT INTO score_sheets (procurement_id, person_id, number, given_at)"
        " SELECT p.procurement_id, m.person_id, 1, m.scored_at FROM panel_members m JOIN panels p ON p.id = m.panel_id"
        " WHERE m.scored_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_table("score_sheets")
    op.execute(
        "DELETE FROM scores s WHERE EXISTS (SELECT FROM scores t WHERE t.procurement_id = s.procurement_id"
        " AND t.person_id = s.person_id AND t.sheet > s.sheet)"
    )
    op.drop_constraint(op.f("pk_scores"), "scores", type_="primary")
    op.create_primary_key(op.f("pk_scores"), "scores", _KEY)
    op.drop_column("scores", "sheet")
