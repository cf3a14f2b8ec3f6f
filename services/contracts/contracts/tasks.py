"""What waits about contracts: drafts without their text, ended terms to close, providers that have left."""

import sqlalchemy as sa

from services.contracts.contracts.records import ENDED, IN_FORCE, ContractState
from services.contracts.rulebook import SigningSection
from services.contracts.tables import contracts, departures
from shared.reading.tasks import Kind, Subject, among

_c = contracts.c

CONTRACT = Subject(
    "contract",
    contracts,
    _c.id,
    _c.key,
    _c.jurisdiction,
    "/v1/contracts/{}",
    rulebook=_c.rulebook,
    reference=_c.reference,
    contract_id=_c.id,
)

drafted = _c.state == ContractState.DRAFTED
in_force = among(_c.state, *IN_FORCE)
payable = among(_c.state, *IN_FORCE, *ENDED)
_provider_left = sa.exists().where(departures.c.provider_id == _c.provider_id, departures.c.left_on.is_not(None))
_carrier = sa.func.carried_on_by(_c.provider_id, type_=sa.Uuid).column_valued("carrier")
_carried_on = sa.select(_carrier).where(_carrier != _c.provider_id).correlate(contracts).exists()

KINDS = (
    Kind(
        "write_contract",
        {"draft_contract"},
        CONTRACT,
        sa.and_(drafted, _c.text_hash.is_(None)),
        _c.organisation,
        deadline="contract_signing",
    ),
    Kind(
        "watch_departed_provider",
        {"sign_contract"},
        CONTRACT,
        sa.and_(sa.or_(drafted, sa.and_(in_force, ~_carried_on)), _provider_left),
        _c.organisation,
        law=lambda book: book.section(SigningSection).required_conditions.clause("independent_liability"),
    ),
)
