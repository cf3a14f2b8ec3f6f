"""Surveys among beneficiaries and their answers, as they are kept."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.evaluation.plans.records import OfContract
from shared.work.records import Record
from shared.work.states import moves


@moves(begins="open", open="closed")
class SurveyState(StrEnum):
    """Answers come in, or its result stands."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True)
class Survey(OfContract):
    """How many beneficiaries of a contract were asked, answered and are satisfied; `satisfaction` in points once it is
    closed. `thin`: few answered, and it counts with a reason."""

    title: str
    invited: int
    answers: int = 0
    satisfied: int = 0
    satisfaction: Decimal | None = None
    opened_by: UUID
    closed_by: UUID | None = None
    closed_on: date | None = None
    thin: bool = False
    reason_hash: bytes | None = None
    state: SurveyState = SurveyState.OPEN


@dataclass(frozen=True, kw_only=True)
class SurveyAnswer(Record):
    """One beneficiary's answer under a random id."""

    survey_id: UUID
    respondent: UUID
    satisfied: bool
    remark: str | None
    imported_by: UUID
    imported_at: datetime
    purpose: str
    keep_until: date
