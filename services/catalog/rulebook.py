"""What catalog reads of a rulebook. A field is a value of the law with its clause; None where the text is silent."""

from dataclasses import dataclass
from decimal import Decimal

from shared.law.rulebook import Ban, Demand, Items, Value


@dataclass(frozen=True, slots=True)
class DirectorySection:
    """The classes of a directory, the fields named in each, and the classes whose entries need a reason. Where each
    project states its class itself, classes are no levels of a directory."""

    exactly_one_service_class: Demand | None
    service_classes: Items
    directory_fields: Items
    classes_needing_reason: Items


@dataclass(frozen=True, slots=True)
class NegativeSection:
    """What may not be bought, and at which points that is checked."""

    negative_items: Items
    national_negative_items: Items
    negative_check_points: Items


@dataclass(frozen=True, slots=True)
class ProjectSection:
    """What a project must state, and by which ways it may come."""

    purchaser_kinds: Items
    optin_purchaser_kinds: Items
    need_origins: Items
    service_classes: Items
    exactly_one_service_class: Demand | None
    service_class_required: Demand | None
    class_1_for_beneficiaries: Ban | None
    class_2_duty_required: Demand | None
    class_3_beneficiaries_required: Demand | None
    class_3_fields: Items
    class_naming_its_group: Value[str] | None
    directory_fields: Items
    directory_item_required: Demand | None
    project_marks: Items
    entry_ways: Items
    planned_project_fields: Items
    community_project_leads: Items


@dataclass(frozen=True, slots=True)
class WithdrawalSection:
    """Who takes a project out of the pool: two persons."""

    incompatible_posts_separated: Demand


@dataclass(frozen=True, slots=True)
class PoolSection:
    """The steps of each way into the pool, and what the review looks at."""

    community_project_steps: Items
    community_project_reviewed_by: Value[str] | None
    pool_consent_by: Value[str] | None
    pool_choice_by: Value[str] | None
    pool_choice_reviewed_by: Value[str] | None
    project_review_criteria: Items
    unsuitable_needs_reason: Demand | None
    incompatible_posts_separated: Demand


@dataclass(frozen=True, slots=True)
class ClearanceSection:
    """What must stand before a procurement: the review that each way ends with, the money, the requirement."""

    community_project_reviewed_by: Value[str] | None
    pool_choice_reviewed_by: Value[str] | None
    project_review_criteria: Items
    budget_line_required: Demand | None
    finalised_need_required: Demand | None


@dataclass(frozen=True, slots=True)
class BudgetSection:
    """Lines, kinds of money, who reviews, and what changes afterwards."""

    budget_line_required: Demand | None
    funding_source: Value[str] | None
    fund_kinds: Items
    social_sources: Items
    community_bound_sources: Items
    raised_sources: Items
    earmark_binds: Demand | None
    mixed_funding_allowed: Value[bool] | None
    budget_review_same_level: Demand | None
    budget_locked: Demand | None
    budget_adjustment_reason_required: Demand | None
    budget_adjustment_approval_required: Demand | None
    incompatible_posts_separated: Demand


@dataclass(frozen=True, slots=True)
class LineSection:
    """What a line's amount rests on when it is adjusted: that budgets come from lines, and that two persons act."""

    budget_line_required: Demand
    budget_adjustment_reason_required: Demand | None
    incompatible_posts_separated: Demand


@dataclass(frozen=True, slots=True)
class CommitmentSection:
    """That nothing is bought without money of the budget, and no further year without that of the year."""

    budget_line_required: Demand
    yearly_budget_cover_required: Demand


@dataclass(frozen=True, slots=True)
class RequirementSection:
    """The contents of a requirement, whom to ask about it, and who reviews it."""

    procurement_threshold: Value[Decimal] | None
    need_compliance_check_required: Demand | None
    need_wording_review_required: Demand | None
    measurable_indicators_quantified: Demand | None
    need_fields: Items
    need_fields_extensible: Value[bool] | None
    continuous_need_standard: Value[str] | None
    deliverable_need_standard: Value[str] | None
    uncertainty_fields: Items
    core_requirements_required: Demand | None
    core_requirements_detailed: Demand | None
    result_payment_table_required: Demand | None
    procurement_need_argumentation: Value[bool] | None
    other_purchase_need_argumentation: Value[bool] | None
    public_consultation_classes: Items
    public_consultation_origins: Items
    feedback_disposition_required: Demand | None
    separate_need_review: Demand | None


@dataclass(frozen=True, slots=True)
class ConsultationSection:
    """How the public is asked about a requirement."""

    public_consultation_required: Demand | None
    consultation_channels: Items
    feedback_disposition_required: Demand | None
    incompatible_posts_separated: Demand
    file_retention_years: Value[int]
