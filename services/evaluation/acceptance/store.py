"""Queries about acceptances."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.evaluation.mandates.store import party_contract
from services.evaluation.plans.store import owner
from services.evaluation.tables import acceptances
from shared.fields.ids import new_id
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Row, Transaction
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


async def last_attempt(reader: Reader, contract_id: UUID, line_id: UUID | None) -> Row | None:
    """The latest acceptance of the line, whatever became of it."""
    return await reader.one(_LAST, contract_id=contract_id, line_id=line_id)


async def add_acceptance(tx: Transaction, contract: Row, given: dict[str, Any]) -> Row:
    acceptance_id = new_id()
    await tx.insert(acceptances, id=acceptance_id, **owner(contract), state="open", **given)
    return await find_acceptance(tx, acceptance_id)


async def find_acceptance(reader: Reader, acceptance_id: UUID) -> Row:
    row = await reader.one(_ACCEPTANCE, id=acceptance_id)
    if row is None:
        raise NotFound
    return row


async def set_concluded(
    tx: Transaction,
    acceptance: Row,
    person: UUID,
    *,
    passed: bool,
    held_at: datetime,
    survey_id: UUID | None,
    satisfaction: Decimal | None,
) -> Row:
    await tx.update(
        acceptances,
        acceptance["id"],
        state="passed" if passed else "failed",
        concluded_by=person,
        concluded_on=tx.today,
        held_at=held_at,
        survey_id=survey_id,
        satisfaction=satisfaction,
    )
    return await find_acceptance(tx, acceptance["id"])


async def add_corrected(tx: Transaction, acceptance: Row, acceptance_id: UUID, given: dict[str, Any]) -> Row:
    """The same occasion with another result, as the next attempt. The one before stays as it was given."""
    copied = {name: value for name, value in acceptance.items() if name not in ("id", "version", "key_version")}
    root = acceptance["corrects"] or acceptance["id"]
    set_right = {"corrects": root, "corrected_from": acceptance["concluded_by"], "concluded_on": tx.today}
    values = {**copied, **set_right, "attempt": acceptance["attempt"] + 1, **given}
    await tx.insert(acceptances, id=acceptance_id, version=1, **values)
    return await find_acceptance(tx, acceptance_id)


async def read_acceptance(reader: Reader, acceptance_id: UUID, scope: Scope) -> Row:
    """An acceptance, for the parties of its contract and those who oversee them."""
    row = await find_acceptance(reader, acceptance_id)
    await party_contract(reader, row["contract_id"], scope)
    return row


async def read_acceptances(reader: Reader, contract_id: UUID, shown: Slice, scope: Scope) -> list[Row]:
    await party_contract(reader, contract_id, scope)
    return await reader.all(shown.of(_OF_CONTRACT), contract_id=contract_id)
