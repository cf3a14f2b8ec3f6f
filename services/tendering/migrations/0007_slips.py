"""what one person said of a price, an award or an opening is set right by another, and both stay"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "slips"
down_revision = "codes"
branch_labels = None
depends_on = None

_BEFORE = "'drafted', 'checked', 'noticed', 'closed', 'opened', 'reviewed', 'scored'"
_AFTER = ", 'proposed', 'announced', 'confirmed', 'failed'"
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute(
        "UPDATE procurements SET abandonment_proposed_by = NULL"
        " WHERE state = 'closed' AND opening_proposed_by IS NULL AND abandonment_proposed_by IS NOT NULL"
    )
    op.create_check_constraint(
        op.f("ck_procurements_given_up_an_act"),
        "procurements",
        "state <> 'closed' OR abandonment_proposed_by IS NULL OR opening_proposed_by IS NOT NULL",
    )
    _explanations()
    _reasons()
    _rescorings()


def _explanations() -> None:
    table = "private_explanations"
    op.add_column(table, sa.Column("number", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column(table, sa.Column("given_by", sa.Uuid(), nullable=True))
    op.add_column(table, sa.Column("given_at", _INSTANT, nullable=True))
    op.add_column(table, sa.Column("was_by", sa.Uuid(), nullable=True))
    op.add_column(table, sa.Column("reason", sa.Text(), nullable=True))
    op.execute(
        "UPDATE private_explanations x SET given_by = e.answered_by, given_at = e.answered_at"
        " FROM explanations e WHERE e.id = x.explanation_id"
    )
    op.alter_column(table, "given_by", nullable=False)
    op.alter_column(table, "given_at", nullable=False)
    op.drop_constraint(op.f("pk_private_explanations"), table, type_="primary")
    op.create_primary_key(op.f("pk_private_explanations"), table, ["explanation_id", "number"])
    op.create_check_constraint(op.f("ck_private_explanations_two_persons"), table, "was_by <> given_by")
    op.create_check_constraint(
        op.f("ck_private_explanations_corrected"),
        table,
        "num_nulls(was_by, reason) = CASE number WHEN 1 THEN 2 ELSE 0 END",
    )
    op.create_table_comment(
        table,
        "how a bidder explains its price, the last one counts; purpose: its bid and the files the law has kept",
    )


def _reasons() -> None:
    op.add_column("awards", sa.Column("reasons_by", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE awards a SET reasons_by = coalesce((SELECT j.actor FROM journal j WHERE j.subject = a.procurement_id"
        " AND j.type = 'goufu.tendering.award_reasons_given.v1'"
        " AND (j.entry::jsonb #>> '{event,round}')::int = a.round ORDER BY j.version DESC LIMIT 1), a.proposed_by)"
    )
    op.alter_column("awards", "reasons_by", nullable=False)
    op.create_table(
        "reason_corrections",
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("was", JSONB(), nullable=False),
        sa.Column("reasons", JSONB(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("was_by", sa.Uuid(), nullable=False),
        sa.Column("corrected_by", sa.Uuid(), nullable=False),
        sa.Column("corrected_at", _INSTANT, nullable=False),
        sa.CheckConstraint("was_by <> corrected_by", name=op.f("ck_reason_corrections_two_persons")),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_reason_corrections_award_id_awards")),
        sa.PrimaryKeyConstraint("award_id", "number", name=op.f("pk_reason_corrections")),
        comment="reasons of an award that another person set right: what they were, what they are, and why",
    )


def _rescorings() -> None:
    op.drop_constraint(op.f("ck_procurements_state"), "procurements", type_="check")
    states = f"state IN ({_BEFORE}, 'rescoring'{_AFTER})"
    op.create_check_constraint(op.f("ck_procurements_state"), "procurements", states)
    op.create_table(
        "rescorings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("faults", JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('asked', 'open', 'done', 'dropped')", name=op.f("ck_rescorings_state")),
        sa.CheckConstraint("(state = 'done') = (changed IS NOT NULL)", name=op.f("ck_rescorings_done")),
        sa.CheckConstraint("(state IN ('asked', 'open')) = (ended_at IS NULL)", name=op.f("ck_rescorings_ended")),
        sa.ForeignKeyConstraint(
            ["procurement_id"], ["procurements.id"], name=op.f("fk_rescorings_procurement_id_procurements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescorings")),
        sa.UniqueConstraint("procurement_id", "number", name=op.f("uq_rescorings_procurement_id_number")),
        comment="scores opened again after the ranking, with ground, points at fault and the places before",
    )
    op.create_index(
        "uq_rescorings_one_live",
        "rescorings",
        ["procurement_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'open')"),
    )
    op.create_table(
        "rescoring_voices",
        sa.Column("rescoring_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("said_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["rescoring_id"], ["rescorings.id"], name=op.f("fk_rescoring_voices_rescoring_id_rescorings")
        ),
        sa.PrimaryKeyConstraint("rescoring_id", "person_id", name=op.f("pk_rescoring_voices")),
    )


def downgrade() -> None:
    op.execute("UPDATE procurements SET state = 'scored' WHERE state = 'rescoring'")
    op.drop_table("rescoring_voices")
    op.drop_table("rescorings")
    op.drop_constraint(op.f("ck_procurements_state"), "procurements", type_="check")
    op.create_check_constraint(op.f("ck_procurements_state"), "procurements", f"state IN ({_BEFORE}{_AFTER})")
    op.drop_table("reason_corrections")
    op.drop_column("awards", "reasons_by")
    table = "private_explanations"
    op.execute(
        "DELETE FROM private_explanations x WHERE EXISTS (SELECT FROM private_explanations y"
        " WHERE y.explanation_id = x.explanation_id AND y.number > x.number)"
    )
    for name in ("corrected", "two_persons"):
        op.drop_constraint(op.f(f"ck_private_explanations_{name}"), table, type_="check")
    op.drop_constraint(op.f("pk_private_explanations"), table, type_="primary")
    op.create_primary_key(op.f("pk_private_explanations"), table, ["explanation_id"])
    for column in ("reason", "was_by", "given_at", "given_by", "number"):
        op.drop_column(table, column)
    op.create_table_comment(
        table, "how a bidder explains its price; purpose: deciding on its bid and the files the law has kept"
    )
    op.drop_constraint(op.f("ck_procurements_given_up_an_act"), "procurements", type_="check")
