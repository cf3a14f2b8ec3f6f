"""let two persons withdraw a drafted contract"""

import sqlalchemy as sa
from alembic import op

revision = "ends"
down_revision = "working_days"
branch_labels = None
depends_on = None

STATES = "'drafted', 'signed', 'filed', 'running', 'completed', 'terminated'"


def upgrade() -> None:
    _uncheck("signed", "state")
    _check("signed", "(state IN ('drafted', 'withdrawn')) = (signed_on IS NULL)")
    _check("ended_by_two", "(state IN ('terminated', 'withdrawn')) = (ending_confirmed_by IS NOT NULL)")
    _check("state", f"state IN ({STATES}, 'withdrawn')")
    _one_live("state NOT IN ('terminated', 'withdrawn')")


def downgrade() -> None:
    """Refuses where a draft was withdrawn: what came before knows no such end."""
    _one_live("state <> 'terminated'")
    _uncheck("signed", "ended_by_two", "state")
    _check("signed", "(state = 'drafted') = (signed_on IS NULL)")
    _check("state", f"state IN ({STATES})")


def _check(name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_contracts_{name}"), "contracts", condition)


def _uncheck(*names: str) -> None:
    for name in names:
        op.drop_constraint(op.f(f"ck_contracts_{name}"), "contracts", type_="check")


def _one_live(condition: str) -> None:
    op.drop_index("uq_contracts_one_live", table_name="contracts")
    op.create_index(
        "uq_contracts_one_live",
        "contracts",
        ["procurement_id", "lot", "renews"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text(condition),
    )
