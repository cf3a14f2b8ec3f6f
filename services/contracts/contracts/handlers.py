"""Drafting a contract from the confirmed award, and writing it in full."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.contracts.accounts import store as accounts
from services.contracts.accounts.rules import Account, may_name
from services.contracts.contracts import store
from services.contracts.contracts.rules import Draft, Terms, may_write
from services.contracts.contracts.views import contract_view
from services.contracts.rulebook import AccountSection, ContractSection, SigningSection
from services.contracts.tables import contracts
from services.contracts.terms.rules import last_day
from shared.errands.deadlines import set_deadline
from shared.events.contracts import ContractDrafted, ContractWritten
from shared.events.tendering import AwardConfirmed, PaymentTerm
from shared.fields.calendar import closes_at
from shared.fields.ids import new_id
from shared.law.rulebook import rulebooks
from shared.people.interest import apart
from shared.work.database import Answer, Call, Row, Transaction, WrongState


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
    await draft_contract(
        tx,
        terms.payments,
        key=event.project_id,
        jurisdiction=event.jurisdiction,
        organisation=event.organisation,
        provider_id=event.provider_id,
        provider_title=event.provider_title,
        procurement_id=event.procurement_id,
        lot=event.lot,
        renews=None,
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


async def draft_contract(tx: Transaction, payments: Iterable[PaymentTerm], **fields: Any) -> UUID:
    """Drafts a contract and sets the day until which it is to be signed; returns its id."""
    contract_id = new_id()
    reference = await store.next_reference(tx, fields["jurisdiction"])
    await store.insert_draft(tx, payments, id=contract_id, reference=reference, **fields)
    rule = tx.under(rulebooks().get(fields["rulebook"])).section(SigningSection).contract_sign_days
    sign_by = closes_at(tx.today + timedelta(days=rule.value))
    await set_deadline(tx, "contract_signing", contract_id, fields["key"], sign_by, rule.clause)
    tx.emit(
        ContractDrafted(
            jurisdiction=fields["jurisdiction"],
            organisation=fields["organisation"],
            project_id=fields["key"],
            contract_id=contract_id,
            reference=reference,
            provider_id=fields["provider_id"],
            price=fields["price"],
            renews=fields["renews"],
        )
    )
    return contract_id


async def write_contract(call: Call, command: WriteContract) -> Answer:
    async with call.transaction() as tx:
        row = await tx.lock_row(contracts, command.contract_id)
        person = tx.require("draft_contract", row["organisation"], row["jurisdiction"])
        book = apart(tx, row["rulebook"], [row["provider_id"]])
        tx.expect(row["version"])
        _must_be_unsigned(row)
        section = book.section(ContractSection)
        facts = (store.awarded_terms(row), command.terms, row["service_class"], command.conditions)
        written = tx.decided(may_write(Draft(*facts, command.small_or_medium), section))
        keep_until = last_day(written.ends_on, section.file_retention_years.value)
        if command.account is None:
            await accounts.drop_waiting(tx, row)
        else:
            named = await accounts.named(tx, row, command.account)
            tx.decided(may_name(named, book.section(AccountSection), tx.today))
            await accounts.name(tx, row, command.account, person, keep_until)
        beside = {
            "account": accounts.said(command.account) if command.account else None,
            "small_or_medium": command.small_or_medium,
        }
        given = (command.contents, command.conditions, beside)
        text_hash = await store.set_written(tx, row, written, *given, person, keep_until)
        tx.emit(ContractWritten(**about(row), contents=sorted(written.contents), text_hash=text_hash.hex()))
        return await answer(tx, command.contract_id)


def _must_be_unsigned(row: Row) -> None:
    if row["state"] != "drafted":
        raise WrongState(row["state"], "drafted")
    if row["signed_by"] or row["provider_signed_by"]:
        raise WrongState("signed_by_one_party", "signed_by_nobody")


def about(row: Row) -> dict[str, Any]:
    """What every event of a contract says of it."""
    return {
        "jurisdiction": row["jurisdiction"],
        "organisation": row["organisation"],
        "project_id": row["key"],
        "contract_id": row["id"],
    }


async def answer(tx: Transaction, contract_id: UUID, status: int = 200) -> Answer:
    """The contract as it now stands, as a command's answer."""
    row = await tx.lock_row(contracts, contract_id)
    location = f"/v1/contracts/{contract_id}" if status == 201 else None
    return tx.answer(status, contract_view(row), version=row["version"], location=location)
