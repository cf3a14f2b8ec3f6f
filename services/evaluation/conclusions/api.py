"""Routes of evaluations."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query as Parameter
from fastapi import Request, Response
from pydantic import Field

from services.evaluation.conclusions import store
from services.evaluation.conclusions.handlers import (
    ConcludeEvaluation,
    GiveOpinion,
    GivePart,
    OpenEvaluation,
    PublishEvaluation,
    conclude_evaluation,
    give_opinion,
    give_part,
    open_evaluation,
    publish_evaluation,
)
from services.evaluation.conclusions.views import (
    EvaluationDetails,
    EvaluationView,
    PublishedDetails,
    PublishedView,
    evaluation_details,
    published_details,
)
from services.evaluation.fields import Code, Quantity, Sha256
from services.evaluation.opinions.store import read_opinions
from services.evaluation.opinions.views import OpinionBody, opinion_views
from services.evaluation.statements.store import read_statement
from shared.fields.money import Points
from shared.fields.text import LongText, Name
from shared.web.http import Body, Command, Id, Listed, Query, perform, router
from shared.web.paging import DEFAULT_LIMIT, Limit, Listing, Page, read_cursor, write_cursor

routes = router("evaluations")


class OpeningBody(Body):
    """Which evaluation: of a line that waits for one, or (none given) the final one; and items beyond the text's."""

    line_id: Id | None = None
    added_items: list[Code] = Field(default=[], max_length=20)


class PartBody(Body):
    """A party's points; the third party names what its report covers, and the report's hash."""

    part: Literal["purchaser", "third_party"]
    score: Points
    report_fields: list[Code] = Field(default=[], max_length=20, examples=[["quality", "quantity", "effect", "cost"]])
    report_sha256: Sha256 | None = None


class ConclusionBody(Body):
    """Judgements by item, attained values by indicator; the satisfaction comes from the survey and is not typed in."""

    judgements: dict[Code, Literal["met", "partly_met", "not_met"]] = Field(default={}, max_length=50)
    attained: dict[Name, Quantity] = Field(default={}, max_length=100, examples=[{"consultations": "318"}])
    survey_id: Id | None = None
    reasons: LongText | None = None


@routes.post(
    "/contracts/{contract_id}/evaluations",
    operation_id="open_evaluation",
    response_model=EvaluationView,
    status_code=201,
)
async def post_evaluation(contract_id: UUID, body: OpeningBody, call: Command) -> Response:
    """Begins an evaluation. Duty: conclude_evaluation, of whoever the text lets organise it."""
    return await perform(open_evaluation, call, OpenEvaluation(contract_id, body.line_id, tuple(body.added_items)))


@routes.post("/evaluations/{evaluation_id}/parts", operation_id="give_evaluation_part", response_model=EvaluationView)
async def post_part(evaluation_id: UUID, body: PartBody, call: Command) -> Response:
    """Gives the points of the purchaser or of the entrusted third party. Duty: evaluate_service,
    there."""
    command = GivePart(evaluation_id, body.part, body.score, tuple(body.report_fields), body.report_sha256)
    return await perform(give_part, call, command)


@routes.post(
    "/evaluations/{evaluation_id}/opinions", operation_id="give_evaluation_opinion", response_model=EvaluationView
)
async def post_opinion(evaluation_id: UUID, body: OpinionBody, call: Command) -> Response:
    """Records what the committees, or the residents' representatives, think. Duty: conclude_evaluation."""
    return await perform(give_opinion, call, GiveOpinion(evaluation_id, body.given()))


@routes.post(
    "/evaluations/{evaluation_id}/conclusion",
    operation_id="conclude_evaluation",
    response_model=EvaluationView,
    status_code=201,
)
async def post_conclusion(evaluation_id: UUID, body: ConclusionBody, call: Command) -> Response:
    """Concludes with the weighted points and the grade; releases or withholds the line that waits for it.
    Duty: conclude_evaluation."""
    command = ConcludeEvaluation(evaluation_id, body.judgements, body.attained, body.survey_id, body.reasons)
    return await perform(conclude_evaluation, call, command)


@routes.post(
    "/evaluations/{evaluation_id}/publication",
    operation_id="publish_evaluation",
    response_model=EvaluationView,
    status_code=201,
)
async def post_publication(evaluation_id: UUID, call: Command) -> Response:
    """Puts the result before the public, without names. Duty: conclude_evaluation."""
    return await perform(publish_evaluation, call, PublishEvaluation(evaluation_id))


@routes.get("/contracts/{contract_id}/evaluations", operation_id="list_evaluations")
async def list_evaluations(contract_id: UUID, query: Query, listed: Listed) -> list[EvaluationView]:
    """The evaluations of a contract, for its parties and those who oversee them."""
    evaluations = await store.read_evaluations(query, contract_id, listed.by("id"), query.actor.scope())
    return [EvaluationView.model_validate(evaluation) for evaluation in listed.page(evaluations, "id")]


@routes.get("/evaluations/{evaluation_id}", operation_id="get_evaluation")
async def get_evaluation(evaluation_id: UUID, query: Query, response: Response) -> EvaluationDetails:
    """One evaluation in full, for the parties and those who oversee them."""
    evaluation = await store.read_evaluation(query, evaluation_id, query.actor.scope())
    response.headers["etag"] = f'"{evaluation.version}"'
    opinions = opinion_views(await read_opinions(query, evaluation_id))
    results = await store.read_results(query, evaluation_id)
    reasons = await read_statement(query, evaluation_id, "conclusion")
    return evaluation_details(evaluation, opinions, results, reasons)


@routes.get("/published-evaluations", operation_id="list_published_evaluations")
async def list_published_evaluations(
    request: Request,
    query: Query,
    provider_id: UUID | None = None,
    after: Annotated[str | None, Parameter(max_length=2000)] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[PublishedView]:
    """What has been published, the newest first, for everybody."""
    key = request.app.state.settings.cursor_key.get_secret_value().encode()
    listing = Listing("published", {"provider_id": str(provider_id)})
    place = read_cursor(after, listing, key) if after is not None else None
    found = await store.list_published(query, provider_id, place, limit + 1)
    shown = found[:limit]
    further = write_cursor((shown[-1].published_on, shown[-1].id), listing, key) if len(found) > limit else None
    return Page(items=[PublishedView.model_validate(published) for published in shown], next=further)


@routes.get("/published-evaluations/{evaluation_id}", operation_id="get_published_evaluation")
async def get_published_evaluation(evaluation_id: UUID, query: Query) -> PublishedDetails:
    """A published result with the points behind it, for everybody."""
    published = await store.read_published(query, evaluation_id)
    opinions = opinion_views(await read_opinions(query, evaluation_id))
    results = await store.read_results(query, evaluation_id)
    return published_details(published, results[-1], opinions)
