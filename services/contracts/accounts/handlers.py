"""Changing the account that a contract is paid to: the provider names it, the purchaser agrees."""

from dataclasses import dataclass
from uuid import UUID

from services.contracts.accounts import store
from services.contracts.accounts.events import PayeeAccountAgreed, PayeeAccountProposed
from services.contracts.accounts.records import PayeeAccount
from services.contracts.accounts.rules import Account, Change, may_change, may_name
from services.contracts.accounts.views import accounts_view
from services.contracts.contracts.handlers import About, about
from services.contracts.contracts.records import ENDED, IN_FORCE, Contract
from services.contracts.rulebook import AccountSection
from services.contracts.terms.rules import last_day
from shared.errands.notices import notify
from shared.people.interest import apart
from shared.work.database import Answer, Call, Transaction, WrongState, must_be


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
        contract, person = await tx.open(Contract, command.contract_id, "sign_for_provider", by="provider_id")
        apart(tx, contract.rulebook, [])
        must_be(contract, (*IN_FORCE, *ENDED))
        section = tx.law(contract, AccountSection)
        account = tx.decided(may_name(await store.named(tx, contract, command.account), section, tx.today))
        keep_until = last_day(contract.ends_on, section.file_retention_years.value)
        known = await store.name(tx, contract, account, person, keep_until)
        tx.emit(PayeeAccountProposed(**_named(contract, known[-1])))
        return await _answer(tx, contract, known, "payee_account_proposed")


async def agree_account(call: Call, command: AgreeAccount) -> Answer:
    async with call.transaction() as tx:
        contract, person = await tx.open(Contract, command.contract_id, "sign_contract")
        apart(tx, contract.rulebook, [contract.provider_id])
        must_be(contract, (*IN_FORCE, *ENDED))
        known = await store.accounts(tx, contract.id)
        waiting = store.waiting(known)
        if waiting is None:
            raise WrongState("account_in_force", "another_account")
        named, out = await store.named(tx, contract, store.account_of(waiting)), await store.orders_out(tx, contract.id)
        section = tx.law(contract, AccountSection)
        tx.decided(may_change(Change(named, waiting.named_by, person, out), section, tx.today))
        agreed = await store.agree(tx, waiting, person)
        tx.emit(PayeeAccountAgreed(**_named(contract, agreed)))
        known = [agreed if one.id == agreed.id else one for one in known]
        return await _answer(tx, contract, known, "payee_account_agreed")


class _Named(About):
    provider_id: UUID
    number: int
    account_hash: str
    account_id: UUID


def _named(contract: Contract, account: PayeeAccount) -> _Named:
    return {
        **about(contract),
        "provider_id": contract.provider_id,
        "number": account.number,
        "account_hash": store.hashed(account),
        "account_id": account.id,
    }


async def _answer(tx: Transaction, contract: Contract, known: list[PayeeAccount], notice: str) -> Answer:
    """Both parties are told, whoever acted; the contract's version counts, so that nobody agrees to another account
    than they have read."""
    for party in (contract.organisation, contract.provider_id):
        await notify(tx, party, notice, contract.id, {"reference": contract.reference})
    version = (await tx.save(contract, contract)).version
    return tx.answer(200, accounts_view(contract.id, version, known), version=version)
