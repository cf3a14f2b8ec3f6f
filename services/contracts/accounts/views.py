"""How accounts look from outside: to the two parties and those who oversee them, never to the public."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.contracts.accounts.records import PayeeAccount
from services.contracts.accounts.store import agreed, waiting
from shared.web.http import Shown, View


class AccountView(Shown):
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


def accounts_view(contract_id: UUID, version: int, known: Sequence[PayeeAccount]) -> AccountsView:
    paid_to, named = agreed(known), waiting(known)
    return AccountsView(
        contract_id=contract_id,
        version=version,
        in_force=AccountView.model_validate(paid_to) if paid_to else None,
        proposed=AccountView.model_validate(named) if named else None,
    )
