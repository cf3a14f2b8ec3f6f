"""who heads and holds bidders, as the registry tells it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "controls"
down_revision = "small_enterprises"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "controls",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("head", sa.Uuid(), nullable=True),
        sa.Column("held_by", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("managed_by", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_controls")),
        comment="copy: who heads providers, by random id, and which organisations directly hold or manage them",
    )


def downgrade() -> None:
    op.drop_table("controls")
