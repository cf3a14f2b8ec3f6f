"""Queries about assessments."""

from uuid import UUID

import sqlalchemy as sa

from services.evaluation.assessments.records import Assessment
from services.evaluation.mandates.store import party_contract
from services.evaluation.tables import assessments
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader
from shared.work.identity import Scope

_ASSESSMENT = sa.select(assessments).where(assessments.c.id == sa.bindparam("id", type_=sa.Uuid))
_OF_CONTRACT = (
    sa.select(assessments)
    .where(
        assessments.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid),
        sa.or_(
            sa.bindparam("mode", type_=sa.Text).is_(None),
            sa.bindparam("mode", type_=sa.Text) == sa.any_(assessments.c.modes),
        ),
    )
    .order_by(assessments.c.id)
)
_LAST = (
    sa.select(assessments)
    .where(assessments.c.line_id == sa.bindparam("line_id", type_=sa.Uuid))
    .order_by(assessments.c.attempt.desc())
    .limit(1)
)


async def last_attempt(reader: Reader, line_id: UUID) -> Assessment | None:
    """The latest assessment of the line, whatever became of it."""
    return await reader.one(_LAST, Assessment, line_id=line_id)


async def read_assessment(reader: Reader, assessment_id: UUID, scope: Scope) -> Assessment:
    """An assessment, for the parties of its contract and those who oversee them."""
    assessment = await reader.one(_ASSESSMENT, Assessment, id=assessment_id)
    if assessment is None:
        raise NotFound
    await party_contract(reader, assessment.contract_id, scope)
    return assessment


async def read_assessments(
    reader: Reader, contract_id: UUID, shown: Slice, scope: Scope, mode: str | None
) -> list[Assessment]:
    """The assessments of a contract; `mode` keeps those carried out in that way."""
    await party_contract(reader, contract_id, scope)
    return await reader.all(shown.of(_OF_CONTRACT), Assessment, contract_id=contract_id, mode=mode)
