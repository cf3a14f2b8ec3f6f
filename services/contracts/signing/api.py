"""Routes of signing and filing."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.contracts.contracts.views import ContractView
from services.contracts.signing.handlers import (
    FileContract,
    ProposeSigning,
    SignContract,
    file_contract,
    propose_signing,
    sign_contract,
)
from shared.errands.documents import Documented, names
from shared.fields.text import LongText
from shared.web.http import Body, Command, perform, router

routes = router("signing")

ClauseId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*-[0-9A-Za-z.]{1,20}$", examples=["ZH21-27.6"])]


class SigningBody(Body):
    """`reasons` answer what the registry shows as a reference, by clause; they stay with the purchaser's files."""

    reasons: dict[ClauseId, LongText] = Field(default={}, max_length=20)


@routes.post("/contracts/{contract_id}/signing", operation_id="propose_signing", response_model=ContractView)
async def post_signing(contract_id: UUID, body: SigningBody, call: Command) -> Response:
    """Puts the written contract to signature: the registry is asked whether the provider's standing allows it, and
    answers in `standing`. Again after a block. Duty: sign_contract."""
    return await perform(propose_signing, call, ProposeSigning(contract_id, body.reasons))


@routes.post("/contracts/{contract_id}/sign", operation_id="sign_contract", response_model=ContractView)
async def post_signature(contract_id: UUID, call: Command, body: Documented | None = None) -> Response:
    """Signs for the purchaser, once the registry has cleared it. Duty: sign_contract."""
    return await perform(
        sign_contract, names(call, body, "contract", contract_id), SignContract(contract_id, "purchaser")
    )


@routes.post("/contracts/{contract_id}/countersign", operation_id="countersign_contract", response_model=ContractView)
async def post_countersignature(contract_id: UUID, call: Command, body: Documented | None = None) -> Response:
    """Signs for the provider, as another person; before or after the purchaser. Duty: sign_for_provider."""
    return await perform(
        sign_contract, names(call, body, "contract", contract_id), SignContract(contract_id, "provider")
    )


@routes.post("/contracts/{contract_id}/file", operation_id="file_contract", response_model=ContractView)
async def post_filing(contract_id: UUID, call: Command, body: Documented | None = None) -> Response:
    """Records that the signed contract was filed with finance. Duty: file_contract, of the jurisdiction."""
    return await perform(file_contract, names(call, body, "contract", contract_id), FileContract(contract_id))
