"""a proposal is withdrawn; a bar is lifted and an imported result annulled by two persons"""

import sqlalchemy as sa
from alembic import op

from shared.fields.places import HELD

revision = "reversals"
down_revision = "0001"
branch_labels = None
depends_on = None

_AFTER = (
    ("bars", "confirmed", "(state IN ('proposed', 'withdrawn')) = (confirmed_by IS NULL)"),
    ("bars", "period", "(state IN ('proposed', 'withdrawn')) = (until_day IS NULL)"),
    ("bars", "state", "state IN ('proposed', 'confirmed', 'withdrawn', 'lifted')"),
    (
        "results",
        "confirmed",
        "state IN ('proposed', 'withdrawn') OR (imported_by IS NULL) = (confirmed_by IS NULL)",
    ),
    ("results", "state", "state IN ('proposed', 'counted', 'withdrawn', 'annulled')"),
)
_BEFORE = (
    ("bars", "confirmed", "(state = 'proposed') = (confirmed_by IS NULL)"),
    ("bars", "period", "(state = 'proposed') = (until_day IS NULL)"),
    ("bars", "state", "state IN ('proposed', 'confirmed')"),
    ("results", "confirmed", "state = 'proposed' OR (imported_by IS NULL) = (confirmed_by IS NULL)"),
    ("results", "state", "state IN ('proposed', 'counted')"),
)


def upgrade() -> None:
    _replace(_AFTER)
    own = "state NOT IN ('withdrawn', 'annulled') OR imported_by IS NOT NULL"
    op.create_check_constraint(op.f("ck_results_own"), "results", own)
    op.create_table(
        "reversals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("bar_id", sa.Uuid(), nullable=True),
        sa.Column("result_id", sa.Uuid(), nullable=True),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("document_hash", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("num_nonnulls(bar_id, result_id) = 1", name=op.f("ck_reversals_one_subject")),
        sa.CheckConstraint("proposed_by <> confirmed_by", name=op.f("ck_reversals_two_persons")),
        sa.CheckConstraint(
            "num_nulls(confirmed_by, confirmed_on) = CASE state WHEN 'confirmed' THEN 0 ELSE 2 END",
            name=op.f("ck_reversals_confirmed"),
        ),
        sa.CheckConstraint("state IN ('proposed', 'confirmed', 'withdrawn')", name=op.f("ck_reversals_state")),
        sa.CheckConstraint("ground IN ('entered_wrongly', 'revoked')", name=op.f("ck_reversals_ground")),
        sa.CheckConstraint(HELD, name=op.f("ck_reversals_place")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_reversals_provider_id_providers")),
        sa.ForeignKeyConstraint(["bar_id"], ["bars.id"], name=op.f("fk_reversals_bar_id_bars")),
        sa.ForeignKeyConstraint(["result_id"], ["results.id"], name=op.f("fk_reversals_result_id_results")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reversals")),
    )
    op.create_index(op.f("ix_reversals_bar_id"), "reversals", ["bar_id"])
    op.create_index(op.f("ix_reversals_result_id"), "reversals", ["result_id"])
    op.create_index(
        "uq_reversals_one",
        "reversals",
        [sa.literal_column("coalesce(bar_id, result_id)")],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_table(
        "private_reversal_reasons",
        sa.Column("reversal_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reversal_id"], ["reversals.id"], name=op.f("fk_private_reversal_reasons_reversal_id_reversals")
        ),
        sa.PrimaryKeyConstraint("reversal_id", name=op.f("pk_private_reversal_reasons")),
    )


def downgrade() -> None:
    op.drop_table("private_reversal_reasons")
    op.drop_table("reversals")
    op.drop_constraint(op.f("ck_results_own"), "results")
    op.execute("UPDATE bars SET state = 'confirmed' WHERE state = 'lifted'")
    op.execute("DELETE FROM private_bar_reasons r USING bars b WHERE b.id = r.bar_id AND b.state = 'withdrawn'")
    op.execute("DELETE FROM bars WHERE state = 'withdrawn'")
    op.execute("DELETE FROM results WHERE state IN ('withdrawn', 'annulled')")
    _replace(_BEFORE)


def _replace(checks: tuple[tuple[str, str, str], ...]) -> None:
    for table, name, text in checks:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, text)
