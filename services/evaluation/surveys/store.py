"""Queries about surveys. Answers are written and counted, never shown."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from services.evaluation.mandates.store import party_contract
from services.evaluation.plans.records import Contract
from services.evaluation.statements.store import keep_until
from services.evaluation.surveys.records import Survey, SurveyAnswer, SurveyState
from services.evaluation.surveys.rules import Answered, Counts
from services.evaluation.tables import private_answers, surveys
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Transaction
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


async def find_survey(reader: Reader, survey_id: UUID) -> Survey:
    survey = await reader.one(_SURVEY, Survey, id=survey_id)
    if survey is None:
        raise NotFound
    return survey


async def survey_of(reader: Reader, contract_id: UUID, survey_id: UUID | None) -> Survey | None:
    """The survey, when it is one of this contract; raises NotFound for another's, None when none is named."""
    if survey_id is None:
        return None
    survey = await find_survey(reader, survey_id)
    if survey.contract_id != contract_id:
        raise NotFound
    return survey


async def closed_survey(reader: Reader, contract_id: UUID, survey_id: UUID | None) -> Survey | None:
    """The survey with its result; None while it is open, or when none is named."""
    survey = await survey_of(reader, contract_id, survey_id)
    return survey if survey is not None and survey.state == SurveyState.CLOSED else None


async def respondents(reader: Reader, survey_id: UUID) -> frozenset[UUID]:
    return frozenset(respondent for (respondent,) in await reader.all(_RESPONDENTS, survey_id=survey_id))


async def add_answers(
    tx: Transaction, contract: Contract, survey: Survey, taken: Sequence[Answered], person: UUID
) -> Survey:
    """Writes the answers and counts all of the survey again, from what is stored."""
    last_day = keep_until(contract)
    for answer in taken:
        await tx.add(
            SurveyAnswer(
                survey_id=survey.id,
                respondent=answer.respondent,
                satisfied=answer.satisfied,
                remark=answer.remark,
                imported_by=person,
                imported_at=tx.now,
                purpose="evaluation/survey",
                keep_until=last_day,
            )
        )
    answers, satisfied = await tx.one(_COUNT, survey_id=survey.id) or (0, 0)
    return await tx.save(survey, replace(survey, answers=answers, satisfied=satisfied))


def counts_of(survey: Survey) -> Counts:
    return Counts(survey.invited, survey.answers, survey.satisfied)


async def read_survey(reader: Reader, survey_id: UUID, scope: Scope) -> Survey:
    """A survey, for the parties of its contract and those who oversee them."""
    survey = await find_survey(reader, survey_id)
    await party_contract(reader, survey.contract_id, scope)
    return survey


async def read_surveys(reader: Reader, contract_id: UUID, shown: Slice, scope: Scope) -> list[Survey]:
    await party_contract(reader, contract_id, scope)
    return await reader.all(shown.of(_OF_CONTRACT), Survey, contract_id=contract_id)
