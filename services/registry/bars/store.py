"""Queries about bars. The reason is for those who order bars there and those who oversee them."""

from uuid import UUID

import sqlalchemy as sa

from services.registry.tables import bars, private_bar_reasons
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

_BAR = (
    sa.select(bars, private_bar_reasons.c.reason)
    .join_from(bars, private_bar_reasons, isouter=True)
    .where(bars.c.id == sa.bindparam("id", type_=sa.Uuid))
)


async def bar(reader: Reader, bar_id: UUID) -> Row:
    """One bar with its reason; raises NotFound."""
    row = await reader.one(_BAR, id=bar_id)
    if row is None:
        raise NotFound
    return row


async def confirm(tx: Transaction, row: Row, person: UUID, until: object) -> None:
    await tx.update(bars, row["id"], state="confirmed", confirmed_by=person, from_day=tx.today, until_day=until)


async def read_bar(reader: Reader, bar_id: UUID, scope: Scope) -> Row:
    """The bar, for those who may order one there and those who oversee it; raises NotFound."""
    row = await bar(reader, bar_id)
    orders = reader.actor.holds("bar_provider", None, row["jurisdiction"])
    if not orders and not scope.sees((row["organisation"],), row["jurisdiction"]):
        raise NotFound
    return row
