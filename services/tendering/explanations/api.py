"""Routes of explanations of low prices."""

from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.tendering.explanations import store
from services.tendering.explanations.handlers import (
    AskAboutPrice,
    CorrectExplanation,
    ExplainPrice,
    JudgePrice,
    LookAtPrice,
    ask_about_price,
    correct_explanation,
    explain_price,
    judge_price,
    look_at_price,
)
from services.tendering.explanations.records import ExplanationShown
from services.tendering.explanations.views import (
    ExplanationView,
    GivenAnswerView,
    PriceLookView,
)
from services.tendering.panels import store as panels
from services.tendering.procurements import store as procurements
from shared.fields.text import LongText
from shared.web.http import Body, Command, Id, Listed, Query, perform, router
from shared.work.database import NotFound

routes = router("explanations")

_LOOK = ("bid_id", "person_id", "number")


class QuestionBody(Body):
    """The bid whose price is clearly below the others, and how many minutes its bidder has to explain it."""

    bid_id: Id
    minutes: int = Field(ge=1, le=4320, examples=[120])


class LookBody(Body):
    """A price clearly below the others, whether it needs no explanation, and why."""

    bid_id: Id
    needless: bool
    reason: LongText


class ExplanationBody(Body):
    """How the bidder comes to its price, in writing."""

    text: LongText


class CorrectionBody(ExplanationBody):
    """The explanation that was meant, and why it takes the place of the one before."""

    reason: LongText


class JudgementBody(Body):
    """Whether the bidder has proven its price."""

    proven: bool


@routes.post(
    "/procurements/{procurement_id}/price-explanations",
    operation_id="ask_about_price",
    response_model=ExplanationView,
    status_code=201,
)
async def post_question(procurement_id: UUID, body: QuestionBody, call: Command) -> Response:
    """Asks a bidder to explain its price, once a bid and before the ranking; until the panel has decided nobody scores.
    Duty: score_bids, on the panel."""
    return await perform(ask_about_price, call, AskAboutPrice(procurement_id, body.bid_id, body.minutes))


@routes.post(
    "/procurements/{procurement_id}/price-looks",
    operation_id="look_at_price",
    response_model=PriceLookView,
    status_code=201,
)
async def post_look(procurement_id: UUID, body: LookBody, call: Command) -> Response:
    """Says of a price clearly below the others whether it needs no explanation; once the majority of the panel finds
    so, the bids are scored. Before the ranking a member sets it right by saying it again, and may still ask. Duty:
    score_bids, on the panel."""
    command = LookAtPrice(procurement_id, body.bid_id, body.needless, body.reason)
    return await perform(look_at_price, call, command)


@routes.get("/procurements/{procurement_id}/price-looks", operation_id="list_price_looks")
async def list_looks(procurement_id: UUID, query: Query, listed: Listed) -> list[PriceLookView]:
    """All that members said of low prices, also what they set right; for the panel and the purchaser's side."""
    if await _seen(query, procurement_id) is not None:
        raise NotFound
    looks = await store.list_looks(query, procurement_id, listed.by(*_LOOK))
    return [PriceLookView.model_validate(each) for each in listed.page(looks, *_LOOK)]


@routes.post(
    "/price-explanations/{explanation_id}/answer", operation_id="explain_price", response_model=ExplanationView
)
async def post_answer(explanation_id: UUID, body: ExplanationBody, call: Command) -> Response:
    """Explains the price, once and in time; another person sets it right. Duty: submit_bid, of the bidder."""
    return await perform(explain_price, call, ExplainPrice(explanation_id, body.text))


@routes.post(
    "/price-explanations/{explanation_id}/answer/correction",
    operation_id="correct_explanation",
    response_model=ExplanationView,
)
async def post_correction(explanation_id: UUID, body: CorrectionBody, call: Command) -> Response:
    """Sets the explanation right, in time and before anybody judged it, as another person than who gave it; both stay
    readable. Duty: submit_bid, of the bidder."""
    return await perform(correct_explanation, call, CorrectExplanation(explanation_id, body.text, body.reason))


@routes.get("/price-explanations/{explanation_id}/answers", operation_id="list_price_answers")
async def list_answers(explanation_id: UUID, query: Query, listed: Listed) -> list[GivenAnswerView]:
    """All that the bidder said of its price, the last one counts; for the panel, the purchaser's side and the
    bidder."""
    await _may_read(query, explanation_id)
    given = await store.list_answers(query, explanation_id, listed.by("number"))
    return [GivenAnswerView.model_validate(each) for each in listed.page(given, "number")]


@routes.post(
    "/price-explanations/{explanation_id}/judgement", operation_id="judge_price", response_model=ExplanationView
)
async def post_judgement(explanation_id: UUID, body: JudgementBody, call: Command) -> Response:
    """Says whether the price is proven, after the answer or the time for it; the majority of the panel decides, and a
    price that is not proven makes the bid invalid. Duty: score_bids, on the panel."""
    return await perform(judge_price, call, JudgePrice(explanation_id, body.proven))


@routes.get("/procurements/{procurement_id}/price-explanations", operation_id="list_price_explanations")
async def list_explanations(procurement_id: UUID, query: Query, listed: Listed) -> list[ExplanationView]:
    """What was asked and answered: for the panel and the purchaser's side all of it, for a bidder its own."""
    providers = await _seen(query, procurement_id)
    seen = await store.list_seen(query, procurement_id, listed.by("id"), providers)
    return [ExplanationView.model_validate(each) for each in listed.page(seen, "id")]


@routes.get("/price-explanations/{explanation_id}", operation_id="get_price_explanation")
async def get_explanation(explanation_id: UUID, query: Query, response: Response) -> ExplanationView:
    """One of them; its ETag is needed to answer or to judge."""
    explanation = await _may_read(query, explanation_id)
    response.headers["etag"] = f'"{explanation.version}"'
    return ExplanationView.model_validate(explanation)


async def _may_read(query: Query, explanation_id: UUID) -> ExplanationShown:
    explanation = await store.read(query, explanation_id)
    providers = await _seen(query, explanation.procurement_id)
    if providers is not None and explanation.provider_id not in providers:
        raise NotFound
    return explanation


async def _seen(query: Query, procurement_id: UUID) -> frozenset[UUID] | None:
    """About whose bids the reader may read it; None for all."""
    scope = query.actor.scope()
    procurement = await procurements.read(query, procurement_id, scope)
    panel = await panels.of_procurement(query, procurement_id)
    if panel is None:
        raise NotFound
    seats = {member.person_id for member in await panels.members(query, panel.id)}
    if query.actor.person_id in seats or procurements.sees(scope, procurement):
        return None
    return frozenset(post.organisation for post in query.actor.posts if post.provides)
