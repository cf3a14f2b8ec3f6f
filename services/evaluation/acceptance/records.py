"""Acceptances, as they are kept."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.evaluation.conduct.records import Occurrence
from shared.work.states import moves


@moves(begins="open passed failed", open="passed failed")
class AcceptanceState(StrEnum):
    """Under way, or ended either way."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"


CONCLUDED = (AcceptanceState.PASSED, AcceptanceState.FAILED)
"""States of an acceptance that has a result."""


@dataclass(frozen=True, kw_only=True)
class Acceptance(Occurrence):
    """An acceptance of what a payment line pays, or of a delivery that gates none. `satisfaction` in points, from the
    survey on which it rests."""

    line_id: UUID | None
    concluded_by: UUID | None = None
    concluded_on: date | None = None
    survey_id: UUID | None = None
    satisfaction: Decimal | None = None
    state: AcceptanceState = AcceptanceState.OPEN
