"""How accounts look from outside: to the two parties and those who oversee them, never to the public."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from pydantic import BaseModel

from services.contracts.accounts.store import agreed, waiting
from shared.web.http import View
from shared.work.database import Row


class AccountView(BaseModel):
    """An account: the name it is held under, its bank, its number; which one of the contract it is, and since when both
    parties agree on it."""

    number: int
    title: str
    bank: str
    account_number: str
    bank_code: str | None
    agreed_on: date | None


class AccountsView(View):
    """To which account the contract is paid, and which the provider named since that waits for the purchaser."""

    contract_id: UUID
    version: int
    in_force: AccountView | None
    proposed: AccountView | None


def accounts_view(contract_id: UUID, version: int, rows: Iterable[Row]) -> AccountsView:
    known = list(rows)
    paid_to, named = agreed(known), waiting(known)
    return AccountsView(
        contract_id=contract_id,
        version=version,
        in_force=account_view(paid_to) if paid_to else None,
        proposed=account_view(named) if named else None,
    )


def account_view(row: Row) -> AccountView:
    return AccountView(**{name: row[name] for name in AccountView.model_fields})
