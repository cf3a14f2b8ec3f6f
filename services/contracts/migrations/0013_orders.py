"""one order, one payment: a receipt closes its order, a reference settles one"""

import sqlalchemy as sa
from alembic import op

revision = "orders"
down_revision = "returns"
branch_labels = None
depends_on = None

_STATES = "state IN ('waiting', 'sending', 'sent', 'cancelled', 'closed')"
_CANCELLED = "state <> 'cancelled' OR (cancel_asked_by IS NOT NULL AND cancelled_by IS NOT NULL)"

_FENCE = "fk_receipts_order_key_order_state"
_ORDERS = """
UPDATE receipts r SET order_key = d.business_key FROM payments p
JOIN dispatches d ON d.business_key = 'payment/' || p.line_id || '/' || p.number
WHERE p.id = r.payment_id
"""
_CLOSED = "UPDATE dispatches d SET state = 'closed' FROM receipts r WHERE r.order_key = d.business_key"
# A reference that was entered twice before it had to be one payment's stays as it was entered; the first one keeps it.
_REFERENCES = """
WITH entered AS (
 SELECT r.payment_id, r.settled, r.recorded_at, substring(c.jurisdiction from '^[0-9]+') AS city,
  nullif(lower(regexp_replace(normalize(r.treasury_reference, NFKC), '\\s', '', 'g')), '') AS folded
 FROM receipts r JOIN payments p ON p.id = r.payment_id JOIN contracts c ON c.id = p.contract_id
), counted AS (
 SELECT *, row_number() OVER (PARTITION BY city, folded, settled ORDER BY recorded_at, payment_id) AS nth FROM entered
)
UPDATE receipts r SET city = c.city, treasury_reference_folded = CASE WHEN c.settled AND c.nth = 1 THEN c.folded END
FROM counted c WHERE c.payment_id = r.payment_id
"""


def upgrade() -> None:
    op.drop_constraint(op.f("ck_dispatches_state"), "dispatches", type_="check")
    op.execute("UPDATE dispatches SET state = 'waiting' WHERE state = 'failed'")
    op.add_column("dispatches", sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False))
    op.add_column("dispatches", sa.Column("unsure", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("dispatches", sa.Column("since", sa.DateTime(timezone=True), nullable=True))
    for name in ("reason", "reference", "asked", "asked_because"):
        op.add_column("dispatches", sa.Column(name, sa.Text(), nullable=True))
    for name in ("asked_by", "cancel_asked_by", "cancelled_by"):
        op.add_column("dispatches", sa.Column(name, sa.Uuid(), nullable=True))
    # Of what failed before, nobody kept whether it was answered.
    op.execute("UPDATE dispatches SET since = next_at, unsure = state = 'waiting' AND attempts > 0")
    op.alter_column("dispatches", "since", nullable=False)
    op.create_check_constraint(op.f("ck_dispatches_state"), "dispatches", _STATES)
    op.create_check_constraint(op.f("ck_dispatches_asked"), "dispatches", "asked IN ('retry', 'cancel')")
    op.create_check_constraint(op.f("ck_dispatches_two_persons"), "dispatches", "cancel_asked_by <> cancelled_by")
    op.create_check_constraint(op.f("ck_dispatches_cancelled"), "dispatches", _CANCELLED)
    op.create_unique_constraint(op.f("uq_dispatches_id"), "dispatches", ["id"])
    op.create_unique_constraint(op.f("uq_dispatches_business_key_state"), "dispatches", ["business_key", "state"])
    _index("state IN ('waiting', 'sending')")
    op.add_column("receipts", sa.Column("order_key", sa.Text(), nullable=True))
    op.add_column("receipts", sa.Column("order_state", sa.Text(), server_default="closed", nullable=False))
    op.add_column("receipts", sa.Column("city", sa.Text(), nullable=True))
    op.add_column("receipts", sa.Column("treasury_reference_folded", sa.Text(), nullable=True))
    op.execute(_ORDERS)
    op.execute(_CLOSED)
    op.execute(_REFERENCES)
    op.alter_column("receipts", "city", nullable=False)
    op.create_check_constraint(op.f("ck_receipts_order_closed"), "receipts", "order_state = 'closed'")
    op.create_unique_constraint(op.f("uq_receipts_order_key"), "receipts", ["order_key"])
    op.create_unique_constraint(
        op.f("uq_receipts_city_treasury_reference_folded"), "receipts", ["city", "treasury_reference_folded"]
    )
    op.create_foreign_key(_FENCE, "receipts", "dispatches", ["order_key", "order_state"], ["business_key", "state"])


def downgrade() -> None:
    op.drop_constraint(_FENCE, "receipts", type_="foreignkey")
    op.drop_constraint(op.f("uq_receipts_city_treasury_reference_folded"), "receipts", type_="unique")
    op.drop_constraint(op.f("uq_receipts_order_key"), "receipts", type_="unique")
    op.drop_constraint(op.f("ck_receipts_order_closed"), "receipts", type_="check")
    for name in ("order_key", "order_state", "city", "treasury_reference_folded"):
        op.drop_column("receipts", name)
    _index("state = 'waiting'")
    op.drop_constraint(op.f("uq_dispatches_business_key_state"), "dispatches", type_="unique")
    op.drop_constraint(op.f("uq_dispatches_id"), "dispatches", type_="unique")
    for name in ("state", "asked", "two_persons", "cancelled"):
        op.drop_constraint(op.f(f"ck_dispatches_{name}"), "dispatches", type_="check")
    op.execute(
        "UPDATE dispatches SET state = CASE state WHEN 'sending' THEN 'waiting' ELSE 'sent' END"
        " WHERE state IN ('sending', 'cancelled', 'closed')"
    )
    op.create_check_constraint(op.f("ck_dispatches_state"), "dispatches", "state IN ('waiting', 'sent', 'failed')")
    for name in ("id", "unsure", "since", "reason", "reference", "asked", "asked_because", "asked_by"):
        op.drop_column("dispatches", name)
    for name in ("cancel_asked_by", "cancelled_by"):
        op.drop_column("dispatches", name)


def _index(where: str) -> None:
    op.drop_index("ix_dispatches_waiting", table_name="dispatches")
    op.create_index("ix_dispatches_waiting", "dispatches", ["next_at"], unique=False, postgresql_where=sa.text(where))
