"""Bids sealed on the bidder's machine to an opening key that k of n openers share.

Open what was sealed to the server's own key before this upgrade: such envelopes are not carried over, and while there
are any, the upgrade refuses to go on.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opening_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["procurement_id"], ["procurements.id"], name=op.f("fk_opening_keys_procurement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_keys")),
    )
    op.create_index(op.f("ix_opening_keys_procurement_id"), "opening_keys", ["procurement_id"], unique=False)
    op.create_table(
        "private_opening_acts",
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["procurement_id"], ["procurements.id"], name=op.f("fk_private_opening_acts_procurement_id")
        ),
        sa.PrimaryKeyConstraint("procurement_id", name=op.f("pk_private_opening_acts")),
        sa.UniqueConstraint("id", name=op.f("uq_private_opening_acts_id")),
    )
    op.create_table(
        "private_opening_shares",
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("opener", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("share", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["act_id"],
            ["private_opening_acts.id"],
            name=op.f("fk_private_opening_shares_act_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("act_id", "opener", name=op.f("pk_private_opening_shares")),
        sa.UniqueConstraint("act_id", "number", name=op.f("uq_private_opening_shares_act_id_number")),
    )
    op.create_table(
        "private_annexes",
        sa.Column("bid_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name=op.f("fk_private_annexes_bid_id")),
        sa.PrimaryKeyConstraint("bid_id", "number", name=op.f("pk_private_annexes")),
    )
    op.add_column("bids", sa.Column("hash", sa.Text(), nullable=False))
    op.drop_column("bids", "sha256")
    op.add_column("envelopes", sa.Column("envelope", sa.LargeBinary(), nullable=False))
    op.add_column("envelopes", sa.Column("hash", sa.Text(), nullable=False))
    op.add_column("envelopes", sa.Column("suite", sa.Text(), nullable=False))
    op.add_column("envelopes", sa.Column("commitment", sa.Text(), nullable=False))
    op.drop_column("envelopes", "file_hash")
    op.drop_column("envelopes", "ciphertext")
    op.drop_column("envelopes", "sha256")
    op.create_index(
        op.f("ix_envelopes_procurement_id_provider_id"), "envelopes", ["procurement_id", "provider_id"], unique=False
    )
    # What is encrypted does not compress; trying costs time at every upload.
    op.execute("ALTER TABLE envelopes ALTER COLUMN envelope SET STORAGE EXTERNAL")
    op.add_column("opened_bids", sa.Column("unreadable", sa.Text(), nullable=True))
    op.add_column("opened_bids", sa.Column("clause", sa.Text(), nullable=True))
    op.alter_column("opened_bids", "price", existing_type=sa.NUMERIC(precision=18, scale=2), nullable=True)
    op.create_check_constraint(
        op.f("ck_opened_bids_unreadable"), "opened_bids", "unreadable IN ('undecryptable', 'content', 'annexes')"
    )
    op.create_check_constraint(
        op.f("ck_opened_bids_price"), "opened_bids", "(price IS NULL) = (unreadable IS NOT NULL)"
    )
    op.create_check_constraint(op.f("ck_opened_bids_clause"), "opened_bids", "(unreadable IS NULL) = (clause IS NULL)")
    op.add_column("private_offers", sa.Column("salt", sa.LargeBinary(), nullable=False))
    op.add_column("procurements", sa.Column("opening_key_id", sa.Uuid(), nullable=True))
    op.add_column("procurements", sa.Column("opened_with", postgresql.ARRAY(sa.Uuid()), nullable=True))
    op.add_column("procurements", sa.Column("abandonment_proposed_by", sa.Uuid(), nullable=True))
    op.create_check_constraint(
        op.f("ck_procurements_opened_with"), "procurements", "(opened_at IS NULL) = (opened_with IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_procurements_opening_key"), "procurements", "noticed_on IS NULL OR opening_key_id IS NOT NULL"
    )
    op.drop_constraint(op.f("ck_qualification_results_basis"), "qualification_results", type_="check")
    op.create_check_constraint(
        op.f("ck_qualification_results_basis"),
        "qualification_results",
        "basis IN ('registry', 'reviewer', 'price', 'opening')",
    )
