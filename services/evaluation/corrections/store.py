"""Queries about corrections."""

from uuid import UUID

import sqlalchemy as sa

from services.evaluation.corrections.records import Correction
from services.evaluation.tables import corrections
from shared.web.paging import Slice
from shared.work.database import Reader

_OF_EVALUATION = (
    sa.select(corrections)
    .where(corrections.c.evaluation_id == sa.bindparam("evaluation_id", type_=sa.Uuid))
    .order_by(corrections.c.id)
)


async def of_evaluation(reader: Reader, evaluation_id: UUID, shown: Slice) -> list[Correction]:
    return await reader.all(shown.of(_OF_EVALUATION), Correction, evaluation_id=evaluation_id)
