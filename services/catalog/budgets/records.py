"""Budget lines and the budgets of projects, as they are kept. Amounts in CNY."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.work.records import Aggregate, Record
from shared.work.states import moves


@moves(begins="submitted", submitted="approved returned", approved="returned replaced")
class BudgetState(StrEnum):
    """Asked for, approved, sent back, or replaced by an adjustment."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    REPLACED = "replaced"


@dataclass(frozen=True, kw_only=True)
class BudgetLine(Aggregate):
    """A line of a purchaser's budget for one year, and what of it is allotted to projects."""

    code: str
    title: str
    year: int
    amount: Decimal
    allotted: Decimal

    @property
    def left(self) -> Decimal:
        return self.amount - self.allotted


@dataclass(frozen=True, kw_only=True)
class ListedLine(BudgetLine):
    """A line in a list that begins with the latest year."""

    backwards: int


@dataclass(frozen=True, kw_only=True)
class LineAmount(Record):
    """An amount that a line had, by whom, and why it took the place of the one before."""

    line_id: UUID
    number: int
    amount: Decimal
    entered_by: UUID
    entered_on: date
    replaces: int | None = None
    replaces_by: UUID | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Budget(Aggregate):
    """What a project may cost in a year; `committed` is what awards and contracts hold of it, `adjusts` the budget
    whose place it takes."""

    project_id: UUID
    line_id: UUID | None
    state: BudgetState
    year: int
    amount: Decimal
    committed: Decimal
    sources: list[dict[str, Any]]
    adjusts: UUID | None = None
    reason: str | None = None
    submitted_by: UUID
    reviewed_by: UUID | None = None
    reviewed_on: date | None = None
    review_reason: str | None = None
