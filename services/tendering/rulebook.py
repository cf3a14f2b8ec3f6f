"""What tendering reads of a rulebook. A field is a value of the law with its clause; None where the text is silent.

A section whose values differ by method is filled with it: no rule asks which it is.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from shared.law.decision import Clause
from shared.law.rulebook import Ban, Demand, Items, Value

NOBODY = Items({})


@dataclass(frozen=True, slots=True)
class ProcurementSection:
    """Which purchases are procurement projects, and by which method each is made. The two amounts are set by the
    province and loaded as an overlay; CNY."""

    filled_with = ("method",)

    procurement_methods: Items
    procurement_law_triggers: Items
    other_purchase_conditions: Items
    open_to_services: Value[bool] | None
    method_from_threshold: Value[str]
    threshold_inclusive: Value[bool]
    procurement_threshold: Value[Decimal] | None
    procurement_threshold_set_by: Value[str]
    open_tender_threshold: Value[Decimal] | None
    open_tender_threshold_set_by: Value[str]
    other_purchase_follows_method: Demand
    statutory_method_required: Demand | None
    default_competitive: Demand | None
    other_method_consents: Items
    direct_choice_consents: Items
    method_reason_required: Demand | None
    applies_until: Value[date] | None
    trial_years: Value[int] | None


@dataclass(frozen=True, slots=True)
class ConsentSection:
    """Whose consent each thing needs that is lawful with one alone, by what it is for, and on which grounds."""

    filled_with = ("method",)

    other_method_consents: Items
    direct_choice_consents: Items
    own_experts_consents: Items
    own_experts_grounds: Items
    price_weight_consents: Items
    recusal_grounds: Items

    def needed(self, purpose: str) -> Items:
        """Who must consent to this; nobody where no text lets it be."""
        needed: Items = getattr(self, f"{purpose}_consents", NOBODY)
        return needed

    def grounds(self, purpose: str) -> Items:
        """The grounds of which one must be there; none where the text lists none."""
        grounds: Items = getattr(self, f"{purpose}_grounds", NOBODY)
        return grounds


@dataclass(frozen=True, slots=True)
class FileSection:
    """What a tender file must say, may not ask for, and how it may score."""

    filled_with = ("method",)

    separate_file_check: Demand
    file_fields: Items
    talks_methods: Items
    talks_file_fields: Items
    talks_changeable: Items
    other_purchase_file_fields: Items
    forbidden_conditions: Items
    like_conditions_challengeable: Demand | None
    unreasonable_conditions: Items
    forbidden_conditions_and_factors: Items
    required_conditions: Items
    required_assessment_grade: Value[str] | None
    excluded_prior_roles: Items
    factor_kinds: Items
    qualification_scored: Ban | None
    factors_quantified: Demand
    factors_matched_to_need: Demand | None
    distinct_scores_per_band: Demand | None
    bands_cover_range: Demand | None
    evaluation_effect: Value[str] | None
    price_weight_min: Value[Decimal]
    price_weight_max: Value[Decimal] | None
    price_weight_consents: Items
    price_unscored_if: Items
    method_from_threshold: Value[str]
    open_tender_threshold: Value[Decimal] | None
    splitting_allowed: Ban | None
    other_method_consents: Items
    payment_gates: Items
    payments_linked_to_standard: Demand | None
    payment_standard_kinds: Items
    result_tied_to_payment: Demand | None
    contract_departs_from_award: Ban
    term_max_years: Value[int] | None
    service_period_max_years: Value[int] | None
    yearly_assessment_standard_required: Demand | None
    advance_max_ratio: Value[Decimal] | None
    payment_last_day_required: Demand | None
    pay_per_contract: Demand | None
    purchaser_weight: Value[Decimal] | None
    beneficiary_weight: Value[Decimal] | None
    third_party_weight: Value[Decimal] | None
    poor_below: Value[Decimal] | None
    good_from: Value[Decimal] | None
    unreserved_grounds: Items
    fully_reserved_max_amount: Value[Decimal] | None
    reserved_else: Value[Literal["rerun_unreserved"]] | None
    small_enterprise_file_states: Items
    small_deduction_stated_in_file: Demand | None
    small_deduction_min_ratio: Value[Decimal] | None
    small_deduction_max_ratio: Value[Decimal] | None
    small_share_deduction_min_ratio: Value[Decimal] | None
    small_share_deduction_max_ratio: Value[Decimal] | None
    raised_small_deduction_min_ratio: Value[Decimal] | None
    raised_small_deduction_max_ratio: Value[Decimal] | None
    raised_small_share_deduction_min_ratio: Value[Decimal] | None
    raised_small_share_deduction_max_ratio: Value[Decimal] | None

    def bounds(self, rate: str) -> tuple[Value[Decimal] | None, Value[Decimal] | None]:
        """Between which a `deduction` or `share_deduction` lies: the raised bounds where they hold."""
        if rate == "share_deduction":
            return (
                self.raised_small_share_deduction_min_ratio or self.small_share_deduction_min_ratio,
                self.raised_small_share_deduction_max_ratio or self.small_share_deduction_max_ratio,
            )
        return (
            self.raised_small_deduction_min_ratio or self.small_deduction_min_ratio,
            self.raised_small_deduction_max_ratio or self.small_deduction_max_ratio,
        )

    def noticed_by(self, section: "FileSection") -> "FileSection":
        """With the raised bounds of the day of the notice, whenever the purchase began."""
        raised = {name: getattr(section, name) for name in self.__slots__ if name.startswith("raised_")}
        return replace(self, **raised)


@dataclass(frozen=True, slots=True)
class PreferenceSection:
    """Who is favoured as a small or medium enterprise, and whose price is reduced for the evaluation."""

    favoured_enterprises: Items
    favoured_not_linked_to_large_by: Items
    favoured_service_staff: Value[Literal["own_labour_contracts"]] | None
    small_enterprise_proof: Items
    small_enterprise_file_states: Items
    small_deduction_sizes: Items
    small_share_min_ratio: Value[Decimal] | None
    small_share_linked: Ban | None
    small_deduction_changes_price_paid: Ban | None
    reserved_min_qualified: Value[int] | None


@dataclass(frozen=True, slots=True)
class NoticeSection:
    """How long bidders have, in days and in working days, and who moves the end. A purchase below the threshold
    follows the numbers of its method."""

    filled_with = ("method",)

    min_bid_days: Value[int]
    file_working_days: Value[int]
    clarify_days: Value[int]
    two_person_acts: Items


@dataclass(frozen=True, slots=True)
class BidSection:
    """Who may bid, and until when."""

    filled_with = ("method",)

    late_bid_refused: Demand
    fair_participation: Demand | None
    excluded_prior_roles: Items
    required_conditions: Items


@dataclass(frozen=True, slots=True)
class OpeningKeySection:
    """Which acts are never one person's: how many openers there must be at least."""

    two_person_acts: Items


