"""Queries about opinions."""

from uuid import UUID

import sqlalchemy as sa

from services.evaluation.opinions.records import RecordedOpinion
from services.evaluation.opinions.rules import Opinion
from services.evaluation.plans.records import Contract
from services.evaluation.statements.store import keep_statement
from services.evaluation.tables import opinions
from shared.fields.ids import new_id
from shared.work.database import Reader, Transaction

_OF_SUBJECT = (
    sa.select(opinions).where(opinions.c.subject == sa.bindparam("subject", type_=sa.Uuid)).order_by(opinions.c.id)
)
_SIDES = sa.select(opinions.c.side).where(opinions.c.subject == sa.bindparam("subject", type_=sa.Uuid))


async def add_opinion(
    tx: Transaction, contract: Contract, subject: UUID, opinion: Opinion, person: UUID
) -> RecordedOpinion:
    """The opinion on record; its words are kept apart."""
    opinion_id = new_id()
    digest = await keep_statement(tx, contract, opinion_id, "opinion", opinion.statement)
    return await tx.add(
        RecordedOpinion(
            id=opinion_id,
            subject=subject,
            side=opinion.side,
            agrees=opinion.agrees,
            members=opinion.members,
            statement_hash=digest,
            recorded_by=person,
            recorded_at=tx.now,
        )
    )


async def sides_heard(reader: Reader, subject: UUID) -> frozenset[str]:
    return frozenset(side for (side,) in await reader.all(_SIDES, subject=subject))


async def read_opinions(reader: Reader, subject: UUID) -> list[RecordedOpinion]:
    return await reader.all(_OF_SUBJECT, RecordedOpinion, subject=subject)
