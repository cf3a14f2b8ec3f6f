"""keep how far the public topic has come"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("relay_mark", sa.Column("public", sa.BigInteger(), nullable=True))
    op.execute("UPDATE relay_mark SET public = position")
    op.alter_column("relay_mark", "public", nullable=False)


def downgrade() -> None:
    # What the public topic lacks is sent again, to both: its events are counted again too.
    op.execute(
        "UPDATE relay_mark SET position = least(position, public), events = events - (SELECT count(*) FROM ledger l"
        " JOIN journal j ON j.id = l.entry WHERE j.kind = 'event' AND l.position > public"
        " AND l.position <= relay_mark.position)"
    )
    op.drop_column("relay_mark", "public")
