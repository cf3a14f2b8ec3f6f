"""Queries about mandates, and what a person acts as under a contract."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.evaluation.mandates.records import Mandate, MandateState
from services.evaluation.mandates.rules import Organiser
from services.evaluation.plans.records import Contract
from services.evaluation.plans.store import read_contract
from services.evaluation.tables import mandates
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader
from shared.work.identity import NotAllowed, Scope

_OF_CONTRACT = (
    sa.select(mandates)
    .where(mandates.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid))
    .order_by(mandates.c.id)
)
_LIVE = sa.select(mandates.c.third_party).where(
    mandates.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid),
    mandates.c.third_party == sa.any_(sa.bindparam("organisations", type_=ARRAY(sa.Uuid))),
    mandates.c.state == MandateState.LIVE,
    sa.bindparam("today", type_=sa.Date).between(mandates.c.valid_from, mandates.c.valid_until),
    mandates.c.third_party.not_in(sa.select(sa.func.kin_of(mandates.c.provider_id, type_=sa.Uuid))),
)
_party = sa.func.unnest(sa.bindparam("parties", type_=ARRAY(sa.Uuid)), type_=sa.Uuid).column_valued("party")
_PARTIES = sa.select(sa.func.kin_of(_party, type_=sa.Uuid).label("id"))


async def parties(reader: Reader, contract: Contract) -> frozenset[UUID]:
    """Both parties of the contract, and those that are the same by another name."""
    named = [contract.organisation, contract.provider_id]
    return frozenset(party for (party,) in await reader.all(_PARTIES, parties=named))


async def acting_for(reader: Reader, contract: Contract, duty: str) -> tuple[Organiser, UUID | None]:
    """As what the caller acts under this contract with that duty, and for which organisation. A person with posts on
    several sides acts for the purchaser first."""
    posts = [post for post in reader.actor.posts if post.covers(duty, None, contract.jurisdiction)]
    organisations = [post.organisation for post in posts]
    if contract.organisation in organisations:
        return "purchaser", contract.organisation
    third_party = await _live(reader, contract.id, organisations)
    if third_party is not None:
        return "entrusted_third_party", third_party
    return ("provider" if contract.provider_id in organisations else "nobody"), None


async def _live(reader: Reader, contract_id: UUID, organisations: list[UUID]) -> UUID | None:
    """Which of these organisations has a live mandate under the contract."""
    found: UUID | None = await reader.value(
        _LIVE, contract_id=contract_id, organisations=organisations, today=reader.today
    )
    return found


async def must_organise(reader: Reader, contract: Contract, duty: str) -> None:
    """Raises NotAllowed unless the caller holds the duty for the purchaser or a third party with a live mandate."""
    organiser, _ = await acting_for(reader, contract, duty)
    if organiser not in ("purchaser", "entrusted_third_party"):
        raise NotAllowed(duty)


async def party_contract(reader: Reader, contract_id: UUID, scope: Scope) -> Contract:
    """The contract, for its parties, third parties with a live mandate, and those who oversee them; raises NotFound
    for others."""
    contract = await read_contract(reader, contract_id)
    if scope.sees((contract.organisation,), contract.jurisdiction, contract.provider_id):
        return contract
    if await _live(reader, contract_id, [*scope.organisations_in(contract.jurisdiction)]) is None:
        raise NotFound
    return contract


async def read_mandates(reader: Reader, contract_id: UUID, shown: Slice, scope: Scope) -> list[Mandate]:
    await party_contract(reader, contract_id, scope)
    return await reader.all(shown.of(_OF_CONTRACT), Mandate, contract_id=contract_id)
