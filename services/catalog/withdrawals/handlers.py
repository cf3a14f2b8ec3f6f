"""Commands that take a project out of the pool, by two persons, and give its budget back."""

from dataclasses import dataclass
from uuid import UUID

from services.catalog.budgets import store as budgets
from services.catalog.budgets.handlers import fiscal
from services.catalog.projects import store
from services.catalog.projects.handlers import about
from services.catalog.projects.views import project_view
from services.catalog.rulebook import WithdrawalSection
from services.catalog.withdrawals.rules import may_withdraw
from services.catalog.withdrawals.store import unspent_budgets
from shared.events.catalog import BudgetReleased, ProjectDeclined, ProjectWithdrawalProposed
from shared.law.rulebook import rulebooks
from shared.work.database import Answer, Call, Row, Transaction, WrongState

STATES = ("pooled", "cleared")


@dataclass(frozen=True, slots=True)
class ProposeProjectWithdrawal:
    """A person proposes that the project is not bought any more, for a reason."""

    project_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmProjectWithdrawal:
    """Another person confirms it."""

    project_id: UUID


async def propose_withdrawal(call: Call, command: ProposeProjectWithdrawal) -> Answer:
    async with call.transaction() as tx:
        row, person = await _begin(tx, command.project_id)
        given = {"withdrawal_reason": command.reason, "withdrawal_proposed_by": person}
        await store.change(tx, row["id"], **given)
        tx.emit(ProjectWithdrawalProposed(**about(row)))
        return await _answer(tx, row["id"])


async def confirm_withdrawal(call: Call, command: ConfirmProjectWithdrawal) -> Answer:
    async with call.transaction() as tx:
        lines = [budget["line_id"] for budget in await unspent_budgets(tx, command.project_id) if budget["line_id"]]
        await tx.lock(command.project_id, *lines)
        row, person = await _begin(tx, command.project_id)
        if row["withdrawal_proposed_by"] is None:
            raise WrongState(f"{row['state']}, and nobody proposed to withdraw it", "proposed to be withdrawn")
        section = tx.under(rulebooks().get(row["rulebook"])).section(WithdrawalSection)
        tx.decided(may_withdraw(row["withdrawal_proposed_by"], person, section))
        for budget in await unspent_budgets(tx, row["id"]):
            await _release(tx, row, budget)
        await store.change(tx, row["id"], state="declined", withdrawal_confirmed_by=person)
        tx.emit(ProjectDeclined(**about(row), ground="withdrawn"))
        return await _answer(tx, row["id"])


async def _release(tx: Transaction, project: Row, budget: Row) -> None:
    """What was allotted on its line goes back."""
    if budget["state"] == "approved" and budget["line_id"] is not None:
        await budgets.allot(tx, await budgets.lock_line(tx, budget["line_id"]), -fiscal(budget))
    await budgets.change(tx, budget["id"], state="returned")
    tx.emit(BudgetReleased(**about(project), budget_id=budget["id"]))


async def _begin(tx: Transaction, project_id: UUID) -> tuple[Row, UUID]:
    row = await store.lock_project(tx, project_id)
    person = tx.require("review_project", row["organisation"], row["jurisdiction"])
    tx.expect(row["version"])
    if row["state"] not in STATES:
        raise WrongState(row["state"], " or ".join(STATES))
    return row, person


async def _answer(tx: Transaction, project_id: UUID) -> Answer:
    row = await store.lock_project(tx, project_id)
    return tx.answer(200, project_view(row), version=row["version"])
