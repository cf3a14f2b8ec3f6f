"""a price clearly below the others is looked at by the panel before it scores"""

import sqlalchemy as sa
from alembic import op

revision = "looks"
down_revision = "asked"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "price_looks",
        sa.Column("bid_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("needless", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_price_looks_numbered")),
        sa.CheckConstraint("length(btrim(reason)) > 0", name=op.f("ck_price_looks_with_reason")),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name=op.f("fk_price_looks_bid_id_bids")),
        sa.PrimaryKeyConstraint("bid_id", "person_id", "number", name=op.f("pk_price_looks")),
        comment="what members said of a price clearly below the others: whether it needs no explanation;"
        " the last counts",
    )


def downgrade() -> None:
    op.drop_table("price_looks")
