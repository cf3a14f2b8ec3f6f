"""Queries about mandates, and what a person acts as under a contract."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.evaluation.mandates.rules import Entrustment, Organiser
from services.evaluation.plans.store import owner, read_contract
from services.evaluation.tables import mandates
from shared.fields.ids import new_id
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import NotAllowed, Scope

_MANDATE = sa.select(mandates).where(mandates.c.id == sa.bindparam("id", type_=sa.Uuid))
_OF_CONTRACT = (
    sa.select(mandates)
    .where(mandates.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid))
    .order_by(mandates.c.id)
)
_LIVE = sa.select(mandates.c.third_party).where(
    mandates.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid),
    mandates.c.third_party == sa.any_(sa.bindparam("organisations", type_=ARRAY(sa.Uuid))),
    mandates.c.state == "live",
    sa.bindparam("today", type_=sa.Date).between(mandates.c.valid_from, mandates.c.valid_until),
    mandates.c.third_party.not_in(sa.select(sa.func.kin_of(mandates.c.provider_id, type_=sa.Uuid))),
)
_party = sa.func.unnest(sa.bindparam("parties", type_=ARRAY(sa.Uuid)), type_=sa.Uuid).column_valued("party")
_PARTIES = sa.select(sa.func.kin_of(_party, type_=sa.Uuid).label("id"))


async def parties(reader: Reader, contract: Row) -> frozenset[UUID]:
    """Both parties of the contract, and those that are the same by another name."""
    named = [contract["organisation"], contract["provider_id"]]
    return frozenset(row["id"] for row in await reader.all(_PARTIES, parties=named))


async def add_mandate(tx: Transaction, contract: Row, asked: Entrustment, person: UUID) -> Row:
    mandate_id = new_id()
    await tx.insert(
        mandates,
        id=mandate_id,
        **owner(contract),
        third_party=asked.third_party,
        valid_from=asked.valid_from,
        valid_until=asked.valid_until,
        independent=asked.independent,
        given_by=person,
        state="live",
    )
    return await read_mandate(tx, mandate_id)


async def read_mandate(reader: Reader, mandate_id: UUID) -> Row:
    row = await reader.one(_MANDATE, id=mandate_id)
    if row is None:
        raise NotFound
    return row


async def end_mandate(tx: Transaction, mandate: Row) -> Row:
    """Ends at once; its last day does not move behind the day of withdrawal."""
    last = max(mandate["valid_from"], min(mandate["valid_until"], tx.today))
    await tx.update(mandates, mandate["id"], state="ended", valid_until=last)
    return await read_mandate(tx, mandate["id"])


async def acting_for(reader: Reader, contract: Row, duty: str) -> tuple[Organiser, UUID | None]:
    """As what the caller acts under this contract with that duty, and for which organisation. A person with posts on
    several sides acts for the purchaser first."""
    posts = [post for post in reader.actor.posts if post.covers(duty, None, contract["jurisdiction"])]
    organisations = [post.organisation for post in posts]
    if contract["organisation"] in organisations:
        return "purchaser", contract["organisation"]
    values: dict[str, Any] = {"contract_id": contract["id"], "organisations": organisations, "today": reader.today}
    third_party = await reader.value(_LIVE, **values)
    if third_party is not None:
        return "entrusted_third_party", third_party
    return ("provider" if contract["provider_id"] in organisations else "nobody"), None


async def require_organiser(reader: Reader, contract: Row, duty: str) -> UUID:
    """The person, when they hold the duty for the purchaser or for a third party with a live mandate."""
    organiser, _ = await acting_for(reader, contract, duty)
    if organiser not in ("purchaser", "entrusted_third_party"):
        raise NotAllowed(duty)
    return reader.require(duty, None, contract["jurisdiction"])


async def party_contract(reader: Reader, contract_id: UUID, scope: Scope) -> Row:
    """The contract, for its parties, third parties with a live mandate, and those who oversee them; raises NotFound
    for others."""
    contract = await read_contract(reader, contract_id)
    if scope.sees((contract["organisation"],), contract["jurisdiction"], contract["provider_id"]):
        return contract
    mine = list(scope.organisations_in(contract["jurisdiction"]))
    if await reader.value(_LIVE, contract_id=contract_id, organisations=mine, today=reader.today) is None:
        raise NotFound
    return contract


async def read_mandates(reader: Reader, contract_id: UUID, shown: Slice, scope: Scope) -> list[Row]:
    await party_contract(reader, contract_id, scope)
    return await reader.all(shown.of(_OF_CONTRACT), contract_id=contract_id)
