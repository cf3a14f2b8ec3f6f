"""Routes of the opening."""

from uuid import UUID

from fastapi import Response

from services.tendering.opening import store
from services.tendering.opening.acts import (
    ConfirmAbandonment,
    GiveShare,
    ProposeAbandonment,
    RevokeAbandonment,
    RevokeOpening,
    confirm_abandonment,
    give_share,
    propose_abandonment,
    revoke_abandonment,
    revoke_opening,
    shown_act,
)
from services.tendering.opening.handlers import ConfirmOpening, ProposeOpening, confirm_opening, propose_opening
from services.tendering.opening.views import ActView, MinutesView, minutes_view
from services.tendering.opening_keys import store as opening_keys
from services.tendering.procurements import store as procurements
from services.tendering.procurements.views import ProcurementView
from shared.sealing.shares import GivenShare
from shared.web.http import Command, Query, perform, router
from shared.work.database import NotFound

routes = router("opening")


@routes.post("/procurements/{procurement_id}/opening", operation_id="propose_opening", response_model=ProcurementView)
async def post_opening(procurement_id: UUID, call: Command) -> Response:
    """Asks to open the bids, after the closing, and begins an opening act; one begun before ends. Nothing is opened
    before enough openers gave their shares and another person confirms. Duty: open_bids. With fewer bids than the
    method needs the procurement fails instead."""
    return await perform(propose_opening, call, ProposeOpening(procurement_id))


@routes.get("/procurements/{procurement_id}/opening/act", operation_id="get_opening_act")
async def get_act(procurement_id: UUID, query: Query) -> ActView:
    """The opening act under way, for `goufu opening share`. Duty: open_bids."""
    procurement = await procurements.read(query, procurement_id, query.actor.scope())
    person = query.require("open_bids", None, procurement.jurisdiction)
    await opening_keys.must_open(query, procurement, person)
    return await shown_act(query, procurement)


@routes.post(
    "/procurements/{procurement_id}/opening/shares",
    operation_id="give_opening_share",
    response_model=ActView,
    status_code=201,
)
async def post_share(procurement_id: UUID, body: GivenShare, call: Command) -> Response:
    """Gives your share to the opening act, as `goufu opening share` made it on your machine. Duty: open_bids."""
    return await perform(give_share, call, GiveShare(procurement_id, body))


@routes.post(
    "/procurements/{procurement_id}/opening/confirm", operation_id="confirm_opening", response_model=ProcurementView
)
async def post_confirmation(procurement_id: UUID, call: Command) -> Response:
    """Confirms as another person; all bids of the frozen list are opened in this act. Duty: open_bids."""
    return await perform(confirm_opening, call, ConfirmOpening(procurement_id))


@routes.post(
    "/procurements/{procurement_id}/opening/revoke", operation_id="revoke_opening", response_model=ProcurementView
)
async def post_revocation(procurement_id: UUID, call: Command) -> Response:
    """Ends the opening act that you began, or refuses another's: the shares given to it are gone, and nothing is opened
    before another is begun. Duty: open_bids."""
    return await perform(revoke_opening, call, RevokeOpening(procurement_id))


@routes.post(
    "/procurements/{procurement_id}/opening/abandonment",
    operation_id="propose_abandonment",
    response_model=ProcurementView,
)
async def post_abandonment(procurement_id: UUID, call: Command) -> Response:
    """Says that fewer openers can be had than are needed, in the opening act under way; it is void when that act ends
    or another begins. Duty: open_bids."""
    return await perform(propose_abandonment, call, ProposeAbandonment(procurement_id))


@routes.post(
    "/procurements/{procurement_id}/opening/abandonment/confirm",
    operation_id="confirm_abandonment",
    response_model=ProcurementView,
)
async def post_abandonment_confirmation(procurement_id: UUID, call: Command) -> Response:
    """Confirms it as another person: the procurement fails, and its bids stay sealed for ever. Duty: open_bids."""
    return await perform(confirm_abandonment, call, ConfirmAbandonment(procurement_id))


@routes.post(
    "/procurements/{procurement_id}/opening/abandonment/revoke",
    operation_id="revoke_abandonment",
    response_model=ProcurementView,
)
async def post_abandonment_revocation(procurement_id: UUID, call: Command) -> Response:
    """Takes back what you said, or refuses what another did: openers are waited for again. Duty: open_bids."""
    return await perform(revoke_abandonment, call, RevokeAbandonment(procurement_id))


@routes.get("/procurements/{procurement_id}/opening", operation_id="get_opening")
async def get_opening(procurement_id: UUID, query: Query) -> MinutesView:
    """The minutes of the opening, for everybody."""
    procurement = await procurements.read(query, procurement_id, query.actor.scope())
    if procurement.opened_at is None:
        raise NotFound
    key = await opening_keys.of_procurement(query, procurement)
    return minutes_view(procurement, key, await store.opened(query, procurement_id))
