"""a provider that left may come back"""

from alembic import op

revision = "returns"
down_revision = "commitments"
branch_labels = None
depends_on = None

_COMMENT = "copy: providers whose registration or filing was withdrawn, and since when"


def upgrade() -> None:
    op.alter_column("departures", "left_on", nullable=True)
    op.create_table_comment("departures", f"{_COMMENT}; null: they came back", existing_comment=_COMMENT)


def downgrade() -> None:
    op.execute("DELETE FROM departures WHERE left_on IS NULL")
    op.alter_column("departures", "left_on", nullable=False)
    op.create_table_comment("departures", _COMMENT, existing_comment=f"{_COMMENT}; null: they came back")
