"""Routes of withdrawals."""

from uuid import UUID

from fastapi import Response

from services.contracts.contracts.views import ContractView
from services.contracts.endings.proposals import RevokeWithdrawal, revoke_withdrawal
from services.contracts.withdrawals.handlers import (
    ConfirmWithdrawal,
    Ground,
    ProposeWithdrawal,
    confirm_withdrawal,
    propose_withdrawal,
)
from shared.errands.documents import Documented, names
from shared.fields.text import LongText
from shared.web.http import Command, perform, router

routes = router("withdrawals")


class WithdrawalBody(Documented):
    """Why the draft is not signed; `reason` stays with the purchaser's files."""

    ground: Ground
    reason: LongText


@routes.post("/contracts/{contract_id}/withdrawals", operation_id="propose_withdrawal", response_model=ContractView)
async def post_withdrawal(contract_id: UUID, body: WithdrawalBody, call: Command) -> Response:
    """Proposes that a drafted contract is not signed. Duty: sign_contract."""
    return await perform(
        propose_withdrawal,
        names(call, body, "ending", contract_id),
        ProposeWithdrawal(contract_id, body.ground, body.reason),
    )


@routes.post(
    "/contracts/{contract_id}/withdrawals/confirm", operation_id="confirm_withdrawal", response_model=ContractView
)
async def post_confirmation(contract_id: UUID, call: Command, body: Documented | None = None) -> Response:
    """Confirms, as another person of the purchaser, or as one of the provider's that refuses. The purchaser then
    chooses the next in rank or a new procurement. Duty: sign_contract or sign_for_provider."""
    return await perform(confirm_withdrawal, names(call, body, "ending", contract_id), ConfirmWithdrawal(contract_id))


@routes.post(
    "/contracts/{contract_id}/withdrawals/revoke", operation_id="revoke_withdrawal", response_model=ContractView
)
async def post_revocation(contract_id: UUID, call: Command) -> Response:
    """Takes back what you proposed, or refuses what another did, as who may confirm it: the draft may be signed. Duty:
    sign_contract, or sign_for_provider where its refusal was proposed."""
    return await perform(revoke_withdrawal, call, RevokeWithdrawal(contract_id))
