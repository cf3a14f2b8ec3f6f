"""Accounts that contracts are paid to, and who holds them, as it is kept."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.work.records import Identified


@dataclass(frozen=True, kw_only=True)
class PayeeAccount(Identified):
    """An account that the provider named for a contract, and since when the purchaser agrees to it. `number` counts the
    accounts of the contract."""

    contract_id: UUID
    number: int
    title: str
    bank: str
    account_number: str
    bank_code: str | None
    salt: bytes
    named_by: UUID
    agreed_by: UUID | None = None
    agreed_on: date | None = None
    keep_until: date | None


@dataclass(frozen=True, kw_only=True)
class RegisteredParty(Identified):
    """A purchaser or provider, as the registry last told it."""

    title: str
    credit_code: str | None
    source_version: int
