"""Queries about objections."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.evaluation.mandates.store import party_contract
from services.evaluation.plans.store import owner
from services.evaluation.tables import objections
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

_OBJECTION = sa.select(objections).where(objections.c.id == sa.bindparam("id", type_=sa.Uuid))
_OF_ASSESSMENT = (
    sa.select(objections)
    .where(objections.c.assessment_id == sa.bindparam("assessment_id", type_=sa.Uuid))
    .order_by(objections.c.id)
)


async def add_objection(tx: Transaction, contract: Row, given: dict[str, Any]) -> Row:
    await tx.insert(objections, **owner(contract), state="open", filed_at=tx.now, **given)
    return await find_objection(tx, given["id"])


async def find_objection(reader: Reader, objection_id: UUID) -> Row:
    row = await reader.one(_OBJECTION, id=objection_id)
    if row is None:
        raise NotFound
    return row


async def set_answered(tx: Transaction, objection: Row, changes: dict[str, Any]) -> Row:
    await tx.update(objections, objection["id"], answered_at=tx.now, **changes)
    return await find_objection(tx, objection["id"])


async def set_withdrawn(tx: Transaction, objection: Row, person: UUID) -> Row:
    await tx.update(objections, objection["id"], state="withdrawn", withdrawn_by=person, withdrawn_at=tx.now)
    return await find_objection(tx, objection["id"])


async def read_objection(reader: Reader, objection_id: UUID, scope: Scope) -> Row:
    """An objection, for the parties of its contract and those who oversee them."""
    row = await find_objection(reader, objection_id)
    await party_contract(reader, row["contract_id"], scope)
    return row


async def of_assessment(reader: Reader, assessment_id: UUID, shown: Slice) -> list[Row]:
    """Those that were taken back, and the one that stands."""
    return await reader.all(shown.of(_OF_ASSESSMENT), assessment_id=assessment_id)
