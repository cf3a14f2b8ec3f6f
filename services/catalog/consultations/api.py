"""Routes of public consultations."""

from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.catalog.consultations import store
from services.catalog.consultations.handlers import (
    CorrectDisposition,
    DisposeFeedback,
    DisposeMany,
    GiveFeedback,
    OpenConsultation,
    WithdrawConsultation,
    correct_disposition,
    dispose_feedback,
    dispose_many,
    give_feedback,
    open_consultation,
    withdraw_consultation,
)
from services.catalog.consultations.views import (
    ConsultationView,
    DisposedView,
    DispositionCorrectionView,
    FeedbackView,
    ReceiptView,
)
from services.catalog.fields import Slug
from shared.errands.documents import Documented, names
from shared.fields.text import LongText, ShortText, WorkDate
from shared.web.http import Body, Command, Id, Listed, Query, perform, router

routes = router("consultations")


class ConsultationBody(Documented):
    """Through which channels the public is asked, and until the end of which day."""

    channels: list[Slug] = Field(max_length=20, examples=[["questionnaire"]])
    channel_reason: ShortText | None = None
    closes_on: WorkDate


class ConsultationWithdrawalBody(Documented):
    """Why the consultation does not stand. The reason is told to everybody; leave out what is personal."""

    reason: ShortText


class FeedbackBody(Body):
    """An answer to a consultation."""

    content: LongText


class DispositionBody(Body):
    """Whether an answer is adopted, and why where it is not."""

    adopted: bool
    reason: ShortText | None = None


class DispositionCorrectionBody(DispositionBody):
    """The decision as it should have been, and why the former one was a slip."""

    why: ShortText


class DispositionsBody(Documented, DispositionBody):
    """The same for many answers to one consultation."""

    feedback: list[Id] = Field(min_length=1, max_length=200)


@routes.get("/projects/{project_id}/consultations", operation_id="list_consultations")
async def list_consultations(project_id: UUID, query: Query, listed: Listed) -> list[ConsultationView]:
    """The consultations of a project, latest first."""
    shown = listed.by("opened_on", "id", descending=True)
    rows = await store.list_consultations(query, project_id, shown, query.actor.scope())
    return [ConsultationView.model_validate(row) for row in listed.page(rows, "opened_on", "id")]


@routes.get("/consultations/{consultation_id}", operation_id="get_consultation")
async def get_consultation(consultation_id: UUID, query: Query) -> ConsultationView:
    """A consultation with the requirement it puts to the public; for everybody who can log in."""
    return ConsultationView.model_validate(await store.find_consultation(query, consultation_id))


@routes.get("/consultations/{consultation_id}/feedback", operation_id="list_feedback")
async def list_feedback(consultation_id: UUID, query: Query, listed: Listed) -> list[FeedbackView]:
    """The answers, for the purchaser and those who oversee it."""
    rows = await store.list_feedback(query, consultation_id, listed.after, listed.fetched, query.actor.scope())
    return [FeedbackView.model_validate(row) for row in listed.page(rows, "id")]


@routes.post(
    "/requirements/{requirement_id}/consultations",
    operation_id="open_consultation",
    response_model=ConsultationView,
    status_code=201,
)
async def post_consultation(requirement_id: UUID, body: ConsultationBody, call: Command) -> Response:
    """Puts a written requirement to the public. If-Match is the requirement's. Duty: write_requirement."""
    command = OpenConsultation(requirement_id, body.channels, body.channel_reason, body.closes_on)
    return await perform(open_consultation, names(call, body, "consultation"), command)


@routes.post(
    "/consultations/{consultation_id}/withdrawal",
    operation_id="withdraw_consultation",
    response_model=ConsultationView,
)
async def post_consultation_withdrawal(
    consultation_id: UUID, body: ConsultationWithdrawalBody, call: Command
) -> Response:
    """Takes back a consultation that is still open, as another person than the one who opened it; the requirement does
    not wait for it any more, answers are still decided on. Duty: write_requirement, of the purchaser."""
    command = WithdrawConsultation(consultation_id, body.reason)
    return await perform(withdraw_consultation, names(call, body, "consultation_withdrawal", consultation_id), command)


@routes.post(
    "/consultations/{consultation_id}/feedback",
    operation_id="give_feedback",
    response_model=ReceiptView,
    status_code=201,
)
async def post_feedback(consultation_id: UUID, body: FeedbackBody, call: Command) -> Response:
    """Answers an open consultation. No duty: everybody who can log in may, and a later answer takes the place of one's
    first."""
    return await perform(give_feedback, call, GiveFeedback(consultation_id, body.content))


@routes.post(
    "/consultations/{consultation_id}/dispositions",
    operation_id="dispose_feedback_together",
    response_model=DisposedView,
)
async def post_dispositions(consultation_id: UUID, body: DispositionsBody, call: Command) -> Response:
    """Decides on many answers at once, all or none. Duty: write_requirement, of the purchaser."""
    command = DisposeMany(consultation_id, tuple(dict.fromkeys(body.feedback)), body.adopted, body.reason)
    return await perform(dispose_many, names(call, body, "disposition", consultation_id), command)


@routes.post("/feedback/{feedback_id}/disposition", operation_id="dispose_feedback", response_model=FeedbackView)
async def post_disposition(feedback_id: UUID, body: DispositionBody, call: Command) -> Response:
    """Decides on one answer. Duty: write_requirement, of the purchaser."""
    return await perform(dispose_feedback, call, DisposeFeedback(feedback_id, body.adopted, body.reason))


@routes.post(
    "/feedback/{feedback_id}/disposition/correction", operation_id="correct_disposition", response_model=FeedbackView
)
async def post_disposition_correction(feedback_id: UUID, body: DispositionCorrectionBody, call: Command) -> Response:
    """Sets right a decision that was a slip, as another person than the one who took it; both stay readable. Duty:
    write_requirement, of the purchaser."""
    command = CorrectDisposition(feedback_id, body.adopted, body.reason, body.why)
    return await perform(correct_disposition, call, command)


@routes.get("/feedback/{feedback_id}/disposition/corrections", operation_id="list_disposition_corrections")
async def list_disposition_corrections(
    feedback_id: UUID, query: Query, listed: Listed
) -> list[DispositionCorrectionView]:
    """How the decision on an answer was corrected, the first one first; for those who read the answers."""
    rows = await store.list_corrections(query, feedback_id, listed.by("number"), query.actor.scope())
    return [DispositionCorrectionView.model_validate(row) for row in listed.page(rows, "number")]
