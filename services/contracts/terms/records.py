"""The money of the years of service, as it is kept."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from shared.work.records import Record


@dataclass(frozen=True, kw_only=True)
class YearBudget(Record):
    """What finance approved for a project for a year, and what is committed of it, as the catalog last told it; CNY."""

    project_id: UUID
    year: int
    amount: Decimal
    committed: Decimal
    source_version: int
