"""Queries about bars. The reason is for those who order bars there and those who oversee them."""

from uuid import UUID

import sqlalchemy as sa

from services.registry.bars.records import BarWithReason
from services.registry.tables import bars, private_bar_reasons
from shared.work.database import NotFound, Reader
from shared.work.identity import Scope

_BAR = (
    sa.select(bars, private_bar_reasons.c.reason)
    .join_from(bars, private_bar_reasons, isouter=True)
    .where(bars.c.id == sa.bindparam("id", type_=sa.Uuid))
)


async def bar(reader: Reader, bar_id: UUID) -> BarWithReason:
    """One bar with its reason; raises NotFound."""
    found = await reader.one(_BAR, BarWithReason, id=bar_id)
    if found is None:
        raise NotFound
    return found


async def read_bar(reader: Reader, bar_id: UUID, scope: Scope) -> BarWithReason:
    """The bar, for those who may order one there and those who oversee it; raises NotFound."""
    found = await bar(reader, bar_id)
    orders = reader.actor.holds("bar_provider", None, found.jurisdiction)
    if not orders and not scope.sees((found.organisation,), found.jurisdiction):
        raise NotFound
    return found
