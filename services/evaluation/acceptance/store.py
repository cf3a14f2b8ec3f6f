"""Queries about acceptances."""

from uuid import UUID

import sqlalchemy as sa

from services.evaluation.acceptance.records import Acceptance
from services.evaluation.mandates.store import party_contract
from services.evaluation.tables import acceptances
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader
from shared.work.identity import Scope

_ACCEPTANCE = sa.select(acceptances).where(acceptances.c.id == sa.bindparam("id", type_=sa.Uuid))
_OF_CONTRACT = (
    sa.select(acceptances)
    .where(acceptances.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid))
    .order_by(acceptances.c.id)
)
_LAST = (
    sa.select(acceptances)
    .where(
        acceptances.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid),
        acceptances.c.line_id.is_not_distinct_from(sa.bindparam("line_id", type_=sa.Uuid)),
    )
    .order_by(acceptances.c.attempt.desc())
    .limit(1)
)


async def last_attempt(reader: Reader, contract_id: UUID, line_id: UUID | None) -> Acceptance | None:
    """The latest acceptance of the line, whatever became of it."""
    return await reader.one(_LAST, Acceptance, contract_id=contract_id, line_id=line_id)


async def read_acceptance(reader: Reader, acceptance_id: UUID, scope: Scope) -> Acceptance:
    """An acceptance, for the parties of its contract and those who oversee them."""
    acceptance = await reader.one(_ACCEPTANCE, Acceptance, id=acceptance_id)
    if acceptance is None:
        raise NotFound
    await party_contract(reader, acceptance.contract_id, scope)
    return acceptance


async def read_acceptances(reader: Reader, contract_id: UUID, shown: Slice, scope: Scope) -> list[Acceptance]:
    await party_contract(reader, contract_id, scope)
    return await reader.all(shown.of(_OF_CONTRACT), Acceptance, contract_id=contract_id)
