"""What a bid says, as typed values. It is sealed as canonical JSON of this form and read back by it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.tendering.files.contents import Code, Contents, Factor, Figure, Part
from shared.fields.money import PositiveMoney, Ratio
from shared.fields.text import Name, ShortText

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["ab" * 32])]
"""A SHA-256 as 64 lower-case hex digits."""


class ConditionAnswer(Part):
    """How the bidder meets a qualification condition, with the hashes of its evidence."""

    condition: Code
    statement: ShortText
    evidence: list[Sha256] = Field(default=[], max_length=50)


class Offer(Part):
    """What is offered for a factor: the value of an indicator, or a statement for the panel."""

    factor: Code
    value: Figure | None = None
    statement: ShortText | None = None


class Annex(Part):
    """A document that belongs to the bid, by name and hash."""

    name: Name
    sha256: Sha256


Size = Literal["large", "medium", "small", "micro", "individual_business"]
"""Of an enterprise, by the state standard for its industry."""


class Partner(Part):
    """Who carries a part of the contract beside the bidder, as the agreement of the consortium or of the subcontract
    says; `linked`: one of the others holds, controls or manages it, or is held, controlled or managed by it."""

    title: Name
    size: Size
    role: Literal["member", "subcontractor"]
    share: Ratio
    linked: bool = False


class Declaration(Part):
    """The declaration letter of a small or medium enterprise, or of one with such partners: the bidder's own size, how
    it is linked to a large enterprise, and whether those who serve have labour contracts with it. An individual
    business that wants the price deduction declares its size by the standard. Nobody asks for another proof; who
    declares falsely has given false material."""

    size: Size
    linked_to_large_by: list[Literal["same_head", "direct_control", "management"]] = Field(default=[], max_length=3)
    own_staff: bool
    partners: list[Partner] = Field(default=[], max_length=20)

    @model_validator(mode="after")
    def _of_one_contract(self) -> Self:
        if sum((partner.share for partner in self.partners), Decimal(0)) > 1:
            raise ValueError("the partners' shares must not be more than the contract")
        return self


class BidContent(Part):
    """A whole bid; the price in CNY for all payment lines together. Without `declaration` the bidder takes no part in
    what favours small and medium enterprises."""

    price: PositiveMoney
    answers: list[ConditionAnswer] = Field(default=[], max_length=100)
    offers: list[Offer] = Field(default=[], max_length=50)
    annexes: list[Annex] = Field(default=[], max_length=100)
    declaration: Declaration | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for names in ([a.condition for a in self.answers], [o.factor for o in self.offers]):
            if len(set(names)) != len(names):
                raise ValueError("answer each condition and each factor once")
        return self

    def offer(self, factor: str) -> Offer | None:
        return next((offer for offer in self.offers if offer.factor == factor), None)


@dataclass(frozen=True, slots=True)
class Slip:
    """What a bid says that the published file does not ask, or does not say although it asks: where, by which code.
    Under `unanswered` the bidder may mean it; anything else can never count."""

    field: str
    kind: Literal["unknown", "unanswered", "outside_range", "over_budget"]
    code: str


def slips(bid: BidContent, file: Contents, budget: Decimal) -> list[Slip]:
    """Everything in which the bid does not fit the file, in the order of its fields; `budget` in CNY."""
    return [
        *([Slip("price", "over_budget", "price")] if bid.price > budget else []),
        *_of_answers([answer.condition for answer in bid.answers], [asked.code for asked in file.conditions]),
        *_of_offers(bid, file),
    ]


def _of_answers(given: list[str], asked: list[str]) -> Iterator[Slip]:
    yield from (Slip("answers", "unknown", code) for code in given if code not in asked)
    yield from (Slip("answers", "unanswered", code) for code in asked if code not in given)


def _of_offers(bid: BidContent, file: Contents) -> Iterator[Slip]:
    yield from (Slip("offers", "unknown", offer.factor) for offer in bid.offers if file.factor(offer.factor) is None)
    for factor in file.factors:
        if factor.kind not in ("price", "result_reference"):
            yield from _of_offer(bid.offer(factor.code), factor)


def _of_offer(offer: Offer | None, factor: Factor) -> Iterator[Slip]:
    indicator = factor.indicator
    if offer is None or (offer.value if indicator else offer.value or offer.statement) is None:
        yield Slip("offers", "unanswered", factor.code)
    elif indicator and offer.value is not None and not indicator.lowest <= offer.value <= indicator.highest:
        yield Slip("offers", "outside_range", factor.code)
