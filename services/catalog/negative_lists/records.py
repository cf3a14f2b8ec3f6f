"""Declarations by the negative list, as they are kept."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from shared.work.records import Identified

Point = Literal["list_entry", "project", "procurement"]
"""When the list is checked."""


@dataclass(frozen=True, kw_only=True)
class NegativeCheck(Identified):
    """A declaration that was found clean, by whom, and by whom it was confirmed."""

    key: UUID
    subject: UUID
    point: Point
    declaration: dict[str, bool]
    declared_by: UUID
    declared_on: date
    confirmed_by: UUID | None = None
    confirmed_on: date | None = None
