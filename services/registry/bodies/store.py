"""Queries about bodies, and about organisations of every kind: where each lies. The register is public: whoever may
log in may read it."""

from uuid import UUID

import sqlalchemy as sa

from services.registry.tables import bodies, organisations
from shared.reading.visibility import lies_in
from shared.web.paging import keyset_condition
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

_BODY = sa.select(bodies).where(bodies.c.id == sa.bindparam("id", type_=sa.Uuid))
_ORGANISATION = sa.select(organisations).where(organisations.c.id == sa.bindparam("id", type_=sa.Uuid))


async def put_organisation(
    tx: Transaction, organisation: UUID, kind: str, jurisdiction: str, *, known: bool = False
) -> None:
    """At the version that the organisation's key now has."""
    lies = {"kind": kind, "jurisdiction": jurisdiction, "source_version": tx.versions[organisation]}
    if known:
        await tx.update(organisations, organisation, **lies)
    else:
        await tx.insert(organisations, id=organisation, **lies)


async def organisation(reader: Reader, organisation_id: UUID) -> Row | None:
    """What kind of organisation it is and where it lies."""
    return await reader.one(_ORGANISATION, id=organisation_id)


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
