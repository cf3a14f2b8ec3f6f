"""Routes of objections."""

from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.evaluation.assessments.store import read_assessment
from services.evaluation.fields import Sha256
from services.evaluation.objections import store
from services.evaluation.objections.corrections import CorrectAnswer, correct_answer
from services.evaluation.objections.handlers import (
    AnswerObjection,
    FileObjection,
    WithdrawObjection,
    answer_objection,
    file_objection,
    withdraw_objection,
)
from services.evaluation.objections.views import (
    AnswerCorrectionView,
    ObjectionDetails,
    ObjectionView,
    objection_details,
    objection_view,
)
from services.evaluation.statements.store import read_statement
from shared.fields.money import Points
from shared.fields.text import LongText
from shared.web.http import Body, Command, Listed, Query, perform, router

routes = router("objections")


class ObjectionBody(Body):
    """What the provider says, and the SHA-256 hashes (hex) of its evidence. One that lacks either is refused by
    rule."""

    statement: LongText | None = None
    evidence: list[Sha256] = Field(default=[], max_length=50)


class AnswerBody(Body):
    """The answer: upheld with a corrected score, or rejected; in both cases with what was verified."""

    upheld: bool
    verification: LongText | None = None
    corrected_score: Points | None = None


class AnswerCorrectionBody(AnswerBody):
    """The answer that was meant, with what was verified, and why it takes the place of the one before."""

    reason: LongText


@routes.post(
    "/assessments/{assessment_id}/objections",
    operation_id="file_objection",
    response_model=ObjectionView,
    status_code=201,
)
async def post_objection(assessment_id: UUID, body: ObjectionBody, call: Command) -> Response:
    """Objects to a notified result. Duty: file_objection, in the assessed provider."""
    command = FileObjection(assessment_id, body.statement, tuple(body.evidence))
    return await perform(file_objection, call, command)


@routes.post(
    "/objections/{objection_id}/answer",
    operation_id="answer_objection",
    response_model=ObjectionView,
    status_code=201,
)
async def post_answer(objection_id: UUID, body: AnswerBody, call: Command) -> Response:
    """Answers an objection; the result then stands. Duty: answer_objection, and not the person who assessed."""
    command = AnswerObjection(objection_id, body.upheld, body.verification, body.corrected_score)
    return await perform(answer_objection, call, command)


@routes.post(
    "/objections/{objection_id}/answer/correction",
    operation_id="correct_objection_answer",
    response_model=ObjectionView,
)
async def post_correction(objection_id: UUID, body: AnswerCorrectionBody, call: Command) -> Response:
    """Answers as was meant, as another person than who answered and who assessed, until the period is assessed anew;
    other points are a new version of the result, and the payment follows. Duty: answer_objection."""
    answer = (body.upheld, body.verification, body.corrected_score)
    return await perform(correct_answer, call, CorrectAnswer(objection_id, *answer, body.reason))


@routes.get("/objections/{objection_id}/answer/corrections", operation_id="list_answer_corrections")
async def list_corrections(objection_id: UUID, query: Query, listed: Listed) -> list[AnswerCorrectionView]:
    """What the answer was before another person set it right, for the parties of the contract and those who oversee
    them."""
    await store.read_objection(query, objection_id, query.actor.scope())
    corrections = await store.list_corrections(query, objection_id, listed.by("number"))
    return [AnswerCorrectionView.model_validate(correction) for correction in listed.page(corrections, "number")]


@routes.post("/objections/{objection_id}/withdraw", operation_id="withdraw_objection", response_model=ObjectionView)
async def post_withdrawal(objection_id: UUID, call: Command) -> Response:
    """Takes an objection back before it is answered. While the window is open another may be filed; after it the result
    stands. Duty: file_objection, in the assessed provider."""
    return await perform(withdraw_objection, call, WithdrawObjection(objection_id))


@routes.get("/assessments/{assessment_id}/objections", operation_id="list_objections")
async def list_objections(assessment_id: UUID, query: Query, listed: Listed) -> list[ObjectionView]:
    """The objections to an assessment, for the parties of its contract and those who oversee them."""
    await read_assessment(query, assessment_id, query.actor.scope())
    objections = await store.of_assessment(query, assessment_id, listed.by("id"))
    return [objection_view(objection, query.today) for objection in listed.page(objections, "id")]


@routes.get("/objections/{objection_id}", operation_id="get_objection")
async def get_objection(objection_id: UUID, query: Query, response: Response) -> ObjectionDetails:
    """One objection with what was said and found."""
    objection = await store.read_objection(query, objection_id, query.actor.scope())
    response.headers["etag"] = f'"{objection.version}"'
    statement = await read_statement(query, objection_id, "objection")
    verification = await read_statement(query, await store.verified_by(query, objection_id), "verification")
    return objection_details(objection, query.today, statement, verification)
