"""what misconduct or a termination put against a provider is lifted by a reversal too"""

import sqlalchemy as sa
from alembic import op

revision = "standings_reversed"
down_revision = "names"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reversals", sa.Column("standing_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_reversals_standing_id_standings"), "reversals", "standings", ["standing_id"], ["id"])
    op.create_index(op.f("ix_reversals_standing_id"), "reversals", ["standing_id"])
    _subjects("bar_id, result_id, standing_id")


def downgrade() -> None:
    op.execute("DELETE FROM reversals WHERE standing_id IS NOT NULL")
    _subjects("bar_id, result_id")
    op.drop_column("reversals", "standing_id")


def _subjects(columns: str) -> None:
    op.drop_index("uq_reversals_one", table_name="reversals")
    op.create_index(
        "uq_reversals_one",
        "reversals",
        [sa.text(f"coalesce({columns})")],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.drop_constraint(op.f("ck_reversals_one_subject"), "reversals", type_="check")
    op.create_check_constraint(op.f("ck_reversals_one_subject"), "reversals", f"num_nonnulls({columns}) = 1")
