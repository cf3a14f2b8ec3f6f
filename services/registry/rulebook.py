"""What registry reads of a rulebook. A field is a value of the law with its clause; None or empty where the text is
silent."""

from dataclasses import dataclass

from shared.law.decision import Clause
from shared.law.rulebook import Demand, Items, Value


@dataclass(frozen=True, slots=True)
class PostSection:
    """What keeps posts apart."""

    incompatible_posts_separated: Demand


@dataclass(frozen=True, slots=True)
class SuccessionSection:
    """What keeps contracts with who concluded them, or with who is the same by law."""

    transfer_allowed: Value[bool]
    unilateral_change_allowed: Value[bool]


@dataclass(frozen=True, slots=True)
class PurchaserSection:
    """Who may buy: kinds that must follow the text, kinds that may choose to, and what some of them must show."""

    purchaser_kinds: Items
    optin_purchaser_kinds: Items
    group_organisation_requires: Items
    purchasing_institution_requires: Items


@dataclass(frozen=True, slots=True)
class ProviderSection:
    """Who may provide: kinds, registers, conditions, the assessment grade."""

    provider_kinds: Items
    provider_kinds_closed: Demand | None
    excluded_kinds: Items
    social_organisation_registration: Items
    community_organisation_registration: Items
    enterprise_registration: Items
    providing_institution_classes: Items
    providing_institution_requires: Items
    social_organisation_forms: Items
    required_conditions: Items
    major_violations: Items
    no_major_violation_years: Value[int] | None
    ended_ban_is_eligible: Demand | None
    required_assessment_grade: Value[str] | None
    assessment_grade_from_years: Value[int] | None
    assessment_body_min_level: Value[str] | None
    incompatible_posts_separated: Demand | None


@dataclass(frozen=True, slots=True)
class StandingSection:
    """What a result or misconduct does to a provider, and what it does in a later award."""

    evaluation_effect: Value[str] | None
    poor_result_needs_reason: Demand | None
    result_shown_to_panel: Demand | None
    result_moves_standing: Demand | None
    last_result_min: Value[str] | None
    good_result_preferred: Demand | None
    procurement_breach_recorded: Demand | None
    recognised_standings: Items
    blacklist_grounds: Items
    blacklist_years: Value[int] | None
    ban_grounds: Items
    no_major_violation_years: Value[int]
    incompatible_posts_separated: Demand | None


@dataclass(frozen=True, slots=True)
class FileSection:
    """How long the papers of a purchase are kept."""

    file_retention_years: Value[int]


@dataclass(frozen=True, slots=True)
class TieSection:
    """Which ties to a supplier keep a person away, and how long one that has ended still does."""

    recusal_grounds: Items
    recusal_lookback_years: Value[int]


@dataclass(frozen=True, slots=True)
class BarSection:
    """On which grounds and for how long a provider may be barred, and what the order needs."""

    ban_grounds: Items
    ban_min_years: Value[int]
    ban_max_years: Value[int]
    blacklist_grounds: Items
    blacklist_years: Value[int] | None
    penalty_document_required: Demand
    file_retention_years: Value[int]
    incompatible_posts_separated: Demand | None


def separation(rule: Demand | None, otherwise: Clause) -> Clause:
    """The clause that keeps two desks apart; where no text in force has one, the clause on which the act itself
    rests."""
    return rule.clause if rule is not None else otherwise
