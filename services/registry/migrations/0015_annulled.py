"""a paper accepted by mistake is annulled by another person"""

import sqlalchemy as sa
from alembic import op

revision = "annulled"
down_revision = "documents"
branch_labels = None
depends_on = None

_CHECKS = {
    "annulled_by_another": "verified_by <> annulled_by",
    "annulled": "num_nulls(annulled_by, annulled_on, annulled_because) = CASE state WHEN 'annulled' THEN 0 ELSE 3 END",
}


def upgrade() -> None:
    op.add_column("evidence", sa.Column("annulled_by", sa.Uuid(), nullable=True))
    op.add_column("evidence", sa.Column("annulled_on", sa.Date(), nullable=True))
    op.add_column("evidence", sa.Column("annulled_because", sa.Text(), nullable=True))
    for name, text in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_evidence_{name}"), "evidence", text)
    _states("'entered', 'verified', 'rejected', 'annulled'")


def downgrade() -> None:
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_evidence_{name}"), "evidence")
    op.execute("UPDATE evidence SET state = 'rejected' WHERE state = 'annulled'")
    _states("'entered', 'verified', 'rejected'")
    for column in ("annulled_because", "annulled_on", "annulled_by"):
        op.drop_column("evidence", column)


def _states(names: str) -> None:
    op.drop_constraint(op.f("ck_evidence_state"), "evidence")
    op.create_check_constraint(op.f("ck_evidence_state"), "evidence", f"state IN ({names})")
