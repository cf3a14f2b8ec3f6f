"""Events of evaluation: duties, acceptance, assessments and what became of objections, evaluations."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel

from shared.events import Audience, Event
from shared.events.registry import ErasureAnswer

Grade = Literal["excellent", "good", "fair", "poor"]
"""The best first. A text with three has no `excellent`."""


class EvaluationEvent(Event):
    """`facts`: the SHA-256 over what the record holds besides."""

    service: ClassVar[str] = "evaluation"
    audience: ClassVar[Audience] = "public"

    project_id: UUID
    contract_id: UUID
    provider_id: UUID
    facts: str | None = None


class AcceptanceConcluded(EvaluationEvent):
    """An acceptance ended: `passed`, for the payment line it gates (None when it gates none)."""

    name: ClassVar[str] = "acceptance_concluded"
    subject_field: ClassVar[str] = "acceptance_id"

    acceptance_id: UUID
    line_id: UUID | None
    passed: bool
    result_version: int = 1
    concluded_on: date | None = None


class AssessmentNotified(EvaluationEvent):
    """The result was given to the provider in writing; objections may be filed until the last day."""

    name: ClassVar[str] = "assessment_notified"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "assessment_id"

    assessment_id: UUID
    line_id: UUID | None
    period: int
    score: Decimal
    objections_until: date | None
    provisional: bool | None = None


class ObjectionFiled(EvaluationEvent):
    """The provider objects with evidence; the answer is due on a day."""

    name: ClassVar[str] = "objection_filed"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "assessment_id"

    assessment_id: UUID
    objection_id: UUID
    answer_due: date
    provisional: bool | None = None


class ObjectionAnswered(EvaluationEvent):
    """The purchaser verified the objection; when upheld the score is corrected."""

    name: ClassVar[str] = "objection_answered"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "assessment_id"

    assessment_id: UUID
    objection_id: UUID
    upheld: bool
    score: Decimal


class ObjectionAnswerCorrected(EvaluationEvent):
    """Another person set the answer to an objection right; `was` is the hash of what it was. Other points follow as the
    next version of the result."""

    name: ClassVar[str] = "objection_answer_corrected"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "assessment_id"

    assessment_id: UUID
    objection_id: UUID
    number: int
    upheld: bool
    score: Decimal
    was: str


class ObjectionWithdrawn(EvaluationEvent):
    """The provider takes its objection back before it is answered. `may_object`: the window is still open, and it may
    file another until its last day; else the result stands, which is told as confirmed."""

    name: ClassVar[str] = "objection_withdrawn"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "assessment_id"

    assessment_id: UUID
    objection_id: UUID
    may_object: bool


class AssessmentConfirmed(EvaluationEvent):
    """The result stands: no objection, or the last one answered. A correction comes as a higher `result_version`."""

    name: ClassVar[str] = "assessment_confirmed"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "assessment_id"

    assessment_id: UUID
    line_id: UUID | None
    period: int
    score: Decimal
    result_version: int
    concluded_on: date | None = None


class EvaluationConcluded(EvaluationEvent):
    """The evaluation of a contract: its composite score and grade; decides payment and standing where the text says so.

    `line_id` is the line whose payment it decides, `duty_line` the one whose duty it was. `decided` is the hash over
    what it rests on, `correction_id` what brought another result."""

    name: ClassVar[str] = "evaluation_concluded"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "evaluation_id"

    evaluation_id: UUID
    rulebook: str
    kind: Literal["mid", "final"]
    score: Decimal
    grade: Grade
    result_version: int
    concluded_on: date
    line_id: UUID | None = None
    decided: str | None = None
    correction_id: UUID | None = None
    duty_line: UUID | None = None


class EvaluationPublished(EvaluationEvent):
    """The result is before the public, without names of persons."""

    name: ClassVar[str] = "evaluation_published"
    subject_field: ClassVar[str] = "evaluation_id"

    evaluation_id: UUID
    score: Decimal
    grade: Grade


class MisconductFound(EvaluationEvent):
    """Serious misconduct of the provider, found and decided, with its ground; `rulebook` is that of the purchase."""

    name: ClassVar[str] = "misconduct_found"
    subject_field: ClassVar[str] = "finding_id"

    finding_id: UUID
    ground: str
    decided_on: date
    rulebook: str | None = None


class DutyPlanned(EvaluationEvent):
    """A signed contract owes an acceptance, an assessment or an evaluation by a day."""

    name: ClassVar[str] = "duty_planned"
    subject_field: ClassVar[str] = "duty_id"

    duty_id: UUID
    kind: Literal["acceptance", "assessment", "evaluation"]
    line_id: UUID | None
    due_on: date


class DutyDropped(DutyPlanned):
    """Its contract has ended, and the duty with it: before its term, or while an evaluation was owed that nobody could
    conclude for want of the city's figures."""

    name: ClassVar[str] = "duty_dropped"


