"""Routes of erasures."""

from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.registry.erasures.handlers import (
    ConfirmErasure,
    ProposeErasure,
    WithdrawErasure,
    confirm_erasure,
    propose_erasure,
    withdraw_erasure,
)
from services.registry.persons.views import PersonView
from shared.fields.text import ShortText
from shared.web.http import Body, Command, perform, router

routes = router("erasures")


class ErasureBody(Body):
    """Why, in words that name nobody: the reason stays on record."""

    reason: ShortText = Field(examples=["已离职，采购文件保存期限届满"])


@routes.post("/persons/{person_id}/erasure", operation_id="propose_erasure", response_model=PersonView)
async def post_erasure(person_id: UUID, body: ErasureBody, call: Command) -> Response:
    """Proposes to erase what identifies a person who holds no post: name, logins, and what they answered to
    consultations. Every service is asked until when its record needs the person. Duty: administer_posts, wherever the
    person was registered."""
    return await perform(propose_erasure, call, ProposeErasure(person_id, body.reason))


@routes.post("/persons/{person_id}/erasure/confirm", operation_id="confirm_erasure", response_model=PersonView)
async def post_erasure_confirmation(person_id: UUID, call: Command) -> Response:
    """Erases it, as another administrator, once every service has answered and no law keeps the person any longer;
    nothing brings it back. Duty: administer_posts, wherever the person was registered."""
    return await perform(confirm_erasure, call, ConfirmErasure(person_id))


@routes.post("/persons/{person_id}/erasure/withdraw", operation_id="withdraw_erasure", response_model=PersonView)
async def post_erasure_withdrawal(person_id: UUID, call: Command) -> Response:
    """Takes the proposal back. Duty: administer_posts, wherever the person was registered."""
    return await perform(withdraw_erasure, call, WithdrawErasure(person_id))
