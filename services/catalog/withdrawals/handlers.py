"""Commands that take a project out of the pool, by two persons, and give its budget back."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.catalog.budgets import store as budgets
from services.catalog.budgets.handlers import fiscal
from services.catalog.budgets.records import Budget, BudgetState
from services.catalog.projects.handlers import WITHDRAWAL, about, told
from services.catalog.projects.records import TO_BE_PROCURED, Project, ProjectState
from services.catalog.projects.views import ProjectView
from services.catalog.rulebook import WithdrawalSection
from services.catalog.withdrawals.events import BudgetReleased, ProjectWithdrawalProposed
from services.catalog.withdrawals.rules import may_withdraw
from services.catalog.withdrawals.store import unspent_budgets
from shared.events.catalog import ProjectDeclined
from shared.work.database import Answer, Call, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class ProposeProjectWithdrawal:
    """A person proposes that the project is not bought any more, for a reason."""

    project_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmProjectWithdrawal:
    """Another person confirms it."""

    project_id: UUID


@dataclass(frozen=True, slots=True)
class RevokeProjectWithdrawal:
    """Who proposed it takes it back, or another refuses it."""

    project_id: UUID


async def propose_withdrawal(call: Call, command: ProposeProjectWithdrawal) -> Answer:
    async with call.transaction() as tx:
        before, person = await tx.open(Project, command.project_id, "review_project", states=TO_BE_PROCURED)
        proposed = replace(before, withdrawal_reason=command.reason, withdrawal_proposed_by=person)
        project = await tx.save(before, proposed)
        tx.emit(ProjectWithdrawalProposed(**told(project)))
        return tx.answer(200, ProjectView.model_validate(project), version=project.version)


async def confirm_withdrawal(call: Call, command: ConfirmProjectWithdrawal) -> Answer:
    async with call.transaction() as tx:
        lines = [budget.line_id for budget in await unspent_budgets(tx, command.project_id) if budget.line_id]
        await tx.lock(command.project_id, *lines)
        before, person = await tx.open(Project, command.project_id, "review_project", states=TO_BE_PROCURED)
        if before.withdrawal_proposed_by is None:
            raise WrongState(before.state, "withdrawal_proposed")
        tx.decided(may_withdraw(before.withdrawal_proposed_by, person, tx.law(before, WithdrawalSection)))
        for budget in await unspent_budgets(tx, before.id):
            await _release(tx, before, budget)
        withdrawn = replace(before, state=ProjectState.DECLINED, withdrawal_confirmed_by=person)
        project = await tx.save(before, withdrawn)
        tx.emit(ProjectDeclined(**told(project), ground="withdrawn"))
        return tx.answer(200, ProjectView.model_validate(project), version=project.version)


async def revoke_withdrawal(call: Call, command: RevokeProjectWithdrawal) -> Answer:
    async with call.transaction() as tx:
        before, _ = await tx.open(Project, command.project_id, "review_project", states=TO_BE_PROCURED)
        project = await tx.save(before, replace(before, **WITHDRAWAL.taken_back(before)))
        tx.emit(ProjectWithdrawalProposed(**told(project), withdrawn=True))
        return tx.answer(200, ProjectView.model_validate(project), version=project.version)


async def _release(tx: Transaction, project: Project, budget: Budget) -> None:
    """What was allotted on its line goes back."""
    if budget.state == BudgetState.APPROVED and budget.line_id is not None:
        await budgets.allot(tx, await budgets.lock_line(tx, budget.line_id), -fiscal(budget))
    await tx.save(budget, replace(budget, state=BudgetState.RETURNED))
    tx.emit(BudgetReleased(**about(project), budget_id=budget.id))
