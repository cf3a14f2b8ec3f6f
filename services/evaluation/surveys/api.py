"""Routes of surveys."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import BeforeValidator, Field, model_validator

from services.evaluation.surveys import store
from services.evaluation.surveys.handlers import (
    CloseSurvey,
    ImportAnswers,
    OpenSurvey,
    end_survey,
    import_answers,
    open_survey,
)
from services.evaluation.surveys.rules import Answered, Fault, read_csv
from services.evaluation.surveys.views import BatchView, SurveyView
from shared.fields.text import LongText, Name, ShortText
from shared.web.http import Body, Command, Id, Listed, Query, perform, router

routes = router("surveys")


def _plain_lines(value: object) -> object:
    """Spreadsheets write a mark in front and two characters at the end of a line."""
    return value.removeprefix("\ufeff").replace("\r\n", "\n") if isinstance(value, str) else value


CsvText = Annotated[LongText, BeforeValidator(_plain_lines)]
"""A CSV text of at most 20,000 characters; more answers go into further batches."""


class SurveyBody(Body):
    """How many beneficiaries are asked."""

    title: Name = Field(examples=["2022 counselling, people served"])
    invited: int = Field(ge=1, le=1_000_000)


class AnswerBody(Body):
    """One beneficiary's answer under a random id."""

    respondent: Id
    satisfied: bool
    remark: ShortText | None = None


class AnswersBody(Body):
    """A batch, either as `answers` or as `csv` with the columns respondent, satisfied (1/0, yes/no, 是/否), remark."""

    answers: list[AnswerBody] | None = Field(default=None, max_length=2000)
    csv: CsvText | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def one_form(self) -> "AnswersBody":
        if (self.answers is None) == (self.csv is None):
            raise ValueError("give either answers or csv")
        return self

    def rows(self) -> tuple[Answered | Fault, ...]:
        if self.csv is not None:
            return tuple(read_csv(self.csv))
        return tuple(Answered(a.respondent, a.satisfied, a.remark) for a in self.answers or ())


class ClosingBody(Body):
    """Why the survey counts although few people answered; it stays with the files."""

    reason: LongText | None = None


@routes.post("/contracts/{contract_id}/surveys", operation_id="open_survey", response_model=SurveyView, status_code=201)
async def post_survey(contract_id: UUID, body: SurveyBody, call: Command) -> Response:
    """Opens a survey among the beneficiaries. Duty: run_survey, of the purchaser or an entrusted third party."""
    return await perform(open_survey, call, OpenSurvey(contract_id, body.title, body.invited))


@routes.post("/surveys/{survey_id}/answers", operation_id="import_answers", response_model=BatchView)
async def post_answers(survey_id: UUID, body: AnswersBody, call: Command) -> Response:
    """Brings in answers; rows that do not count are listed, the others are kept (unless it is a dry run). Duty:
    run_survey."""
    return await perform(import_answers, call, ImportAnswers(survey_id, body.rows(), body.dry_run))


@routes.post("/surveys/{survey_id}/close", operation_id="close_survey", response_model=SurveyView)
async def post_close(survey_id: UUID, call: Command, body: ClosingBody | None = None) -> Response:
    """Ends the survey; its satisfaction is the share of the satisfied among those who answered. One that few answered
    needs a reason. Duty: run_survey."""
    return await perform(end_survey, call, CloseSurvey(survey_id, body.reason if body else None))


@routes.get("/contracts/{contract_id}/surveys", operation_id="list_surveys")
async def list_surveys(contract_id: UUID, query: Query, listed: Listed) -> list[SurveyView]:
    """The surveys of a contract."""
    surveys = await store.read_surveys(query, contract_id, listed.by("id"), query.actor.scope())
    return [SurveyView.model_validate(survey) for survey in listed.page(surveys, "id")]


@routes.get("/surveys/{survey_id}", operation_id="get_survey")
async def get_survey(survey_id: UUID, query: Query, response: Response) -> SurveyView:
    """The counts of one survey."""
    survey = await store.read_survey(query, survey_id, query.actor.scope())
    response.headers["etag"] = f'"{survey.version}"'
    return SurveyView.model_validate(survey)
