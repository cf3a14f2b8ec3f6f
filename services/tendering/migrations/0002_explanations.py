"""a low price is asked about, explained and judged"""

import sqlalchemy as sa
from alembic import op

revision = "explanations"
down_revision = "0001"
branch_labels = None
depends_on = None

_BASIS = "basis IN ('registry', 'reviewer', 'price', 'opening'"


def upgrade() -> None:
    op.create_table(
        "explanations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("bid_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proven", sa.Boolean(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("answer_until > asked_at", name=op.f("ck_explanations_time")),
        sa.CheckConstraint("answered_at < answer_until", name=op.f("ck_explanations_in_time")),
        sa.CheckConstraint("(answered_at IS NULL) = (answered_by IS NULL)", name=op.f("ck_explanations_answered")),
        sa.CheckConstraint("(proven IS NULL) = (decided_at IS NULL)", name=op.f("ck_explanations_decided")),
        sa.CheckConstraint(
            "proven IS NOT TRUE OR answered_at IS NOT NULL", name=op.f("ck_explanations_nothing_proven_unsaid")
        ),
        sa.ForeignKeyConstraint(
            ["procurement_id"], ["procurements.id"], name=op.f("fk_explanations_procurement_id_procurements")
        ),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name=op.f("fk_explanations_bid_id_bids")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_explanations")),
        sa.UniqueConstraint("bid_id", name=op.f("uq_explanations_bid_id")),
    )
    op.create_index(op.f("ix_explanations_procurement_id"), "explanations", ["procurement_id"])
    op.create_index(op.f("ix_explanations_provider_id"), "explanations", ["provider_id"])
    op.create_table(
        "private_explanations",
        sa.Column("explanation_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["explanation_id"],
            ["explanations.id"],
            name=op.f("fk_private_explanations_explanation_id_explanations"),
        ),
        sa.PrimaryKeyConstraint("explanation_id", name=op.f("pk_private_explanations")),
        comment="how a bidder explains its price; purpose: deciding on its bid and the files the law has kept",
    )
    op.create_table(
        "explanation_votes",
        sa.Column("explanation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("voted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["explanation_id"], ["explanations.id"], name=op.f("fk_explanation_votes_explanation_id_explanations")
        ),
        sa.PrimaryKeyConstraint("explanation_id", "person_id", name=op.f("pk_explanation_votes")),
    )
    op.drop_constraint(op.f("ck_qualification_results_basis"), "qualification_results", type_="check")
    op.create_check_constraint(op.f("ck_qualification_results_basis"), "qualification_results", f"{_BASIS}, 'panel')")


def downgrade() -> None:
    op.execute("DELETE FROM qualification_results WHERE basis = 'panel'")
    op.drop_constraint(op.f("ck_qualification_results_basis"), "qualification_results", type_="check")
    op.create_check_constraint(op.f("ck_qualification_results_basis"), "qualification_results", f"{_BASIS})")
    for table in ("explanation_votes", "private_explanations", "explanations"):
        op.drop_table(table)