class DutyOverdue(DutyPlanned):
    """The day has passed and the duty is not concluded."""

    name: ClassVar[str] = "duty_overdue"


class TargetsSet(EvaluationEvent):
    """Performance goal and measurable indicators of the contract stand; evaluation goes by exactly these. `reasoned`:
    they came late or in the place of others, with a reason that another person approved."""

    name: ClassVar[str] = "targets_set"
    subject_field: ClassVar[str] = "targets_id"

    targets_id: UUID
    indicators: int
    reasoned: bool = False


class MandateGiven(EvaluationEvent):
    """The purchaser entrusted a third party with acceptance, assessment or evaluation, until a last day."""

    name: ClassVar[str] = "mandate_given"
    subject_field: ClassVar[str] = "mandate_id"

    mandate_id: UUID
    third_party: UUID
    valid_from: date
    valid_until: date


class MandateEnded(MandateGiven):
    """The mandate was withdrawn; `valid_until` is its last day."""

    name: ClassVar[str] = "mandate_ended"


class ObserverTold(BaseModel):
    """One notice, and the hash over whom it went to, as what and how."""

    observer_id: UUID
    facts: str


class ObserversNotified(EvaluationEvent):
    """Service users were notified to supervise an acceptance or assessment; how many in this round."""

    name: ClassVar[str] = "observers_notified"
    subject_field: ClassVar[str] = "observed_id"

    observed_id: UUID
    notified: int
    observers: list[ObserverTold] | None = None


class OpinionRecorded(EvaluationEvent):
    """The committees, or the residents' representatives, gave their opinion on an acceptance or evaluation."""

    name: ClassVar[str] = "opinion_recorded"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "concerns_id"

    concerns_id: UUID
    side: Literal["committee", "residents"]
    agrees: bool
    members: int
    statement_hash: str | None = None


class AcceptanceOpened(EvaluationEvent):
    """An acceptance begins."""

    name: ClassVar[str] = "acceptance_opened"
    subject_field: ClassVar[str] = "acceptance_id"

    acceptance_id: UUID
    line_id: UUID | None


class AssessmentOpened(EvaluationEvent):
    """The assessment of a period begins, in these modes."""

    name: ClassVar[str] = "assessment_opened"
    subject_field: ClassVar[str] = "assessment_id"

    assessment_id: UUID
    line_id: UUID
    period: int
    modes: list[str]


class ObjectionOverdue(EvaluationEvent):
    """The day for the answer has passed without one; the result stands where it stood."""

    name: ClassVar[str] = "objection_overdue"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "assessment_id"

    assessment_id: UUID
    objection_id: UUID
    answer_due: date


class SurveyOpened(EvaluationEvent):
    """Beneficiaries are asked; `invited` is how many."""

    name: ClassVar[str] = "survey_opened"
    subject_field: ClassVar[str] = "survey_id"

    survey_id: UUID
    invited: int


class SurveyAnswersTaken(EvaluationEvent):
    """Answers came in; how many this time."""

    name: ClassVar[str] = "survey_answers_taken"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "survey_id"

    survey_id: UUID
    taken: int


class SurveyClosed(EvaluationEvent):
    """The survey's counts and the share of the satisfied in points of 100. `thin`: few answered, or few of those who
    were asked, and it counts with a recorded reason."""

    name: ClassVar[str] = "survey_closed"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "survey_id"

    survey_id: UUID
    answers: int
    satisfied: int
    satisfaction: Decimal
    invited: int | None = None
    thin: bool = False


class EvaluationOpened(EvaluationEvent):
    """An evaluation of the contract begins."""

    name: ClassVar[str] = "evaluation_opened"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "evaluation_id"

    evaluation_id: UUID
    kind: Literal["mid", "final"]
    line_id: UUID | None


class EvaluationPartGiven(EvaluationEvent):
    """One of the evaluating parties gave its points; they are public with the result."""

    name: ClassVar[str] = "evaluation_part_given"
    audience: ClassVar[Literal["services"]] = "services"
    subject_field: ClassVar[str] = "evaluation_id"

    evaluation_id: UUID
    part: Literal["purchaser", "third_party"]
    given: str | None = None


class CorrectionProposed(EvaluationEvent):
    """A person proposes to correct the result of an evaluation, or one takes the proposal back; another decides."""

    name: ClassVar[str] = "correction_proposed"
    audience: ClassVar[Literal["services"]] = "services"
    subject_field: ClassVar[str] = "evaluation_id"

    evaluation_id: UUID
    correction_id: UUID
    corrects: int
    withdrawn: bool = False


class ErasureAnswered(ErasureAnswer):
    """Until when evaluation's record needs a person whom the registry is to erase."""

    service: ClassVar[str] = "evaluation"
    name: ClassVar[str] = "erasure_answered"
