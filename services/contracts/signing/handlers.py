"""Putting a contract to signature, signing it on both sides, filing it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.contracts.accounts import store as accounts
from services.contracts.contracts.handlers import about, answer
from services.contracts.contracts.store import awarded_payments, keep_reason, read_lines, reasoned_clauses
from services.contracts.endings.proposals import WITHDRAWAL, take_back
from services.contracts.payments.handlers import falls_due_by_contract
from services.contracts.rulebook import SigningSection, TermSection
from services.contracts.signing import store
from services.contracts.signing.rules import Signing, may_file, may_propose, may_sign
from services.contracts.tables import contracts
from services.contracts.terms.handlers import begin_service
from services.contracts.terms.rules import last_day
from shared.bus.records import together
from shared.errands.deadlines import count_working_days, meet_deadline, set_deadline
from shared.events.catalog import CommitmentDecided
from shared.events.contracts import (
    ContractFiled,
    ContractPublished,
    ContractSigned,
    LastDayMoved,
    PaymentLine,
    SignatureGiven,
    SigningProposed,
)
from shared.events.registry import CitedClause, SigningBlocked, SigningCleared
from shared.events.tendering import PaymentTerm
from shared.fields.calendar import Due, closes_at
from shared.people.interest import apart
from shared.work.database import Answer, Call, Row, Transaction, WrongState

DUTY_OF = {"purchaser": "sign_contract", "provider": "sign_for_provider"}
FILING = "contract_filing"
OTHER = {"purchaser": "provider", "provider": "purchaser"}


@dataclass(frozen=True, slots=True)
class ProposeSigning:
    """Asks the registry whether the provider's standing allows to sign; `reasons` answer references, by clause."""

    contract_id: UUID
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SignContract:
    """One person signs for one party; the second signature concludes the contract."""

    contract_id: UUID
    party: store.Party


@dataclass(frozen=True, slots=True)
class FileContract:
    """The signed contract was filed with finance."""

    contract_id: UUID


async def propose_signing(call: Call, command: ProposeSigning) -> Answer:
    async with call.transaction() as tx:
        row = await tx.lock_row(contracts, command.contract_id)
        person = tx.require("sign_contract", row["organisation"], row["jurisdiction"])
        book = apart(tx, row["rulebook"], [row["provider_id"]])
        tx.expect(row["version"])
        _must_be_written(row)
        section, terms = book.section(SigningSection), book.section(TermSection)
        tx.decided(may_propose(await _signing(tx, row, terms), section, terms, tx.today))
        keep_until = last_day(row["ends_on"], section.file_retention_years.value)
        for clause, reason in command.reasons.items():
            await keep_reason(tx, row["id"], clause, reason, person, keep_until)
        signing_round = await store.set_asked(tx, row)
        tx.emit(
            SigningProposed(
                **about(row),
                round=signing_round,
                provider_id=row["provider_id"],
                rulebook=row["rulebook"],
                acknowledged=await reasoned_clauses(tx, row["id"]),
                price=row["price"],
                budget_year=row["starts_on"].year if row["renews"] else None,
                renews=row["renews"],
            )
        )
        return await answer(tx, command.contract_id)


async def on_signing_cleared(tx: Transaction, event: SigningCleared) -> None:
    row = await _asked(tx, event)
    if row is not None and row["standing"] == "asked":
        await store.set_standing(tx, event.contract_id, "cleared", _cited(event.findings))


async def on_signing_blocked(tx: Transaction, event: SigningBlocked) -> None:
    """A block may also follow a clearance: standing changed before both had signed."""
    row = await _asked(tx, event)
    if row is not None:
        await store.set_standing(tx, event.contract_id, "blocked", _cited(event.findings))


async def on_commitment_decided(tx: Transaction, event: CommitmentDecided) -> None:
    """The year's budget holds the price of a renewal, or not; then it is adjusted, and the renewal asks again."""
    if event.contract_id is None:
        return
    row = await store.drafted_in_round(tx, event.contract_id, event.round)
    if row is not None:
        together(event, row, project_id="key")
        await store.set_cover(tx, event.contract_id, "committed" if event.granted else "refused")


async def _asked(tx: Transaction, event: SigningCleared | SigningBlocked) -> Row | None:
    """The contract about which this round asked."""
    row = await store.drafted_in_round(tx, event.contract_id, event.round)
    if row is not None:
        together(event, row, project_id="key", provider_id="provider_id")
    return row


def _cited(findings: Iterable[CitedClause]) -> list[dict[str, Any]]:
    return [found.model_dump(mode="json") for found in findings]


