"""index what waits for somebody"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WAITING = (
    ("ix_mandates_live", "mandates", "third_party", "state = 'live'"),
    ("ix_objections_open", "objections", "organisation", "state = 'open'"),
    ("ix_evaluations_unpublished", "evaluations", "organisation", "state <> 'published'"),
    ("ix_corrections_proposed", "corrections", "organisation", "state = 'proposed'"),
)


def upgrade() -> None:
    for name, table, column, where in WAITING:
        op.create_index(name, table, [column], postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, _, _ in WAITING:
        op.drop_index(name, table_name=table)
