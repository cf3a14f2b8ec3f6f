"""Queries about reversals. The reason is for those who see what is taken back."""

from uuid import UUID

import sqlalchemy as sa

from services.registry.bars.store import read_bar
from services.registry.reversals.records import ReversalWithReason
from services.registry.standing.store import read_for_conduct, read_import
from services.registry.tables import private_reversal_reasons, reversals
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader
from shared.work.identity import Scope

_WITH_REASON = sa.select(reversals, private_reversal_reasons.c.reason).join_from(
    reversals, private_reversal_reasons, isouter=True
)
_REVERSAL = _WITH_REASON.where(reversals.c.id == sa.bindparam("id", type_=sa.Uuid))
_OF_SUBJECT = _WITH_REASON.where(
    sa.func.coalesce(reversals.c.bar_id, reversals.c.result_id, reversals.c.standing_id)
    == sa.bindparam("subject", type_=sa.Uuid)
).order_by(reversals.c.id)


async def reversal(reader: Reader, reversal_id: UUID) -> ReversalWithReason:
    """One reversal with its reason; raises NotFound."""
    found = await reader.one(_REVERSAL, ReversalWithReason, id=reversal_id)
    if found is None:
        raise NotFound
    return found


async def of_subject(reader: Reader, subject: UUID) -> list[ReversalWithReason]:
    """What was proposed to take this bar or result back, oldest first."""
    return await reader.all(_OF_SUBJECT, ReversalWithReason, subject=subject)


async def list_of_subject(reader: Reader, subject: UUID, shown: Slice) -> list[ReversalWithReason]:
    """A page of it."""
    return await reader.all(shown.of(_OF_SUBJECT), ReversalWithReason, subject=subject)


async def read_reversal(reader: Reader, reversal_id: UUID, scope: Scope) -> ReversalWithReason:
    """A reversal, for those who may read what it takes back; raises NotFound."""
    found = await reversal(reader, reversal_id)
    if found.bar_id is not None:
        await read_bar(reader, found.bar_id, scope)
    if found.result_id is not None:
        await read_import(reader, found.result_id, scope)
    if found.standing_id is not None:
        await read_for_conduct(reader, found.standing_id, scope)
    return found
