"""one answer of each caller to a consultation"""

import sqlalchemy as sa
from alembic import op

revision = "one_answer"
down_revision = "documents"
branch_labels = None
depends_on = None

_ONE = "uq_private_feedback_consultation_id_giver"


def upgrade() -> None:
    op.add_column("private_feedback", sa.Column("giver", sa.LargeBinary(), nullable=True))
    op.create_unique_constraint(op.f(_ONE), "private_feedback", ["consultation_id", "giver"])


def downgrade() -> None:
    op.drop_constraint(op.f(_ONE), "private_feedback")
    op.drop_column("private_feedback", "giver")
