"""what a purchase buys, and who sealed a bid, is one of the codes that their events name"""

from alembic import op

revision = "codes"
down_revision = "sheets"
branch_labels = None
depends_on = None

_NATURE = "nature IN ('continuous', 'deliverable')"


def upgrade() -> None:
    op.create_check_constraint(op.f("ck_projects_nature"), "projects", _NATURE)
    op.create_check_constraint(op.f("ck_procurements_nature"), "procurements", _NATURE)
    op.create_check_constraint(op.f("ck_bids_sealed_by"), "bids", "sealed_by IN ('server', 'bidder')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_bids_sealed_by"), "bids", type_="check")
    op.drop_constraint(op.f("ck_procurements_nature"), "procurements", type_="check")
    op.drop_constraint(op.f("ck_projects_nature"), "projects", type_="check")
