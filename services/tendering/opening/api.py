"""Routes of the opening."""

from uuid import UUID

from fastapi import Response

from services.tendering.opening import store
from services.tendering.opening.handlers import ConfirmOpening, ProposeOpening, confirm_opening, propose_opening
from services.tendering.opening.views import MinutesView, minutes_view
from services.tendering.procurements import store as procurements
from services.tendering.procurements.views import ProcurementView
from shared.database import NotFound
from shared.http import Command, Query, perform, router

routes = router("opening")


@routes.post("/procurements/{procurement_id}/opening", operation_id="propose_opening", response_model=ProcurementView)
async def post_opening(procurement_id: UUID, call: Command) -> Response:
    """Asks to open the bids, after the closing; nothing is opened before another person confirms. Duty: open_bids.
    With fewer bids than the method needs the procurement fails instead."""
    return await perform(propose_opening, call, ProposeOpening(procurement_id))


@routes.post(
    "/procurements/{procurement_id}/opening/confirm", operation_id="confirm_opening", response_model=ProcurementView
)
async def post_confirmation(procurement_id: UUID, call: Command) -> Response:
    """Confirms as another person; all bids of the frozen list are opened in this act. Duty: open_bids."""
    return await perform(confirm_opening, call, ConfirmOpening(procurement_id))


@routes.get("/procurements/{procurement_id}/opening", operation_id="get_opening")
async def get_opening(procurement_id: UUID, query: Query) -> MinutesView:
    """The minutes of the opening, for everybody."""
    procurement = await procurements.read(query, procurement_id, query.actor.scope())
    if procurement["opened_at"] is None:
        raise NotFound
    return minutes_view(procurement, await store.opened(query, procurement_id))
