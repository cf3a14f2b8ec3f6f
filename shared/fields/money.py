"""Money and figures that decide over money: exact decimals, text on the wire, never a float.

`Money`, `PositiveMoney`, `Ratio` and `Points` are field types for request, event and answer models. On the wire each
is a JSON string of plain ASCII digits; in Python it is a Decimal with its fixed number of places, so that what is
stored, sent and hashed has one form. `split` and `split_cumulatively` share an amount so that not a fen is lost.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Annotated, Any, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

K = TypeVar("K")

FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class DecimalText:
    """Marks a Decimal field that is a JSON string of the form `pattern`, kept and written with `step`'s places.

    Code may also give a Decimal of the same range; anything else (number, boolean, other digits, spaces, exponent,
    sign) is refused as `code` with `message`, which does not repeat the input.
    """

    pattern: str
    step: Decimal
    example: str
    code: str
    message: str

    def read(self, value: object) -> Decimal:
        text = format(value, "f") if isinstance(value, Decimal) else value
        if not isinstance(text, str) or not re.fullmatch(self.pattern, text):
            raise PydanticCustomError(self.code, self.message)
        return Decimal(text).quantize(self.step)

    def write(self, value: Decimal) -> str:
        return format(value.quantize(self.step), "f")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        writing = core_schema.plain_serializer_function_ser_schema(self.write, when_used="json")
        return core_schema.no_info_plain_validator_function(self.read, serialization=writing)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": self.pattern, "examples": [self.example]}


Money = Annotated[
    Decimal,
    DecimalText(
        pattern=r"^[0-9]{1,16}(\.[0-9]{1,2})?$",
        step=FEN,
        example="120000.00",
        code="money",
        message='give the amount in yuan as text of plain digits with at most two decimals, such as "120000.00"',
    ),
]
"""An amount in CNY from 0.00 to 9999999999999999.99, to the fen (`NUMERIC(18,2)`)."""

PositiveMoney = Annotated[
    Decimal,
    DecimalText(
        pattern=r"^(?!0+(\.0+)?$)[0-9]{1,16}(\.[0-9]{1,2})?$",
        step=FEN,
        example="120000.00",
        code="positive_money",
        message='give an amount above zero in yuan as text of plain digits with at most two decimals, such as "0.01"',
    ),
]
"""An amount in CNY from 0.01 to 9999999999999999.99, to the fen."""

Ratio = Annotated[
    Decimal,
    DecimalText(
        pattern=r"^(0(\.[0-9]{1,4})?|1(\.0{1,4})?)$",
        step=Decimal("0.0001"),
        example="0.4000",
        code="ratio",
        message='give the ratio as text from "0" to "1" with at most four decimals, such as "0.4" for 40 %',
    ),
]
"""A part of a whole, 0 to 1, to the hundredth of a percent (`NUMERIC(5,4)`)."""

Points = Annotated[
    Decimal,
    DecimalText(
        pattern=r"^([0-9]{1,2}(\.[0-9]{1,2})?|100(\.0{1,2})?)$",
        step=FEN,
        example="92.50",
        code="points",
        message='give the points as text from "0" to "100" with at most two decimals, such as "92.5"',
    ),
]
"""A score or a weight, 0 to 100, to two places (`NUMERIC(5,2)`)."""


def fen(amount: Decimal) -> Decimal:
    """The amount to the fen, half a fen to the even neighbour (ROUND_HALF_EVEN): 0.125 -> 0.12, 0.135 -> 0.14."""
    return amount.quantize(FEN, rounding=ROUND_HALF_EVEN)


def of(amount: Decimal, ratio: Decimal) -> Decimal:
    """`ratio` of an amount, to the fen as `fen` rounds: the sum to pay.

    A cap is not rounded: compare what is asked for with `amount * ratio` itself.
    """
    return fen(amount * ratio)


def split(total: Decimal, weights: Mapping[K, Decimal]) -> dict[K, Decimal]:
    """Shares `total` in proportion to the weights, to the fen, by largest remainder; the shares add up to `total`.

    Each share is its exact proportion rounded down; the fen then left go one by one to the largest remainders, among
    equal ones to the first of the mapping. Raises ValueError for a negative total or weight, for a total with parts
    of a fen, and for weights that add up to nothing.
    """
    whole = sum(map(Fraction, weights.values()), Fraction())
    if whole <= 0 or min(weights.values()) < 0:
        raise ValueError("weights must not be negative, and one at least must be above zero")
    count = _fen_count(total)
    exact = {key: count * Fraction(weight) / whole for key, weight in weights.items()}
    shares = {key: int(share) for key, share in exact.items()}
    by_remainder = sorted(exact, key=lambda key: shares[key] - exact[key])
    for key in by_remainder[: count - sum(shares.values())]:
        shares[key] += 1
    return {key: share * FEN for key, share in shares.items()}


def split_cumulatively(
    paid_before: Mapping[K, Decimal], total_before: Decimal, amount: Decimal, sources: Mapping[K, Decimal]
) -> dict[K, Decimal]:
    """Shares one payment of a contract over its funding sources, so that no rounding gathers over the payments.

    After the payment each source stands at `split(total_before + amount, sources)`. Where that would take a fen back
    from a source (with three and more the largest remainder can: the Alabama paradox), the source keeps what it has
    paid, pays nothing now, and the others share the rest. No part is ever negative and the parts add up to `amount`.

    `sources` are what each source bears of the contract, `split(price, budgets)`: they add up to the price, and a
    contract paid in full has then taken exactly that from each. `paid_before` is what each has paid so far (a source
    left out: nothing); a source that was withdrawn after paying stays, with nothing to bear.

    Raises ValueError where `split` does, for a payer that is not among the sources, and when `total_before` is not
    what the sources have paid.
    """
    if not paid_before.keys() <= sources.keys():
        raise ValueError("a source that has paid is missing from the sources of the contract")
    if sum(paid_before.values()) != total_before:
        raise ValueError("what the sources have paid does not add up to the total paid before")
    _fen_count(amount)
    paid = {key: paid_before.get(key, Decimal("0.00")) for key in sources}
    return _next_parts(paid, amount, sources)


def _next_parts(paid: Mapping[K, Decimal], amount: Decimal, sources: Mapping[K, Decimal]) -> dict[K, Decimal]:
    due = split(sum(paid.values(), amount), sources)
    parts = {key: due[key] - paid[key] for key in sources}
    behind = {key: paid[key] for key, part in parts.items() if part >= 0}
    if len(behind) == len(parts):
        return parts
    shared = _next_parts(behind, amount, {key: sources[key] for key in behind})
    return {key: shared.get(key, Decimal("0.00")) for key in sources}


def _fen_count(amount: Decimal) -> int:
    count = amount * 100
    if count < 0 or count != int(count):
        raise ValueError("an amount to share must be whole fen and not negative")
    return int(count)