@dataclass(frozen=True, slots=True)
class OpeningSection:
    """How many bids there must be, who opens them, what is told when there are too few, which bids are invalid, and
    what ends a procurement whose bids cannot be opened."""

    filled_with = ("method",)

    min_bidders: Value[int]
    min_qualified_exception: Value[int] | None
    min_qualified_exception_grounds: Items
    opening_at_deadline: Demand
    invalid_bid_grounds: Items
    void_for_want_of_bids: Demand | None
    recusal_grounds: Items
    two_person_acts: Items

    @property
    def least_bidders(self) -> Value[int]:
        """How many must bid, fewer in a purchase of services where the text of the method lets it go on with them."""
        excepted = "purchase_of_services" in self.min_qualified_exception_grounds
        return self.min_qualified_exception if excepted and self.min_qualified_exception else self.min_bidders

    @property
    def void(self) -> Clause:
        """The clause by which a procurement ends whose bids cannot be opened."""
        return (self.void_for_want_of_bids or self.min_bidders).clause


@dataclass(frozen=True, slots=True)
class PanelSection:
    """Who sits on a panel: how many, how many of them experts, how they are found, who must withdraw."""

    filled_with = ("method",)

    panel_min: Value[int]
    panel_min_large: Value[int] | None
    panel_large_budget: Value[Decimal] | None
    panel_odd: Demand
    expert_share_min: Value[Fraction]
    panel_experts_drawn_at_random: Demand | None
    experts_drawn_at_random: Demand
    own_experts_consents: Items
    own_unit_expert_only_as_representative: Demand
    own_unit_expert_if_chosen: Value[bool] | None
    recusal_grounds: Items

    def panel_min_for(self, budget: Decimal) -> Value[int]:
        """More members for a large budget, where the text of the method asks for them."""
        large = self.panel_large_budget is not None and budget >= self.panel_large_budget.value
        return self.panel_min_large if large and self.panel_min_large is not None else self.panel_min

    @property
    def drawn_at_random(self) -> Demand:
        return self.panel_experts_drawn_at_random or self.experts_drawn_at_random


