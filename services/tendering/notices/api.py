"""Routes of notices."""

from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.tendering.notices.handlers import (
    ConfirmClosing,
    ProposeClosing,
    PublishNotice,
    RevokeClosing,
    confirm_closing,
    propose_closing,
    publish_notice,
    revoke_closing,
)
from services.tendering.procurements.views import ProcurementView
from shared.errands.documents import Documented, names
from shared.fields.text import WorkInstant
from shared.web.http import Command, perform, router

routes = router("notices of procurement")


class ClosingBody(Documented):
    """The first instant that is too late for a bid."""

    closes_at: WorkInstant = Field(examples=["2022-03-21T09:30:00+08:00"])


@routes.post("/procurements/{procurement_id}/notice", operation_id="publish_notice", response_model=ProcurementView)
async def post_notice(procurement_id: UUID, body: ClosingBody, call: Command) -> Response:
    """Publishes the checked file. Duty: publish_notice."""
    return await perform(
        publish_notice, names(call, body, "notice", procurement_id), PublishNotice(procurement_id, body.closes_at)
    )


@routes.post(
    "/procurements/{procurement_id}/closing-change", operation_id="propose_closing", response_model=ProcurementView
)
async def post_closing(procurement_id: UUID, body: ClosingBody, call: Command) -> Response:
    """Proposes a later closing; it counts when another person has confirmed it. Documents are a clarification or a
    change of the file: bidders are told of it the days before the closing that the law asks for. Duty:
    publish_notice."""
    moved = ProposeClosing(procurement_id, body.closes_at, clarified=bool(body.documents))
    return await perform(propose_closing, names(call, body, "closing", procurement_id), moved)


@routes.post(
    "/procurements/{procurement_id}/closing-change/confirm",
    operation_id="confirm_closing",
    response_model=ProcurementView,
)
async def post_closing_confirmation(procurement_id: UUID, call: Command) -> Response:
    """Confirms the later closing, as another person. Duty: publish_notice."""
    return await perform(confirm_closing, call, ConfirmClosing(procurement_id))


@routes.post(
    "/procurements/{procurement_id}/closing-change/revoke",
    operation_id="revoke_closing",
    response_model=ProcurementView,
)
async def post_closing_revocation(procurement_id: UUID, call: Command) -> Response:
    """Takes back what you proposed, or refuses what another did: the closing stays. Duty: publish_notice."""
    return await perform(revoke_closing, call, RevokeClosing(procurement_id))
