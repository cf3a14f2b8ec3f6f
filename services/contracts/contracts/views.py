"""How contracts look from outside."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.contracts.payments.views import LineView, line_view
from services.contracts.terms.rules import last_day_before
from shared.fields.money import Money
from shared.web.http import View
from shared.work.database import Row


class ContractItem(BaseModel):
    """A contract in a list; amounts in CNY, days inclusive. `standing` is the registry's answer to the last round,
    `cover` that of the year's budget to a renewal (asked, committed, refused)."""

    model_config = ConfigDict(from_attributes=True)

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
    text_hash: str | None
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


def contract_view(row: Row) -> ContractView:
    return ContractView(**_fields(row))


def contract_item(row: Row) -> ContractItem:
    return ContractItem(**_fields(row))


def contract_detail(
    row: Row, lines: list[Row], deadlines: list[Row], left_on: date | None, now: datetime
) -> ContractDetail:
    due = [deadline_view(deadline, now) for deadline in deadlines]
    shown = [line_view(line) for line in lines]
    return ContractDetail(**_fields(row), lines=shown, deadlines=due, provider_left_on=left_on)


def deadline_view(row: Row, now: datetime) -> DeadlineView:
    return DeadlineView(
        kind=row["kind"],
        last_day=last_day_before(row["due_at"]),
        overdue=not row["provisional"] and row["due_at"] <= now,
        provisional=row["provisional"],
        clause=row["clause"],
    )


def _fields(row: Row) -> dict[str, Any]:
    fields = {name: row[name] for name in ContractItem.model_fields if name not in ("project_id", "text_hash")}
    text_hash = row["text_hash"]
    return {**fields, "project_id": row["key"], "text_hash": text_hash.hex() if text_hash else None}
