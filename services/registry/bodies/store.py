"""Queries about bodies, and about organisations of every kind: where each lies. The register is public: whoever may
log in may read it."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.registry.tables import bodies, organisations, successors
from shared.reading.visibility import lies_in
from shared.web.paging import keyset_condition
from shared.work.database import NotFound, Reader, Row, Transaction, WrongState
from shared.work.identity import Scope

_BODY = sa.select(bodies).where(bodies.c.id == sa.bindparam("id", type_=sa.Uuid))
_SUCCEEDED = sa.select(successors).where(successors.c.predecessor == sa.bindparam("id", type_=sa.Uuid))
_ORGANISATION = sa.select(organisations).where(organisations.c.id == sa.bindparam("id", type_=sa.Uuid))


async def put_organisation(
    tx: Transaction, organisation: UUID, kind: str, jurisdiction: str, *, known: bool = False
) -> None:
    """At the version that the organisation's key now has."""
    lies = {"kind": kind, "jurisdiction": jurisdiction, "source_version": tx.versions[organisation], "left_on": None}
    if known:
        await tx.update(organisations, organisation, **lies)
    else:
        await tx.insert(organisations, id=organisation, **lies)


async def organisation(reader: Reader, organisation_id: UUID) -> Row | None:
    """What kind of organisation it is and where it lies."""
    return await reader.one(_ORGANISATION, id=organisation_id)


async def find_left(reader: Reader, table: sa.Table, jurisdiction: str, title_folded: str) -> Row | None:
    """The body or purchaser of that name which left that place, and is meant again. Raises WrongState for one whose
    place another took: what was its own is the other's now."""
    same = sa.and_(table.c.jurisdiction == jurisdiction, table.c.title_folded == title_folded, table.c.state == "left")
    row = await reader.one(sa.select(table).where(same))
    if row is not None:
        await stays_gone(reader, row["id"])
    return row


async def stays_gone(reader: Reader, organisation_id: UUID) -> None:
    """Raises WrongState for an organisation whose place another took."""
    if await reader.one(_SUCCEEDED, id=organisation_id) is not None:
        raise WrongState("succeeded", "without_successor")


async def come_back(tx: Transaction, table: sa.Table, organisation: UUID, **known: Any) -> None:
    """One that left is registered again: the same record, with what is known now."""
    row = await tx.lock_row(table, organisation)
    if row["state"] != "left":
        raise WrongState(row["state"], "left")
    await tx.update(table, organisation, state="registered", **known)


async def read_body(reader: Reader, body_id: UUID, scope: Scope) -> Row:
    row = await reader.one(_BODY, id=body_id)
    if row is None:
        raise NotFound
    return row


async def read_bodies(
    reader: Reader, kind: str | None, jurisdiction: str | None, after: UUID | None, limit: int, scope: Scope
) -> list[Row]:
    """Bodies in the order of their registration, those of a kind or in a jurisdiction and below when asked for."""
    statement = sa.select(bodies).order_by(bodies.c.id).limit(limit)
    if kind is not None:
        statement = statement.where(bodies.c.kind == kind)
    if jurisdiction is not None:
        statement = statement.where(lies_in(bodies.c.jurisdiction, jurisdiction))
    if after is not None:
        statement = statement.where(keyset_condition([bodies.c.id], [after], descending=False))
    return await reader.all(statement)
