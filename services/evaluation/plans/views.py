"""How duties and targets look from outside."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from services.evaluation.fields import Quantity
from services.evaluation.plans.records import Duty, Targets
from shared.web.http import View


class DutyView(BaseModel):
    """What is owed by a day, by which clause; `overdue` when that day has passed and it is not concluded."""

    id: UUID
    contract_id: UUID
    kind: str
    final: bool
    line_id: UUID | None
    number: int | None
    period: int | None
    due_on: date
    clause: str
    state: str
    overdue: bool


class IndicatorView(BaseModel):
    """A measurable indicator: what is counted, in which unit, and how many are wanted."""

    name: str
    unit: str
    target: Quantity


class TargetsView(View):
    """The goal and the indicators that the contract's evaluation goes by, or (`proposed`) shall go by; `reasoned`: they
    come late or in the place of others."""

    id: UUID
    contract_id: UUID
    version: int
    performance_goal: str
    indicators: list[IndicatorView]
    set_on: date
    state: str
    reasoned: bool


class TargetsDetails(TargetsView):
    """With the reason, for the parties and those who oversee them."""

    reason: str | None


def duty_view(duty: Duty, today: date) -> DutyView:
    return DutyView.model_validate({**duty.columns(), "overdue": duty.overdue(today)})


def targets_details(targets: Targets, reason: str | None) -> TargetsDetails:
    return TargetsDetails(**dict(TargetsView.model_validate(targets)), reason=reason)
