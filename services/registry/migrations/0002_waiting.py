"""index what waits for a second person"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_evidence_entered", "evidence", ["provider_id"], postgresql_where=sa.text("state = 'entered'"))
    op.create_index("ix_results_proposed", "results", ["provider_id"], postgresql_where=sa.text("state = 'proposed'"))


def downgrade() -> None:
    op.drop_index("ix_results_proposed", table_name="results")
    op.drop_index("ix_evidence_entered", table_name="evidence")
