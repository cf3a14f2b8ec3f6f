"""a correction gives attained values too, and keeps what was said of them before"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "attained"
down_revision = "set_right"
branch_labels = None
depends_on = None

_GIVEN = "purchaser_score, third_party_score, survey_id"


def upgrade() -> None:
    for name in ("attained", "was_attained"):
        op.add_column("corrections", sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    _something(f"{_GIVEN}, attained")
    op.create_check_constraint(
        op.f("ck_corrections_attained"), "corrections", "(attained IS NULL) = (was_attained IS NULL)"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_corrections_attained"), "corrections", type_="check")
    _something(_GIVEN)
    for name in ("was_attained", "attained"):
        op.drop_column("corrections", name)


def _something(given: str) -> None:
    op.drop_constraint(op.f("ck_corrections_something"), "corrections", type_="check")
    op.create_check_constraint(op.f("ck_corrections_something"), "corrections", f"num_nonnulls({given}) > 0")
