"""keep which projects are not bought any more"""

import sqlalchemy as sa
from alembic import op

revision = "withdrawn"
down_revision = "documents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "withdrawn_projects",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_withdrawn_projects")),
        comment="copy: projects that are not bought any more",
    )


def downgrade() -> None:
    op.drop_table("withdrawn_projects")
