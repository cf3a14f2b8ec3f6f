"""Queries about reversals. The reason is for those who see what is taken back."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.registry.bars.store import read_bar
from services.registry.standing.store import read_import
from services.registry.tables import private_reversal_reasons, reversals
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

_WITH_REASON = sa.select(reversals, private_reversal_reasons.c.reason).join_from(
    reversals, private_reversal_reasons, isouter=True
)
_REVERSAL = _WITH_REASON.where(reversals.c.id == sa.bindparam("id", type_=sa.Uuid))
_OF_SUBJECT = _WITH_REASON.where(
    sa.func.coalesce(reversals.c.bar_id, reversals.c.result_id) == sa.bindparam("subject", type_=sa.Uuid)
).order_by(reversals.c.id)


async def reversal(reader: Reader, reversal_id: UUID) -> Row:
    """One reversal with its reason; raises NotFound."""
    row = await reader.one(_REVERSAL, id=reversal_id)
    if row is None:
        raise NotFound
    return row


async def of_subject(reader: Reader, subject: UUID) -> list[Row]:
    """What was proposed to take this bar or result back, oldest first."""
    return await reader.all(_OF_SUBJECT, subject=subject)


async def list_of_subject(reader: Reader, subject: UUID, shown: Slice) -> list[Row]:
    """A page of it."""
    return await reader.all(shown.of(_OF_SUBJECT), subject=subject)


async def add(tx: Transaction, reason: dict[str, Any], **columns: Any) -> Row:
    await tx.insert(reversals, version=1, state="proposed", **columns)
    await tx.insert(private_reversal_reasons, reversal_id=columns["id"], **reason)
    return await reversal(tx, columns["id"])


async def read_reversal(reader: Reader, reversal_id: UUID, scope: Scope) -> Row:
    """A reversal, for those who may read what it takes back; raises NotFound."""
    row = await reversal(reader, reversal_id)
    if row["bar_id"] is not None:
        await read_bar(reader, row["bar_id"], scope)
    else:
        await read_import(reader, row["result_id"], scope)
    return row
