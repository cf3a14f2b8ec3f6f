"""Routes of the account that a contract is paid to."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.contracts.accounts import store
from services.contracts.accounts.handlers import AgreeAccount, NameAccount, agree_account, name_account
from services.contracts.accounts.rules import Account
from services.contracts.accounts.views import AccountsView, accounts_view
from services.contracts.contracts.store import read_contract
from shared.fields.text import Name
from shared.web.http import Body, Command, Query, perform, router

routes = router("accounts")


class AccountBody(Body):
    """The provider's bank account: the name it is held under, which is the provider's own, the bank's branch, the
    number in digits, and where it is known the branch's number in interbank payments (联行号)."""

    title: Name = Field(examples=["云澳社区服务中心"])
    bank: Name = Field(examples=["中国银行珠海横琴支行"])
    number: Annotated[str, Field(pattern=r"^[0-9]{8,32}$", examples=["640001234567"])]
    bank_code: Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None = None

    def account(self) -> Account:
        return Account(self.title, self.bank, self.number, self.bank_code)


@routes.get("/contracts/{contract_id}/account", operation_id="get_payee_account")
async def get_account(contract_id: UUID, query: Query, response: Response) -> AccountsView:
    """To which account the contract is paid; for its two parties and those who oversee them. The ETag is the
    contract's."""
    contract = await read_contract(query, contract_id, query.actor.scope())
    response.headers["etag"] = f'"{contract.version}"'
    return accounts_view(contract_id, contract.version, await store.accounts(query, contract_id))


@routes.post("/contracts/{contract_id}/account", operation_id="name_payee_account", response_model=AccountsView)
async def post_account(contract_id: UUID, body: AccountBody, call: Command) -> Response:
    """Names another account of the provider's for a contract in force; it is paid to once the purchaser agrees. Duty:
    sign_for_provider."""
    return await perform(name_account, call, NameAccount(contract_id, body.account()))


@routes.post("/contracts/{contract_id}/account/agree", operation_id="agree_payee_account", response_model=AccountsView)
async def post_agreement(contract_id: UUID, call: Command) -> Response:
    """Agrees to the account that the provider named, as another person, on a login of the last 15 minutes; refused
    while an order to the former one has no receipt. Duty: sign_contract."""
    return await perform(agree_account, call, AgreeAccount(contract_id))
