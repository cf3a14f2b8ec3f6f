"""Duties planned from a signed contract, the day on which one is overdue, and the contract's targets."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.evaluation.plans import rules, store
from services.evaluation.plans.events import TargetsProposed
from services.evaluation.plans.records import Contract, Duty, DutyKind, Targets, TargetsState
from services.evaluation.plans.views import TargetsView
from services.evaluation.rulebook import PlanSection
from services.evaluation.statements.store import keep_statement
from services.evaluation.tables import OWED, TARGETED
from shared.bus.records import together
from shared.errands.deadlines import Deadline, set_deadline
from shared.errands.notices import notify
from shared.events.contracts import ContractCompleted, ContractSigned, ContractTerminated
from shared.events.evaluation import DutyDropped, DutyOverdue, DutyPlanned, TargetsSet
from shared.fields.calendar import closes_at
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, Transaction, WrongState


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


class _DutyEvent(store.About):
    duty_id: UUID
    kind: DutyKind
    line_id: UUID | None
    due_on: date


async def on_contract_signed(tx: Transaction, event: ContractSigned) -> None:
    contract = await store.read_contract(tx, event.contract_id)
    for owed in tx.decided(rules.plan_duties(store.term_of(contract), tx.law(contract, PlanSection))):
        duty = await store.add_duty(tx, contract, owed)
        await set_deadline(tx, "duty", duty.id, duty.key, closes_at(duty.due_on), owed.clause)
        tx.emit(DutyPlanned(**_duty_event(duty)))


async def on_contract_terminated(tx: Transaction, event: ContractTerminated) -> None:
    """What was to be accepted, assessed or evaluated for money that is not paid any more waits for nobody."""
    dropped = await store.drop_duties(tx, event.contract_id)
    if dropped:
        contract = await store.read_contract(tx, event.contract_id)
        together(event, contract, project_id="key", provider_id="provider_id")
        store.law(tx, contract)
    for duty in dropped:
        tx.emit(DutyDropped(**_duty_event(duty)))


async def on_contract_completed(tx: Transaction, event: ContractCompleted) -> None:
    """An evaluation is owed after the contract too, and concluded then; where the city has set no weights and grades
    nobody could ever conclude it, and the duty ends with the contract."""
    if not await store.still_owed(tx, event.contract_id):
        return
    contract = await store.read_contract(tx, event.contract_id)
    together(event, contract, project_id="key", provider_id="provider_id")
    if rules.never_concluded(tx.law(contract, PlanSection)):
        for duty in await store.drop_duties(tx, contract.id, "evaluation"):
            tx.emit(DutyDropped(**_duty_event(duty)))


async def duty_passed(tx: Transaction, deadline: Deadline) -> None:
    """The day of a duty is over; whether it was concluded is on the duty itself."""
    duty, contract = await tx.lock_part(Duty, deadline.subject, Contract)
    store.law(tx, contract)
    if duty.overdue(tx.today):
        tx.emit(DutyOverdue(**_duty_event(duty)))


async def fix_targets(call: Call, command: SetTargets) -> Answer:
    async with call.transaction() as tx:
        contract, person = await tx.open(Contract, command.contract_id, "plan_evaluation", fresh=False)
        section = store.law_apart(tx, contract, "plan_evaluation").section(PlanSection)
        reason = command.reason if section.late_targets_approved is not None else None
        by_two = reason is not None
        await _may_take_their_place(tx, contract.id, by_two)
        asked = rules.Targets(command.performance_goal, [i.name for i in command.indicators], by_two)
        tx.decided(rules.set_targets(asked, contract.starts_on, section, tx.today))
        if by_two:
            await _replace(tx, await store.read_targets(tx, contract.id, TargetsState.PROPOSED))
        targets_id = new_id()
        targets = await tx.add(
            Targets(
                id=targets_id,
                **store.owner(contract),
                performance_goal=command.performance_goal or "",
                indicators=[{"name": i.name, "unit": i.unit, "target": str(i.target)} for i in command.indicators],
                set_by=person,
                set_on=tx.today,
                state=TargetsState.PROPOSED if by_two else TargetsState.SET,
                reason_hash=await keep_statement(tx, contract, targets_id, "late_targets", reason) if reason else None,
            )
        )
        emitted = TargetsProposed if by_two else TargetsSet
        tx.emit(emitted(**store.about(targets, TARGETED), targets_id=targets.id, indicators=len(targets.indicators)))
        location = f"/v1/contracts/{contract.id}/targets"
        return tx.answer(201, TargetsView.model_validate(targets), version=targets.version, location=location)


async def approve_targets(call: Call, command: ApproveTargets) -> Answer:
    async with call.transaction() as tx:
        proposed, contract, person = await tx.open_part(Targets, command.targets_id, Contract, "plan_evaluation")
        section = store.law_apart(tx, contract, "plan_evaluation").section(PlanSection)
        if proposed.state != TargetsState.PROPOSED or section.late_targets_approved is None:
            raise WrongState(proposed.state, TargetsState.PROPOSED)
        before = await _may_take_their_place(tx, contract.id, by_two=True)
        tx.decided(rules.approve_targets(proposed.set_by, person, section.late_targets_approved))
        await _replace(tx, before)
        approved = replace(proposed, state=TargetsState.SET, approved_by=person, set_on=tx.today)
        targets = await tx.save(proposed, approved)
        indicators = len(targets.indicators)
        told = store.about(targets, TARGETED)
        tx.emit(TargetsSet(**told, targets_id=targets.id, indicators=indicators, reasoned=True))
        await notify(tx, targets.provider_id, "targets_set", targets.id, {"indicators": str(indicators)})
        return tx.answer(200, TargetsView.model_validate(targets), version=targets.version)


async def _may_take_their_place(tx: Transaction, contract_id: UUID, by_two: bool) -> Targets | None:
    """Where targets stand, others come only by two persons, and not once something was evaluated by those. Where none
    stand they may come at any time: without them no evaluation ends. Returns those that stand."""
    stand = await store.read_targets(tx, contract_id)
    if stand is None:
        return None
    if not by_two:
        raise WrongState(stand.state, "not_set_or_reason_given")
    if await store.evaluation_begun(tx, contract_id):
        raise WrongState(stand.state, "not_yet_evaluated")
    return stand


async def _replace(tx: Transaction, before: Targets | None) -> None:
    if before is not None:
        await tx.save(before, replace(before, state=TargetsState.REPLACED))


def _duty_event(duty: Duty) -> _DutyEvent:
    return {
        **store.about(duty, OWED),
        "duty_id": duty.id,
        "kind": duty.kind,
        "line_id": duty.line_id,
        "due_on": duty.due_on,
    }
