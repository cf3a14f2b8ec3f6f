"""who gave each reason of an award, orders drawn by lot that count no more, the last day of what bidders said"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "givers"
down_revision = "given_up"
branch_labels = None
depends_on = None

_COMMENTS = {
    "private_offers": "what a readable bid says; purpose: the purchase and the files the law has kept",
    "private_annexes": "the documents of a readable bid; purpose: the purchase and the files the law has kept",
}
_DATED = {
    "private_offers": "bid_id IN (SELECT b.id FROM bids b JOIN procurements p ON p.id = b.procurement_id WHERE {over})",
    "private_annexes": "bid_id IN (SELECT b.id FROM bids b JOIN procurements p ON p.id = b.procurement_id WHERE {over})",
    "private_explanations": "explanation_id IN (SELECT e.id FROM explanations e JOIN procurements p"
    " ON p.id = e.procurement_id WHERE {over})",
}


def upgrade() -> None:
    op.alter_column(
        "awards",
        "reasons_by",
        type_=JSONB(),
        postgresql_using="jsonb_build_object('*', reasons_by)",
    )
    op.execute(
        "UPDATE awards SET reasons_by = coalesce((SELECT jsonb_object_agg(clause, reasons_by -> '*')"
        " FROM jsonb_object_keys(reasons) clause), '{}')"
    )
    op.drop_constraint(op.f("ck_reason_corrections_two_persons"), "reason_corrections", type_="check")
    op.alter_column("reason_corrections", "was_by", type_=ARRAY(sa.Uuid()), postgresql_using="ARRAY[was_by]")
    op.create_check_constraint(
        op.f("ck_reason_corrections_two_persons"), "reason_corrections", "corrected_by <> ALL (was_by)"
    )
    op.drop_constraint(op.f("ck_lots_state"), "lots", type_="check")
    op.create_check_constraint(op.f("ck_lots_state"), "lots", "state IN ('drawn', 'confirmed', 'void')")
    for table, which in _DATED.items():
        op.add_column(table, sa.Column("keep_until", sa.Date(), nullable=True))
        if table in _COMMENTS:
            op.create_table_comment(table, _COMMENTS[table])
        # Fifteen years after the end of the purchase at least (GPL-42.1), and no contract lasts longer than three.
        over = which.format(over="p.state IN ('confirmed', 'failed')")
        op.execute(f"UPDATE {table} SET keep_until = (clock.now() + interval '18 years')::date WHERE {over}")


def downgrade() -> None:
    for table in _DATED:
        op.drop_column(table, "keep_until")
        if table in _COMMENTS:
            op.drop_table_comment(table)
    op.execute("UPDATE lots SET state = 'drawn' WHERE state = 'void'")
    op.drop_constraint(op.f("ck_lots_state"), "lots", type_="check")
    op.create_check_constraint(op.f("ck_lots_state"), "lots", "state IN ('drawn', 'confirmed')")
    op.drop_constraint(op.f("ck_reason_corrections_two_persons"), "reason_corrections", type_="check")
    op.alter_column("reason_corrections", "was_by", type_=sa.Uuid(), postgresql_using="was_by[1]")
    op.create_check_constraint(
        op.f("ck_reason_corrections_two_persons"), "reason_corrections", "was_by <> corrected_by"
    )
    op.alter_column(
        "awards",
        "reasons_by",
        type_=sa.Uuid(),
        postgresql_using="proposed_by",
    )
