"""Events of assessments that are for the record alone."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from shared.events import Audience
from shared.events.evaluation import EvaluationEvent


class LastDayMoved(EvaluationEvent):
    """A last day was counted again, because the schedule of a year came or changed: `record` is the assessment whose
    window for objections it ends, or the objection that is to be answered. A provisional one closes nothing."""

    name: ClassVar[str] = "last_day_moved"
    audience: ClassVar[Audience] = "internal"
    subject_field: ClassVar[str] = "record"

    record: UUID
    kind: Literal["objection_window", "objection_answer"]
    last_day: date
    provisional: bool


class ResultCorrected(EvaluationEvent):
    """Another person set right what was accepted or assessed: the result of `record` counts in place of that of
    `corrects`, and is told by an event of its own."""

    name: ClassVar[str] = "result_corrected"
    audience: ClassVar[Audience] = "internal"
    subject_field: ClassVar[str] = "record"

    record: UUID
    corrects: UUID
