"""Queries about bodies, and about organisations of every kind: where each lies. The register is public: whoever may
log in may read it."""

from dataclasses import replace
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa

from services.registry.bodies.records import Body, Organisation, Registered, Registration
from services.registry.tables import bodies, organisations, successors
from shared.reading.visibility import lies_in
from shared.web.paging import keyset_condition
from shared.work.database import NotFound, Reader, Transaction, WrongState, must_be
from shared.work.identity import Scope
from shared.work.sql import table_of

G = TypeVar("G", bound=Registered)

_BODY = sa.select(bodies).where(bodies.c.id == sa.bindparam("id", type_=sa.Uuid))
_SUCCEEDED = sa.select(successors).where(
    successors.c.predecessor == sa.bindparam("id", type_=sa.Uuid), ~successors.c.annulled
)
_ORGANISATION = sa.select(organisations).where(organisations.c.id == sa.bindparam("id", type_=sa.Uuid))


async def organisation(reader: Reader, organisation_id: UUID) -> Organisation | None:
    """What kind of organisation it is and where it lies."""
    return await reader.one(_ORGANISATION, Organisation, id=organisation_id)


async def find_left(reader: Reader, kind: type[G], jurisdiction: str, title_folded: str) -> G | None:
    """The body or purchaser of that name which left that place, and is meant again. Raises WrongState for one whose
    place another took: what was its own is the other's now."""
    table = table_of(kind)
    same = sa.and_(table.c.jurisdiction == jurisdiction, table.c.title_folded == title_folded)
    left = await reader.one(sa.select(table).where(same, table.c.state == Registration.LEFT), kind)
    if left is not None:
        await stays_gone(reader, left.id)
    return left


async def stays_gone(reader: Reader, organisation_id: UUID) -> None:
    """Raises WrongState for an organisation whose place another took."""
    if await reader.one(_SUCCEEDED, id=organisation_id) is not None:
        raise WrongState("succeeded", "without_successor")


async def come_back(tx: Transaction, entered: G) -> G:
    """One that left is registered again: the same record, with what is known now."""
    left = await tx.lock_record(type(entered), entered.id)
    must_be(left, (Registration.LEFT,))
    return await tx.save(left, replace(entered, version=left.version))


async def read_body(reader: Reader, body_id: UUID, scope: Scope) -> Body:
    body = await reader.one(_BODY, Body, id=body_id)
    if body is None:
        raise NotFound
    return body


async def read_bodies(
    reader: Reader, kind: str | None, jurisdiction: str | None, after: UUID | None, limit: int, scope: Scope
) -> list[Body]:
    """Bodies in the order of their registration, those of a kind or in a jurisdiction and below when asked for."""
    statement = sa.select(bodies).order_by(bodies.c.id).limit(limit)
    if kind is not None:
        statement = statement.where(bodies.c.kind == kind)
    if jurisdiction is not None:
        statement = statement.where(lies_in(bodies.c.jurisdiction, jurisdiction))
    if after is not None:
        statement = statement.where(keyset_condition([bodies.c.id], [after], descending=False))
    return await reader.all(statement, Body)
