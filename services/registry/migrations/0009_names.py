"""the name of a person is set right by another administrator, and what it was stays as long as it is kept"""

import sqlalchemy as sa
from alembic import op

revision = "names"
down_revision = "interest_acts"
branch_labels = None
depends_on = None

_TABLE = "private_persons"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("number", sa.Integer(), server_default=sa.text("1"), nullable=False))
    for name, kind in (("given_by", sa.Uuid()), ("was_by", sa.Uuid()), ("reason", sa.Text())):
        op.add_column(_TABLE, sa.Column(name, kind, nullable=True))
    op.execute("UPDATE private_persons x SET given_by = p.registered_by FROM persons p WHERE p.id = x.person_id")
    op.drop_constraint(op.f("pk_private_persons"), _TABLE, type_="primary")
    op.create_primary_key(op.f("pk_private_persons"), _TABLE, ["person_id", "number"])
    op.create_check_constraint(op.f("ck_private_persons_two_persons"), _TABLE, "was_by <> given_by")
    op.create_check_constraint(op.f("ck_private_persons_corrected"), _TABLE, "number = 1 OR reason IS NOT NULL")
    op.create_table_comment(_TABLE, "by which name administrators know a person; the last one counts")


def downgrade() -> None:
    op.execute(
        "DELETE FROM private_persons x WHERE EXISTS (SELECT FROM private_persons y"
        " WHERE y.person_id = x.person_id AND y.number > x.number)"
    )
    op.drop_table_comment(_TABLE)
    for name in ("corrected", "two_persons"):
        op.drop_constraint(op.f(f"ck_private_persons_{name}"), _TABLE, type_="check")
    op.drop_constraint(op.f("pk_private_persons"), _TABLE, type_="primary")
    op.create_primary_key(op.f("pk_private_persons"), _TABLE, ["person_id"])
    for name in ("reason", "was_by", "given_by", "number"):
        op.drop_column(_TABLE, name)
