"""nothing that identifies a person stands beside one who has been erased"""

import sqlalchemy as sa
from alembic import op

revision = "named_while_registered"
down_revision = "erasures"
branch_labels = None
depends_on = None

_TABLES = ("private_persons", "private_logins")


def upgrade() -> None:
    op.create_unique_constraint(op.f("uq_persons_id_state"), "persons", ["id", "state"])
    for table in _TABLES:
        state = sa.Column("person_state", sa.Text(), sa.Computed("'registered'::text", persisted=True), nullable=True)
        op.add_column(table, state)
        op.drop_constraint(op.f(f"fk_{table}_person_id"), table)
        name, columns = op.f(f"fk_{table}_person_id"), ["person_id", "person_state"]
        op.create_foreign_key(name, table, "persons", columns, ["id", "state"])


def downgrade() -> None:
    for table in _TABLES:
        op.drop_constraint(op.f(f"fk_{table}_person_id"), table)
        op.drop_column(table, "person_state")
        op.create_foreign_key(op.f(f"fk_{table}_person_id"), table, "persons", ["person_id"], ["id"])
    op.drop_constraint(op.f("uq_persons_id_state"), "persons")