@dataclass(frozen=True, slots=True)
class ReviewSection(PreferenceSection):
    """How bids are held against the qualification conditions, and how many must pass."""

    filled_with = ("method",)

    required_conditions: Items
    required_assessment_grade: Value[str] | None
    same_package_conflicts: Items
    project_conditions_published: Demand | None
    qualification_checked_by: Items
    invalid_bid_grounds: Items
    unexplained_low_price_invalid: Demand
    min_qualified: Value[int]
    min_qualified_exception: Value[int] | None
    min_qualified_exception_grounds: Items
    recusal_grounds: Items

    @property
    def least_qualified(self) -> Value[int]:
        """How many must pass, fewer in a purchase of services where the text of the method lets it go on with them."""
        excepted = "purchase_of_services" in self.min_qualified_exception_grounds
        return self.min_qualified_exception if excepted and self.min_qualified_exception else self.min_qualified

    def least_of(self, *, reserved: bool) -> Value[int]:
        """How many must pass where the purchase is reserved for small and medium enterprises, or is not."""
        return (reserved and self.reserved_min_qualified) or self.least_qualified

    @property
    def checked_by(self) -> Clause:
        """The clause by which bids are held against the conditions."""
        checkers = self.qualification_checked_by
        return checkers.clause("purchaser") if checkers else self.min_qualified.clause


@dataclass(frozen=True, slots=True)
class ExplanationSection(ReviewSection):
    """How a low price is asked about, and how many bids must be left when its bid is invalid."""

    low_price_explanation_required: Demand
    low_price_explanation_min_minutes: Value[int]


@dataclass(frozen=True, slots=True)
class LowPriceSection:
    """Below which share of the mean of all prices, and of the next one, the panel looks at a price before it scores;
    None where the text of the method does not ask for it."""

    filled_with = ("method",)

    low_price_of_mean: Value[Decimal] | None
    low_price_of_second: Value[Decimal] | None
    recusal_grounds: Items


@dataclass(frozen=True, slots=True)
class ScoreSection:
    """How bids are scored and ranked. `drops_extremes`: the highest and the lowest price are left out when the lowest
    is sought."""

    filled_with = ("method",)

    factors_only_from_file: Demand
    factors_quantified: Demand
    recusal_grounds: Items
    score_change_grounds: Items
    collusion_signs: Items
    drops_extremes: Value[bool]
    rank_order: Items
    two_person_acts: Items


@dataclass(frozen=True, slots=True)
class RescoringSection:
    """On which grounds points change once they are summed, and how many members find what is abnormal: `majority` or
    `all`."""

    filled_with = ("method",)

    score_change_grounds: Items
    abnormal_found_by: Value[str]


@dataclass(frozen=True, slots=True)
class RetentionSection:
    """How long the papers of a purchase are kept after its end."""

    file_retention_years: Value[int]


@dataclass(frozen=True, slots=True)
class CancellationSection:
    """On which grounds a procurement ends before its result, and that two persons end it."""

    filled_with = ("method",)

    end_grounds: Items
    two_person_acts: Items


@dataclass(frozen=True, slots=True)
class AwardSection:
    """Who is awarded, what is asked before, and how long the result is public before it stands."""

    filled_with = ("method",)

    choice_in_rank_order: Demand
    award_notice_working_days: Value[int]
    after_refusal_to_sign: Items
    unilateral_change_allowed: Ban
    two_person_acts: Items


@dataclass(frozen=True, slots=True)
class TaskSection:
    """The clauses by which tasks wait, whatever the method."""

    procurement_methods: Items
    file_fields: Items
    separate_file_check: Demand
    required_conditions: Items
    experts_drawn_at_random: Demand
    recusal_grounds: Items
    two_person_acts: Items
