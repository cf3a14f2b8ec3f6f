"""Queries about the accounts that a contract is paid to."""

import hashlib
import os
from collections.abc import Iterable
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from services.contracts.accounts.rules import Account, Named, Party
from services.contracts.tables import parties, payments, private_accounts, receipts
from shared.fields.ids import new_id
from shared.fields.strict_json import canonical
from shared.work.database import Reader, Row, Transaction

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
    payments.c.kind != "refund",
    payments.c.kind != "return",
    ~sa.exists().where(receipts.c.payment_id == payments.c.id),
)


async def accounts(reader: Reader, contract_id: UUID) -> list[Row]:
    """Every account named for the contract and not replaced before it was agreed, in order."""
    return await reader.all(_ACCOUNTS, contract_id=contract_id)


def agreed(rows: Iterable[Row]) -> Row | None:
    """The account in force: the last one that was agreed."""
    return max((row for row in rows if row["agreed_by"]), key=lambda row: int(row["number"]), default=None)


def waiting(rows: Iterable[Row]) -> Row | None:
    """The account that was named and not yet agreed."""
    return next((row for row in rows if row["agreed_by"] is None), None)


async def in_force(reader: Reader, contract_id: UUID) -> Account | None:
    """The account that the contract is paid to now; None where none was agreed."""
    row = agreed(await accounts(reader, contract_id))
    return None if row is None else account_of(row)


def account_of(row: Row) -> Account:
    return Account(row["title"], row["bank"], row["account_number"], row["bank_code"])


async def party(reader: Reader, organisation: UUID) -> Row | None:
    """What the registry says of an organisation today; None while it has said nothing."""
    return await reader.one(_PARTY, id=organisation)


async def carry_on(reader: Reader, organisation: UUID) -> list[Party]:
    """Who carries on what an organisation has: itself, or those that took its place, as far as the registry told."""
    rows = await reader.all(_CARRY_ON, id=organisation)
    return [Party(row["id"], row["title"], row["credit_code"]) for row in rows]


async def named(reader: Reader, contract: Row, account: Account) -> Named:
    """The account beside the names that the contract's provider bears, or whoever carries on for one that left."""
    provider = contract["provider_id"]
    carrying_on = await carry_on(reader, provider)
    if any(each.id != provider for each in carrying_on):
        return Named(account, frozenset(each.title for each in carrying_on))
    return Named(account, frozenset({contract["provider_title"], *(each.title for each in carrying_on)}))


async def name(tx: Transaction, contract: Row, account: Account, person: UUID, keep_until: date) -> tuple[int, bytes]:
    """Keeps an account that waits to be agreed, in the place of any that waited before; returns its number and its
    hash: SHA-256 over a salt and the account."""
    await drop_waiting(tx, contract)
    before = await accounts(tx, contract["id"])
    salt, number = os.urandom(16), 1 + max((row["number"] for row in before), default=0)
    await tx.insert(
        private_accounts,
        id=new_id(),
        contract_id=contract["id"],
        number=number,
        title=account.title,
        bank=account.bank,
        account_number=account.number,
        bank_code=account.bank_code,
        salt=salt,
        named_by=person,
        keep_until=keep_until,
    )
    return number, hashed(account, salt)


def hashed(account: Account, salt: bytes) -> bytes:
    return hashlib.sha256(salt + canonical(said(account))).digest()


def said(account: Account) -> dict[str, str | None]:
    """The account as it goes into what is hashed and signed."""
    named = (account.title, account.bank, account.number, account.bank_code)
    return dict(zip(("title", "bank", "number", "bank_code"), named, strict=True))


async def drop_waiting(tx: Transaction, contract: Row) -> None:
    await tx.run(_DROP_OPEN, of_contract=contract["id"])


async def agree(tx: Transaction, account: Row, person: UUID) -> None:
    """The account is the contract's from now on."""
    await tx.update(private_accounts, account["id"], agreed_by=person, agreed_on=tx.today)


async def orders_out(tx: Transaction, contract_id: UUID) -> int:
    """How many orders of the contract the treasury may still carry out: those without a receipt."""
    return int(await tx.value(_OUT, contract_id=contract_id) or 0)
