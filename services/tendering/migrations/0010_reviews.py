"""what two found of the bids is set right by two others, with a reason, and both stay"""

import sqlalchemy as sa
from alembic import op

revision = "reviews"
down_revision = "givers"
branch_labels = None
depends_on = None

_RESULTS, _FINDINGS = "qualification_results", "qualification_findings"


def upgrade() -> None:
    op.add_column(_RESULTS, sa.Column("number", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.drop_constraint(op.f(f"pk_{_RESULTS}"), _RESULTS, type_="primary")
    op.create_primary_key(op.f(f"pk_{_RESULTS}"), _RESULTS, ["bid_id", "condition", "number"])
    op.add_column(_FINDINGS, sa.Column("reason", sa.Text(), nullable=True))
    op.create_table_comment(
        _FINDINGS,
        "what each reviewer found, latest last; nothing follows from one alone",
        existing_comment="what each reviewer found before two agreed, latest last; nothing follows from one alone",
    )


def downgrade() -> None:
    op.create_table_comment(
        _FINDINGS, "what each reviewer found before two agreed, latest last; nothing follows from one alone"
    )
    op.drop_column(_FINDINGS, "reason")
    op.execute(
        f"DELETE FROM {_RESULTS} x WHERE EXISTS (SELECT FROM {_RESULTS} y WHERE y.bid_id = x.bid_id"
        " AND y.condition = x.condition AND y.number > x.number)"
    )
    op.drop_constraint(op.f(f"pk_{_RESULTS}"), _RESULTS, type_="primary")
    op.create_primary_key(op.f(f"pk_{_RESULTS}"), _RESULTS, ["bid_id", "condition"])
    op.drop_column(_RESULTS, "number")
