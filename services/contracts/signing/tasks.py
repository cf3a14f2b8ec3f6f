"""What waits for signatures and for the contract's filing."""

import sqlalchemy as sa

from services.contracts.contracts.records import ContractState
from services.contracts.contracts.tasks import CONTRACT, drafted
from services.contracts.tables import contracts
from shared.reading.tasks import Kind, watched

_c = contracts.c
_unanswered = sa.or_(_c.standing.is_(None), _c.standing == "blocked", _c.cover == "refused")
_cleared = sa.and_(drafted, _c.standing == "cleared", _c.cover.is_distinct_from("refused"))
_signed = _c.state == ContractState.SIGNED

KINDS = (
    Kind(
        "put_to_signature",
        {"sign_contract"},
        CONTRACT,
        sa.and_(drafted, _c.text_hash.is_not(None), _unanswered),
        _c.organisation,
        deadline="contract_signing",
    ),
    Kind(
        "sign_contract",
        {"sign_contract"},
        CONTRACT,
        sa.and_(_cleared, _c.signed_by.is_(None)),
        _c.organisation,
        deadline="contract_signing",
    ),
    Kind(
        "countersign_contract",
        {"sign_for_provider"},
        CONTRACT,
        sa.and_(_cleared, _c.provider_signed_by.is_(None)),
        _c.provider_id,
        deadline="contract_signing",
    ),
    Kind("file_contract", {"file_contract"}, CONTRACT, _signed, deadline="contract_filing"),
    watched("watch_overdue_signature", CONTRACT, drafted, "contract_signing"),
    watched("watch_overdue_filing", CONTRACT, _signed, "contract_filing"),
)
