"""Routes of acceptances."""

from uuid import UUID

from fastapi import Response

from services.evaluation.acceptance import store
from services.evaluation.acceptance.handlers import (
    ConcludeAcceptance,
    CorrectAcceptance,
    GiveOpinion,
    NotifyObservers,
    OpenAcceptance,
    conclude_acceptance,
    correct_acceptance,
    give_opinion,
    notify_observers,
    open_acceptance,
)
from services.evaluation.acceptance.views import AcceptanceDetails, AcceptanceView, acceptance_details
from services.evaluation.conduct.store import read_observers
from services.evaluation.conduct.views import ObserversBody, observer_views
from services.evaluation.opinions.store import read_opinions
from services.evaluation.opinions.views import OpinionBody, opinion_views
from shared.fields.text import LongText, WorkInstant
from shared.web.http import Body, Command, Id, Listed, Query, perform, router

routes = router("acceptances")


class OpeningBody(Body):
    """Which payment line; none for a delivery that gates no payment. `purchaser_is_user`: the purchaser itself uses
    what was bought (never so for class 3)."""

    line_id: Id | None = None
    purchaser_is_user: bool = False


class ConclusionBody(Body):
    """Passed or failed; when it took place (now, when not given); the closed survey that gives the satisfaction."""

    passed: bool
    held_at: WorkInstant | None = None
    survey_id: Id | None = None


class AcceptanceCorrectionBody(Body):
    """What the acceptance found in truth, why it was entered otherwise, and another closed survey where it rests on
    one."""

    passed: bool
    survey_id: Id | None = None
    reason: LongText


@routes.post(
    "/contracts/{contract_id}/acceptances",
    operation_id="open_acceptance",
    response_model=AcceptanceView,
    status_code=201,
)
async def post_acceptance(contract_id: UUID, body: OpeningBody, call: Command) -> Response:
    """Begins an acceptance. Duty: accept_service, and not the person who signed the contract."""
    return await perform(open_acceptance, call, OpenAcceptance(contract_id, body.line_id, body.purchaser_is_user))


@routes.post(
    "/acceptances/{acceptance_id}/observers", operation_id="notify_acceptance_observers", response_model=AcceptanceView
)
async def post_observers(acceptance_id: UUID, body: ObserversBody, call: Command) -> Response:
    """Enters the service users notified beforehand. Duty: accept_service."""
    return await perform(notify_observers, call, NotifyObservers(acceptance_id, body.told()))


@routes.post(
    "/acceptances/{acceptance_id}/opinions", operation_id="give_acceptance_opinion", response_model=AcceptanceView
)
async def post_opinion(acceptance_id: UUID, body: OpinionBody, call: Command) -> Response:
    """Records what the committees, or the residents' representatives, think. Duty: accept_service."""
    return await perform(give_opinion, call, GiveOpinion(acceptance_id, body.given()))


@routes.post(
    "/acceptances/{acceptance_id}/conclusion",
    operation_id="conclude_acceptance",
    response_model=AcceptanceView,
    status_code=201,
)
async def post_conclusion(acceptance_id: UUID, body: ConclusionBody, call: Command) -> Response:
    """Passes or fails it; releases or withholds the line that waits for it. Duty: accept_service."""
    command = ConcludeAcceptance(acceptance_id, body.passed, body.held_at, body.survey_id)
    return await perform(conclude_acceptance, call, command)


@routes.post(
    "/acceptances/{acceptance_id}/correction",
    operation_id="correct_acceptance",
    response_model=AcceptanceView,
    status_code=201,
)
async def post_correction(acceptance_id: UUID, body: AcceptanceCorrectionBody, call: Command) -> Response:
    """Sets right, as another person than the one who concluded it, a result that was entered wrongly: a record of its
    own with the next `attempt`, which counts. Both stay; what was paid on the wrong one is asked back. Duty:
    accept_service."""
    command = CorrectAcceptance(acceptance_id, body.passed, body.survey_id, body.reason)
    return await perform(correct_acceptance, call, command)


@routes.get("/contracts/{contract_id}/acceptances", operation_id="list_acceptances")
async def list_acceptances(contract_id: UUID, query: Query, listed: Listed) -> list[AcceptanceView]:
    """The acceptances of a contract, for its parties and those who oversee them."""
    acceptances = await store.read_acceptances(query, contract_id, listed.by("id"), query.actor.scope())
    return [AcceptanceView.model_validate(acceptance) for acceptance in listed.page(acceptances, "id")]


@routes.get("/acceptances/{acceptance_id}", operation_id="get_acceptance")
async def get_acceptance(acceptance_id: UUID, query: Query, response: Response) -> AcceptanceDetails:
    """One acceptance with its notices and opinions."""
    acceptance = await store.read_acceptance(query, acceptance_id, query.actor.scope())
    response.headers["etag"] = f'"{acceptance.version}"'
    observers = observer_views(await read_observers(query, acceptance.occasion_id))
    opinions = opinion_views(await read_opinions(query, acceptance.occasion_id))
    return acceptance_details(acceptance, observers, opinions)