async def sign_contract(call: Call, command: SignContract) -> Answer:
    async with call.transaction() as tx:
        row = await tx.lock_row(contracts, command.contract_id)
        organisation = row["organisation"] if command.party == "purchaser" else row["provider_id"]
        person = tx.require(DUTY_OF[command.party], organisation, row["jurisdiction"])
        book = apart(tx, row["rulebook"], [row["provider_id"]] if command.party == "purchaser" else [])
        tx.expect(row["version"])
        _must_be_written(row)
        if row[store.SIGNED_BY[command.party]] is not None:
            raise WrongState(row["state"], "not_signed_by_this_party")
        section, terms = book.section(SigningSection), book.section(TermSection)
        signing, other = await _signing(tx, row, terms), row[store.SIGNED_BY[OTHER[command.party]]]
        asked = (signing, person, other, section, terms, tx.today)
        tx.decided(may_sign(*asked, for_provider=command.party == "provider"))
        if row["standing"] != "cleared":
            raise WrongState(row["standing"] or "signing_not_proposed", "cleared_by_registry")
        if row["renews"] is not None and row["cover"] != "committed":
            raise WrongState(row["cover"] or "signing_not_proposed", "held_by_budget")
        await store.set_signature(tx, row, command.party, person)
        if other is None:
            tx.emit(SignatureGiven(**about(row), party=command.party, signed_by=person))
        else:
            await _conclude(tx, command.contract_id, section)
        return await answer(tx, command.contract_id)


async def _conclude(tx: Transaction, contract_id: UUID, section: SigningSection) -> None:
    """Both have signed: the contract binds, and filing and service have their days."""
    row = await tx.lock_row(contracts, contract_id)
    if row["ending_proposed_by"] is not None:  # else it would wait on as a proposal to end what is in force
        await take_back(tx, row, WITHDRAWAL)
    await store.set_signed(tx, row)
    account = accounts.waiting(await accounts.accounts(tx, contract_id))
    if account is not None:
        await accounts.agree(tx, account, row["provider_signed_by"])
    await meet_deadline(tx, "contract_signing", contract_id)
    rule = section.contract_filing_working_days
    await count_working_days(tx, FILING, contract_id, row["key"], rule.value, rule.clause)
    await begin_service(tx, row, section.term_default_years.clause)
    await falls_due_by_contract(tx, row, await read_lines(tx, contract_id))
    signed = await _signed(tx, row)
    tx.emit(signed)
    tx.emit(ContractPublished.model_validate(signed.model_dump()))


async def _signed(tx: Transaction, row: Row) -> ContractSigned:
    lines = {line["number"]: line for line in await read_lines(tx, row["id"])}
    terms = awarded_payments(row)
    return ContractSigned(
        **about(row),
        reference=row["reference"],
        provider_id=row["provider_id"],
        procurement_id=row["procurement_id"],
        price=row["price"],
        rulebook=row["rulebook"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        service_class=row["service_class"],
        nature=row["nature"],
        procurement_project=row["procurement_project"],
        signed_by=row["signed_by"],
        lines=[_line(term, lines[term.number]) for term in terms],
        objection_window_working_days=row["objection_window_working_days"],
        renews=row["renews"],
    )


def _line(term: PaymentTerm, line: Row) -> PaymentLine:
    """The term as awarded, but within the days that were written."""
    return PaymentLine(**{**term.model_dump(), "due_days": line["due_days"]}, line_id=line["id"])


async def file_contract(call: Call, command: FileContract) -> Answer:
    async with call.transaction() as tx:
        row = await tx.lock_row(contracts, command.contract_id)
        tx.require("file_contract", None, row["jurisdiction"])
        book = apart(tx, row["rulebook"], [row["provider_id"]])
        tx.expect(row["version"])
        if row["state"] != "signed":
            raise WrongState(row["state"], "signed")
        section = book.section(SigningSection)
        file_by = await store.due_on(tx, FILING, row["id"]) or tx.today
        tx.decided(may_file(file_by, section, tx.today))
        await meet_deadline(tx, FILING, row["id"])
        started = row["starts_on"] <= tx.today
        await store.set_filed(tx, row, "running" if started else "filed")
        if not started:
            begins_at = closes_at(row["starts_on"] - timedelta(days=1))
            clause = section.term_default_years.clause
            await set_deadline(tx, "service_start", row["id"], row["key"], begins_at, clause)
        tx.emit(ContractFiled(**about(row)))
        return await answer(tx, command.contract_id)


async def on_filing_moved(tx: Transaction, deadline: Row, due: Due) -> None:
    """The last day to file was counted again; it stands on the deadline alone."""
    row = await tx.lock_row(contracts, deadline["subject"])
    moved: dict[str, Any] = {"kind": FILING, "last_day": due.day, "provisional": due.provisional}
    tx.emit(LastDayMoved(**about(row), record=row["id"], **moved))


async def on_service_started(tx: Transaction, deadline: Row) -> None:
    """The first day of the term has come for a contract filed before it."""
    row = await tx.lock_row(contracts, deadline["subject"])
    if row["state"] == "filed":
        await store.set_running(tx, row)


async def _signing(tx: Transaction, row: Row, terms: TermSection) -> Signing:
    reason = terms.poor_result_needs_reason
    return await store.signing_of(tx, row, reason.clause.id if reason else None)


def _must_be_written(row: Row) -> None:
    if row["state"] != "drafted":
        raise WrongState(row["state"], "drafted")
    if row["text_hash"] is None:
        raise WrongState("drafted", "content_written")
