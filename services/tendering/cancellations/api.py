"""Routes of cancellations."""

from typing import Literal
from uuid import UUID

from fastapi import Response

from services.tendering.cancellations.handlers import (
    ConfirmCancellation,
    ProposeCancellation,
    RevokeCancellation,
    confirm_cancellation,
    propose_cancellation,
    revoke_cancellation,
)
from services.tendering.procurements.views import ProcurementView
from shared.errands.documents import Documented, names
from shared.fields.text import ShortText
from shared.web.http import Command, perform, router

routes = router("cancellations")


class CancellationBody(Documented):
    """Why the procurement is to end: its task is cancelled, its file or notice is faulty, or an unlawful act touched
    it. The reason is told to the bidders and the public when it ends; leave out what is personal."""

    ground: Literal["task_cancelled", "faulty_file", "unlawful_act"]
    reason: ShortText


@routes.post(
    "/procurements/{procurement_id}/cancellation",
    operation_id="propose_cancellation",
    response_model=ProcurementView,
)
async def post_cancellation(procurement_id: UUID, body: CancellationBody, call: Command) -> Response:
    """Proposes to end a procurement that has no confirmed award; it ends when another person has confirmed it. Duty:
    publish_notice."""
    return await perform(
        propose_cancellation,
        names(call, body, "cancellation", procurement_id),
        ProposeCancellation(procurement_id, body.ground, body.reason),
    )


@routes.post(
    "/procurements/{procurement_id}/cancellation/confirm",
    operation_id="confirm_cancellation",
    response_model=ProcurementView,
)
async def post_cancellation_confirmation(procurement_id: UUID, call: Command) -> Response:
    """Ends it, as another person: every bidder is told, and the project may be procured again. Duty:
    publish_notice."""
    return await perform(confirm_cancellation, call, ConfirmCancellation(procurement_id))


@routes.post(
    "/procurements/{procurement_id}/cancellation/revoke",
    operation_id="revoke_cancellation",
    response_model=ProcurementView,
)
async def post_cancellation_revocation(procurement_id: UUID, call: Command) -> Response:
    """Takes back what you proposed, or refuses what another did: the procurement goes on. Duty: publish_notice."""
    return await perform(revoke_cancellation, call, RevokeCancellation(procurement_id))
