"""Answers to proposed awards and signings, and what a change of standing does to those still open."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypedDict
from uuid import UUID

from services.registry.clearances import store
from services.registry.clearances.events import ClearanceStands
from services.registry.clearances.records import Act, Clearance, ClearanceState
from services.registry.clearances.rules import Proposal, clear
from services.registry.providers import store as providers
from services.registry.standing import store as standing
from services.registry.tables import CLEARANCE
from shared.bus.records import together
from shared.events import Event
from shared.events.contracts import ContractSigned, ContractWithdrawn, SigningProposed
from shared.events.registry import AwardBlocked, AwardCleared, CitedClause, SigningBlocked, SigningCleared
from shared.events.tendering import AwardProposed, ProcurementFailed
from shared.fields.ids import new_id
from shared.law.decision import Decision, Finding
from shared.law.rulebook import rulebooks
from shared.road.consumer import Waits
from shared.work.database import Transaction


async def on_award_proposed(tx: Transaction, event: AwardProposed) -> Waits | None:
    """Answers this round; a clearance of an earlier round of the lot is open no more."""
    return await _answer(tx, event, "award", event.procurement_id, event.lot)


async def on_signing_proposed(tx: Transaction, event: SigningProposed) -> Waits | None:
    return await _answer(tx, event, "signing", event.contract_id, None)


async def on_contract_signed(tx: Transaction, event: ContractSigned) -> None:
    await _close(tx, event, event.procurement_id)
    await _close(tx, event, event.contract_id)


async def on_contract_withdrawn(tx: Transaction, event: ContractWithdrawn) -> None:
    await _close(tx, event, event.contract_id)


async def on_procurement_failed(tx: Transaction, event: ProcurementFailed) -> None:
    await _close(tx, event, event.procurement_id)


async def _close(tx: Transaction, event: ContractSigned | ContractWithdrawn | ProcurementFailed, subject: UUID) -> None:
    """A clearance is closed by what becomes of its own purchase: another's would let a bar pass by it."""
    await _close_each(tx, await _of_one_purchase(tx, event, subject))


async def _of_one_purchase(tx: Transaction, event: Event, subject: UUID) -> list[Clearance]:
    given = await store.of_subject(tx, subject)
    for clearance in given:
        together(event, clearance, project_id="key")
    return given


async def lock_purchases(tx: Transaction, provider_id: UUID) -> None:
    """Locks the keys of the provider and of every purchase in which a clearance of it is open, in one order and before
    any row."""
    projects = {clearance.key for clearance in await store.open_for(tx, provider_id)}
    await tx.lock(provider_id, *projects)


async def recheck(tx: Transaction, provider_id: UUID) -> None:
    """Judges the open clearances again and blocks what no longer holds. The provider's key is locked, so none can be
    opened meanwhile; a purchase whose key is not locked yet is locked here, and a deadlock over it is tried again."""
    projects = {clearance.key for clearance in await store.open_for(tx, provider_id)}
    if not projects:
        return
    await tx.lock(*projects)
    for clearance in await store.open_for(tx, provider_id):
        decision = await _judge(tx, clearance)
        if decision is not None and decision.refused:
            blocked = await _keep(tx, replace(clearance, state=ClearanceState.BLOCKED), clearance)
            _tell(tx, blocked, decision)


async def _answer(
    tx: Transaction, event: AwardProposed | SigningProposed, act: Act, subject: UUID, lot: int | None
) -> Waits | None:
    clearance = Clearance(
        id=new_id(),
        key=event.project_id,
        version=1,
        jurisdiction=event.jurisdiction,
        organisation=event.organisation,
        provider_id=event.provider_id,
        kind=act,
        subject=subject,
        lot=lot,
        round=event.round,
        rulebook=event.rulebook,
        acknowledged=event.acknowledged,
        answered_at=tx.now,
    )
    decision = await _judge(tx, clearance)
    if decision is None:
        return Waits(event.provider_id)
    given = await _of_one_purchase(tx, event, subject)
    await _close_each(tx, [earlier for earlier in given if earlier.lot == lot])
    state = ClearanceState.BLOCKED if decision.refused else ClearanceState.OPEN
    _tell(tx, await _keep(tx, replace(clearance, state=state)), decision)
    return None


async def _judge(tx: Transaction, clearance: Clearance) -> Decision[tuple[Finding, ...]] | None:
    """What the record says today; None for a provider that was never registered."""
    provider = await providers.find(tx, clearance.provider_id)
    if provider is None:
        return None
    candidate = await providers.candidate(tx, provider)
    record = await standing.record(tx, provider.id)
    book, place = rulebooks().get(clearance.rulebook), clearance.jurisdiction
    beside = rulebooks().beside(book, place, tx.today)
    return clear(Proposal(candidate, record, place, frozenset(clearance.acknowledged), beside), book, tx.today)


def _tell(tx: Transaction, clearance: Clearance, decision: Decision[tuple[Finding, ...]]) -> None:
    """The entry carries clauses and rulebook of this judgement, not those of the act that brought it about."""
    kept = tx.findings, tx.rulebook
    tx.findings = list(decision.findings)
    tx.under(rulebooks().get(clearance.rulebook))
    tx.emit(_event(clearance, decision))
    tx.findings, tx.rulebook = kept


def _event(
    clearance: Clearance, decision: Decision[tuple[Finding, ...]]
) -> AwardCleared | AwardBlocked | SigningCleared | SigningBlocked:
    about: _About = {
        "jurisdiction": clearance.jurisdiction,
        "organisation": clearance.organisation,
        "project_id": clearance.key,
        "provider_id": clearance.provider_id,
        "round": clearance.round,
        "findings": CitedClause.of(decision.findings),
    }
    if clearance.lot is not None:
        award = AwardBlocked if decision.refused else AwardCleared
        return award(**about, procurement_id=clearance.subject, lot=clearance.lot)
    signing = SigningBlocked if decision.refused else SigningCleared
    return signing(**about, contract_id=clearance.subject)


class _About(TypedDict):
    jurisdiction: str
    organisation: UUID
    project_id: UUID
    provider_id: UUID
    round: int
    findings: list[CitedClause]


async def _keep(tx: Transaction, clearance: Clearance, before: Clearance | None = None) -> Clearance:
    """Keeps a new one, or one that is not any more as it was, and tells how it stands."""
    stands = await tx.add(clearance) if before is None else await tx.save(before, clearance)
    tx.emit(
        ClearanceStands(
            jurisdiction=stands.jurisdiction,
            organisation=stands.organisation,
            project_id=stands.key,
            clearance_id=stands.id,
            facts=CLEARANCE(stands),
        )
    )
    return stands


async def _close_each(tx: Transaction, given: Iterable[Clearance]) -> None:
    """Closes those that are open."""
    for clearance in given:
        if clearance.state is ClearanceState.OPEN:
            await _keep(tx, replace(clearance, state=ClearanceState.CLOSED), clearance)
