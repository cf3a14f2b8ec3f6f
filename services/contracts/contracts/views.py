"""How contracts look from outside."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator

from services.contracts.contracts.records import Contract
from services.contracts.payments.records import PaymentLine
from services.contracts.payments.views import LineView
from services.contracts.terms.rules import last_day_before
from shared.errands.deadlines import Deadline
from shared.fields.money import Money
from shared.web.http import Shown, View

Hash = Annotated[str, BeforeValidator(lambda given: given.hex() if isinstance(given, bytes) else given)]


class ContractItem(Shown):
    """A contract in a list; amounts in CNY, days inclusive. `standing` is the registry's answer to the last round,
    `cover` that of the year's budget to a renewal (asked, committed, refused)."""

    id: UUID
    version: int
    reference: str
    state: str
    jurisdiction: str
    organisation: UUID
    project_id: UUID
    procurement_id: UUID
    provider_id: UUID
    provider_title: str
    renews: UUID | None
    rulebook: str
    price: Money
    paid: Money
    starts_on: date
    ends_on: date
    service_year: int
    service_years: int
    nature: str
    contents: list[str]
    small_or_medium: bool
    objection_window_working_days: int | None
    written_on: date | None
    text_hash: Hash | None
    signing_round: int
    standing: str | None
    cover: str | None
    signed_on: date | None
    filed_on: date | None
    ended_on: date | None


class ContractView(View, ContractItem):
    """A contract as a command leaves it."""


class DeadlineView(BaseModel):
    """Something due: its last day, and by which clause. `overdue`: that day has passed; a provisional end lies beyond
    the last known calendar year and closes nothing."""

    kind: str
    last_day: date
    overdue: bool
    provisional: bool
    clause: str


class ContractDetail(ContractItem):
    """A contract with its payment lines and what is due. `provider_left_on`: the day on which the provider's
    registration was withdrawn; nothing is signed with it any more."""

    provider_left_on: date | None
    lines: list[LineView]
    deadlines: list[DeadlineView]


def contract_detail(
    contract: Contract, lines: list[PaymentLine], deadlines: list[Deadline], left_on: date | None, now: datetime
) -> ContractDetail:
    due = [deadline_view(deadline, now) for deadline in deadlines]
    shown = [LineView.model_validate(line) for line in lines]
    item = dict(ContractItem.model_validate(contract))
    return ContractDetail(**item, lines=shown, deadlines=due, provider_left_on=left_on)


def deadline_view(deadline: Deadline, now: datetime) -> DeadlineView:
    return DeadlineView(
        kind=deadline.kind,
        last_day=last_day_before(deadline.due_at),
        overdue=not deadline.provisional and deadline.due_at <= now,
        provisional=deadline.provisional,
        clause=deadline.clause,
    )
