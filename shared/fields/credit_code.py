"""统一社会信用代码, the unified social credit code of a legal entity or other organisation (GB 32100-2015).

18 characters: registering authority (1) and kind (1), district (6 digits), organisation (9), check character (1). The
letters I, O, S, V and Z are never used. The authority may be a letter: a rural collective economic organisation has
N, so the check here is wider than the digits-only one of `stdnum.cn.uscc.validate`.

Some codes that were issued miss the standard's check character (in Xiamen before 2016), and their holders live under
them: where a licence shows such a code, it is a `CodeAsIssued`.
"""

import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError
from stdnum.cn import uscc

_LETTER = "[0-9A-HJ-NPQRTUWXY]"
_FIRST_17 = rf"[1-9A-HJ-NPQRTUWXY]{_LETTER}[0-9]{{6}}{_LETTER}{{9}}"
_PATTERN = rf"^{_FIRST_17}{_LETTER}$"


def with_check_digit(first17: str) -> str:
    """The whole code of which these are the first 17 characters. Raises ValueError when they cannot be."""
    if not re.fullmatch(_FIRST_17, first17):
        raise ValueError("a credit code begins with 17 digits and capital letters, without I, O, S, V and Z")
    return first17 + uscc.calc_check_digit(first17)


def fits(code: str) -> bool:
    """Whether a code of the right form ends in the standard's check character."""
    return with_check_digit(code[:17]) == code


def _of_the_form(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(_PATTERN, value):
        raise PydanticCustomError(
            "credit_code",
            "give the 18 characters of the credit code: half-width digits and capital letters without I, O, S, V, Z,"
            " no spaces",
        )
    return value


def _read(value: object) -> str:
    code = _of_the_form(value)
    if not fits(code):
        raise PydanticCustomError("credit_code_check", "the check character does not match: compare the code again")
    return code


CreditCode = Annotated[
    str,
    BeforeValidator(_read),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": [with_check_digit("52510104MJR100001")]}),
]
"""A unified social credit code, kept exactly as sent: 18 ASCII characters with a matching check character."""

CodeAsIssued = Annotated[
    str,
    BeforeValidator(_of_the_form),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": [with_check_digit("52510104MJR100001")]}),
]
"""A unified social credit code of the right form, whether or not its check character is the standard's (`fits`)."""
