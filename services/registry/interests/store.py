"""Queries about declared interests."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.registry.tables import declarations, metadata
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

_KNOWN = metadata.tables["interests"]
_DECLARATION = sa.select(declarations).where(declarations.c.id == sa.bindparam("id", type_=sa.Uuid))
_given = insert(_KNOWN).values(
    id=sa.bindparam("interest", type_=sa.Uuid),
    person_id=sa.bindparam("person", type_=sa.Uuid),
    organisation_id=sa.bindparam("provider", type_=sa.Uuid),
    until=sa.bindparam("last_day", type_=sa.Date),
    source_version=sa.bindparam("at_version", type_=sa.BigInteger),
)
_KEEP = _given.on_conflict_do_update(
    index_elements=["id"], set_={"until": _given.excluded.until, "source_version": _given.excluded.source_version}
)


async def find(reader: Reader, interest: UUID) -> Row | None:
    return await reader.one(_DECLARATION, id=interest)


async def read_interest(reader: Reader, interest: UUID, scope: Scope) -> Row:
    """A declared interest, for the person it is about and those who supervise the place; raises NotFound."""
    row = await find(reader, interest)
    if row is None:
        raise NotFound
    if scope.person_id != row["person_id"] and not reader.actor.holds("supervise", None, row["jurisdiction"]):
        raise NotFound
    return row


async def keep(tx: Transaction, row: dict[str, Any] | Row, last_day: date | None) -> None:
    """What the registry itself asks when the person acts; at the version that the person's key now has."""
    await tx.run(
        _KEEP,
        interest=row["id"],
        person=row["person_id"],
        provider=row["provider_id"],
        last_day=last_day,
        at_version=tx.versions[row["person_id"]],
    )
