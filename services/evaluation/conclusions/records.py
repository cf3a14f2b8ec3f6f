"""Evaluations, the parties' points and the versions of their results, as they are kept."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal, NamedTuple
from uuid import UUID

from services.evaluation.plans.records import OfContract
from shared.events import evaluation
from shared.work.records import Identified, Record
from shared.work.states import moves

Grade = evaluation.Grade

Part = Literal["purchaser", "third_party"]
EvaluationKind = Literal["mid", "final"]


@moves(begins="open", open="concluded", concluded="published")
class EvaluationState(StrEnum):
    """Under way, concluded, before the public."""

    OPEN = "open"
    CONCLUDED = "concluded"
    PUBLISHED = "published"


CONCLUDED = (EvaluationState.CONCLUDED, EvaluationState.PUBLISHED)
"""States of an evaluation that has a result."""


class Told(NamedTuple):
    """What an evaluation came to, in which version, and when it was concluded."""

    score: Decimal
    grade: Grade
    result_version: int
    concluded_on: date


@dataclass(frozen=True, kw_only=True)
class Evaluation(OfContract):
    """An evaluation of a contract, or of what one of its lines pays: judgements by item, attained values by indicator,
    the composite score in points of 100 and its grade, in the version that stands."""

    duty_id: UUID
    line_id: UUID | None
    kind: EvaluationKind
    organiser: str
    added_items: list[str]
    kept_apart: UUID | None
    opened_by: UUID
    concluded_by: UUID | None = None
    concluded_on: date | None = None
    survey_id: UUID | None = None
    judgements: dict[str, str]
    attained: dict[str, str]
    score: Decimal | None = None
    grade: Grade | None = None
    result_version: int | None = None
    published_by: UUID | None = None
    published_on: date | None = None
    state: EvaluationState = EvaluationState.OPEN

    @property
    def result(self) -> Told:
        """What it came to; there is a result once it is no longer open."""
        assert self.score is not None
        assert self.grade is not None
        assert self.result_version is not None
        assert self.concluded_on is not None
        return Told(self.score, self.grade, self.result_version, self.concluded_on)


@dataclass(frozen=True, kw_only=True)
class PublishedEvaluation(Evaluation):
    """An evaluation with the reference of its contract."""

    reference: str


@dataclass(frozen=True, kw_only=True)
class EvaluationPart(Identified):
    """A party's points, given by a person for an organisation; the third party's with what its report covers and the
    report's SHA-256 in hex."""

    evaluation_id: UUID
    part: Part
    score: Decimal
    report_fields: list[str]
    report_sha256: str | None
    given_by: UUID
    given_for: UUID
    given_at: datetime


@dataclass(frozen=True, kw_only=True)
class EvaluationResult(Record):
    """One version of a result, with the points of each party behind it; each but the first has its correction."""

    evaluation_id: UUID
    result_version: int
    score: Decimal
    grade: str
    parts: dict[str, str]
    decided_by: UUID
    decided_on: date
    correction_id: UUID | None = None
