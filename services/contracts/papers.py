"""Which records of contracts name documents, whose uploads they are, and who reads them."""

from uuid import UUID

from services.contracts.contracts.records import Contract
from services.contracts.contracts.store import read_contract
from services.contracts.payments.store import read_line
from shared.errands.documents import Named
from shared.work.database import NotFound, Reader
from shared.work.identity import Scope

SIGNING = frozenset({"sign_contract", "sign_for_provider"})


async def _ending(reader: Reader, contract_id: UUID, scope: Scope) -> Contract:
    """The purchaser's side's, as the reason is."""
    contract = await read_contract(reader, contract_id, scope)
    if not scope.sees((contract.organisation,), contract.jurisdiction):
        raise NotFound
    return contract


NAMED = {
    "contract": Named(SIGNING | {"draft_contract", "file_contract"}, read_contract),
    "agreement": Named(frozenset({"sign_contract"}), read_contract),
    "ending": Named(SIGNING, _ending),
    "payment": Named(frozenset({"request_payment", "record_receipt"}), read_line),
}
