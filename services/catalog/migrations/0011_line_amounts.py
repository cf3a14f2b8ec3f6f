"""keep every amount of a budget line, by whom and why"""

import sqlalchemy as sa
from alembic import op

revision = "line_amounts"
down_revision = "commitments"
branch_labels = None
depends_on = None

# The journal says who opened a line and when; an amount that nobody entered on record may be adjusted by anybody.
_FROM_JOURNAL = (
    "INSERT INTO line_amounts (line_id, number, amount, entered_by, entered_on)"
    " SELECT l.id, 1, l.amount, coalesce(j.actor, '00000000-0000-0000-0000-000000000000'),"
    " (coalesce(j.recorded_at, now()) AT TIME ZONE 'Asia/Shanghai')::date FROM budget_lines l LEFT JOIN journal j"
    " ON j.subject = l.id AND j.type = 'goufu.catalog.budget_line_opened.v1' AND j.kind = 'event'"
)


def upgrade() -> None:
    op.create_table(
        "line_amounts",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.Column("replaces_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_line_amounts_money")),
        sa.CheckConstraint("entered_by <> replaces_by", name=op.f("ck_line_amounts_two_persons")),
        sa.CheckConstraint("number = coalesce(replaces, 0) + 1", name=op.f("ck_line_amounts_number")),
        sa.CheckConstraint("num_nulls(replaces, replaces_by, reason) IN (0, 3)", name=op.f("ck_line_amounts_replaces")),
        sa.ForeignKeyConstraint(["line_id"], ["budget_lines.id"], name=op.f("fk_line_amounts_line_id")),
        sa.PrimaryKeyConstraint("line_id", "number", name=op.f("pk_line_amounts")),
        sa.UniqueConstraint("line_id", "number", "entered_by", name=op.f("uq_line_amounts_line_id_number_entered_by")),
        sa.ForeignKeyConstraint(
            ["line_id", "replaces", "replaces_by"],
            [f"line_amounts.{name}" for name in ("line_id", "number", "entered_by")],
            name="fk_line_amounts_replaces",
        ),
        comment="every amount that a budget line had, by whom and why; the last one is the line's",
    )
    op.execute(_FROM_JOURNAL)
    op.drop_constraint(op.f("ck_budget_lines_money"), "budget_lines", type_="check")
    op.create_check_constraint(
        op.f("ck_budget_lines_money"), "budget_lines", "amount >= 0 AND allotted >= 0 AND allotted <= amount"
    )


def downgrade() -> None:
    """A line of nothing cannot be told by the release before."""
    op.drop_constraint(op.f("ck_budget_lines_money"), "budget_lines", type_="check")
    op.create_check_constraint(
        op.f("ck_budget_lines_money"), "budget_lines", "amount > 0 AND allotted >= 0 AND allotted <= amount"
    )
    op.drop_table("line_amounts")
