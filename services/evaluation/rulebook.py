"""What evaluation reads of a rulebook. A field is a value of the law with its clause; None where the text is silent.

Weights, grade limits, the days for a duty and the satisfaction floor stand in no text: the city gives them in an
overlay of its own.
"""

from dataclasses import dataclass
from decimal import Decimal

from shared.law.decision import Clause
from shared.law.rulebook import Demand, Items, Value


@dataclass(frozen=True)
class PlanSection:
    """Which duties a signed contract brings, and what must stand before the service starts."""

    acceptance_signed_by_all: Demand
    acceptance_organisers: Items
    assessment_modes: Items
    evaluation_organiser: Value[str] | None
    evaluation_organisers: Items
    performance_evaluated: Demand
    performance_fields: Items
    late_targets_approved: Demand | None
    duty_due_days: Value[int] | None
    purchaser_weight: Value[Decimal] | None
    beneficiary_weight: Value[Decimal] | None
    third_party_weight: Value[Decimal] | None
    poor_below: Value[Decimal] | None
    good_from: Value[Decimal] | None


@dataclass(frozen=True)
class MandateSection:
    """Whom the purchaser may entrust."""

    acceptance_signed_by_all: Demand
    acceptance_organisers: Items
    third_party_independent: Demand | None


@dataclass(frozen=True)
class RetentionSection:
    """How long names, contacts and statements are kept after the contract's end."""

    file_retention_years: Value[int]


@dataclass(frozen=True)
class ConductSection:
    """What acceptance and assessment have in common: who carries them out, and who watches."""

    separate_signing_and_acceptance: Demand | None
    incompatible_posts_separated: Demand
    acceptance_organisers: Items
    acceptance_signed_by_all: Demand
    min_observers: Value[int] | None
    observers_procurement_only: Demand | None
    observer_kinds: Items
    continuous_acceptance_mode: Value[str] | None
    continuous_acceptance_classes: Items


@dataclass(frozen=True)
class AcceptanceSection(ConductSection):
    """Acceptance: opinions and satisfaction beside the common."""

    committee_opinion_required: Demand | None
    residents_opinion_required: Demand | None
    satisfaction_required: Demand | None
    satisfaction_floor: Value[Decimal] | None


@dataclass(frozen=True)
class AssessmentSection(ConductSection):
    """Assessment: its modes, its notice and the window for objections."""

    assessment_modes: Items
    third_party_modes: Items
    assessment_notice_classes: Items
    assessment_notice_written: Demand | None
    objection_fields: Items
    objection_window_working_days: Value[int] | None


@dataclass(frozen=True)
class ObjectionSection:
    """Objections: what they need, and what the answer needs. A text without days for the answer has no objections."""

    only_where = "objection_reply_working_days"

    objection_fields: Items
    objection_reply_working_days: Value[int]
    objection_correction_required: Demand
    incompatible_posts_separated: Demand


@dataclass(frozen=True)
class SurveySection:
    """What a survey's result is counted from."""

    evaluation_items: Items
    satisfaction_required: Demand | None
    users_opinion_required: Demand
    survey_min_answers: Value[int]
    survey_min_answered_share: Value[Decimal]


@dataclass(frozen=True)
class ConclusionSection:
    """The composite evaluation: who speaks, on what, with which weight, and which grade follows."""

    incompatible_posts_separated: Demand
    performance_evaluated: Demand
    acceptance_signed_by_all: Demand
    performance_fields: Items
    evaluation_organiser: Value[str] | None
    evaluation_organisers: Items
    third_party_report_fields: Items
    committee_opinion_required: Demand | None
    residents_opinion_required: Demand | None
    composite_evaluators: Items
    composite_evaluation_classes: Items
    evaluation_items: Items
    evaluation_items_extensible: Demand | None
    result_marks_required: Demand | None
    publish_evaluation: Demand | None
    evaluation_result_public: Demand | None
    purchaser_weight: Value[Decimal] | None
    beneficiary_weight: Value[Decimal] | None
    third_party_weight: Value[Decimal] | None
    poor_below: Value[Decimal] | None
    good_from: Value[Decimal] | None
    excellent_from: Value[Decimal] | None

    @property
    def purchaser_judges(self) -> Clause:
        """The clause by which the purchaser judges what was performed; on a day on which no text speaks of evaluating,
        that by which it accepts it."""
        evaluated = self.performance_evaluated.clause
        return self.acceptance_signed_by_all.clause if evaluated.gap else evaluated
