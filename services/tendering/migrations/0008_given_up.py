"""that the openers are too few, said of an opening act that another has followed, counts no more"""

from alembic import op

revision = "given_up"
down_revision = "slips"
branch_labels = None
depends_on = None

_SAID = "SELECT max(version) FROM journal WHERE subject = p.id AND type = 'goufu.tendering.opening_abandoned.v1'"
_FOLLOWED = (
    f"SELECT FROM journal WHERE subject = p.id AND type = 'goufu.tendering.opening_proposed.v1' AND version > ({_SAID})"
)
CLEARED = (
    "UPDATE procurements p SET abandonment_proposed_by = NULL"
    f" WHERE abandonment_proposed_by IS NOT NULL AND EXISTS ({_FOLLOWED})"
)


def upgrade() -> None:
    """An act that was over left what was said of it, before the next one made it void."""
    op.execute(CLEARED)


def downgrade() -> None:
    """Nothing to put back: it counted for nothing."""
