"""What a tender file says, as typed values: the form in which it is drafted, stored, hashed, checked and scored by.

Whatever the law asks a file to contain may be left out of a draft: the check finds what is missing and cites why it is
needed. Amounts in the draft contract are parts of the budget; the award shares its price in the same proportions.
"""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.events.tendering import ContractTerms, PaymentTerm
from shared.money import DecimalText, Points, PositiveMoney, Ratio
from shared.text import Name, ShortText, WorkDate

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$", examples=["financial_system"])]
"""A stable name in snake case, as the rulebooks use them."""

Grade = Literal["1A", "2A", "3A", "4A", "5A"]
"""An assessment grade of a social organisation, lowest first."""

Figure = Annotated[
    Decimal,
    DecimalText(
        pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$",
        step=Decimal("0.0001"),
        example="60",
        code="figure",
        message='give the figure as text of plain digits with at most four decimals, such as "60"',
    ),
]
"""A value of an indicator, in the indicator's own unit, zero or above, to four places."""


class Part(BaseModel):
    """Base of every part: strict, unknown fields refused, immutable."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Condition(Part):
    """What a bidder must be. `code` as the rulebooks name conditions, or one of the purchaser's own, then with the
    reason why this purchase needs it; `least` is the lowest grade for `assessment_grade`."""

    code: Code
    text: ShortText
    least: Grade | None = None
    reason: ShortText | None = None


class Match(Part):
    """What a factor answers to: a need of the requirement, or a business condition of the file, by its reference."""

    kind: Literal["need", "business_condition"]
    reference: ShortText


class Band(Part):
    """Points for an indicator from `lowest` (inclusive) to `highest` (exclusive, but for the highest band)."""

    lowest: Figure
    highest: Figure
    points: Points


class Indicator(Part):
    """An indicator given as ranges: the range a bid may offer, cut into bands."""

    lowest: Figure
    highest: Figure
    bands: list[Band] = Field(max_length=50)


class Level(Part):
    """A described level of an offer with its points; words without points quantify nothing."""

    text: ShortText
    points: Points | None = None


class Item(Part):
    """A part of a capability factor (quality control, schedule control …) with its own points."""

    code: Code
    points: Points


class ResultPoints(Part):
    """Points for a provider's latest evaluation result, and for a newcomer that has none."""

    good: Points
    fair: Points
    poor: Points
    newcomer: Points | None = None


class Factor(Part):
    """A scoring factor. Its weight is its highest score. Price is scored by the formula of the method, an indicator
    by its bands, a result by its grade; only levels are scored by the members of the panel."""

    code: Code
    title: Name
    kind: Literal["price", "service_level", "performance_capability", "result_reference", "other"]
    weight: Points
    matches: Match | None = None
    reason: ShortText | None = None
    indicator: Indicator | None = None
    levels: list[Level] = Field(default=[], max_length=20)
    items: list[Item] = Field(default=[], max_length=20)
    result_points: ResultPoints | None = None

    @property
    def scored_by_members(self) -> bool:
        return self.kind not in ("price", "result_reference") and self.indicator is None


class Change(Part):
    """What may change in substance during a consultation."""

    kind: Code
    text: ShortText


class PaidShare(Part):
    """The share of a payment line that is paid from this score on."""

    from_points: Points
    share: Ratio


class PaymentLine(Part):
    """One payment line of the draft contract; `amount` is its part of the budget, CNY."""

    number: int = Field(ge=1, le=100)
    kind: Literal["advance", "instalment", "final"]
    amount: PositiveMoney
    gate: Literal["acceptance", "assessment", "evaluation", "contract"]
    period: int | None = Field(default=None, ge=1, le=100)
    due_days: int = Field(default=30, ge=1, le=365)
    bands: list[PaidShare] = Field(default=[], max_length=20)


class Terms(Part):
    """The draft contract: term, contents by code (scope, object, quantity …) and payment lines."""

    starts_on: WorkDate
    ends_on: WorkDate
    contents: list[Code] = Field(default=[], max_length=100)
    payments: list[PaymentLine] = Field(min_length=1, max_length=100)
    service_years: int = Field(default=1, ge=1, le=10)
    objection_window_working_days: int | None = Field(default=None, ge=1, le=60)
    pay_within_days: int = Field(default=30, ge=1, le=365)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts_on > self.ends_on:
            raise ValueError("the term must not end before it starts")
        numbers = [line.number for line in self.payments]
        if len(set(numbers)) != len(numbers):
            raise ValueError("each payment line needs a number of its own")
        return self

    def for_award(self, amounts: dict[int, Decimal]) -> ContractTerms:
        """These terms with the amounts that the award's price gives each payment line, by number."""
        given = self.model_dump(exclude={"payments"})
        return ContractTerms(**given, payments=[_term(line, amounts[line.number]) for line in self.payments])


def _term(line: PaymentLine, amount: Decimal) -> PaymentTerm:
    bands = sorted(((band.from_points, band.share) for band in line.bands), reverse=True)
    return PaymentTerm(**{**line.model_dump(exclude={"bands"}), "amount": amount}, bands=bands)


class Contents(Part):
    """A tender file as the purchaser writes it; budget and finalised need come from the project."""

    conditions: list[Condition] = Field(default=[], max_length=100)
    evaluation_method: Literal["comprehensive_scoring"] | None = None
    factors: list[Factor] = Field(default=[], max_length=50)
    terms: Terms | None = None
    substantive_changes: list[Change] = Field(default=[], max_length=50)
    relief_channel: ShortText | None = None
    responsible_unit: ShortText | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for codes in ([c.code for c in self.conditions], [f.code for f in self.factors]):
            if len(set(codes)) != len(codes):
                raise ValueError("each condition and each factor needs a code of its own")
        if sum(factor.kind == "price" for factor in self.factors) > 1:
            raise ValueError("give one price factor")
        return self

    def factor(self, code: str) -> Factor | None:
        return next((factor for factor in self.factors if factor.code == code), None)
