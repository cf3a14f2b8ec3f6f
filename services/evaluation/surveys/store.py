"""Queries about surveys. Answers are written and counted, never shown."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from services.evaluation.mandates.store import party_contract
from services.evaluation.plans.store import owner
from services.evaluation.statements.store import keep_until
from services.evaluation.surveys.rules import Answered, Counts
from services.evaluation.tables import private_answers, surveys
from shared.fields.ids import new_id
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

_SURVEY = sa.select(surveys).where(surveys.c.id == sa.bindparam("id", type_=sa.Uuid))
_OF_CONTRACT = (
    sa.select(surveys).where(surveys.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid)).order_by(surveys.c.id)
)
_RESPONDENTS = sa.select(private_answers.c.respondent).where(
    private_answers.c.survey_id == sa.bindparam("survey_id", type_=sa.Uuid)
)
_COUNT = sa.select(
    sa.func.count().label("answers"), sa.func.count().filter(private_answers.c.satisfied).label("satisfied")
).where(private_answers.c.survey_id == sa.bindparam("survey_id", type_=sa.Uuid))


async def add_survey(tx: Transaction, contract: Row, title: str, invited: int, person: UUID) -> Row:
    survey_id = new_id()
    await tx.insert(
        surveys,
        id=survey_id,
        **owner(contract),
        title=title,
        invited=invited,
        answers=0,
        satisfied=0,
        opened_by=person,
        state="open",
    )
    return await find_survey(tx, survey_id)


async def find_survey(reader: Reader, survey_id: UUID) -> Row:
    row = await reader.one(_SURVEY, id=survey_id)
    if row is None:
        raise NotFound
    return row


async def survey_of(reader: Reader, contract_id: UUID, survey_id: UUID | None) -> Row | None:
    """The survey, when it is one of this contract; raises NotFound for another's, None when none is named."""
    if survey_id is None:
        return None
    survey = await find_survey(reader, survey_id)
    if survey["contract_id"] != contract_id:
        raise NotFound
    return survey


async def closed_survey(reader: Reader, contract_id: UUID, survey_id: UUID | None) -> Row | None:
    """The survey with its result; None while it is open, or when none is named."""
    survey = await survey_of(reader, contract_id, survey_id)
    return survey if survey is not None and survey["state"] == "closed" else None


async def respondents(reader: Reader, survey_id: UUID) -> frozenset[UUID]:
    return frozenset(row["respondent"] for row in await reader.all(_RESPONDENTS, survey_id=survey_id))


async def add_answers(tx: Transaction, contract: Row, survey: Row, taken: Sequence[Answered], person: UUID) -> None:
    """Writes the answers and counts all of the survey again, from what is stored."""
    last_day = keep_until(contract)
    rows = [
        {
            "survey_id": survey["id"],
            "respondent": answer.respondent,
            "satisfied": answer.satisfied,
            "remark": answer.remark,
            "imported_by": person,
            "imported_at": tx.now,
            "purpose": "evaluation/survey",
            "keep_until": last_day,
        }
        for answer in taken
    ]
    await tx.insert_many(private_answers, rows)
    counted = await tx.one(_COUNT, survey_id=survey["id"])
    assert counted is not None
    await tx.update(surveys, survey["id"], answers=counted["answers"], satisfied=counted["satisfied"])


def counts_of(survey: Row) -> Counts:
    return Counts(survey["invited"], survey["answers"], survey["satisfied"])


async def read_survey(reader: Reader, survey_id: UUID, scope: Scope) -> Row:
    """A survey, for the parties of its contract and those who oversee them."""
    survey = await find_survey(reader, survey_id)
    await party_contract(reader, survey["contract_id"], scope)
    return survey


async def read_surveys(reader: Reader, contract_id: UUID, shown: Slice, scope: Scope) -> list[Row]:
    await party_contract(reader, contract_id, scope)
    return await reader.all(shown.of(_OF_CONTRACT), contract_id=contract_id)
