"""Queries about the accounts that a contract is paid to."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.contracts.accounts.records import PayeeAccount, RegisteredParty
from services.contracts.accounts.rules import Account, Named, Party
from services.contracts.contracts.records import Contract
from services.contracts.tables import parties, payments, private_accounts, receipts
from shared.fields.ids import new_id
from shared.fields.strict_json import canonical
from shared.work.database import Reader, Transaction

_OF_CONTRACT = private_accounts.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid)
_ACCOUNTS = sa.select(private_accounts).where(_OF_CONTRACT).order_by(private_accounts.c.number)
_DROP_OPEN = sa.delete(private_accounts).where(
    private_accounts.c.contract_id == sa.bindparam("of_contract", type_=sa.Uuid), private_accounts.c.agreed_by.is_(None)
)
_PARTY = sa.select(parties).where(parties.c.id == sa.bindparam("id", type_=sa.Uuid))
_CARRY_ON = (
    sa.select(parties)
    .where(
        parties.c.id.in_(
            sa.select(sa.func.carried_on_by(sa.bindparam("id", type_=sa.Uuid), type_=sa.Uuid).column_valued("one"))
        )
    )
    .order_by(parties.c.id)
)
_OUT = sa.select(sa.func.count()).where(
    payments.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid),
    payments.c.kind == sa.any_(sa.literal(["release", "supplement"], ARRAY(sa.Text))),
    ~sa.exists().where(receipts.c.payment_id == payments.c.id),
)


async def accounts(reader: Reader, contract_id: UUID) -> list[PayeeAccount]:
    """Every account named for the contract and not replaced before it was agreed, in order."""
    return await reader.all(_ACCOUNTS, PayeeAccount, contract_id=contract_id)


def agreed(named: Iterable[PayeeAccount]) -> PayeeAccount | None:
    """The account in force: the last one that was agreed."""
    return max((one for one in named if one.agreed_by), key=lambda one: one.number, default=None)


def waiting(named: Iterable[PayeeAccount]) -> PayeeAccount | None:
    """The account that was named and not yet agreed."""
    return next((one for one in named if one.agreed_by is None), None)


async def in_force(reader: Reader, contract_id: UUID) -> Account | None:
    """The account that the contract is paid to now; None where none was agreed."""
    paid_to = agreed(await accounts(reader, contract_id))
    return None if paid_to is None else account_of(paid_to)


def account_of(kept: PayeeAccount) -> Account:
    return Account(kept.title, kept.bank, kept.account_number, kept.bank_code)


async def party(reader: Reader, organisation: UUID) -> RegisteredParty | None:
    """What the registry says of an organisation today; None while it has said nothing."""
    return await reader.one(_PARTY, RegisteredParty, id=organisation)


async def carry_on(reader: Reader, organisation: UUID) -> list[Party]:
    """Who carries on what an organisation has: itself, or those that took its place, as far as the registry told."""
    told = await reader.all(_CARRY_ON, RegisteredParty, id=organisation)
    return [Party(one.id, one.title, one.credit_code) for one in told]


async def named(reader: Reader, contract: Contract, account: Account) -> Named:
    """The account beside the names that the contract's provider bears, or whoever carries on for one that left."""
    provider = contract.provider_id
    carrying_on = await carry_on(reader, provider)
    if any(each.id != provider for each in carrying_on):
        return Named(account, frozenset(each.title for each in carrying_on))
    return Named(account, frozenset({contract.provider_title, *(each.title for each in carrying_on)}))


async def name(
    tx: Transaction, contract: Contract, account: Account, person: UUID, keep_until: date
) -> list[PayeeAccount]:
    """Keeps an account that waits to be agreed, in the place of any that waited before; returns all of the contract, it
    as the last."""
    await drop_waiting(tx, contract.id)
    before = await accounts(tx, contract.id)
    named = PayeeAccount(
        id=new_id(),
        contract_id=contract.id,
        number=1 + max((one.number for one in before), default=0),
        title=account.title,
        bank=account.bank,
        account_number=account.number,
        bank_code=account.bank_code,
        salt=os.urandom(16),
        named_by=person,
        keep_until=keep_until,
    )
    return [*before, await tx.add(named)]


def hashed(kept: PayeeAccount) -> str:
    """SHA-256 over a salt and the account, in hexadecimal digits."""
    return hashlib.sha256(kept.salt + canonical(said(account_of(kept)))).hexdigest()


def said(account: Account) -> dict[str, str | None]:
    """The account as it goes into what is hashed and signed."""
    named = (account.title, account.bank, account.number, account.bank_code)
    return dict(zip(("title", "bank", "number", "bank_code"), named, strict=True))


async def drop_waiting(tx: Transaction, contract_id: UUID) -> None:
    await tx.run(_DROP_OPEN, of_contract=contract_id)


async def agree(tx: Transaction, account: PayeeAccount, person: UUID) -> PayeeAccount:
    """The account is the contract's from now on."""
    return await tx.save(account, replace(account, agreed_by=person, agreed_on=tx.today))


async def orders_out(tx: Transaction, contract_id: UUID) -> int:
    """How many orders of the contract the treasury may still carry out: those without a receipt."""
    return int(await tx.value(_OUT, contract_id=contract_id) or 0)
