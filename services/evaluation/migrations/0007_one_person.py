"""two persons of one name are told apart by the salted hash of an identity number"""

import sqlalchemy as sa
from alembic import op

revision = "one_person"
down_revision = "posts_places"
branch_labels = None
depends_on = None

_BEFORE = "uq_private_people_contract_id_name_folded_contact_folded"
_NOW = "uq_private_people_one_person"


def upgrade() -> None:
    op.add_column("private_people", sa.Column("identity_hash", sa.LargeBinary(), nullable=True))
    op.drop_constraint(op.f(_BEFORE), "private_people")
    columns = ["contract_id", "name_folded", "contact_folded", "identity_hash"]
    op.create_unique_constraint(op.f(_NOW), "private_people", columns, postgresql_nulls_not_distinct=True)


def downgrade() -> None:
    op.drop_constraint(op.f(_NOW), "private_people")
    op.create_unique_constraint(op.f(_BEFORE), "private_people", ["contract_id", "name_folded", "contact_folded"])
    op.drop_column("private_people", "identity_hash")
