"""Drafting a contract from the confirmed award, and writing it in full."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from services.contracts.accounts import store as accounts
from services.contracts.accounts.rules import Account, may_name
from services.contracts.contracts import store
from services.contracts.contracts.records import Contract, ContractMoney, ContractState
from services.contracts.contracts.rules import Draft, Terms, may_write
from services.contracts.contracts.views import ContractView
from services.contracts.payments.store import lines_of
from services.contracts.rulebook import AccountSection, ContractSection, SigningSection
from services.contracts.tables import DRAFTED, WRITTEN
from services.contracts.terms.rules import last_day
from shared.errands.deadlines import set_deadline
from shared.events.contracts import ContractDrafted, ContractWritten
from shared.events.tendering import AwardConfirmed, PaymentTerm
from shared.fields.calendar import closes_at
from shared.fields.ids import new_id
from shared.people.interest import apart
from shared.work.database import Answer, Call, Transaction, WrongState, must_be


@dataclass(frozen=True, slots=True)
class WriteContract:
    """The whole contract as the purchaser puts it to signature: terms, what each part says, the account that is paid
    to, and whether the provider told that it is a small or medium enterprise."""

    contract_id: UUID
    terms: Terms
    contents: Mapping[str, str]
    conditions: frozenset[str]
    account: Account | None = None
    small_or_medium: bool = False


class TermsDoNotAddUp(ValueError):
    """The payment terms of an award are not its amount: the file's check should have refused them."""


async def on_award_confirmed(tx: Transaction, event: AwardConfirmed) -> None:
    terms = event.terms
    if sum((p.amount for p in terms.payments), Decimal("0.00")) != event.amount:
        raise TermsDoNotAddUp
    contract = Contract(
        id=new_id(),
        key=event.project_id,
        version=1,
        jurisdiction=event.jurisdiction,
        organisation=event.organisation,
        provider_id=event.provider_id,
        provider_title=event.provider_title,
        procurement_id=event.procurement_id,
        lot=event.lot,
        renews=None,
        reference=await store.next_reference(tx, event.jurisdiction),
        rulebook=event.rulebook,
        noticed_on=event.noticed_on,
        price=event.amount,
        sources=[source.model_dump(mode="json") for source in event.sources],
        terms=terms.model_dump(mode="json"),
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        service_years=terms.service_years,
        service_year=1,
        service_from=terms.starts_on,
        service_class=event.service_class,
        nature=event.nature,
        procurement_project=event.procurement_project,
        objection_window_working_days=terms.objection_window_working_days,
    )
    await draft_contract(tx, contract, terms.payments)


async def draft_contract(tx: Transaction, drafted: Contract, payments: Iterable[PaymentTerm]) -> Contract:
    """Drafts a contract with its payment lines and sets the day until which it is to be signed."""
    contract = await tx.add(drafted)
    for term in payments:
        await tx.add(store.line_by(term, contract))
    rule = tx.law(contract, SigningSection).contract_sign_days
    sign_by = closes_at(tx.today + timedelta(days=rule.value))
    await set_deadline(tx, "contract_signing", contract.id, contract.key, sign_by, rule.clause)
    tx.emit(
        ContractDrafted(
            **about(contract),
            reference=contract.reference,
            provider_id=contract.provider_id,
            price=contract.price,
            renews=contract.renews,
            facts=DRAFTED(contract),
        )
    )
    return contract


async def write_contract(call: Call, command: WriteContract) -> Answer:
    async with call.transaction() as tx:
        drafted, person = await tx.open(Contract, command.contract_id, "draft_contract")
        apart(tx, drafted.rulebook, [drafted.provider_id])
        _must_be_unsigned(drafted)
        section = tx.law(drafted, ContractSection)
        facts = (store.awarded_terms(drafted), command.terms, drafted.service_class, command.conditions)
        older = store.kept_terms(drafted).older
        written = tx.decided(may_write(Draft(*facts, command.small_or_medium, older), section))
        keep_until = last_day(written.ends_on, section.file_retention_years.value)
        account_hash, account_id = None, None
        if command.account is None:
            await accounts.drop_waiting(tx, drafted.id)
        else:
            named = await accounts.named(tx, drafted, command.account)
            tx.decided(may_name(named, tx.law(drafted, AccountSection), tx.today))
            known = await accounts.name(tx, drafted, command.account, person, keep_until)
            account_hash, account_id = accounts.hashed(known[-1]), known[-1].id
        beside = {
            "account": accounts.said(command.account) if command.account else None,
            "small_or_medium": command.small_or_medium,
        }
        text_hash = await store.keep_text(tx, drafted.id, command.contents, beside, keep_until)
        contract = await tx.save(
            drafted,
            replace(
                drafted,
                contents=sorted(written.contents),
                term_conditions=sorted(command.conditions),
                small_or_medium=command.small_or_medium,
                objection_window_working_days=written.objection_window,
                written_by=person,
                written_on=tx.today,
                text_hash=text_hash,
            ),
        )
        due_days = {payment.number: payment.due_days for payment in written.payments}
        for line in await lines_of(tx, contract.id):
            if line.due_days != due_days[line.number]:
                await tx.save(line, replace(line, due_days=due_days[line.number]))
        tx.emit(
            ContractWritten(
                **about(contract),
                contents=contract.contents,
                text_hash=text_hash.hex(),
                facts=WRITTEN(contract),
                account_hash=account_hash,
                account_id=account_id,
            )
        )
        return answer(tx, contract)


def _must_be_unsigned(contract: Contract) -> None:
    must_be(contract, (ContractState.DRAFTED,))
    if contract.signed_by or contract.provider_signed_by:
        raise WrongState("signed_by_one_party", "signed_by_nobody")


class About(TypedDict):
    jurisdiction: str
    organisation: UUID
    project_id: UUID
    contract_id: UUID


def about(contract: ContractMoney) -> About:
    """What every event of a contract says of it."""
    return {
        "jurisdiction": contract.jurisdiction,
        "organisation": contract.organisation,
        "project_id": contract.key,
        "contract_id": contract.id,
    }


def answer(tx: Transaction, contract: Contract, status: int = 200) -> Answer:
    """The contract as it now stands, as a command's answer."""
    location = f"/v1/contracts/{contract.id}" if status == 201 else None
    return tx.answer(status, ContractView.model_validate(contract), version=contract.version, location=location)
