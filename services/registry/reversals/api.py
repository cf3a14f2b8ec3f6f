"""Routes of reversals."""

from typing import Literal
from uuid import UUID

from fastapi import Response

from services.registry.bars.store import read_bar
from services.registry.fields import Hash
from services.registry.reversals import store
from services.registry.reversals.handlers import ProposeReversal, SettleReversal, propose_reversal, settle_reversal
from services.registry.reversals.records import Ground
from services.registry.reversals.views import ReversalView
from services.registry.standing.store import read_for_conduct, read_import
from shared.fields.text import LongText
from shared.web.http import Body, Command, Listed, Query, perform, router

routes = router("reversals")


class ReversalBody(Body):
    """Why it is taken back: it was entered wrongly, or its decision was revoked (by the authority, in reconsideration
    or by a court); with the document that shows it."""

    ground: Ground
    reason: LongText
    document_hash: Hash

    def of(self, subject: UUID, kind: Literal["bar", "result", "standing"]) -> ProposeReversal:
        return ProposeReversal(subject, kind, self.ground, self.reason, self.document_hash)


@routes.post(
    "/bars/{bar_id}/reversals", operation_id="propose_bar_reversal", response_model=ReversalView, status_code=201
)
async def post_bar_reversal(bar_id: UUID, body: ReversalBody, call: Command) -> Response:
    """Proposes to lift a bar before its last day; it binds until another person confirms. Duty: bar_provider."""
    return await perform(propose_reversal, call, body.of(bar_id, "bar"))


@routes.post(
    "/imported-results/{result_id}/reversals",
    operation_id="propose_import_reversal",
    response_model=ReversalView,
    status_code=201,
)
async def post_import_reversal(result_id: UUID, body: ReversalBody, call: Command) -> Response:
    """Proposes to annul an imported result; it counts until another person confirms. Duty: import_result."""
    return await perform(propose_reversal, call, body.of(result_id, "result"))


@routes.post(
    "/standings/{standing_id}/reversals",
    operation_id="propose_standing_reversal",
    response_model=ReversalView,
    status_code=201,
)
async def post_standing_reversal(standing_id: UUID, body: ReversalBody, call: Command) -> Response:
    """Proposes to lift what stands against a provider because a contract was ended for its breach, or misconduct was
    found, by mistake; it stands until another person confirms. Duty: import_result."""
    return await perform(propose_reversal, call, body.of(standing_id, "standing"))


@routes.post("/reversals/{reversal_id}/confirm", operation_id="confirm_reversal", response_model=ReversalView)
async def post_confirmation(reversal_id: UUID, call: Command) -> Response:
    """Confirms a reversal, as another person, within 15 minutes of logging in: the bar binds no more, or the result
    counts no more, from today on. Duty: bar_provider, or import_result."""
    return await perform(settle_reversal, call, SettleReversal(reversal_id, True))


@routes.post("/reversals/{reversal_id}/withdraw", operation_id="withdraw_reversal", response_model=ReversalView)
async def post_withdrawal(reversal_id: UUID, call: Command) -> Response:
    """Takes back a reversal that nobody has confirmed, or refuses it. Duty: bar_provider, or import_result."""
    return await perform(settle_reversal, call, SettleReversal(reversal_id, False))


@routes.get("/reversals/{reversal_id}", operation_id="get_reversal")
async def get_reversal(reversal_id: UUID, query: Query, response: Response) -> ReversalView:
    """A reversal with its reason, for those who may read what it takes back."""
    reversal = await store.read_reversal(query, reversal_id, query.actor.scope())
    response.headers["etag"] = f'"{reversal.version}"'
    return ReversalView.model_validate(reversal)


@routes.get("/bars/{bar_id}/reversals", operation_id="list_bar_reversals")
async def list_bar_reversals(bar_id: UUID, query: Query, listed: Listed) -> list[ReversalView]:
    """What was proposed to lift a bar, for those who may read the bar."""
    await read_bar(query, bar_id, query.actor.scope())
    return await _page(query, bar_id, listed)


@routes.get("/imported-results/{result_id}/reversals", operation_id="list_import_reversals")
async def list_import_reversals(result_id: UUID, query: Query, listed: Listed) -> list[ReversalView]:
    """What was proposed to annul an imported result, for those who may read it."""
    await read_import(query, result_id, query.actor.scope())
    return await _page(query, result_id, listed)


@routes.get("/standings/{standing_id}/reversals", operation_id="list_standing_reversals")
async def list_standing_reversals(standing_id: UUID, query: Query, listed: Listed) -> list[ReversalView]:
    """What was proposed to lift such a standing, for the provider, those who may lift it and those who oversee them."""
    await read_for_conduct(query, standing_id, query.actor.scope())
    return await _page(query, standing_id, listed)


async def _page(query: Query, subject: UUID, listed: Listed) -> list[ReversalView]:
    rows = await store.list_of_subject(query, subject, listed.by("id"))
    return [ReversalView.model_validate(row) for row in listed.page(rows, "id")]
