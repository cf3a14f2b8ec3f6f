"""Duties planned from a signed contract, the day on which one is overdue, and the contract's targets."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.evaluation.plans import store
from services.evaluation.plans.rules import Targets, plan_duties, set_targets
from services.evaluation.plans.rules import approve_targets as may_approve
from services.evaluation.plans.views import targets_view
from services.evaluation.rulebook import PlanSection
from services.evaluation.statements.store import keep_statement
from services.evaluation.tables import duties, targets
from shared.bus.records import together
from shared.errands.deadlines import Deadline, set_deadline
from shared.errands.notices import notify
from shared.events.contracts import ContractSigned, ContractTerminated
from shared.events.evaluation import DutyDropped, DutyOverdue, DutyPlanned, TargetsProposed, TargetsSet
from shared.fields.calendar import closes_at
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, Row, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class Indicator:
    """A measurable indicator and what it has to reach, in its own unit."""

    name: str
    unit: str
    target: Decimal


@dataclass(frozen=True, slots=True)
class SetTargets:
    """Fixes goal and indicators of a contract; with a reason they come late or in the place of others."""

    contract_id: UUID
    performance_goal: str | None
    indicators: tuple[Indicator, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ApproveTargets:
    """The second person."""

    targets_id: UUID


async def on_contract_signed(tx: Transaction, event: ContractSigned) -> None:
    contract = await store.read_contract(tx, event.contract_id)
    section = store.law(tx, contract).section(PlanSection)
    for duty in tx.decided(plan_duties(store.term_of(contract), section)):
        row = await store.add_duty(tx, contract, duty)
        await set_deadline(tx, "duty", row["id"], row["key"], closes_at(duty.due_on), duty.clause)
        tx.emit(DutyPlanned(**_duty_event(row)))


async def on_contract_terminated(tx: Transaction, event: ContractTerminated) -> None:
    """What was to be accepted, assessed or evaluated for money that is not paid any more waits for nobody."""
    dropped = await store.drop_duties(tx, event.contract_id)
    if dropped:
        contract = await store.read_contract(tx, event.contract_id)
        together(event, contract, project_id="key", provider_id="provider_id")
        store.law(tx, contract)
    for row in dropped:
        tx.emit(DutyDropped(**_duty_event(row)))


async def duty_passed(tx: Transaction, deadline: Deadline) -> None:
    """The day of a duty is over; whether it was concluded is on the duty itself."""
    duty = await tx.lock_row(duties, deadline.subject)
    store.law(tx, await store.read_contract(tx, duty["contract_id"]))
    if store.overdue(duty, tx.today):
        tx.emit(DutyOverdue(**_duty_event(duty)))


async def fix_targets(call: Call, command: SetTargets) -> Answer:
    async with call.transaction() as tx:
        contract = await store.lock_contract(tx, command.contract_id)
        person = tx.require("plan_evaluation", contract["organisation"], contract["jurisdiction"])
        section = store.law_apart(tx, contract, "plan_evaluation").section(PlanSection)
        by_two = command.reason is not None and section.late_targets_approved is not None
        await _may_take_their_place(tx, contract["id"], by_two)
        names = [indicator.name for indicator in command.indicators]
        asked = Targets(command.performance_goal, names, by_two)
        tx.decided(set_targets(asked, contract["starts_on"], section, tx.today))
        targets_id, reason = new_id(), command.reason if by_two else None
        row = await store.add_targets(
            tx,
            contract,
            id=targets_id,
            performance_goal=command.performance_goal or "",
            indicators=[{"name": i.name, "unit": i.unit, "target": str(i.target)} for i in command.indicators],
            set_by=person,
            reason_hash=await keep_statement(tx, contract, targets_id, "late_targets", reason) if reason else None,
        )
        emitted = TargetsProposed if by_two else TargetsSet
        tx.emit(emitted(**store.about(row), targets_id=row["id"], indicators=len(names)))
        return tx.answer(201, targets_view(row), version=1, location=f"/v1/contracts/{contract['id']}/targets")


async def approve_targets(call: Call, command: ApproveTargets) -> Answer:
    async with call.transaction() as tx:
        proposed = await tx.lock_row(targets, command.targets_id)
        person = tx.require("plan_evaluation", proposed["organisation"], proposed["jurisdiction"])
        contract = await store.read_contract(tx, proposed["contract_id"])
        section = store.law_apart(tx, contract, "plan_evaluation").section(PlanSection)
        tx.expect(proposed["version"])
        if proposed["state"] != "proposed" or section.late_targets_approved is None:
            raise WrongState(proposed["state"], "proposed")
        await _may_take_their_place(tx, contract["id"], by_two=True)
        tx.decided(may_approve(proposed["set_by"], person, section.late_targets_approved))
        row = await store.set_approved(tx, proposed, person)
        indicators = len(row["indicators"])
        tx.emit(TargetsSet(**store.about(row), targets_id=row["id"], indicators=indicators, reasoned=True))
        await notify(tx, row["provider_id"], "targets_set", row["id"], {"indicators": str(indicators)})
        return tx.answer(200, targets_view(row), version=row["version"])


async def _may_take_their_place(tx: Transaction, contract_id: UUID, by_two: bool) -> None:
    """Where targets stand, others come only by two persons, and not once something was evaluated by those. Where none
    stand they may come at any time: without them no evaluation ends."""
    if await store.read_targets(tx, contract_id) is None:
        return
    if not by_two:
        raise WrongState("set", "not_set_or_reason_given")
    if await store.evaluation_begun(tx, contract_id):
        raise WrongState("set", "not_yet_evaluated")


def _duty_event(row: Row) -> dict[str, Any]:
    shown = {"duty_id": row["id"], **{name: row[name] for name in ("kind", "line_id", "due_on")}}
    return {**store.about(row), **shown}
