"""Fields of requests and answers that several matters of evaluation share.

公民身份号码, the number of a resident's identity card (GB 11643-1999): district (6 digits), day of birth (8), order
(3), check character (1).

A card of before 1999 has 15 digits: the century is missing in the day of birth, which is the twentieth, and the check
character too. Both are one number of one person, kept here in the form of today.
"""

import re
from decimal import Decimal
from typing import Annotated

from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from shared.fields.money import DecimalText

Quantity = Annotated[
    Decimal,
    DecimalText(
        pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$",
        step=Decimal("0.01"),
        example="600",
        code="quantity",
        message='give the quantity as text of plain digits with at most two decimals, such as "600"',
    ),
]
"""What an indicator counts: 0 to 999999999999.99, in the indicator's own unit."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A name as rulebooks use it for members of a list, such as `within_duties`."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""The SHA-256 of a document, in lower-case hex."""

_TODAY, _BEFORE = re.compile(r"[0-9]{17}[0-9X]"), re.compile(r"[0-9]{15}")
_OLD_CENTURY = "19"


def is_resident(number: str) -> bool:
    """Whether the number, as `identity_number` returns it, is that of a resident's card."""
    return _TODAY.fullmatch(number) is not None


def identity_number(given: str) -> str:
    """The number of an identity document in capitals, that of a resident's card with 18 characters. Raises
    PydanticCustomError for a number of a card's length that no card has."""
    number = given.upper()
    if _BEFORE.fullmatch(number):
        number = f"{number[:6]}{_OLD_CENTURY}{number[6:]}"
        number += ric.calc_check_digit(f"{number}0")
    if is_resident(number) and not _may_be(number):
        raise PydanticCustomError(
            "identity_number", "no identity card has this number: compare its day of birth and check character again"
        )
    return number


def _may_be(number: str) -> bool:
    try:
        ric.get_birth_date(number)
    except ValidationError:
        return False
    return bool(number[-1] == ric.calc_check_digit(number))


IdentityNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{6,20}$"), AfterValidator(identity_number)]
"""The number of an identity document; one of a resident's card is checked and has 18 characters."""


class WrongField(RequestValidationError):
    """422: a field is not as required; `message` says what to send instead."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__([{"loc": ("body", field), "type": code, "msg": message}])
