"""Assessments, as they are kept."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.evaluation.conduct.records import Occurrence
from shared.work.states import moves


@moves(
    begins="open notified confirmed",
    open="notified confirmed",
    notified="objected confirmed corrected",
    objected="notified confirmed",
)
class AssessmentState(StrEnum):
    """Under way; told, so that objections may come; disputed; standing; or set right by another record."""

    OPEN = "open"
    NOTIFIED = "notified"
    OBJECTED = "objected"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"


TOLD = (AssessmentState.NOTIFIED, AssessmentState.OBJECTED, AssessmentState.CONFIRMED, AssessmentState.CORRECTED)
"""States in which there are points, and who gave them."""


@dataclass(frozen=True, kw_only=True)
class Assessment(Occurrence):
    """The assessment of the period that a payment line pays, in points of 100. `corrected_score`: after an objection
    was upheld. `objections_until`: the last day of the window, None where there is none."""

    line_id: UUID
    period: int
    modes: list[str]
    modes_reason: str | None
    assessed_by: UUID | None = None
    score: Decimal | None = None
    corrected_score: Decimal | None = None
    notified_at: datetime | None = None
    objections_until: date | None = None
    window_provisional: bool = False
    confirmed_on: date | None = None
    state: AssessmentState = AssessmentState.OPEN

    @property
    def result(self) -> tuple[Decimal, UUID]:
        """The points that were notified, and who gave them; there are some once it is no longer open."""
        assert self.score is not None
        assert self.assessed_by is not None
        return self.score, self.assessed_by

    @property
    def standing(self) -> Decimal:
        """The points that count: the corrected ones where there are any."""
        score, _ = self.result
        return score if self.corrected_score is None else self.corrected_score
