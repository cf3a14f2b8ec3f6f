"""Routes of corrections."""

from uuid import UUID

from fastapi import Response
from pydantic import Field, model_validator

from services.evaluation.conclusions.store import read_evaluation
from services.evaluation.corrections import store
from services.evaluation.corrections.handlers import (
    ApproveCorrection,
    ProposeCorrection,
    WithdrawCorrection,
    approve_correction,
    propose_correction,
    withdraw_correction,
)
from services.evaluation.corrections.views import CorrectionView
from services.evaluation.fields import Quantity
from shared.fields.money import Points
from shared.fields.text import LongText, Name
from shared.web.http import Body, Command, Id, Listed, Query, perform, router

routes = router("corrections")


class CorrectionBody(Body):
    """What was wrong: other points for a party, another survey, or what indicators attained. At least one of them, and
    why."""

    purchaser_score: Points | None = None
    third_party_score: Points | None = None
    survey_id: Id | None = None
    attained: dict[Name, Quantity] | None = Field(
        default=None, min_length=1, max_length=100, examples=[{"consultations": "381"}]
    )
    reason: LongText

    @model_validator(mode="after")
    def corrects_something(self) -> "CorrectionBody":
        given = (self.purchaser_score, self.third_party_score, self.survey_id, self.attained)
        if all(each is None for each in given):
            raise ValueError("give other points, another survey or other values")
        return self


@routes.post(
    "/evaluations/{evaluation_id}/corrections",
    operation_id="propose_correction",
    response_model=CorrectionView,
    status_code=201,
)
async def post_correction(evaluation_id: UUID, body: CorrectionBody, call: Command) -> Response:
    """Proposes to correct a concluded result. Duty: conclude_evaluation."""
    given = (body.purchaser_score, body.third_party_score, body.survey_id, body.attained)
    return await perform(propose_correction, call, ProposeCorrection(evaluation_id, *given, body.reason))


@routes.post("/corrections/{correction_id}/approve", operation_id="approve_correction", response_model=CorrectionView)
async def post_approval(correction_id: UUID, call: Command) -> Response:
    """Approves it, as another person; the result is decided again and sent as its next version. Duty:
    conclude_evaluation."""
    return await perform(approve_correction, call, ApproveCorrection(correction_id))


@routes.post("/corrections/{correction_id}/withdraw", operation_id="withdraw_correction", response_model=CorrectionView)
async def post_withdrawal(correction_id: UUID, call: Command) -> Response:
    """Takes back a correction that nobody has approved, or refuses it. Duty: conclude_evaluation."""
    return await perform(withdraw_correction, call, WithdrawCorrection(correction_id))


@routes.get("/evaluations/{evaluation_id}/corrections", operation_id="list_corrections")
async def list_corrections(evaluation_id: UUID, query: Query, listed: Listed) -> list[CorrectionView]:
    """The corrections of an evaluation, for the parties and those who oversee them."""
    await read_evaluation(query, evaluation_id, query.actor.scope())
    corrections = await store.of_evaluation(query, evaluation_id, listed.by("id"))
    return [CorrectionView.model_validate(correction) for correction in listed.page(corrections, "id")]
