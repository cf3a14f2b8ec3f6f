"""Routes of bids."""

from uuid import UUID

from fastapi import Request, Response
from pydantic import field_validator

from services.tendering.bids import store
from services.tendering.bids.contents import BidContent
from services.tendering.bids.handlers import (
    SealBid,
    StoreEnvelope,
    SubmitBid,
    WithdrawBid,
    seal_bid,
    store_envelope,
    submit_bid,
    withdraw_bid,
)
from services.tendering.bids.views import EnvelopeView, ReceiptView
from services.tendering.procurements import store as procurements
from shared.sealing.envelope import LARGEST
from shared.web.http import (
    UPLOAD_COSTS,
    Body,
    Command,
    Id,
    Listed,
    Query,
    Waiting,
    keep_programs_out,
    perform,
    router,
    with_body,
)
from shared.work.identity import NotAllowed

routes = router("bids", sealed=True)

LARGE_BODIES = {r"/v1/procurements/[^/]+/envelopes": LARGEST}
"""Where sealed bids come in: an annexe is larger than a form."""

SEALED = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"format": "binary"}}}}}


class SealBody(Body):
    """A provider's bid, to be sealed by this server."""

    provider_id: Id
    content: BidContent

    @field_validator("content")
    @classmethod
    def _without_annexes(cls, content: BidContent) -> BidContent:
        if content.annexes:
            raise ValueError("annexes travel only inside a bid that is sealed on your own machine")
        return content


class SubmitBody(Body):
    """The sealed bid that the provider submits."""

    provider_id: Id
    envelope_id: Id


@routes.post(
    "/procurements/{procurement_id}/envelopes",
    operation_id="store_envelope",
    response_model=EnvelopeView,
    status_code=201,
    openapi_extra=SEALED,
)
async def post_envelope(procurement_id: UUID, request: Request, call: Waiting) -> Response:
    """Keeps a bid as `goufu bid seal` made it: raw bytes, at most 16 MiB of bid and annexes. It counts only once
    submitted. Duty: submit_bid of the provider."""
    keep_programs_out(call)
    assert call.token is not None
    request.app.state.limits.callers.take((call.token.issuer, call.token.subject), UPLOAD_COSTS)
    async with call.reading() as reader:  # before a byte of what may be large is read
        if not any("submit_bid" in post.duties for post in reader.actor.posts):
            raise NotAllowed("submit_bid", await store.noticed_place(reader, procurement_id))
    command = await with_body(request, call)
    return await perform(store_envelope, command, StoreEnvelope(procurement_id, await request.body()))


@routes.post(
    "/procurements/{procurement_id}/seal", operation_id="seal_bid", response_model=EnvelopeView, status_code=201
)
async def post_seal(procurement_id: UUID, body: SealBody, call: Command) -> Response:
    """Seals a bid on this server, where the city lets it: its receipt says so. Duty: submit_bid of the provider."""
    return await perform(seal_bid, call, SealBid(procurement_id, body.provider_id, body.content))


@routes.post(
    "/procurements/{procurement_id}/bids", operation_id="submit_bid", response_model=ReceiptView, status_code=201
)
async def post_bid(procurement_id: UUID, body: SubmitBody, call: Command) -> Response:
    """Submits a sealed bid against a receipt; it replaces one submitted before. Duty: submit_bid of the provider."""
    return await perform(submit_bid, call, SubmitBid(procurement_id, body.provider_id, body.envelope_id))


@routes.post("/bids/{bid_id}/withdraw", operation_id="withdraw_bid", response_model=ReceiptView)
async def post_withdrawal(bid_id: UUID, call: Command) -> Response:
    """Takes the bid back before the closing. Duty: submit_bid of the provider."""
    return await perform(withdraw_bid, call, WithdrawBid(bid_id))


@routes.get("/procurements/{procurement_id}/bids", operation_id="list_own_bids")
async def list_bids(procurement_id: UUID, query: Query, listed: Listed) -> list[ReceiptView]:
    """Your own organisation's bids and no other's; the opening's record shows all, once they are opened."""
    scope = query.actor.scope()
    await procurements.read(query, procurement_id, scope)
    own = await store.read_own(query, procurement_id, listed.by("submitted_at", "id"), scope)
    return [ReceiptView.model_validate(bid) for bid in listed.page(own, "submitted_at", "id")]


@routes.get("/bids/{bid_id}", operation_id="get_bid")
async def get_bid(bid_id: UUID, query: Query, response: Response) -> ReceiptView:
    """A bid's receipt, for its bidder."""
    bid = await store.read(query, bid_id, query.actor.scope())
    response.headers["etag"] = f'"{bid.version}"'
    return ReceiptView.model_validate(bid)
