"""What tendering reads of a rulebook. A field is a value of the law with its clause; None where the text is silent.

National values that differ by method carry the method in their name; a method of the section picks the one at hand.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from shared.law.decision import Clause
from shared.law.rulebook import Ban, Demand, Items, Value

OPEN_TENDER = "open_tender"
CONSULTATION = "competitive_consultation"


@dataclass(frozen=True, slots=True)
class ProcurementSection:
    """Which purchases are procurement projects, and by which method each is made. The two amounts are set by the
    province and loaded as an overlay; CNY."""

    procurement_methods: Items
    procurement_law_triggers: Items
    other_purchase_conditions: Items
    consultation_for_services: Value[bool]
    threshold_inclusive: Value[bool]
    procurement_threshold: Value[Decimal] | None
    procurement_threshold_set_by: Value[str]
    open_tender_threshold: Value[Decimal] | None
    open_tender_threshold_set_by: Value[str]
    other_purchase_follows_method: Demand
    statutory_method_required: Demand | None
    default_competitive: Demand | None
    method_reason_required: Demand | None
    applies_until: Value[date] | None
    trial_years: Value[int] | None


@dataclass(frozen=True, slots=True)
class FileSection:
    """What a tender file must say, may not ask for, and how it may score."""

    separate_file_check: Demand
    file_fields: Items
    talks_methods: Items
    talks_file_fields: Items
    consultation_changeable: Items
    other_purchase_file_fields: Items
    forbidden_conditions: Items
    like_conditions_challengeable: Demand | None
    unreasonable_conditions: Items
    forbidden_conditions_and_factors: Items
    required_conditions: Items
    required_assessment_grade: Value[str] | None
    factor_kinds: Items
    qualification_scored: Ban | None
    factors_quantified: Demand
    factors_matched_to_need: Demand | None
    distinct_scores_per_band: Demand | None
    bands_cover_range: Demand | None
    capability_weight_may_rise: Demand | None
    capability_items: Items
    evaluation_effect: Value[str] | None
    open_tender_price_weight_min: Value[Decimal]
    consultation_price_weight_min: Value[Decimal]
    consultation_price_weight_max: Value[Decimal]
    payment_gates: Items
    payments_linked_to_standard: Demand | None
    payment_standard_kinds: Items
    result_tied_to_payment: Demand | None
    contract_departs_from_award: Ban
    term_max_years: Value[int] | None
    advance_max_ratio: Value[Decimal] | None
    payment_last_day_required: Demand | None
    pay_per_contract: Demand | None


@dataclass(frozen=True, slots=True)
class NoticeSection:
    """How long bidders have, in days and in working days, and who moves the end. A purchase below the threshold
    follows the numbers of its method. The file, of which the draft contract is a part, is published as a whole."""

    file_fields: Items
    open_tender_file_parts: Items
    open_tender_min_bid_days: Value[int]
    open_tender_file_working_days: Value[int]
    consultation_min_response_days: Value[int]
    consultation_file_working_days: Value[int]
    open_tender_clarify_days: Value[int]
    consultation_clarify_days: Value[int]
    two_person_acts: Items

    @property
    def draft_contract(self) -> Clause:
        """The clause by which the file holds the draft contract."""
        named = [listed for listed in (self.file_fields, self.open_tender_file_parts) if "draft_contract" in listed]
        return named[0].clause("draft_contract") if named else self.open_tender_min_bid_days.clause

    def min_days(self, method: str) -> Value[int]:
        return self.open_tender_min_bid_days if method == OPEN_TENDER else self.consultation_min_response_days

    def file_working_days(self, method: str) -> Value[int]:
        return self.open_tender_file_working_days if method == OPEN_TENDER else self.consultation_file_working_days

    def moves(self, method: str) -> Value[int]:
        """How many days before it a moved deadline is told; it moves only to a later day."""
        return self.open_tender_clarify_days if method == OPEN_TENDER else self.consultation_clarify_days


@dataclass(frozen=True, slots=True)
class BidSection:
    """Who may bid, and until when."""

    late_bid_refused: Demand
    fair_participation: Demand | None
    required_conditions: Items


@dataclass(frozen=True, slots=True)
class OpeningKeySection:
    """Which acts are never one person's: how many openers there must be at least."""

    two_person_acts: Items


@dataclass(frozen=True, slots=True)
class OpeningSection:
    """How many bids there must be, who opens them, what is told when there are too few, which bids are invalid, and
    what ends a procurement whose bids cannot be opened."""

    open_tender_min_bidders: Value[int]
    consultation_min_last_offers: Value[int]
    opening_at_deadline: Demand
    invalid_bid_grounds: Items
    void_for_want_of_bids: Demand
    recusal_grounds: Items
    two_person_acts: Items

    def min_bidders(self, method: str) -> Value[int]:
        return self.open_tender_min_bidders if method == OPEN_TENDER else self.consultation_min_last_offers


