"""let two persons end a procurement, and an award of which no contract came"""

import sqlalchemy as sa
from alembic import op

revision = "ends"
down_revision = "working_days"
branch_labels = None
depends_on = None

STATES = "'proposed', 'cleared', 'blocked', 'announced', 'confirmed'"


def upgrade() -> None:
    for name, kind in (("ground", sa.Text()), ("reason", sa.Text()), ("proposed_by", sa.Uuid())):
        op.add_column("procurements", sa.Column(f"cancellation_{name}", kind, nullable=True))
    op.add_column("procurements", sa.Column("cancellation_confirmed_by", sa.Uuid(), nullable=True))
    _check("procurements", "two_cancel", "cancellation_proposed_by <> cancellation_confirmed_by")
    _check("procurements", "cancelled", "cancellation_confirmed_by IS NULL OR state = 'failed'")
    _uncheck("awards", "confirmed", "state")
    _check("awards", "confirmed", "state <> 'confirmed' OR confirmed_by IS NOT NULL")
    _check("awards", "confirmed_once", "state IN ('confirmed', 'withdrawn') OR confirmed_by IS NULL")
    _check("awards", "state", f"state IN ({STATES}, 'withdrawn')")
    _one_live("state NOT IN ('blocked', 'withdrawn')")


def downgrade() -> None:
    op.execute("UPDATE awards SET state = 'blocked', confirmed_by = NULL WHERE state = 'withdrawn'")
    _one_live("state <> 'blocked'")
    _uncheck("awards", "confirmed", "confirmed_once", "state")
    _check("awards", "confirmed", "(state = 'confirmed') = (confirmed_by IS NOT NULL)")
    _check("awards", "state", f"state IN ({STATES})")
    _uncheck("procurements", "two_cancel", "cancelled")
    for name in ("ground", "reason", "proposed_by", "confirmed_by"):
        op.drop_column("procurements", f"cancellation_{name}")


def _check(table: str, name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _uncheck(table: str, *names: str) -> None:
    for name in names:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")


def _one_live(condition: str) -> None:
    op.drop_index("uq_awards_one_live", table_name="awards")
    columns = ["procurement_id", "lot"]
    op.create_index("uq_awards_one_live", "awards", columns, unique=True, postgresql_where=sa.text(condition))
