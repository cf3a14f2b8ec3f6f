"""What waits about payees' accounts: one that the provider named and the purchaser has not agreed to."""

import sqlalchemy as sa

from services.contracts.contracts.tasks import CONTRACT, payable
from services.contracts.rulebook import AccountSection
from services.contracts.tables import contracts, private_accounts
from shared.reading.tasks import ME, Kind, clause_of

_c = contracts.c

_account_named = sa.exists().where(
    private_accounts.c.contract_id == _c.id,
    private_accounts.c.agreed_by.is_(None),
    private_accounts.c.named_by != ME,
)
"""The provider named another account, and the purchaser has not yet agreed."""

KINDS = (
    Kind(
        "agree_payee_account",
        {"sign_contract"},
        CONTRACT,
        sa.and_(payable, _account_named),
        _c.organisation,
        law=lambda book: clause_of(book.section(AccountSection).settlement_account_agreed),
    ),
)
