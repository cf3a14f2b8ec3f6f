"""commit the budgets of each year"""

import sqlalchemy as sa
from alembic import op

revision = "commitments"
down_revision = "working_days"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is contracted already holds its project's whole budget, because its price is not known here: too much rather
    than too little. When such a contract ends, what it was not paid is freed, and what is held in vain before that is
    seen in the budget. An award on its way asks for nothing any more and takes its price when it is signed."""
    op.create_table(
        "commitments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_commitments_money")),
        sa.CheckConstraint("state IN ('held', 'signed', 'ended')", name=op.f("ck_commitments_state")),
        sa.CheckConstraint("state <> 'signed' OR contract_id IS NOT NULL", name=op.f("ck_commitments_signed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_commitments_contract_id")),
        sa.UniqueConstraint("subject", name=op.f("uq_commitments_subject")),
        comment="what an award (its procurement) or a renewal (its contract) holds of its project's budget of a year",
    )
    op.create_index(op.f("ix_commitments_key"), "commitments", ["key"], unique=False)
    op.create_index(op.f("ix_commitments_organisation"), "commitments", ["organisation"], unique=False)
    committed = sa.Column("committed", sa.Numeric(precision=18, scale=2), server_default=sa.text("0"), nullable=False)
    op.add_column("budgets", committed)
    op.execute(
        "INSERT INTO commitments (id, key, version, jurisdiction, organisation, subject, contract_id, year, amount,"
        " state) SELECT b.id, b.key, 1, b.jurisdiction, b.organisation, p.contract_id, p.contract_id, b.year, b.amount,"
        " CASE p.state WHEN 'closed' THEN 'ended' ELSE 'signed' END FROM budgets b JOIN projects p"
        " ON p.id = b.project_id WHERE b.state = 'approved' AND p.contract_id IS NOT NULL"
    )
    op.execute("UPDATE budgets SET committed = amount WHERE id IN (SELECT id FROM commitments)")
    op.drop_constraint(op.f("ck_budgets_money"), "budgets", type_="check")
    op.create_check_constraint(
        op.f("ck_budgets_money"), "budgets", "amount > 0 AND committed >= 0 AND committed <= amount"
    )
    op.create_check_constraint(op.f("ck_budgets_committed"), "budgets", "committed = 0 OR state = 'approved'")
    _one_a("project_id", "year")


def downgrade() -> None:
    """A project with budgets of two years cannot be told by the release before."""
    _one_a("project_id")
    op.drop_constraint(op.f("ck_budgets_committed"), "budgets", type_="check")
    op.drop_constraint(op.f("ck_budgets_money"), "budgets", type_="check")
    op.create_check_constraint(op.f("ck_budgets_money"), "budgets", "amount > 0")
    op.drop_column("budgets", "committed")
    op.drop_table("commitments")


def _one_a(*columns: str) -> None:
    for state in ("approved", "submitted"):
        name = f"uq_budgets_one_{state}"
        op.drop_index(name, table_name="budgets")
        where = sa.text(f"state = '{state}'")
        op.create_index(name, "budgets", list(columns), unique=True, postgresql_where=where)
