"""Objections to assessments, as they are kept."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.evaluation.plans.records import OfContract
from shared.work.records import Identified
from shared.work.states import moves


@moves(
    begins="open",
    open="upheld rejected withdrawn",
    upheld="rejected",
    rejected="upheld",
)
class ObjectionState(StrEnum):
    """It waits for an answer, has one, or was taken back."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


ANSWERED = (ObjectionState.UPHELD, ObjectionState.REJECTED)
"""States of an objection that has an answer."""


class Given(NamedTuple):
    """Who answered, when, and the hash of what was verified."""

    by: UUID
    at: datetime
    verification_hash: bytes


@dataclass(frozen=True, kw_only=True)
class Objection(OfContract):
    """What the provider says against a result, with the SHA-256 hashes (hex) of its evidence. `assessed_by`: who gave
    the result, and so does not answer; a provisional `answer_due` makes nothing overdue."""

    assessment_id: UUID
    filed_by: UUID
    filed_at: datetime
    statement_hash: bytes
    evidence: list[str]
    answer_due: date
    due_provisional: bool
    assessed_by: UUID
    answered_by: UUID | None = None
    answered_at: datetime | None = None
    verification_hash: bytes | None = None
    corrected_score: Decimal | None = None
    withdrawn_by: UUID | None = None
    withdrawn_at: datetime | None = None
    state: ObjectionState = ObjectionState.OPEN

    def overdue(self, today: date) -> bool:
        """The day itself is still in time; a provisional day makes nothing overdue."""
        return self.state == ObjectionState.OPEN and not self.due_provisional and today > self.answer_due

    @property
    def answer(self) -> Given:
        """The answer; there is one in the states of `ANSWERED`."""
        assert self.answered_by is not None
        assert self.answered_at is not None
        assert self.verification_hash is not None
        return Given(self.answered_by, self.answered_at, self.verification_hash)


@dataclass(frozen=True, kw_only=True)
class AnswerCorrection(Identified):
    """What the answer to an objection was, which another person set right for a reason that is kept."""

    objection_id: UUID
    number: int
    was_upheld: bool
    was_score: Decimal | None
    verification_hash: bytes
    was_by: UUID
    was_at: datetime
    reason_hash: bytes
    corrected_by: UUID
    corrected_at: datetime


@dataclass(frozen=True, kw_only=True)
class ExplainedCorrection(AnswerCorrection):
    """A correction with the texts of its reason and of what had been verified, as long as they are kept."""

    reason: str | None
    was_verification: str | None
