"""keep what a last day was counted from, which calendars were installed, and how often an act was tried"""

import sqlalchemy as sa
from alembic import op

revision = "working_days"
down_revision = "machines"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("known_until", sa.Date(), nullable=False),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
    )
    op.add_column("deadlines", sa.Column("counted_from", sa.Date(), nullable=True))
    op.add_column("deadlines", sa.Column("working_days", sa.Integer(), nullable=True))
    op.add_column("deadlines", sa.Column("calendar", sa.Text(), nullable=True))
    op.add_column("deadlines", sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("deadlines", sa.Column("next_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_deadlines_counted"),
        "deadlines",
        "(working_days IS NULL) = (counted_from IS NULL) AND (working_days IS NULL) = (calendar IS NULL)"
        " AND working_days > 0",
    )
    op.create_index(
        "ix_deadlines_counted",
        "deadlines",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open' AND working_days IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_deadlines_counted", table_name="deadlines")
    op.drop_constraint(op.f("ck_deadlines_counted"), "deadlines", type_="check")
    for column in ("next_at", "attempts", "calendar", "working_days", "counted_from"):
        op.drop_column("deadlines", column)
    op.drop_table("calendars")
