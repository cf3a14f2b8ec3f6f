"""What contracts reads of a rulebook. A field is a value of the law with its clause; None where the text is silent."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared.law.decision import Effect
from shared.law.rulebook import Ban, Demand, Items, Value


@dataclass(frozen=True, slots=True)
class ContractSection:
    """The draft: what a contract must say, how long it may run, what may gate its money, how it follows the award."""

    contract_fields: Items
    contract_departs_from_award: Ban
    payments_linked_to_standard: Demand | None
    payment_standard_kinds: Items
    payment_gates: Items
    result_tied_to_payment: Demand | None
    objection_classes: Items
    term_default_years: Value[int] | None
    contract_term_years: Value[int] | None
    term_max_years: Value[int] | None
    multi_year_conditions: Items
    advance_max_ratio: Value[Decimal] | None
    small_enterprise_agreed_max_days: Value[int]
    file_retention_years: Value[int]


@dataclass(frozen=True, slots=True)
class AccountSection:
    """To which account a contract is paid, and how that is changed."""

    settlement_account_agreed: Demand
    file_retention_years: Value[int]


@dataclass(frozen=True, slots=True)
class SigningSection(AccountSection):
    """Signing and filing: until when, by whom, and what stops it."""

    applies_until: Value[date] | None
    required_conditions: Items
    contract_written: Demand
    contract_sign_days: Value[int]
    contract_filing_working_days: Value[int]
    term_default_years: Value[int]


@dataclass(frozen=True, slots=True)
class TermSection:
    """The term: the service period a file may set, and what must stand before the next year is signed."""

    service_period_max_years: Value[int] | None
    term_max_years: Value[int] | None
    contract_term_years: Value[int] | None
    term_default_years: Value[int]
    renewal_gate: Value[str] | None
    renewal_needs_evaluation: Demand | None
    evaluation_effect: Value[Effect] | None
    poor_result_needs_reason: Demand | None
    yearly_budget_cover_required: Demand | None
    file_retention_years: Value[int]


@dataclass(frozen=True, slots=True)
class EndingSection:
    """The end of a contract: nobody ends it alone; and why a draft need not be signed."""

    unilateral_change_allowed: Ban
    unsigned_award_grounds: Items
    file_retention_years: Value[int]


@dataclass(frozen=True, slots=True)
class PaymentSection:
    """Payment: the cap on advances, what gates money, what a result does to it, its papers and its last day."""

    payment_gates: Items
    payment_requires: Items
    pay_per_contract: Demand | None
    advance_max_ratio: Value[Decimal] | None
    advance_after_signing: Demand | None
    rest_paid_by_progress: Demand | None
    overdue_payment_reported: Demand | None
    small_enterprise_agreed_max_days: Value[int]
    result_tied_to_payment: Demand | None
    treasury_reference_required: Demand | None
    separate_payment_approval: Demand
    incompatible_posts_separated: Demand
    file_retention_years: Value[int]
