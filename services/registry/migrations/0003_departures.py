"""Who leaves is known, in which manner it is succeeded, and what it has open."""

import sqlalchemy as sa
from alembic import op

revision = "departures"
down_revision = "reversals"
branch_labels = None
depends_on = None


_WEIGHTY = "weighty OR (successor_of IS NULL{} AND facts - '{{title,registration_number}}'::text[] = '{{}}'::jsonb)"


def upgrade() -> None:
    op.execute(
        "INSERT INTO successors SELECT successor, predecessor, from_day, 0 FROM successions ON CONFLICT DO NOTHING"
    )
    op.drop_table("successions")
    op.add_column("organisation_changes", sa.Column("manner", sa.Text(), nullable=True))
    op.add_column("organisation_changes", sa.Column("departure", sa.Text(), nullable=True))
    op.execute("UPDATE organisation_changes SET manner = 'merger' WHERE successor_of IS NOT NULL")
    op.drop_constraint(op.f("ck_organisation_changes_weighty"), "organisation_changes", type_="check")
    checks = {
        "weighty": _WEIGHTY.format(" AND departure IS NULL"),
        "manner": "(successor_of IS NULL) = (manner IS NULL)",
        "departure": "departure IS NULL OR facts = '{}'::jsonb",
    }
    for name, text in checks.items():
        op.create_check_constraint(op.f(f"ck_organisation_changes_{name}"), "organisation_changes", text)
    for table in ("bodies", "purchasers"):
        op.drop_constraint(op.f(f"ck_{table}_state"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_state"), table, "state IN ('registered', 'left')")
    op.create_table(
        "projects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("declined", sa.Boolean(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
    )
    op.create_table(
        "contracts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("completed", sa.Boolean(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
    )
    for table, column in (
        ("projects", "organisation"),
        ("contracts", "project_id"),
        ("contracts", "organisation"),
        ("contracts", "provider_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def downgrade() -> None:
    op.drop_table("contracts")
    op.drop_table("projects")
    for table in ("bodies", "purchasers"):
        op.drop_constraint(op.f(f"ck_{table}_state"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_state"), table, "state = 'registered'")
    for name in ("departure", "manner", "weighty"):
        op.drop_constraint(op.f(f"ck_organisation_changes_{name}"), "organisation_changes", type_="check")
    op.create_check_constraint(op.f("ck_organisation_changes_weighty"), "organisation_changes", _WEIGHTY.format(""))
    op.drop_column("organisation_changes", "departure")
    op.drop_column("organisation_changes", "manner")
    op.create_table(
        "successions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("successor", sa.Uuid(), nullable=False),
        sa.Column("predecessor", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("document_hash", sa.Text(), nullable=False),
        sa.CheckConstraint("successor <> predecessor", name=op.f("ck_successions_another")),
        sa.ForeignKeyConstraint(["change_id"], ["organisation_changes.id"], name=op.f("fk_successions_change_id")),
        sa.ForeignKeyConstraint(["predecessor"], ["organisations.id"], name=op.f("fk_successions_predecessor")),
        sa.ForeignKeyConstraint(["successor"], ["organisations.id"], name=op.f("fk_successions_successor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_successions")),
        sa.UniqueConstraint("successor", "predecessor", name=op.f("uq_successions_successor_predecessor")),
    )
    op.create_index(op.f("ix_successions_predecessor"), "successions", ["predecessor"], unique=False)
