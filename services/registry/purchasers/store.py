"""Queries about purchasers. The register is public: whoever may log in may read it."""

from uuid import UUID

import sqlalchemy as sa

from services.registry.tables import purchasers
from shared.reading.visibility import lies_in
from shared.web.paging import keyset_condition
from shared.work.database import NotFound, Reader, Row
from shared.work.identity import Scope

_PURCHASER = sa.select(purchasers).where(purchasers.c.id == sa.bindparam("id", type_=sa.Uuid))


async def read_purchaser(reader: Reader, purchaser_id: UUID, scope: Scope) -> Row:
    row = await reader.one(_PURCHASER, id=purchaser_id)
    if row is None:
        raise NotFound
    return row


async def read_purchasers(
    reader: Reader, kind: str | None, jurisdiction: str | None, after: UUID | None, limit: int, scope: Scope
) -> list[Row]:
    """Purchasers in the order of their registration, those of a kind or in a jurisdiction and below when asked for."""
    statement = sa.select(purchasers).order_by(purchasers.c.id).limit(limit)
    if kind is not None:
        statement = statement.where(purchasers.c.kind == kind)
    if jurisdiction is not None:
        statement = statement.where(lies_in(purchasers.c.jurisdiction, jurisdiction))
    if after is not None:
        statement = statement.where(keyset_condition([purchasers.c.id], [after], descending=False))
    return await reader.all(statement)
