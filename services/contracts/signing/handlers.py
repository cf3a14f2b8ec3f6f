"""Putting a contract to signature, signing it on both sides, filing it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

from services.contracts.accounts import store as accounts
from services.contracts.contracts.handlers import about, answer
from services.contracts.contracts.records import Contract, ContractState
from services.contracts.contracts.store import awarded_payments, keep_reason, reasoned_clauses
from services.contracts.endings.proposals import WITHDRAWAL, take_back
from services.contracts.payments.handlers import falls_due_by_contract
from services.contracts.payments.records import PaymentLine
from services.contracts.payments.store import lines_of
from services.contracts.rulebook import SigningSection, TermSection
from services.contracts.signing import store
from services.contracts.signing.events import LastDayMoved, ServiceStarted, SigningAnswered
from services.contracts.signing.rules import Signing, may_file, may_propose, may_sign
from services.contracts.tables import ANSWERED
from services.contracts.terms.handlers import begin_service
from services.contracts.terms.rules import last_day
from shared.bus.records import together
from shared.errands.deadlines import Deadline, NotOver, count_working_days, meet_deadline, set_deadline
from shared.events.catalog import CommitmentDecided
from shared.events.contracts import ContractFiled, ContractPublished, ContractSigned, SignatureGiven, SigningProposed
from shared.events.contracts import PaymentLine as SignedLine
from shared.events.registry import CitedClause, SigningBlocked, SigningCleared
from shared.events.tendering import PaymentTerm
from shared.fields.calendar import Due, closes_at
from shared.people.interest import apart
from shared.work.database import Answer, Call, Transaction, WrongState, must_be

FILING: Final = "contract_filing"


@dataclass(frozen=True, slots=True)
class ProposeSigning:
    """Asks the registry whether the provider's standing allows to sign; `reasons` answer references, by clause."""

    contract_id: UUID
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SignContract:
    """One person signs for one party; the second signature concludes the contract."""

    contract_id: UUID
    party: Literal["purchaser", "provider"]


@dataclass(frozen=True, slots=True)
class FileContract:
    """The signed contract was filed with finance."""

    contract_id: UUID


async def propose_signing(call: Call, command: ProposeSigning) -> Answer:
    async with call.transaction() as tx:
        written, person = await tx.open(Contract, command.contract_id, "sign_contract")
        apart(tx, written.rulebook, [written.provider_id])
        _must_be_written(written)
        section, terms = tx.law(written, SigningSection), tx.law(written, TermSection)
        tx.decided(may_propose(await _signing(tx, written, terms), section, terms, tx.today))
        keep_until = last_day(written.ends_on, section.file_retention_years.value)
        for clause, reason in command.reasons.items():
            await keep_reason(tx, written.id, clause, reason, person, keep_until)
        contract = await tx.save(
            written,
            replace(
                written,
                signing_round=written.signing_round + 1,
                standing="asked",
                standing_findings=[],
                cover="asked" if written.renews is not None else None,
            ),
        )
        tx.emit(
            SigningProposed(
                **about(contract),
                round=contract.signing_round,
                provider_id=contract.provider_id,
                rulebook=contract.rulebook,
                acknowledged=await reasoned_clauses(tx, contract.id),
                price=contract.price,
                budget_year=contract.starts_on.year if contract.renews else None,
                renews=contract.renews,
            )
        )
        return answer(tx, contract)


async def on_signing_cleared(tx: Transaction, event: SigningCleared) -> None:
    asked = await _asked(tx, event)
    if asked is not None and asked.standing == "asked":
        cited = _cited(event.findings)
        _tell_answer(tx, await tx.save(asked, replace(asked, standing="cleared", standing_findings=cited)))


async def on_signing_blocked(tx: Transaction, event: SigningBlocked) -> None:
    """A block may also follow a clearance: standing changed before both had signed."""
    asked = await _asked(tx, event)
    if asked is not None:
        cited = _cited(event.findings)
        _tell_answer(tx, await tx.save(asked, replace(asked, standing="blocked", standing_findings=cited)))


async def on_commitment_decided(tx: Transaction, event: CommitmentDecided) -> None:
    """The year's budget holds the price of a renewal, or not; then it is adjusted, and the renewal asks again."""
    if event.contract_id is None:
        return
    asked = await store.drafted_in_round(tx, event.contract_id, event.round)
    if asked is not None:
        together(event, asked, project_id="key")
        answered = replace(asked, cover="committed" if event.granted else "refused")
        _tell_answer(tx, await tx.save(asked, answered))


def _tell_answer(tx: Transaction, contract: Contract) -> None:
    said = {"round": contract.signing_round, "standing": contract.standing, "cover": contract.cover}
    tx.emit(SigningAnswered.model_validate({**about(contract), **said, "findings": ANSWERED(contract)}))


async def _asked(tx: Transaction, event: SigningCleared | SigningBlocked) -> Contract | None:
    """The contract about which this round asked."""
    contract = await store.drafted_in_round(tx, event.contract_id, event.round)
    if contract is not None:
        together(event, contract, project_id="key", provider_id="provider_id")
    return contract


def _cited(findings: Iterable[CitedClause]) -> list[dict[str, Any]]:
    return [found.model_dump(mode="json") for found in findings]


