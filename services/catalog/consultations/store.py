"""Queries about consultations and the answers to them."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from services.catalog.consultations.records import DispositionCorrection, Feedback, OpenedConsultation
from services.catalog.projects.store import read_project
from services.catalog.tables import consultations, disposition_corrections, metadata, private_feedback, requirements
from shared.web.paging import Slice, keyset_condition
from shared.work.database import NotFound, Reader, Transaction
from shared.work.identity import Scope

accounts = metadata.tables["accounts"]

_ID = sa.bindparam("id", type_=sa.Uuid)
_CONSULTATION = (
    sa.select(consultations, requirements.c.content, requirements.c.hash)
    .join(requirements, requirements.c.id == consultations.c.requirement_id)
    .where(consultations.c.id == _ID)
)
_OF_PROJECT = (
    sa.select(consultations, requirements.c.content, requirements.c.hash)
    .join(requirements, requirements.c.id == consultations.c.requirement_id)
    .where(consultations.c.project_id == _ID)
)
_FEEDBACK = sa.select(private_feedback).where(private_feedback.c.consultation_id == _ID).order_by(private_feedback.c.id)
_OF_FEEDBACK = disposition_corrections.c.feedback_id == _ID
_CORRECTIONS = sa.select(disposition_corrections).where(_OF_FEEDBACK)
_NEXT_CORRECTION = sa.select(sa.func.count() + 1).select_from(disposition_corrections).where(_OF_FEEDBACK)
_ONE = sa.select(private_feedback).where(private_feedback.c.id == _ID)

_given_by = sa.func.sha256(
    sa.func.convert_to(
        sa.cast(private_feedback.c.consultation_id, sa.Text) + sa.func.chr(31) + accounts.c.subject, "UTF8"
    )
)
_GIVEN = (
    sa.select(private_feedback)
    .where(
        private_feedback.c.consultation_id == _ID,
        sa.or_(
            private_feedback.c.giver == sa.bindparam("giver", type_=sa.LargeBinary),
            private_feedback.c.giver.in_(
                sa.select(_given_by).where(accounts.c.person_id == sa.bindparam("person", type_=sa.Uuid))
            ),
        ),
    )
    .order_by(private_feedback.c.id)
    .limit(1)
)
_BY_PERSON = (
    sa.select(private_feedback)
    .join(accounts, private_feedback.c.giver == _given_by)
    .where(accounts.c.person_id == _ID)
    .order_by(private_feedback.c.id)
    .with_for_update(of=private_feedback)
)


async def find_consultation(reader: Reader, consultation_id: UUID) -> OpenedConsultation:
    """A consultation with the requirement it puts to the public: everybody's to read. Raises NotFound."""
    consultation = await reader.one(_CONSULTATION, OpenedConsultation, id=consultation_id)
    if consultation is None:
        raise NotFound
    return consultation


async def list_consultations(reader: Reader, project_id: UUID, shown: Slice, scope: Scope) -> list[OpenedConsultation]:
    """The consultations of a project the reader may see, latest first."""
    await read_project(reader, project_id, scope)
    return await reader.all(shown.of(_OF_PROJECT), OpenedConsultation, id=project_id)


def giver_of(tx: Transaction, consultation_id: UUID) -> bytes:
    """Who answers this consultation, told from others there and from nobody elsewhere: a login need not belong to a
    person whom the registry knows."""
    token = tx.actor.token
    assert token is not None
    return hashlib.sha256(f"{consultation_id}\x1f{token.login}".encode()).digest()


async def given(tx: Transaction, consultation_id: UUID, giver: bytes) -> Feedback | None:
    """What that giver said before, with this login or another one of the same person; nobody changes it while the
    consultation's key is locked."""
    return await tx.one(_GIVEN, Feedback, id=consultation_id, giver=giver, person=tx.actor.person_id)


async def erase_feedback(tx: Transaction, person_id: UUID) -> list[Feedback]:
    """Empties every answer that was given with a login of this person; returns what they were."""
    given = await tx.all(_BY_PERSON, Feedback, id=person_id)
    for feedback in given:
        await tx.save(feedback, replace(feedback, content="", giver=None))
    return given


async def list_feedback(
    reader: Reader, consultation_id: UUID, after: Sequence[object] | None, limit: int, scope: Scope
) -> list[Feedback]:
    """The answers, by their ids and so in the order in which their givers came first, for those who may see the
    project."""
    consultation = await find_consultation(reader, consultation_id)
    await read_project(reader, consultation.project_id, scope)
    statement = _FEEDBACK.limit(limit)
    if after is not None:
        statement = statement.where(keyset_condition([private_feedback.c.id], after, descending=False))
    return await reader.all(statement, Feedback, id=consultation_id)


async def next_correction(tx: Transaction, feedback_id: UUID) -> int:
    """The number of the next correction of the decision on a locked answer."""
    number: int = await tx.value(_NEXT_CORRECTION, id=feedback_id)
    return number


async def list_corrections(
    reader: Reader, feedback_id: UUID, shown: Slice, scope: Scope
) -> list[DispositionCorrection]:
    """How the decision on an answer was corrected, the first one first, for those who may see the project."""
    feedback = await reader.one(_ONE, Feedback, id=feedback_id)
    if feedback is None:
        raise NotFound
    await read_project(reader, feedback.key, scope)
    return await reader.all(shown.of(_CORRECTIONS), DispositionCorrection, id=feedback_id)
