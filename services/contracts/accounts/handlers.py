"""Changing the account that a contract is paid to: the provider names it, the purchaser agrees."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.contracts.accounts import store
from services.contracts.accounts.rules import Account, Change, may_change, may_name
from services.contracts.accounts.views import accounts_view
from services.contracts.contracts.handlers import about
from services.contracts.rulebook import AccountSection
from services.contracts.tables import ENDED, IN_FORCE, contracts
from services.contracts.terms.rules import last_day
from shared.errands.notices import notify
from shared.events.contracts import PayeeAccountAgreed, PayeeAccountProposed
from shared.people.interest import apart
from shared.work.database import Answer, Call, Row, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class NameAccount:
    """The provider names another account of its own for a contract in force."""

    contract_id: UUID
    account: Account


@dataclass(frozen=True, slots=True)
class AgreeAccount:
    """The purchaser agrees to the account that waits."""

    contract_id: UUID


async def name_account(call: Call, command: NameAccount) -> Answer:
    async with call.transaction() as tx:
        row = await tx.lock_row(contracts, command.contract_id)
        person = tx.require("sign_for_provider", row["provider_id"], row["jurisdiction"])
        section = apart(tx, row["rulebook"], []).section(AccountSection)
        tx.expect(row["version"])
        _must_be_signed(row)
        account = tx.decided(may_name(await store.named(tx, row, command.account), section, tx.today))
        keep_until = last_day(row["ends_on"], section.file_retention_years.value)
        number, account_hash = await store.name(tx, row, account, person, keep_until)
        tx.emit(PayeeAccountProposed(**_about(row), number=number, account_hash=account_hash.hex()))
        return await _answer(tx, row, "payee_account_proposed")


async def agree_account(call: Call, command: AgreeAccount) -> Answer:
    async with call.transaction() as tx:
        row = await tx.lock_row(contracts, command.contract_id)
        person = tx.require("sign_contract", row["organisation"], row["jurisdiction"])
        section = apart(tx, row["rulebook"], [row["provider_id"]]).section(AccountSection)
        tx.expect(row["version"])
        _must_be_signed(row)
        waiting = store.waiting(await store.accounts(tx, row["id"]))
        if waiting is None:
            raise WrongState("account_in_force", "another_account")
        account = store.account_of(waiting)
        named, out = await store.named(tx, row, account), await store.orders_out(tx, row["id"])
        tx.decided(may_change(Change(named, waiting["named_by"], person, out), section, tx.today))
        await store.agree(tx, waiting, person)
        account_hash = store.hashed(account, waiting["salt"]).hex()
        tx.emit(PayeeAccountAgreed(**_about(row), number=waiting["number"], account_hash=account_hash))
        return await _answer(tx, row, "payee_account_agreed")


def _must_be_signed(row: Row) -> None:
    """In force, or ended: what is owed of it is still paid."""
    if row["state"] not in (*IN_FORCE, *ENDED):
        raise WrongState(row["state"], *IN_FORCE, *ENDED)


def _about(row: Row) -> dict[str, Any]:
    return {**about(row), "provider_id": row["provider_id"]}


async def _answer(tx: Transaction, row: Row, notice: str) -> Answer:
    """Both parties are told, whoever acted; the contract's version counts, so that nobody agrees to another account
    than they have read."""
    for party in (row["organisation"], row["provider_id"]):
        await notify(tx, party, notice, row["id"], {"reference": row["reference"]})
    await tx.update(contracts, row["id"], state=row["state"])
    version = row["version"] + 1
    rows = await store.accounts(tx, row["id"])
    return tx.answer(200, accounts_view(row["id"], version, rows), version=version)
