"""Queries about corrections."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.evaluation.plans.store import owner
from services.evaluation.tables import corrections
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Row, Transaction

_CORRECTION = sa.select(corrections).where(corrections.c.id == sa.bindparam("id", type_=sa.Uuid))
_OF_EVALUATION = (
    sa.select(corrections)
    .where(corrections.c.evaluation_id == sa.bindparam("evaluation_id", type_=sa.Uuid))
    .order_by(corrections.c.id)
)


async def add_correction(tx: Transaction, contract: Row, evaluation: Row, given: Mapping[str, Any]) -> Row:
    await tx.insert(
        corrections,
        **owner(contract),
        evaluation_id=evaluation["id"],
        corrects=evaluation["result_version"],
        state="proposed",
        **given,
    )
    return await find_correction(tx, given["id"])


async def find_correction(reader: Reader, correction_id: UUID) -> Row:
    row = await reader.one(_CORRECTION, id=correction_id)
    if row is None:
        raise NotFound
    return row


async def set_approved(tx: Transaction, correction: Row, person: UUID) -> Row:
    await tx.update(corrections, correction["id"], state="approved", approved_by=person)
    return await find_correction(tx, correction["id"])


async def set_withdrawn(tx: Transaction, correction: Row) -> Row:
    await tx.update(corrections, correction["id"], state="withdrawn")
    return await find_correction(tx, correction["id"])


async def of_evaluation(reader: Reader, evaluation_id: UUID, shown: Slice) -> list[Row]:
    return await reader.all(shown.of(_OF_EVALUATION), evaluation_id=evaluation_id)
