"""what few people said counts with a recorded reason"""

import sqlalchemy as sa
from alembic import op

revision = "thin_surveys"
down_revision = "withdrawn"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was closed before stands as it was counted.
    op.add_column("surveys", sa.Column("thin", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("surveys", sa.Column("reason_hash", sa.LargeBinary(), nullable=True))
    op.create_check_constraint(op.f("ck_surveys_thin_with_reason"), "surveys", "NOT thin OR reason_hash IS NOT NULL")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_surveys_thin_with_reason"), "surveys")
    op.drop_column("surveys", "reason_hash")
    op.drop_column("surveys", "thin")
