"""Queries about objections."""

from uuid import UUID

import sqlalchemy as sa

from services.evaluation.mandates.store import party_contract
from services.evaluation.objections.records import ExplainedCorrection, Objection
from services.evaluation.tables import answer_corrections, objections, private_statements
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader
from shared.work.identity import Scope

_OBJECTION = sa.select(objections).where(objections.c.id == sa.bindparam("id", type_=sa.Uuid))
_OF_ASSESSMENT = (
    sa.select(objections)
    .where(objections.c.assessment_id == sa.bindparam("assessment_id", type_=sa.Uuid))
    .order_by(objections.c.id)
)
_OF_OBJECTION = answer_corrections.c.objection_id == sa.bindparam("objection_id", type_=sa.Uuid)
_COUNT = sa.select(sa.func.count()).select_from(answer_corrections).where(_OF_OBJECTION)
_LAST_CORRECTION = (
    sa.select(answer_corrections.c.id).where(_OF_OBJECTION).order_by(answer_corrections.c.number.desc()).limit(1)
)
_before = answer_corrections.alias("before")
_SUBJECT_BEFORE = sa.func.coalesce(
    sa.select(_before.c.id)
    .where(
        _before.c.objection_id == answer_corrections.c.objection_id, _before.c.number == answer_corrections.c.number - 1
    )
    .scalar_subquery(),
    answer_corrections.c.objection_id,
)
_why, _verified = private_statements.alias("why"), private_statements.alias("verified")
_CORRECTIONS = (
    sa.select(answer_corrections, _why.c.statement.label("reason"), _verified.c.statement.label("was_verification"))
    .outerjoin(_why, sa.and_(_why.c.subject == answer_corrections.c.id, _why.c.kind == "correction"))
    .outerjoin(_verified, sa.and_(_verified.c.subject == _SUBJECT_BEFORE, _verified.c.kind == "verification"))
    .where(_OF_OBJECTION)
)


async def read_objection(reader: Reader, objection_id: UUID, scope: Scope) -> Objection:
    """An objection, for the parties of its contract and those who oversee them."""
    objection = await reader.one(_OBJECTION, Objection, id=objection_id)
    if objection is None:
        raise NotFound
    await party_contract(reader, objection.contract_id, scope)
    return objection


async def of_assessment(reader: Reader, assessment_id: UUID, shown: Slice) -> list[Objection]:
    """Those that were taken back, and the one that stands."""
    return await reader.all(shown.of(_OF_ASSESSMENT), Objection, assessment_id=assessment_id)


async def corrections_of(reader: Reader, objection_id: UUID) -> int:
    """How often its answer was set right."""
    return int(await reader.value(_COUNT, objection_id=objection_id))


async def list_corrections(reader: Reader, objection_id: UUID, shown: Slice) -> list[ExplainedCorrection]:
    """A page of what the answer was before, with the reason and what had been verified, while these are kept."""
    return await reader.all(shown.of(_CORRECTIONS), ExplainedCorrection, objection_id=objection_id)


async def verified_by(reader: Reader, objection_id: UUID) -> UUID:
    """The subject under which the text of what was verified last is kept: the last correction, or the objection."""
    return await reader.value(_LAST_CORRECTION, objection_id=objection_id) or objection_id
