"""Queries about clearances."""

from uuid import UUID

import sqlalchemy as sa

from services.registry.clearances.records import Clearance, ClearanceState
from services.registry.tables import clearances
from shared.work.database import Reader

_OPEN = (
    sa.select(clearances)
    .where(clearances.c.provider_id == sa.bindparam("id", type_=sa.Uuid), clearances.c.state == ClearanceState.OPEN)
    .order_by(clearances.c.id)
)
_OF_SUBJECT = sa.select(clearances).where(clearances.c.subject == sa.bindparam("id", type_=sa.Uuid))


async def open_for(reader: Reader, provider_id: UUID) -> list[Clearance]:
    """The clearances of a provider that no contract has closed yet."""
    return await reader.all(_OPEN, Clearance, id=provider_id)


async def of_subject(reader: Reader, subject: UUID) -> list[Clearance]:
    """What was answered about a procurement or a contract."""
    return await reader.all(_OF_SUBJECT, Clearance, id=subject)
