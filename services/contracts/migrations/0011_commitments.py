"""ask the year's budget before a renewal is signed"""

import sqlalchemy as sa
from alembic import op

revision = "commitments"
down_revision = "ends"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is committed of a budget comes with the catalog's next event about it; until then the catalog alone knows,
    and its answer decides."""
    committed = sa.Column("committed", sa.Numeric(precision=18, scale=2), server_default=sa.text("0"), nullable=False)
    op.add_column("budgets", committed)
    op.create_table_comment(
        "budgets",
        "copy: the money finance approved for a project and what is committed of it, year by year",
        existing_comment="copy: the money finance approved for a project, year by year",
    )
    op.add_column("contracts", sa.Column("cover", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_contracts_cover"), "contracts", "cover IN ('asked', 'committed', 'refused')")
    op.create_check_constraint(
        op.f("ck_contracts_covered"),
        "contracts",
        "state NOT IN ('signed', 'filed', 'running') OR cover IS NULL OR cover = 'committed'",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_contracts_covered"), "contracts", type_="check")
    op.drop_constraint(op.f("ck_contracts_cover"), "contracts", type_="check")
    op.drop_column("contracts", "cover")
    op.create_table_comment("budgets", "copy: the money finance approved for a project, year by year")
    op.drop_column("budgets", "committed")
