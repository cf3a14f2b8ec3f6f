"""Routes of bars."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.registry.bars import store
from services.registry.bars.handlers import ConfirmBar, ProposeBar, WithdrawBar, confirm_bar, propose_bar, withdraw_bar
from services.registry.bars.rules import Order
from services.registry.bars.views import BarView
from services.registry.fields import Hash
from shared.fields.places import Place
from shared.fields.text import LongText
from shared.web.http import Body, Command, Id, Query, perform, router

routes = router("bars")


class BarBody(Body):
    """A bar: the authority that orders it, the ground as the rulebook names it, its length, and the reason."""

    organisation: Id
    jurisdiction: Place = Field(examples=["4404"])
    ground: Annotated[str, Field(pattern=r"^[a-z_]{1,60}$", examples=["false_material"])]
    months: Annotated[int, Field(ge=1, le=1200)]
    reason: LongText
    document_hash: Hash | None = None


@routes.post("/providers/{provider_id}/bars", operation_id="propose_bar", response_model=BarView, status_code=201)
async def post_bar(provider_id: UUID, body: BarBody, call: Command) -> Response:
    """Proposes a bar; it binds nobody until another person confirms it. Duty: bar_provider."""
    order = Order(body.ground, body.months, body.document_hash)
    command = ProposeBar(provider_id, body.organisation, body.jurisdiction, order, body.reason)
    return await perform(propose_bar, call, command)


@routes.get("/bars/{bar_id}", operation_id="get_bar")
async def get_bar(bar_id: UUID, query: Query, response: Response) -> BarView:
    """A bar with its reason, for those who may order one there and those who oversee it."""
    bar = await store.read_bar(query, bar_id, query.actor.scope())
    response.headers["etag"] = f'"{bar.version}"'
    return BarView.model_validate(bar)


@routes.post("/bars/{bar_id}/confirm", operation_id="confirm_bar", response_model=BarView)
async def post_confirmation(bar_id: UUID, call: Command) -> Response:
    """Confirms a bar, as another person, within 15 minutes of logging in; open clearances are blocked at once.
    Duty: bar_provider."""
    return await perform(confirm_bar, call, ConfirmBar(bar_id))


@routes.post("/bars/{bar_id}/withdraw", operation_id="withdraw_bar", response_model=BarView)
async def post_withdrawal(bar_id: UUID, call: Command) -> Response:
    """Takes back a bar that nobody has confirmed, or refuses it. Duty: bar_provider."""
    return await perform(withdraw_bar, call, WithdrawBar(bar_id))
