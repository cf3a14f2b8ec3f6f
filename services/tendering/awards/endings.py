"""How an award ends: with the contract that does not come of it, or with its procurement."""

from typing import Any

from services.tendering.awards import store
from services.tendering.awards.handlers import about, section_of
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import fail
from services.tendering.tables import FOUND
from shared.bus.records import together
from shared.events.contracts import ContractTerminated, ContractWithdrawn
from shared.events.tendering import AwardWithdrawn
from shared.law.rulebook import rulebooks
from shared.work.database import Row, Transaction


async def on_contract_withdrawn(tx: Transaction, event: ContractWithdrawn) -> None:
    """No contract comes of a confirmed award: two persons choose the next in rank or a new procurement (GPR-49.1).
    Where it was the renewal of a contract that has ended, the procurement has nothing left to renew."""
    procurement = await _without_contract(tx, event)
    if procurement is None:
        return
    clause = tx.under(rulebooks().get(procurement["rulebook"])).clause(event.clause)
    if event.renews is not None:
        await fail(tx, procurement, procurements.CONTRACT_ENDED, clause, ())
        return
    award = await store.live(tx, procurement["id"])
    if award is not None:
        cited = {"code": event.ground, "clause": clause.id, "article": clause.article, "rulebook": clause.rulebook}
        await _withdraw(tx, procurement, award, event.ground, findings=[{**cited, "effect": "bar"}])
        await procurements.update(tx, procurement, state="proposed")


async def on_contract_terminated(tx: Transaction, event: ContractTerminated) -> None:
    """The contract has ended before its term: the project may be procured again."""
    procurement = await _without_contract(tx, event)
    if procurement is not None:
        clause = section_of(tx, procurement).unilateral_change_allowed.clause
        await fail(tx, procurement, procurements.CONTRACT_ENDED, clause, ())


async def _without_contract(tx: Transaction, event: ContractWithdrawn | ContractTerminated) -> Row | None:
    """The confirmed procurement that has no other contract; None where another one stands."""
    if event.procurement_id is None or not await store.of_procurement(tx, event.procurement_id):
        return None
    procurement = await procurements.lock(tx, event.procurement_id)
    together(event, procurement, project_id="key", organisation="organisation")
    return procurement if procurement["state"] == "confirmed" else None


async def withdraw_live(tx: Transaction, procurement: Row, ground: str) -> None:
    """The round under way stands no more, because its procurement ends."""
    award = await store.live(tx, procurement["id"])
    if award is not None:
        await _withdraw(tx, procurement, award, ground)


async def _withdraw(tx: Transaction, procurement: Row, award: Row, ground: str, **values: Any) -> None:
    award = await store.update(tx, award, state="withdrawn", **values)
    tx.emit(AwardWithdrawn(**about(procurement, award), ground=ground, findings=FOUND(award)))
