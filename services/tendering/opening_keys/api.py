"""Routes of opening keys."""

from uuid import UUID

from fastapi import Response

from services.tendering.opening_keys.handlers import RegisterOpeningKey, register_opening_key, shown
from services.tendering.opening_keys.views import OpeningKeyView
from services.tendering.procurements import store as procurements
from shared.sealing.shares import OpeningKey
from shared.web.http import Command, Query, perform, router

routes = router("opening keys")
reading = router("opening keys", sealed=True)
"""Whoever reads the key is about to bid."""


@routes.post(
    "/procurements/{procurement_id}/opening-key",
    operation_id="register_opening_key",
    response_model=OpeningKeyView,
    status_code=201,
)
async def post_opening_key(procurement_id: UUID, body: OpeningKey, call: Command) -> Response:
    """Registers the key that `goufu opening init` made, before the notice. Duty: draft_file. This server never holds
    its private half, and none of the openers' own keys."""
    return await perform(register_opening_key, call, RegisterOpeningKey(procurement_id, body))


@reading.get("/procurements/{procurement_id}/opening-key", operation_id="get_opening_key")
async def get_opening_key(procurement_id: UUID, query: Query) -> OpeningKeyView:
    """The opening document: what a bid is sealed with. For everybody once the procurement is noticed."""
    return await shown(query, await procurements.read(query, procurement_id, query.actor.scope()))
