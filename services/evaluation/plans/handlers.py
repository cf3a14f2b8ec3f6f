"""Duties planned from a signed contract, the day on which one is overdue, and the contract's targets."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.evaluation.plans import store
from services.evaluation.plans.rules import Targets, plan_duties, set_targets
from services.evaluation.plans.views import targets_view
from services.evaluation.rulebook import PlanSection
from services.evaluation.tables import duties
from shared.calendar import closes_at
from shared.database import Answer, Call, Row, Transaction, WrongState
from shared.deadlines import set_deadline
from shared.events.contracts import ContractSigned
from shared.events.evaluation import DutyOverdue, DutyPlanned, TargetsSet


@dataclass(frozen=True, slots=True)
class Indicator:
    """A measurable indicator and what it has to reach, in its own unit."""

    name: str
    unit: str
    target: Decimal


@dataclass(frozen=True, slots=True)
class SetTargets:
    """Fixes goal and indicators of a contract, once."""

    contract_id: UUID
    performance_goal: str | None
    indicators: tuple[Indicator, ...]


async def on_contract_signed(tx: Transaction, event: ContractSigned) -> None:
    contract = await store.read_contract(tx, event.contract_id)
    section = store.law(tx, contract).section(PlanSection)
    for duty in tx.decided(plan_duties(store.term_of(contract), section)):
        row = await store.add_duty(tx, contract, duty)
        await set_deadline(tx, "duty", row["id"], row["key"], closes_at(duty.due_on), duty.clause)
        tx.emit(DutyPlanned(**_duty_event(row)))


async def duty_passed(tx: Transaction, deadline: Row) -> None:
    """The day of a duty is over; whether it was concluded is on the duty itself."""
    duty = await tx.lock_row(duties, deadline["subject"])
    store.law(tx, await store.read_contract(tx, duty["contract_id"]))
    if store.overdue(duty, tx.today):
        tx.emit(DutyOverdue(**_duty_event(duty)))


async def fix_targets(call: Call, command: SetTargets) -> Answer:
    async with call.transaction() as tx:
        contract = await store.lock_contract(tx, command.contract_id)
        person = tx.require("plan_evaluation", contract["organisation"], contract["jurisdiction"])
        book = store.law_apart(tx, contract, "plan_evaluation")
        if await store.read_targets(tx, contract["id"]) is not None:
            raise WrongState("set", "not set")
        section = book.section(PlanSection)
        asked = Targets(command.performance_goal, [indicator.name for indicator in command.indicators])
        tx.decided(set_targets(asked, contract["starts_on"], section, tx.today))
        indicators = [{"name": i.name, "unit": i.unit, "target": str(i.target)} for i in command.indicators]
        row = await store.add_targets(tx, contract, command.performance_goal or "", indicators, person)
        tx.emit(TargetsSet(**store.about(row), targets_id=row["id"], indicators=len(indicators)))
        return tx.answer(201, targets_view(row), version=1, location=f"/v1/contracts/{contract['id']}/targets")


def _duty_event(row: Row) -> dict[str, Any]:
    shown = {"duty_id": row["id"], **{name: row[name] for name in ("kind", "line_id", "due_on")}}
    return {**store.about(row), **shown}
