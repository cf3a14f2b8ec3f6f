"""Commands on surveys: to open one, to bring in answers, to close it with its result."""

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from services.evaluation.mandates.store import must_organise
from services.evaluation.plans.records import Contract
from services.evaluation.plans.store import about, law_apart, owner
from services.evaluation.rulebook import SurveySection
from services.evaluation.statements.store import keep_statement
from services.evaluation.surveys import store
from services.evaluation.surveys.records import Survey, SurveyState
from services.evaluation.surveys.rules import Answered, Fault, close_survey, is_thin, rests_on, take_answers
from services.evaluation.surveys.views import SurveyView, batch_view
from services.evaluation.tables import ASKED
from shared.events.evaluation import SurveyAnswersTaken, SurveyClosed, SurveyOpened
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, Transaction, must_be

THIN = "thin_survey"
"""Under which kind the reason for a survey that few answered is kept."""


@dataclass(frozen=True, slots=True)
class OpenSurvey:
    """Asks `invited` beneficiaries of a contract."""

    contract_id: UUID
    title: str
    invited: int


@dataclass(frozen=True, slots=True)
class ImportAnswers:
    """A batch of answers; a dry run says what would count and keeps nothing."""

    survey_id: UUID
    rows: tuple[Answered | Fault, ...]
    dry_run: bool


@dataclass(frozen=True, slots=True)
class CloseSurvey:
    """Ends a survey; its counts are its result. `reason`: why it counts although few people answered."""

    survey_id: UUID
    reason: str | None = None


async def open_survey(call: Call, command: OpenSurvey) -> Answer:
    async with call.transaction() as tx:
        contract, person = await tx.open(Contract, command.contract_id, "run_survey", by=None, fresh=False)
        await must_organise(tx, contract, "run_survey")
        law_apart(tx, contract, "run_survey")
        survey = await tx.add(
            Survey(id=new_id(), **owner(contract), title=command.title, invited=command.invited, opened_by=person)
        )
        tx.emit(SurveyOpened(**about(survey, ASKED), survey_id=survey.id, invited=survey.invited))
        view, location = SurveyView.model_validate(survey), f"/v1/surveys/{survey.id}"
        return tx.answer(201, view, version=survey.version, location=location)


async def import_answers(call: Call, command: ImportAnswers) -> Answer:
    async with call.transaction() as tx:
        survey, contract, person = await _open(tx, command.survey_id)
        before = await store.respondents(tx, survey.id)
        batch = take_answers(command.rows, before, survey.invited - survey.answers)
        if batch.taken and not command.dry_run:
            survey = await store.add_answers(tx, contract, survey, batch.taken, person)
            tx.emit(SurveyAnswersTaken(**about(survey, ASKED), survey_id=survey.id, taken=len(batch.taken)))
        return tx.answer(200, batch_view(survey, batch, dry_run=command.dry_run), version=survey.version)


async def end_survey(call: Call, command: CloseSurvey) -> Answer:
    async with call.transaction() as tx:
        survey, contract, person = await _open(tx, command.survey_id)
        section = tx.law(contract, SurveySection)
        counts, reason = store.counts_of(survey), command.reason
        satisfaction = tx.decided(close_survey(counts, section, reasoned=reason is not None))
        thin = is_thin(counts, section)
        hashed = await keep_statement(tx, contract, survey.id, THIN, reason) if thin and reason else None
        result = replace(survey, satisfaction=satisfaction, thin=thin, reason_hash=hashed)
        closed = await tx.save(survey, replace(result, state=SurveyState.CLOSED, closed_by=person, closed_on=tx.today))
        tx.emit(
            SurveyClosed(
                **about(closed, ASKED),
                survey_id=closed.id,
                answers=closed.answers,
                satisfied=closed.satisfied,
                satisfaction=satisfaction,
                invited=closed.invited,
                thin=closed.thin,
            )
        )
        return tx.answer(200, SurveyView.model_validate(closed), version=closed.version)


async def rested_on(tx: Transaction, contract: Contract, survey_id: UUID | None) -> Decimal | None:
    """The satisfaction of a closed survey of the contract, for who rests a result on it: that few were heard goes into
    what they are shown. None without one, or while it is open."""
    survey = await store.closed_survey(tx, contract.id, survey_id)
    if survey is None:
        return None
    tx.decided(rests_on(store.counts_of(survey), tx.law(contract, SurveySection)))
    return survey.satisfaction


async def _open(tx: Transaction, survey_id: UUID) -> tuple[Survey, Contract, UUID]:
    """The open survey, its contract, and the person who runs it."""
    survey, contract, person = await tx.open_part(Survey, survey_id, Contract, "run_survey", by=None, fresh=False)
    await must_organise(tx, contract, "run_survey")
    tx.expect(survey.version)
    law_apart(tx, contract, "run_survey")
    must_be(survey, (SurveyState.OPEN,))
    return survey, contract, person
