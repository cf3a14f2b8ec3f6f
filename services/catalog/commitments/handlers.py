"""What awards and contracts do to the budgets they are paid from.

The project's key is locked before each of these runs, so that two that ask for the same money come one after the other.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.catalog.budgets.records import Budget
from services.catalog.commitments import store
from services.catalog.commitments.events import CommitmentStands
from services.catalog.commitments.records import Commitment, CommitmentState
from services.catalog.commitments.rules import Asked, commit
from services.catalog.projects import store as projects
from services.catalog.rulebook import CommitmentSection
from services.catalog.tables import COMMITMENT
from shared.bus.records import together
from shared.events import Event
from shared.events.catalog import CommitmentDecided, CommitmentFreed
from shared.events.contracts import (
    ContractCompleted,
    ContractCostMoved,
    ContractSigned,
    ContractTerminated,
    ContractWithdrawn,
    SigningProposed,
)
from shared.events.registry import CitedClause
from shared.events.tendering import AwardProposed, ProcurementFailed
from shared.fields.ids import new_id
from shared.law.rulebook import rulebooks
from shared.work.database import Transaction

NOTHING = Decimal("0.00")


async def on_award_proposed(tx: Transaction, event: AwardProposed) -> None:
    """Answers an award. One that names no amount was proposed before awards asked, and waits for no answer."""
    if event.amount is not None:
        about = {"procurement_id": event.procurement_id, "lot": event.lot}
        await _answer(tx, event, event.procurement_id, event.amount, about, renewal=False)


async def on_signing_proposed(tx: Transaction, event: SigningProposed) -> None:
    """Answers a renewal. The money of a contract that renews nothing is held since its award."""
    if event.renews is not None and event.price is not None:
        await _answer(tx, event, event.contract_id, event.price, {"contract_id": event.contract_id}, renewal=True)


async def _answer(
    tx: Transaction,
    event: AwardProposed | SigningProposed,
    subject: UUID,
    needed: Decimal,
    about: dict[str, Any],
    *,
    renewal: bool,
) -> None:
    project, held = await projects.find_project(tx, event.project_id), await store.find(tx, subject)
    _of_its_project(event, held)
    if project is None or (held is not None and held.state != CommitmentState.HELD):
        return
    together(event, project, organisation="organisation", jurisdiction="jurisdiction")
    asked_year = held.year if held is not None else event.budget_year
    budget = await store.budget_of(tx, event.project_id, asked_year)
    own = held.amount if held is not None else NOTHING
    approved, others = (budget.amount, budget.committed - own) if budget else (None, NOTHING)
    year = budget.year if budget is not None else asked_year
    book = tx.under(rulebooks().get(event.rulebook))
    decision = commit(Asked(year, needed, approved, others, renewal), book.section(CommitmentSection))
    tx.findings = list(decision.findings)
    if budget is not None and not decision.refused:
        holds = held or _commitment(budget, subject, subject if renewal else None, needed)
        budget = await _hold(tx, held, budget, replace(holds, amount=needed))
    tx.emit(
        CommitmentDecided(
            **_about(event),
            **_standing(budget, year),
            **about,
            round=event.round,
            needed=needed,
            granted=not decision.refused,
            findings=CitedClause.of(decision.findings),
        )
    )


def _commitment(budget: Budget, subject: UUID, contract_id: UUID | None, amount: Decimal) -> Commitment:
    return Commitment(
        id=new_id(),
        key=budget.key,
        version=1,
        jurisdiction=budget.jurisdiction,
        organisation=budget.organisation,
        subject=subject,
        contract_id=contract_id,
        year=budget.year,
        amount=amount,
        state=CommitmentState.HELD,
    )


async def _hold(tx: Transaction, before: Commitment | None, budget: Budget, held: Commitment) -> Budget:
    """Commits this amount of the budget instead of what was held before; returns the budget as it is then."""
    stands = await tx.add(held) if before is None else await tx.save(before, held)
    tx.emit(
        CommitmentStands(
            jurisdiction=stands.jurisdiction,
            organisation=stands.organisation,
            project_id=stands.key,
            commitment_id=stands.id,
            facts=COMMITMENT(stands),
        )
    )
    committed = budget.committed + held.amount - (before.amount if before else NOTHING)
    if committed == budget.committed:
        return budget
    return await tx.save(budget, replace(budget, committed=committed))


async def sign(tx: Transaction, event: ContractSigned) -> None:
    """What was held is the contract's now. One that had not asked, because it was awarded before awards asked, takes
    its price, or what is left where that is less: it is signed, and no rule undoes that."""
    subject = event.procurement_id if event.renews is None else event.contract_id
    held = await store.find(tx, subject)
    _of_its_project(event, held)
    if held is not None and held.state != CommitmentState.HELD:
        return
    year = held.year if held else event.starts_on.year if event.renews else None
    budget = await store.budget_of(tx, event.project_id, year)
    if budget is None:
        return
    own = held.amount if held else NOTHING
    amount = min(event.price, budget.amount - budget.committed + own)
    holds = held or _commitment(budget, subject, event.contract_id, amount)
    signed = replace(holds, contract_id=event.contract_id, amount=amount, state=CommitmentState.SIGNED)
    budget = await _hold(tx, held, budget, signed)
    about = {**_about(event), **_standing(budget, budget.year), "contract_id": event.contract_id}
    if amount < own:
        tx.emit(CommitmentFreed(**about, freed=own - amount))
    elif amount > own:
        tx.emit(CommitmentDecided(**about, round=0, needed=event.price, granted=True))


async def give_up(tx: Transaction, event: ProcurementFailed) -> None:
    """No contract comes of the procurement: what its award held is left again."""
    held = await store.find(tx, event.procurement_id)
    _of_its_project(event, held)
    if held is not None and held.state == CommitmentState.HELD:
        await _end(tx, event, held, NOTHING, procurement_id=event.procurement_id)


async def end(tx: Transaction, event: ContractCompleted | ContractTerminated | ContractWithdrawn) -> None:
    """The contract keeps what was paid and is owed of it; the rest of its price is left again. What an award holds is
    held on when its contract is withdrawn: the next in rank takes it over, or the procurement fails."""
    held = await store.of_contract(tx, event.contract_id)
    _of_its_project(event, held)
    if held is None or held.state == CommitmentState.ENDED:
        return
    paid = NOTHING if isinstance(event, ContractWithdrawn) else event.paid
    if paid is not None and isinstance(event, ContractTerminated):
        paid += event.owed
    kept = held.amount if paid is None else min(held.amount, paid)
    await _end(tx, event, held, kept, contract_id=event.contract_id)


async def on_contract_cost_moved(tx: Transaction, event: ContractCostMoved) -> None:
    """A contract that has ended keeps what it costs now, or what is left of the budget where that is less: it is owed
    all the same, and `granted` says that the budget does not hold it."""
    held = await store.of_contract(tx, event.contract_id)
    _of_its_project(event, held)
    if held is None or held.state != CommitmentState.ENDED:
        return
    budget = await store.budget_of(tx, held.key, held.year)
    if budget is None:
        return
    cost, own = event.paid + event.owed, held.amount
    kept = min(cost, budget.amount - budget.committed + own)
    budget = await _hold(tx, held, budget, replace(held, amount=kept))
    about = {**_about(event), **_standing(budget, held.year), "contract_id": event.contract_id}
    if kept < own:
        tx.emit(CommitmentFreed(**about, freed=own - kept))
    elif cost > own:
        tx.emit(CommitmentDecided(**about, round=0, needed=cost, granted=kept == cost))


async def _end(tx: Transaction, event: Any, held: Commitment, kept: Decimal, **about: Any) -> None:
    budget = await store.budget_of(tx, held.key, held.year)
    if budget is None:
        return
    budget = await _hold(tx, held, budget, replace(held, amount=kept, state=CommitmentState.ENDED))
    if kept < held.amount:
        freed = held.amount - kept
        tx.emit(CommitmentFreed(**_about(event), **_standing(budget, held.year), **about, freed=freed))


def _of_its_project(event: Event, held: Commitment | None) -> None:
    """The lock is on the event's project, and so it moves that project's money alone. Raises Mismatch."""
    if held is not None:
        together(event, held, project_id="key")


def _about(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in ("jurisdiction", "organisation", "project_id")}


def _standing(budget: Budget | None, year: int | None) -> dict[str, Any]:
    """The year's budget as it stands now; 0.00 where finance approved none."""
    if budget is None:
        return {"year": year, "budget": NOTHING, "committed": NOTHING}
    named = {"budget_id": budget.id, "year": budget.year, "budget": budget.amount}
    return {**named, "committed": budget.committed}
