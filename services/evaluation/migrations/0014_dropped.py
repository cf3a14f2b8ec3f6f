"""let duties end with their contract"""

import sqlalchemy as sa
from alembic import op

revision = "dropped"
down_revision = "documents"
branch_labels = None
depends_on = None

STATES = "'planned', 'under_way', 'notified', 'concluded'"


def upgrade() -> None:
    _states(f"{STATES}, 'dropped'")
    _open("state NOT IN ('concluded', 'dropped')")


def downgrade() -> None:
    op.execute("UPDATE duties SET state = 'concluded' WHERE state = 'dropped'")
    _states(STATES)
    _open("state <> 'concluded'")


def _states(states: str) -> None:
    op.drop_constraint(op.f("ck_duties_state"), "duties", type_="check")
    op.create_check_constraint(op.f("ck_duties_state"), "duties", f"state IN ({states})")


def _open(condition: str) -> None:
    op.drop_index("ix_duties_open", table_name="duties")
    op.create_index("ix_duties_open", "duties", ["due_on", "id"], postgresql_where=sa.text(condition))
