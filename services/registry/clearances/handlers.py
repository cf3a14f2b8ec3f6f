"""Answers to proposed awards and signings, and what a change of standing does to those still open."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.registry.clearances import store
from services.registry.clearances.rules import Proposal, clear
from services.registry.providers import store as providers
from services.registry.standing import store as standing
from services.registry.tables import providers as providers_table
from shared.events.contracts import ContractSigned, ContractWithdrawn, SigningProposed
from shared.events.registry import AwardBlocked, AwardCleared, CitedClause, SigningBlocked, SigningCleared
from shared.events.tendering import AwardProposed, ProcurementFailed
from shared.fields.ids import new_id
from shared.law.decision import Decision, Finding
from shared.law.rulebook import rulebooks
from shared.road.consumer import Waits
from shared.work.database import Row, Transaction


async def on_award_proposed(tx: Transaction, event: AwardProposed) -> Waits | None:
    """Answers this round; a clearance of an earlier round of the lot is open no more."""
    asked = {"kind": "award", "subject": event.procurement_id, "lot": event.lot}
    return await _answer(tx, event, asked)


async def on_signing_proposed(tx: Transaction, event: SigningProposed) -> Waits | None:
    asked = {"kind": "signing", "subject": event.contract_id, "lot": None}
    return await _answer(tx, event, asked)


async def on_contract_signed(tx: Transaction, event: ContractSigned) -> None:
    await store.close(tx, event.procurement_id)
    await store.close(tx, event.contract_id)


async def on_contract_withdrawn(tx: Transaction, event: ContractWithdrawn) -> None:
    await store.close(tx, event.contract_id)


async def on_procurement_failed(tx: Transaction, event: ProcurementFailed) -> None:
    await store.close(tx, event.procurement_id)


async def lock_provider(tx: Transaction, provider_id: UUID) -> Row:
    """The provider's row, behind the keys of the provider and of every purchase in which a clearance is open, all
    locked in one order. Raises NotFound."""
    projects = {row["key"] for row in await store.open_for(tx, provider_id)}
    await tx.lock(provider_id, *projects)
    return await tx.lock_row(providers_table, provider_id)


async def recheck(tx: Transaction, provider_id: UUID) -> None:
    """Judges the open clearances again and blocks what no longer holds. The provider's key is locked, so none can be
    opened meanwhile; a purchase whose key is not locked yet is locked here, and a deadlock over it is tried again."""
    projects = {row["key"] for row in await store.open_for(tx, provider_id)}
    if not projects:
        return
    await tx.lock(*projects)
    for row in await store.open_for(tx, provider_id):
        decision = await _judge(tx, row)
        if decision is not None and decision.refused:
            await store.block(tx, row)
            _tell(tx, row, decision)


async def _answer(tx: Transaction, event: AwardProposed | SigningProposed, asked: dict[str, Any]) -> Waits | None:
    row = {
        **asked,
        "id": new_id(),
        "key": event.project_id,
        "version": 1,
        "jurisdiction": event.jurisdiction,
        "organisation": event.organisation,
        "provider_id": event.provider_id,
        "round": event.round,
        "rulebook": event.rulebook,
        "acknowledged": event.acknowledged,
        "answered_at": tx.now,
    }
    decision = await _judge(tx, row)
    if decision is None:
        return Waits(event.provider_id)
    await store.close_lot(tx, row["subject"], row["lot"])
    await store.add(tx, {**row, "state": "blocked" if decision.refused else "open"})
    _tell(tx, row, decision)
    return None


async def _judge(tx: Transaction, row: Mapping[str, Any]) -> Decision[tuple[Finding, ...]] | None:
    """What the record says today; None for a provider that was never registered."""
    provider = await providers.find(tx, row["provider_id"])
    if provider is None:
        return None
    candidate = await providers.candidate(tx, provider)
    record = await standing.record(tx, row["provider_id"])
    proposal = Proposal(candidate, record, row["jurisdiction"], frozenset(row["acknowledged"]))
    return clear(proposal, rulebooks().get(row["rulebook"]), tx.today)


def _tell(tx: Transaction, row: Mapping[str, Any], decision: Decision[tuple[Finding, ...]]) -> None:
    """The entry carries clauses and rulebook of this judgement, not those of the act that brought it about."""
    kept = tx.findings, tx.rulebook
    tx.findings = list(decision.findings)
    tx.under(rulebooks().get(row["rulebook"]))
    tx.emit(_event(row, decision))
    tx.findings, tx.rulebook = kept


def _event(
    row: Mapping[str, Any], decision: Decision[tuple[Finding, ...]]
) -> AwardCleared | AwardBlocked | SigningCleared | SigningBlocked:
    about = {
        "jurisdiction": row["jurisdiction"],
        "organisation": row["organisation"],
        "project_id": row["key"],
        "provider_id": row["provider_id"],
        "round": row["round"],
        "findings": CitedClause.of(decision.findings),
    }
    if row["kind"] == "award":
        award = AwardBlocked if decision.refused else AwardCleared
        return award(**about, procurement_id=row["subject"], lot=row["lot"])
    signing = SigningBlocked if decision.refused else SigningCleared
    return signing(**about, contract_id=row["subject"])
