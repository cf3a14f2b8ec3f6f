"""Routes of assessments."""

from typing import Annotated
from uuid import UUID

from fastapi import Query as Parameter
from fastapi import Response
from pydantic import Field

from services.evaluation.assessments import store
from services.evaluation.assessments.handlers import (
    CorrectResult,
    GiveResult,
    NotifyObservers,
    OpenAssessment,
    correct_result,
    give_result,
    notify_observers,
    open_assessment,
)
from services.evaluation.assessments.views import AssessmentDetails, AssessmentView, assessment_details
from services.evaluation.conduct.store import read_observers
from services.evaluation.conduct.views import ObserversBody, observer_views
from services.evaluation.fields import Code
from shared.fields.money import Points
from shared.fields.text import LongText, ShortText, WorkInstant
from shared.web.http import Body, Command, Id, Listed, Query, perform, router

routes = router("assessments")


class OpeningBody(Body):
    """Which payment line's period, and in which ways; a way that the text does not name needs a reason."""

    line_id: Id
    modes: list[Code] = Field(min_length=1, max_length=20, examples=[["daily", "random"]])
    modes_reason: ShortText | None = None
    purchaser_is_user: bool = False


class ResultBody(Body):
    """The points of the period, and when it was assessed (now, when not given)."""

    score: Points
    held_at: WorkInstant | None = None


class ResultCorrectionBody(Body):
    """The points that were meant, and why others were entered."""

    score: Points
    reason: LongText


@routes.post(
    "/contracts/{contract_id}/assessments",
    operation_id="open_assessment",
    response_model=AssessmentView,
    status_code=201,
)
async def post_assessment(contract_id: UUID, body: OpeningBody, call: Command) -> Response:
    """Begins the assessment of a period. Duty: accept_service, and not the person who signed the contract."""
    command = OpenAssessment(contract_id, body.line_id, tuple(body.modes), body.modes_reason, body.purchaser_is_user)
    return await perform(open_assessment, call, command)


@routes.post(
    "/assessments/{assessment_id}/observers", operation_id="notify_assessment_observers", response_model=AssessmentView
)
async def post_observers(assessment_id: UUID, body: ObserversBody, call: Command) -> Response:
    """Enters the service users notified beforehand. Duty: accept_service."""
    return await perform(notify_observers, call, NotifyObservers(assessment_id, body.told()))


@routes.post(
    "/assessments/{assessment_id}/result",
    operation_id="give_assessment_result",
    response_model=AssessmentView,
    status_code=201,
)
async def post_result(assessment_id: UUID, body: ResultBody, call: Command) -> Response:
    """Tells the provider the points in writing and opens the window for objections. Duty: accept_service."""
    return await perform(give_result, call, GiveResult(assessment_id, body.score, body.held_at))


@routes.post(
    "/assessments/{assessment_id}/correction",
    operation_id="correct_assessment_result",
    response_model=AssessmentView,
    status_code=201,
)
async def post_correction(assessment_id: UUID, body: ResultCorrectionBody, call: Command) -> Response:
    """Sets right, as another person than the one who gave it, a result that is notified or that stood at once without
    a window: a record of its own with the next `attempt`, told to the provider with a new window. Both stay. Duty:
    accept_service."""
    return await perform(correct_result, call, CorrectResult(assessment_id, body.score, body.reason))


@routes.get("/contracts/{contract_id}/assessments", operation_id="list_assessments")
async def list_assessments(
    contract_id: UUID, query: Query, listed: Listed, mode: Annotated[Code | None, Parameter()] = None
) -> list[AssessmentView]:
    """The assessments of a contract; `mode` keeps those carried out in that way."""
    assessments = await store.read_assessments(query, contract_id, listed.by("id"), query.actor.scope(), mode)
    return [AssessmentView.model_validate(assessment) for assessment in listed.page(assessments, "id")]


@routes.get("/assessments/{assessment_id}", operation_id="get_assessment")
async def get_assessment(assessment_id: UUID, query: Query, response: Response) -> AssessmentDetails:
    """One assessment with its notices."""
    assessment = await store.read_assessment(query, assessment_id, query.actor.scope())
    response.headers["etag"] = f'"{assessment.version}"'
    return assessment_details(assessment, observer_views(await read_observers(query, assessment.occasion_id)))
