"""What waits about ends of contracts: the last day has passed, or a second person's word."""

import sqlalchemy as sa

from services.contracts.contracts.tasks import CONTRACT, drafted, in_force
from services.contracts.payments.records import LineState
from services.contracts.rulebook import EndingSection
from services.contracts.tables import contracts, payment_lines
from shared.reading.tasks import ME, TODAY, Kind, among, clause_of

_c = contracts.c
_earlier = payment_lines.alias("earlier")

_unresolved = sa.exists().where(
    _earlier.c.contract_id == _c.id, sa.not_(among(_earlier.c.state, LineState.SETTLED, LineState.WITHHELD))
)

KINDS = (
    Kind(
        "close_contract",
        {"sign_contract"},
        CONTRACT,
        sa.and_(in_force, _c.ends_on < TODAY, ~_unresolved),
        _c.organisation,
    ),
    Kind(
        "confirm_termination",
        {"sign_contract"},
        CONTRACT,
        sa.and_(in_force, _c.ending_ground != "agreement", _c.ending_proposed_by != ME),
        _c.organisation,
        law=lambda book: clause_of(book.section(EndingSection).unilateral_change_allowed),
    ),
    Kind(
        "confirm_termination",
        {"sign_for_provider"},
        CONTRACT,
        sa.and_(in_force, _c.ending_ground == "agreement"),
        _c.provider_id,
        law=lambda book: clause_of(book.section(EndingSection).unilateral_change_allowed),
    ),
    Kind(
        "confirm_withdrawal",
        {"sign_contract"},
        CONTRACT,
        sa.and_(drafted, _c.ending_proposed_by != ME),
        _c.organisation,
        law=lambda book: clause_of(book.section(EndingSection).unilateral_change_allowed),
    ),
    Kind(
        "confirm_withdrawal",
        {"sign_for_provider"},
        CONTRACT,
        sa.and_(drafted, _c.ending_ground == "refusal"),
        _c.provider_id,
        law=lambda book: clause_of(book.section(EndingSection).unilateral_change_allowed),
    ),
)
