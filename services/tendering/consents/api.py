"""Routes of consents."""

from typing import Literal
from uuid import UUID

from fastapi import Response

from services.tendering.consents import store
from services.tendering.consents.handlers import (
    AnswerConsent,
    AskConsent,
    WithdrawConsent,
    answer_consent,
    ask_consent,
    withdraw_consent,
)
from services.tendering.consents.records import Authority, Purpose
from services.tendering.consents.views import ConsentView
from services.tendering.files.contents import Code
from shared.errands.documents import Documented, names
from shared.fields.text import LongText
from shared.web.http import Body, Command, Listed, Query, perform, router

routes = router("consents")


class RequestBody(Documented):
    """What is to be consented to, for which method, by whom, and why; `ground` where the text lists grounds."""

    purpose: Literal["other_method", "direct_choice", "own_experts", "price_weight"]
    method: Literal["open_tender", "competitive_consultation", "direct_choice"]
    authority: Literal["second_person", "supervising_unit", "finance", "city_finance"]
    ground: Code | None = None
    reason: LongText


class AnswerBody(Body):
    """Whether it is given, and why."""

    given: bool
    reason: LongText


@routes.post("/projects/{project_id}/consents", operation_id="ask_consent", response_model=ConsentView, status_code=201)
async def post_request(project_id: UUID, body: RequestBody, call: Command) -> Response:
    """Asks an authority that the text names to consent. Finance is asked after the others. Duty: open_procurement."""
    purpose, authority = Purpose(body.purpose), Authority(body.authority)
    command = AskConsent(project_id, purpose, body.method, authority, body.ground, body.reason)
    return await perform(ask_consent, names(call, body, "consent"), command)


@routes.post("/consents/{consent_id}/answer", operation_id="answer_consent", response_model=ConsentView)
async def post_answer(consent_id: UUID, body: AnswerBody, call: Command) -> Response:
    """Gives or refuses it, as another person than who asked; or takes back what was given, as long as nothing rests on
    it. Duty: consent_as_second, of the purchaser; consent_as_supervisor; approve_exception."""
    return await perform(answer_consent, call, AnswerConsent(consent_id, body.given, body.reason))


@routes.post("/consents/{consent_id}/withdraw", operation_id="withdraw_consent", response_model=ConsentView)
async def post_withdrawal(consent_id: UUID, call: Command) -> Response:
    """Does without it, as long as nothing rests on it. Duty: open_procurement."""
    return await perform(withdraw_consent, call, WithdrawConsent(consent_id))


@routes.get("/projects/{project_id}/consents", operation_id="list_consents")
async def list_consents(project_id: UUID, query: Query, listed: Listed) -> list[ConsentView]:
    """What was asked for a project, as far as you may read it: the purchaser's side, and each authority its own."""
    found = listed.page(await store.list_consents(query, project_id, listed.by("id")), "id")
    return [ConsentView.model_validate(each) for each in found]


@routes.get("/consents/{consent_id}", operation_id="get_consent")
async def get_consent(consent_id: UUID, query: Query, response: Response) -> ConsentView:
    """One of them, for the purchaser's side and whoever may give it; its ETag is needed to answer or withdraw it."""
    consent = await store.read(query, consent_id, query.actor.scope())
    response.headers["etag"] = f'"{consent.version}"'
    return ConsentView.model_validate(consent)
