"""What a tender file says, as typed values: the form in which it is drafted, stored, hashed, checked and scored by.

Whatever the law asks a file to contain may be left out of a draft: the check finds what is missing and cites why it is
needed. Amounts in the draft contract are parts of the budget; the award shares its price in the same proportions.
"""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from shared.events.tendering import ContractTerms, PaymentTerm
from shared.fields.money import FEN, DecimalText, Points, PositiveMoney, Ratio, split
from shared.fields.payment_terms import LineTerms
from shared.fields.text import Name, ShortText, WorkDate

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
    """Points for a provider's latest evaluation result, and for a newcomer that has none. Where `excellent` is left out
    it earns what `good` does."""

    excellent: Points | None = None
    good: Points
    fair: Points
    poor: Points
    newcomer: Points | None = None


class Factor(Part):
    """A scoring factor. Its weight is its highest score. Price is scored by the formula of the method, an indicator
    by its bands, a result by its grade; only levels are scored by the members of the panel, those of an `objective`
    factor by all alike: what it asks is a fact, and no matter of judgement."""

    code: Code
    title: Name
    kind: Literal["price", "service_level", "performance_capability", "result_reference", "other"]
    weight: Points
    objective: bool = False
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


class FixedPrice(Part):
    """What every bid must ask, CNY, because the state sets the price, the purchase is made at a fixed one, or one
    standard holds for all."""

    basis: Literal["state_price", "fixed_price", "uniform_price"]
    amount: PositiveMoney


class PaidShare(Part):
    """The share of a payment line that is paid from this score on."""

    from_points: Points
    share: Ratio


class Preparation(Part):
    """A provider that worked on this project before, and how: `role` as the rulebooks name it, or another one, then
    with the reason why it is kept out too."""

    provider_id: Annotated[UUID, Strict(False)]
    role: Code
    reason: ShortText | None = None


ORDINARY_DUE_DAYS = 30
"""What a payment line says when its file names no days; the form's default, no value of the law."""


class PaymentLine(LineTerms, Part):
    """One payment line of the draft contract; `amount` is its part of the budget, CNY. Without `due_days` it is due
    within the days of all payments. `kind` is the purchaser's word for it: what waits for no result is an advance."""

    number: int = Field(ge=1, le=100)
    amount: PositiveMoney
    period: int | None = Field(default=None, ge=1, le=100)
    due_days: int | None = Field(default=None, ge=1, le=365)
    bands: list[PaidShare] = Field(default=[], max_length=20)


class Terms(Part):
    """The draft contract: term, contents by code (scope, object, quantity …) and payment lines. `pay_within_days` holds
    for every payment line: one that names more days is due within these."""

    starts_on: WorkDate
    ends_on: WorkDate
    contents: list[Code] = Field(default=[], max_length=100)
    payments: list[PaymentLine] = Field(min_length=1, max_length=100)
    service_years: int = Field(default=1, ge=1, le=10)
    objection_window_working_days: int | None = Field(default=None, ge=1, le=60)
    pay_within_days: int | None = Field(default=None, ge=1, le=365)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts_on > self.ends_on:
            raise ValueError("the term must not end before it starts")
        numbers = [line.number for line in self.payments]
        if len(set(numbers)) != len(numbers):
            raise ValueError("each payment line needs a number of its own")
        return self

    def for_award(self, amounts: dict[int, Decimal], *, older: bool = False) -> ContractTerms:
        """These terms with the amounts that the award's price gives each payment line, by number. `older`: their file
        was checked by rules that asked less."""
        given = self.model_dump(exclude={"payments", "pay_within_days"})
        terms = [_term(line, amounts[line.number], self.due_days(line)) for line in self.payments]
        return ContractTerms(**given, pay_within_days=max(term.due_days for term in terms), payments=terms, older=older)

    def due_days(self, line: PaymentLine) -> int:
        """Within how many days a payment is due: the fewer of its own and of those for all."""
        named = [days for days in (line.due_days, self.pay_within_days) if days is not None]
        return min(named, default=ORDINARY_DUE_DAYS)


def share_price(price: Decimal, lines: Sequence[PaymentLine]) -> dict[int, Decimal]:
    """A price over the payment lines of the draft, by number, in the draft's proportions and to the fen.

    An advance is rounded down and the others share the rest: a fen more could lift the advances over their cap. Another
    line that would get nothing gets a fen of the largest; where there is none to give, or an advance gets nothing, the
    price is too small for the draft (`too_small`), and no award is made of it.
    """
    whole = sum((line.amount for line in lines), Decimal("0.00"))
    others = {line.number: line.amount for line in lines if not line.is_advance}
    if not others:
        return split(price, {line.number: line.amount for line in lines})
    advances = {line.number: price * line.amount / whole for line in lines if line.is_advance}
    paid = {number: amount.quantize(FEN, rounding=ROUND_FLOOR) for number, amount in advances.items()}
    rest = split(price - sum(paid.values(), Decimal("0.00")), others)
    for number in [number for number, amount in rest.items() if not amount]:
        largest = max(rest, key=lambda each: rest[each])
        if rest[largest] > FEN:
            rest[number], rest[largest] = FEN, rest[largest] - FEN
    return {**paid, **rest}


def too_small(price: Decimal, lines: Sequence[PaymentLine]) -> bool:
    """Whether some payment of the draft would be nothing at this price."""
    return bool(lines) and not all(share_price(price, lines).values())


def _term(line: PaymentLine, amount: Decimal, due_days: int) -> PaymentTerm:
    bands = tuple(sorted(((band.from_points, band.share) for band in line.bands), reverse=True))
    given = {**line.model_dump(exclude={"bands"}), "amount": amount, "due_days": due_days}
    return PaymentTerm(**given, bands=bands)


class Unreserved(Part):
    """Why a purchase is not reserved for small and medium enterprises: the ground as the rulebooks name it."""

    ground: Code
    reason: ShortText


class SmallEnterprises(Part):
    """What the file says of small and medium enterprises: the industry of what is bought, by which their size counts;
    whether it is reserved for them, as a whole or by the share that they carry; or why it is not, and the shares of the
    price that are deducted for the evaluation: for small and micro enterprises, and (`share_deduction`) for others
    whose small and micro partners carry enough; and that who wins by it subcontracts to nobody larger."""

    industry: ShortText | None = None
    reserved_by: Literal["project", "consortium_share", "subcontract_share"] | None = None
    reserved_share: Ratio | None = None
    unreserved: Unreserved | None = None
    deduction: Ratio | None = None
    share_deduction: Ratio | None = None
    no_upward_subcontract: bool = False


class Contents(Part):
    """A tender file as the purchaser writes it; budget and finalised need come from the project."""

    conditions: list[Condition] = Field(default=[], max_length=100)
    evaluation_method: Literal["comprehensive_scoring"] | None = None
    factors: list[Factor] = Field(default=[], max_length=50)
    fixed_price: FixedPrice | None = None
    terms: Terms | None = None
    substantive_changes: list[Change] = Field(default=[], max_length=50)
    prepared_by: list[Preparation] = Field(default=[], max_length=50)
    relief_channel: ShortText | None = None
    responsible_unit: ShortText | None = None
    small_enterprises: SmallEnterprises | None = None

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
