"""Routes of closing and ending contracts."""

from typing import Literal
from uuid import UUID

from fastapi import Response

from services.contracts.contracts.views import ContractView
from services.contracts.endings.handlers import (
    CloseContract,
    ConfirmTermination,
    ProposeTermination,
    close_contract,
    confirm_termination,
    propose_termination,
)
from services.contracts.endings.proposals import RevokeTermination, revoke_termination
from shared.errands.documents import Documented, names
from shared.fields.text import LongText
from shared.web.http import Command, perform, router

routes = router("endings")


class TerminationBody(Documented):
    """Why the contract is to end before its term; `reason` stays with the purchaser's files."""

    ground: Literal["agreement", "public_interest_harm", "provider_breach"]
    reason: LongText


@routes.post("/contracts/{contract_id}/close", operation_id="close_contract", response_model=ContractView)
async def post_close(contract_id: UUID, call: Command) -> Response:
    """Closes a contract past its term whose lines are settled or withheld; what is withheld goes back to its sources.
    Duty: sign_contract. Where nothing is withheld the contract completes by itself."""
    return await perform(close_contract, call, CloseContract(contract_id))


@routes.post("/contracts/{contract_id}/terminations", operation_id="propose_termination", response_model=ContractView)
async def post_termination(contract_id: UUID, body: TerminationBody, call: Command) -> Response:
    """Proposes to end the contract before its term. Duty: sign_contract."""
    # The reason is the purchaser's, the agreement both's.
    kind = "agreement" if body.ground == "agreement" else "ending"
    command = ProposeTermination(contract_id, body.ground, body.reason)
    return await perform(propose_termination, names(call, body, kind, contract_id), command)


@routes.post(
    "/contracts/{contract_id}/terminations/confirm", operation_id="confirm_termination", response_model=ContractView
)
async def post_confirmation(contract_id: UUID, call: Command, body: Documented | None = None) -> Response:
    """Confirms, as another person: by agreement one of the provider's, else one of the
    purchaser's. Lines for which no order is out are cancelled, but for what was accepted or is due by its result: that
    is still asked for and paid. Duty: sign_contract or sign_for_provider."""
    return await perform(confirm_termination, names(call, body, "ending", contract_id), ConfirmTermination(contract_id))


@routes.post(
    "/contracts/{contract_id}/terminations/revoke", operation_id="revoke_termination", response_model=ContractView
)
async def post_revocation(contract_id: UUID, call: Command) -> Response:
    """Takes back what you proposed, or refuses what another did, as who may confirm it: the contract goes on. Duty:
    sign_contract, or sign_for_provider where an agreement was proposed."""
    return await perform(revoke_termination, call, RevokeTermination(contract_id))
