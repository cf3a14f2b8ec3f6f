"""a code that misses the check character is registered by two persons; who left may come back"""

import sqlalchemy as sa
from alembic import op

revision = "codes_as_issued"
down_revision = "working_days"
branch_labels = None
depends_on = None

_CHECKS = {
    "two_persons": "code_entered_by <> code_confirmed_by",
    "code_entered": "num_nulls(code_licence, code_entered_by) IN (0, 2)",
    "code_confirmed": "state IN ('proposed', 'left') OR (code_licence IS NULL) = (code_confirmed_by IS NULL)",
}


def upgrade() -> None:
    op.add_column("providers", sa.Column("code_licence", sa.Text(), nullable=True))
    op.add_column("providers", sa.Column("code_entered_by", sa.Uuid(), nullable=True))
    op.add_column("providers", sa.Column("code_confirmed_by", sa.Uuid(), nullable=True))
    for name, text in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_providers_{name}"), "providers", text)
    _states("'proposed', 'registered', 'verified', 'left'")


def downgrade() -> None:
    _states("'registered', 'verified', 'left'")
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_providers_{name}"), "providers")
    for column in ("code_confirmed_by", "code_entered_by", "code_licence"):
        op.drop_column("providers", column)


def _states(names: str) -> None:
    op.drop_constraint(op.f("ck_providers_state"), "providers")
    op.create_check_constraint(op.f("ck_providers_state"), "providers", f"state IN ({names})")