async def sign_contract(call: Call, command: SignContract) -> Answer:
    async with call.transaction() as tx:
        of_purchaser = command.party == "purchaser"
        duty, by = ("sign_contract", "organisation") if of_purchaser else ("sign_for_provider", "provider_id")
        unsigned, person = await tx.open(Contract, command.contract_id, duty, by=by)
        apart(tx, unsigned.rulebook, [unsigned.provider_id] if of_purchaser else [])
        _must_be_written(unsigned)
        own, other = unsigned.signed_by, unsigned.provider_signed_by
        if not of_purchaser:
            own, other = other, own
        if own is not None:
            raise WrongState(unsigned.state, "not_signed_by_this_party")
        section, terms = tx.law(unsigned, SigningSection), tx.law(unsigned, TermSection)
        asked = (await _signing(tx, unsigned, terms), person, other, section, terms, tx.today)
        tx.decided(may_sign(*asked, for_provider=not of_purchaser))
        if unsigned.standing != "cleared":
            raise WrongState(unsigned.standing or "signing_not_proposed", "cleared_by_registry")
        if unsigned.renews is not None and unsigned.cover != "committed":
            raise WrongState(unsigned.cover or "signing_not_proposed", "held_by_budget")
        if other is not None and unsigned.ending_proposed_by is not None:
            # Else it would wait on as a proposal to end what is in force.
            unsigned = await take_back(tx, unsigned, WITHDRAWAL)
        with_own = replace(unsigned, signed_by=person) if of_purchaser else replace(unsigned, provider_signed_by=person)
        if other is None:
            contract = await tx.save(unsigned, with_own)
            tx.emit(SignatureGiven(**about(contract), party=command.party, signed_by=person))
        else:
            bound = replace(with_own, state=ContractState.SIGNED, signed_on=tx.today)
            contract = await tx.save(unsigned, bound)
            await _conclude(tx, contract, section)
        return answer(tx, contract)


async def _conclude(tx: Transaction, contract: Contract, section: SigningSection) -> None:
    """Both have signed: the contract binds, and filing and service have their days."""
    for_purchaser, for_provider = contract.signed_by, contract.provider_signed_by
    assert for_purchaser is not None
    assert for_provider is not None
    account = accounts.waiting(await accounts.accounts(tx, contract.id))
    if account is not None:
        await accounts.agree(tx, account, for_provider)
    await meet_deadline(tx, "contract_signing", contract.id)
    rule = section.contract_filing_working_days
    await count_working_days(tx, FILING, contract.id, contract.key, rule.value, rule.clause)
    await begin_service(tx, contract, section.term_default_years.clause)
    lines = await lines_of(tx, contract.id)
    lines = await falls_due_by_contract(tx, contract, lines)
    signed = _signed(contract, for_purchaser, {line.number: line for line in lines})
    tx.emit(signed)
    tx.emit(ContractPublished.model_validate(signed.model_dump()))


def _signed(contract: Contract, signed_by: UUID, lines: Mapping[int, PaymentLine]) -> ContractSigned:
    return ContractSigned(
        **about(contract),
        reference=contract.reference,
        provider_id=contract.provider_id,
        procurement_id=contract.procurement_id,
        price=contract.price,
        rulebook=contract.rulebook,
        starts_on=contract.starts_on,
        ends_on=contract.ends_on,
        service_class=contract.service_class,
        nature=contract.nature,
        procurement_project=contract.procurement_project,
        signed_by=signed_by,
        lines=[_line(term, lines[term.number]) for term in awarded_payments(contract)],
        objection_window_working_days=contract.objection_window_working_days,
        renews=contract.renews,
    )


def _line(term: PaymentTerm, line: PaymentLine) -> SignedLine:
    """The term as awarded, but within the days that were written."""
    return SignedLine(**{**term.model_dump(), "due_days": line.due_days}, line_id=line.id, due_on=line.due_on)


async def file_contract(call: Call, command: FileContract) -> Answer:
    async with call.transaction() as tx:
        signed, _ = await tx.open(Contract, command.contract_id, "file_contract", by=None)
        apart(tx, signed.rulebook, [signed.provider_id])
        must_be(signed, (ContractState.SIGNED,))
        section = tx.law(signed, SigningSection)
        file_by = await store.due_on(tx, FILING, signed.id) or tx.today
        tx.decided(may_file(file_by, section, tx.today))
        await meet_deadline(tx, FILING, signed.id)
        started = signed.starts_on <= tx.today
        state = ContractState.RUNNING if started else ContractState.FILED
        contract = await tx.save(signed, replace(signed, state=state, filed_on=tx.today))
        if not started:
            begins_at = closes_at(contract.starts_on - timedelta(days=1))
            clause = section.term_default_years.clause
            await set_deadline(tx, "service_start", contract.id, contract.key, begins_at, clause)
        tx.emit(ContractFiled(**about(contract), state="running" if started else "filed"))
        return answer(tx, contract)


async def on_filing_moved(tx: Transaction, deadline: Deadline, due: Due) -> None:
    """The last day to file was counted again; it stands on the deadline alone."""
    contract = await tx.lock_record(Contract, deadline.subject)
    tx.emit(
        LastDayMoved(**about(contract), record=contract.id, kind=FILING, last_day=due.day, provisional=due.provisional)
    )


async def on_service_started(tx: Transaction, deadline: Deadline) -> None:
    """The first day of the term has come for a contract filed before it."""
    filed = await tx.lock_record(Contract, deadline.subject)
    if filed.state == ContractState.FILED:
        if filed.starts_on > tx.today:
            raise NotOver(filed.id)
        running = await tx.save(filed, replace(filed, state=ContractState.RUNNING))
        tx.emit(ServiceStarted(**about(running)))


async def _signing(tx: Transaction, contract: Contract, terms: TermSection) -> Signing:
    reason = terms.poor_result_needs_reason
    return await store.signing_of(tx, contract, reason.clause.id if reason else None)


def _must_be_written(contract: Contract) -> None:
    must_be(contract, (ContractState.DRAFTED,))
    if contract.text_hash is None:
        raise WrongState(contract.state, "content_written")