@dataclass(frozen=True, slots=True)
class PanelSection:
    """Who sits on a panel: how many, how many of them experts, how they are found, who must withdraw."""

    open_tender_panel_min: Value[int]
    open_tender_panel_min_large: Value[int]
    open_tender_large_budget: Value[Decimal]
    open_tender_panel_odd: Demand
    open_tender_expert_share_min: Value[Fraction]
    consultation_panel_min: Value[int]
    consultation_panel_odd: Demand
    consultation_expert_share_min: Value[Fraction]
    consultation_experts_drawn_at_random: Demand
    experts_drawn_at_random: Demand
    own_unit_expert_only_as_representative: Demand
    recusal_grounds: Items

    def panel_min(self, method: str, budget: Decimal) -> Value[int]:
        if method != OPEN_TENDER:
            return self.consultation_panel_min
        large = budget >= self.open_tender_large_budget.value
        return self.open_tender_panel_min_large if large else self.open_tender_panel_min

    def panel_odd(self, method: str) -> Demand:
        return self.open_tender_panel_odd if method == OPEN_TENDER else self.consultation_panel_odd

    def expert_share_min(self, method: str) -> Value[Fraction]:
        return self.open_tender_expert_share_min if method == OPEN_TENDER else self.consultation_expert_share_min

    def drawn_at_random(self, method: str) -> Demand:
        return self.experts_drawn_at_random if method == OPEN_TENDER else self.consultation_experts_drawn_at_random


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """How bids are held against the qualification conditions, and how many must pass."""

    required_conditions: Items
    project_conditions_published: Demand | None
    open_tender_qualification_checked_by: Items
    invalid_bid_grounds: Items
    unexplained_low_price_invalid: Demand
    open_tender_min_qualified: Value[int]
    consultation_min_last_offers: Value[int]
    consultation_min_last_offers_exception: Value[int]
    consultation_two_offer_grounds: Items
    recusal_grounds: Items

    def min_qualified(self, method: str) -> Value[int]:
        """Once the bids are open, a consultation for a purchase of services goes on with two."""
        if method == OPEN_TENDER:
            return self.open_tender_min_qualified
        excepted = "purchase_of_services" in self.consultation_two_offer_grounds
        return self.consultation_min_last_offers_exception if excepted else self.consultation_min_last_offers


@dataclass(frozen=True, slots=True)
class ExplanationSection(ReviewSection):
    """How a low price is asked about, and how many bids must be left when its bid is invalid."""

    low_price_explanation_required: Demand
    low_price_explanation_min_minutes: Value[int]


@dataclass(frozen=True, slots=True)
class ScoreSection:
    """How bids are scored and ranked."""

    factors_only_from_file: Demand
    factors_quantified: Demand
    recusal_grounds: Items
    open_tender_drops_extremes: Value[bool]
    consultation_drops_extremes: Value[bool]
    open_tender_rank_order: Items
    consultation_rank_order: Items
    two_person_acts: Items

    def drops_extremes(self, method: str) -> bool:
        """Whether the highest and the lowest price are left out when the lowest is sought."""
        found = self.open_tender_drops_extremes if method == OPEN_TENDER else self.consultation_drops_extremes
        return found.value

    def rank_order(self, method: str) -> Items:
        return self.open_tender_rank_order if method == OPEN_TENDER else self.consultation_rank_order


@dataclass(frozen=True, slots=True)
class CancellationSection:
    """On which grounds a procurement ends before its result, and that two persons end it."""

    open_tender_end_grounds: Items
    consultation_end_grounds: Items
    two_person_acts: Items

    def grounds(self, method: str) -> Items:
        return self.open_tender_end_grounds if method == OPEN_TENDER else self.consultation_end_grounds


@dataclass(frozen=True, slots=True)
class AwardSection:
    """Who is awarded, what is asked before, and how long the result is public before it stands."""

    open_tender_choice_in_rank_order: Demand
    consultation_choice_in_rank_order: Demand
    award_notice_working_days: Value[int]
    after_refusal_to_sign: Items
    unilateral_change_allowed: Ban
    two_person_acts: Items

    def choice_in_rank_order(self, method: str) -> Demand:
        consultation = self.consultation_choice_in_rank_order
        return self.open_tender_choice_in_rank_order if method == OPEN_TENDER else consultation
