"""Queries about purchasers. The register is public: whoever may log in may read it."""

from uuid import UUID

import sqlalchemy as sa

from services.registry.purchasers.records import Purchaser
from services.registry.tables import purchasers
from shared.reading.visibility import lies_in
from shared.web.paging import keyset_condition
from shared.work.database import NotFound, Reader
from shared.work.identity import Scope

_PURCHASER = sa.select(purchasers).where(purchasers.c.id == sa.bindparam("id", type_=sa.Uuid))


async def find_purchaser(reader: Reader, purchaser_id: UUID) -> Purchaser | None:
    """The purchaser; None for an organisation that is none."""
    return await reader.one(_PURCHASER, Purchaser, id=purchaser_id)


async def read_purchaser(reader: Reader, purchaser_id: UUID, scope: Scope) -> Purchaser:
    purchaser = await find_purchaser(reader, purchaser_id)
    if purchaser is None:
        raise NotFound
    return purchaser


async def read_purchasers(
    reader: Reader, kind: str | None, jurisdiction: str | None, after: UUID | None, limit: int, scope: Scope
) -> list[Purchaser]:
    """Purchasers in the order of their registration, those of a kind or in a jurisdiction and below when asked for."""
    statement = sa.select(purchasers).order_by(purchasers.c.id).limit(limit)
    if kind is not None:
        statement = statement.where(purchasers.c.kind == kind)
    if jurisdiction is not None:
        statement = statement.where(lies_in(purchasers.c.jurisdiction, jurisdiction))
    if after is not None:
        statement = statement.where(keyset_condition([purchasers.c.id], [after], descending=False))
    return await reader.all(statement, Purchaser)
