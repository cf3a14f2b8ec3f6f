"""How an award ends: with the contract that does not come of it, or with its procurement."""

from dataclasses import replace
from typing import Any

from services.tendering.awards import store
from services.tendering.awards.events import AwardWithdrawn
from services.tendering.awards.handlers import about
from services.tendering.awards.records import Award, AwardState
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import fail
from services.tendering.procurements.records import CONTRACT_ENDED, Procurement, ProcurementState
from services.tendering.rulebook import AwardSection
from services.tendering.tables import FOUND
from shared.bus.records import together
from shared.events.contracts import ContractTerminated, ContractWithdrawn
from shared.law.rulebook import rulebooks
from shared.work.database import Transaction


async def on_contract_withdrawn(tx: Transaction, event: ContractWithdrawn) -> None:
    """No contract comes of a confirmed award: two persons choose the next in rank or a new procurement (GPR-49.1).
    Where it was the renewal of a contract that has ended, the procurement has nothing left to renew."""
    procurement = await _without_contract(tx, event)
    if procurement is None:
        return
    clause = tx.under(rulebooks().get(procurement.rulebook)).clause(event.clause)
    if event.renews is not None:
        await fail(tx, procurement, CONTRACT_ENDED, clause, ())
        return
    award = await store.live(tx, procurement.id)
    if award is not None:
        cited = {"code": event.ground, "clause": clause.id, "article": clause.article, "rulebook": clause.rulebook}
        await _withdraw(tx, procurement, award, event.ground, [{**cited, "effect": "bar"}])
        await procurements.save(tx, procurement, replace(procurement, state=ProcurementState.PROPOSED))


async def on_contract_terminated(tx: Transaction, event: ContractTerminated) -> None:
    """The contract has ended before its term: the project may be procured again."""
    procurement = await _without_contract(tx, event)
    if procurement is not None:
        clause = tx.law(procurement, AwardSection).unilateral_change_allowed.clause
        await fail(tx, procurement, CONTRACT_ENDED, clause, ())


async def _without_contract(tx: Transaction, event: ContractWithdrawn | ContractTerminated) -> Procurement | None:
    """The confirmed procurement that has no other contract; None where another one stands."""
    if event.procurement_id is None or not await store.of_procurement(tx, event.procurement_id):
        return None
    procurement = await procurements.lock(tx, event.procurement_id)
    together(event, procurement, project_id="key", organisation="organisation")
    return procurement if procurement.state is ProcurementState.CONFIRMED else None


async def withdraw_live(tx: Transaction, procurement: Procurement, ground: str) -> None:
    """The round under way stands no more, because its procurement ends."""
    award = await store.live(tx, procurement.id)
    if award is not None:
        await _withdraw(tx, procurement, award, ground, award.findings)


async def _withdraw(
    tx: Transaction, procurement: Procurement, before: Award, ground: str, findings: list[dict[str, Any]]
) -> None:
    award = await tx.save(before, replace(before, state=AwardState.WITHDRAWN, findings=findings))
    tx.emit(AwardWithdrawn(**about(procurement, award), ground=ground, findings=FOUND(award)))
