"""Events of accounts that are for the record alone."""

from typing import ClassVar
from uuid import UUID

from shared.events import Audience
from shared.events.contracts import ContractsEvent


class PayeeAccountProposed(ContractsEvent):
    """The provider names another account for the contract, as its `number`; it is paid to once the purchaser agrees.
    `account_hash` is SHA-256 over a salt and the account."""

    name: ClassVar[str] = "payee_account_proposed"
    audience: ClassVar[Audience] = "internal"

    provider_id: UUID
    number: int
    account_hash: str
    account_id: UUID | None = None


class PayeeAccountAgreed(PayeeAccountProposed):
    """The purchaser agreed: orders from now on go to this account."""

    name: ClassVar[str] = "payee_account_agreed"
