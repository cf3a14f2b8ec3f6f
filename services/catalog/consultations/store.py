"""Queries about consultations and the answers to them."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.catalog.projects.store import read_project
from services.catalog.tables import consultations, metadata, private_feedback, requirements
from shared.web.paging import keyset_condition
from shared.work.database import NotFound, Reader, Row, Transaction
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
    .order_by(consultations.c.opened_on.desc(), consultations.c.id.desc())
)
_FEEDBACK = sa.select(private_feedback).where(private_feedback.c.consultation_id == _ID).order_by(private_feedback.c.id)
_GIVEN = sa.select(private_feedback.c.id).where(
    private_feedback.c.consultation_id == _ID,
    private_feedback.c.giver == sa.bindparam("giver", type_=sa.LargeBinary),
)

_given_by = sa.func.sha256(
    sa.func.convert_to(
        sa.cast(private_feedback.c.consultation_id, sa.Text) + sa.func.chr(31) + accounts.c.subject, "UTF8"
    )
)
_BY_PERSON = (
    sa.select(private_feedback.c.id, private_feedback.c.content)
    .join(accounts, private_feedback.c.giver == _given_by)
    .where(accounts.c.person_id == _ID)
    .order_by(private_feedback.c.id)
    .with_for_update(of=private_feedback)
)
_ERASE = (
    sa.update(private_feedback)
    .where(private_feedback.c.id == sa.bindparam("of_feedback", type_=sa.Uuid))
    .values(content="", giver=None, version=private_feedback.c.version + 1)
)


async def add_consultation(tx: Transaction, consultation: dict[str, Any]) -> None:
    await tx.insert(consultations, key=consultation["project_id"], version=1, **consultation)


async def find_consultation(reader: Reader, consultation_id: UUID) -> Row:
    """A consultation with the requirement it puts to the public: everybody's to read. Raises NotFound."""
    row = await reader.one(_CONSULTATION, id=consultation_id)
    if row is None:
        raise NotFound
    return row


async def list_consultations(reader: Reader, project_id: UUID, scope: Scope) -> list[Row]:
    """The consultations of a project the reader may see, latest first."""
    await read_project(reader, project_id, scope)
    return await reader.all(_OF_PROJECT, id=project_id)


def giver_of(tx: Transaction, consultation_id: UUID) -> bytes:
    """Who answers this consultation, told from others there and from nobody elsewhere: a login need not belong to a
    person whom the registry knows."""
    token = tx.actor.token
    assert token is not None
    return hashlib.sha256(f"{consultation_id}\x1f{token.login}".encode()).digest()


async def put_feedback(tx: Transaction, giver: bytes, feedback: dict[str, Any]) -> UUID:
    """Keeps the answer in the place of what the same giver said before, which nobody has to decide on any more; returns
    its id."""
    known: UUID | None = await tx.value(_GIVEN, id=feedback["consultation_id"], giver=giver)
    if known is None:
        await tx.insert(private_feedback, version=1, received_at=tx.now, giver=giver, **feedback)
        return UUID(str(feedback["id"]))
    await tx.lock_row(private_feedback, known)
    undecided = {"adopted": None, "reason": None, "disposed_by": None}
    await tx.update(private_feedback, known, content=feedback["content"], received_at=tx.now, **undecided)
    return known


async def erase_feedback(tx: Transaction, person_id: UUID) -> list[tuple[UUID, str]]:
    """Empties every answer that was given with a login of this person; returns what it said, by its id."""
    rows = await tx.all(_BY_PERSON, id=person_id)
    for row in rows:
        await tx.run(_ERASE, of_feedback=row["id"])
    return [(row["id"], row["content"]) for row in rows]


async def lock_feedback(tx: Transaction, feedback_id: UUID) -> Row:
    return await tx.lock_row(private_feedback, feedback_id)


async def set_disposed(tx: Transaction, feedback_id: UUID, adopted: bool, reason: str | None, person: UUID) -> None:
    await tx.update(private_feedback, feedback_id, adopted=adopted, reason=reason, disposed_by=person)


async def list_feedback(
    reader: Reader, consultation_id: UUID, after: Sequence[object] | None, limit: int, scope: Scope
) -> list[Row]:
    """The answers, by their ids and so in the order in which their givers came first, for those who may see the
    project."""
    consultation = await find_consultation(reader, consultation_id)
    await read_project(reader, consultation["project_id"], scope)
    statement = _FEEDBACK.limit(limit)
    if after is not None:
        statement = statement.where(keyset_condition([private_feedback.c.id], after, descending=False))
    return await reader.all(statement, id=consultation_id)
