"""Routes of renewal."""

from typing import Self
from uuid import UUID

from fastapi import Response
from pydantic import model_validator

from services.contracts.contracts.views import ContractView
from services.contracts.terms.handlers import RenewContract, renew_contract
from shared.errands.documents import Documented, names
from shared.fields.text import LongText, WorkDate
from shared.web.http import Command, perform, router

routes = router("terms")


class RenewalBody(Documented):
    """The next year, both days included; it is drafted on the terms of the contract it renews. `reason` answers a poor
    result and stays with the purchaser's files."""

    starts_on: WorkDate
    ends_on: WorkDate
    reason: LongText | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError("ends_on must not lie before starts_on")
        return self


@routes.post(
    "/contracts/{contract_id}/renewals", operation_id="renew_contract", response_model=ContractView, status_code=201
)
async def post_renewal(contract_id: UUID, body: RenewalBody, call: Command) -> Response:
    """Drafts the next year with the same provider, when period, assessment and evaluation allow it; it is then written
    and signed like any contract. Duty: draft_contract."""
    command = RenewContract(contract_id, body.starts_on, body.ends_on, body.reason)
    return await perform(renew_contract, names(call, body, "contract"), command)
