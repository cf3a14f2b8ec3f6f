"""Queries about clearances."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.registry.tables import clearances
from shared.work.database import Reader, Row, Transaction

_OPEN = (
    sa.select(clearances)
    .where(clearances.c.provider_id == sa.bindparam("id", type_=sa.Uuid), clearances.c.state == "open")
    .order_by(clearances.c.id)
)
_CLOSED = {"state": "closed", "version": clearances.c.version + 1}
_SUBJECT = clearances.c.subject == sa.bindparam("of_subject", type_=sa.Uuid)
_CLOSE = sa.update(clearances).where(_SUBJECT, clearances.c.state == "open").values(_CLOSED)
_CLOSE_LOT = _CLOSE.where(clearances.c.lot.is_not_distinct_from(sa.bindparam("of_lot", type_=sa.Integer)))


async def open_for(reader: Reader, provider_id: UUID) -> list[Row]:
    """The clearances of a provider that no contract has closed yet."""
    return await reader.all(_OPEN, id=provider_id)


async def add(tx: Transaction, row: dict[str, Any]) -> None:
    await tx.insert(clearances, **row)


async def block(tx: Transaction, clearance: Row) -> None:
    await tx.update(clearances, clearance["id"], state="blocked")


async def close(tx: Transaction, subject: UUID) -> None:
    """Closes whatever is open for a procurement or a contract."""
    await tx.run(_CLOSE, of_subject=subject)


async def close_lot(tx: Transaction, subject: UUID, lot: int | None) -> None:
    """Closes what is open for one lot of a procurement, or for a contract (no lot)."""
    await tx.run(_CLOSE_LOT, of_subject=subject, of_lot=lot)
