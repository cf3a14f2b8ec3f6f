"""What a bid says, as typed values. It is sealed as canonical JSON of this form and read back by it."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from services.tendering.files.contents import Code, Figure, Part
from shared.money import PositiveMoney
from shared.text import Name, ShortText

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


class BidContent(Part):
    """A whole bid; the price in CNY for all payment lines together."""

    price: PositiveMoney
    answers: list[ConditionAnswer] = Field(default=[], max_length=100)
    offers: list[Offer] = Field(default=[], max_length=50)
    annexes: list[Annex] = Field(default=[], max_length=100)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for names in ([a.condition for a in self.answers], [o.factor for o in self.offers]):
            if len(set(names)) != len(names):
                raise ValueError("answer each condition and each factor once")
        return self

    def offer(self, factor: str) -> Offer | None:
        return next((offer for offer in self.offers if offer.factor == factor), None)
