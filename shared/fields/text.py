"""Text, dates and instants as requests bring them: field types that let in one form only.

Text is kept in Unicode NFC without outer white space, and radicals of dictionaries as the characters they look like.
What nobody can see is refused: NUL and other control characters, halves of surrogate pairs, direction overrides,
zero-width characters; and what means something else on every machine: private-use characters (old encodings put rare
characters of names there), noncharacters, and the mark that a conversion leaves of what it could not read. No message
repeats the input.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

# Default_Ignorable_Code_Point of Unicode (bidi controls among them) but for variation selectors, which rare
# characters of personal names need; then line separators, interlinear marks and surrogates.
_INVISIBLE = (
    r"\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0"
    r"\uFFF0-\uFFF8\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E00FF\U000E01F0-\U000E0FFF"
    r"\u2028\u2029\uFFF9-\uFFFB\uD800-\uDFFF"
)
_UNSEEN = re.compile(rf"[\u0000-\u001F\u007F-\u009F{_INVISIBLE}]")
_UNSEEN_BUT_LINES = re.compile(rf"[\u0000-\u0008\u000B-\u001F\u007F-\u009F{_INVISIBLE}]")
_MEANINGLESS = re.compile(
    "[\ue000-\uf8ff\ufdd0-\ufdef\ufffd-\uffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0xF0000, 0x10000))
    + "\U000f0000-\U0010ffff]"
)
# Kangxi radicals and the two of the supplement that stand for a character (Unicode, 18.1): NFC leaves them as they are.
_RADICALS = {code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(0x2F00, 0x2FD6), 0x2E9F, 0x2EF3)}
_VARIATION_SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")

_MARKS_ON_ONE_LETTER = 30  # Unicode's Stream-Safe Text Format: putting longer runs in order takes quadratic time
_MAYBE_MARKS = re.compile(rf"\W{{{_MARKS_ON_ONE_LETTER + 1}}}")


def _refuse(code: str, message: str) -> NoReturn:
    raise PydanticCustomError(code, message)


@dataclass(frozen=True, slots=True)
class Text:
    """Marks a string field of 1 to `longest` characters, counted as sent and again in NFC; `unseen` is refused.
    `holds`: of these classes of characters (L letters, N digits, S signs) it has one, as what names something does;
    question marks alone are what a wrong encoding leaves."""

    longest: int
    unseen: re.Pattern[str] = _UNSEEN
    holds: str = ""

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            _refuse("text", "give text")
        if self.unseen.search(value):
            _refuse("text_unseen", "remove control, zero-width and direction characters")
        if _MEANINGLESS.search(value):
            _refuse("text_meaningless", "type the characters again that other machines cannot show")
        text = value.strip()
        self._refuse_length(text)
        if _piled_up(text):
            _refuse("text_marks", f"put at most {_MARKS_ON_ONE_LETTER} combining marks on one letter")
        text = unicodedata.normalize("NFC", text.translate(_RADICALS))
        self._refuse_length(text)
        if self.holds and not any(unicodedata.category(sign)[0] in self.holds for sign in text):
            _refuse("text_says_nothing", "write a letter or a digit at least")
        return text

    def _refuse_length(self, text: str) -> None:
        if not 0 < len(text) <= self.longest:
            _refuse("text_length", f"give 1 to {self.longest} characters")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, core_schema.str_schema())

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "minLength": 1, "maxLength": self.longest, "pattern": r"\S"}


Name = Annotated[str, Text(200, holds="LNS")]
"""A name or title: 1 to 200 characters on one line, not punctuation alone."""

Reference = Annotated[str, Text(500, holds="LN")]
"""What somebody calls a thing: 1 to 500 characters on one line, a letter or a digit among them."""

ShortText = Annotated[str, Text(500)]
"""A remark: 1 to 500 characters on one line."""

LongText = Annotated[str, Text(20_000, _UNSEEN_BUT_LINES)]
"""A description: 1 to 20,000 characters, with line feeds and tabs."""


def _piled_up(text: str) -> bool:
    if not _MAYBE_MARKS.search(text):
        return False
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > _MARKS_ON_ONE_LETTER:
            return True
    return False


def folded(text: str) -> str:
    """The form in which two names are the same: NFKC, without case, runs of spaces as one, no variation selectors.

    Full-width and half-width forms fall together (（ and (, Ａ and a). Letters that only look alike in two scripts
    do not.
    """
    visible = _VARIATION_SELECTORS.sub("", text)
    caseless = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())
    return " ".join(caseless.split())


_MINUS = "\N{MINUS SIGN}"
_AROUND = re.compile(r"^[\W_]+|[\W_]+$|\s")


def told_apart_by(reference: str) -> str:
    """What tells a treasury's reference from another, however it was typed: without blanks, with one kind of dash, and
    without marks before or after. Empty for one that says nothing."""
    dashed = "".join(
        "-" if unicodedata.category(sign) == "Pd" or sign == _MINUS else sign for sign in folded(reference)
    )
    return _AROUND.sub("", dashed)


_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_OF_A_PURCHASE = (2000, 2099)
_FURTHEST_OFFSET = timedelta(hours=14)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-5][0-9])"
)


def _instant(value: object) -> datetime:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        value = _or_none(datetime.fromisoformat, value)
    offset = value.utcoffset() if isinstance(value, datetime) else None
    if not isinstance(value, datetime) or offset is None or abs(offset) > _FURTHEST_OFFSET:
        _refuse("aware_datetime", 'give date, time and offset as text, such as "2022-03-01T09:30:00+08:00"')
    _refuse_year(value)
    return value


def _plain_date(value: object) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        value = _or_none(date.fromisoformat, value)
    if not isinstance(value, date) or isinstance(value, datetime):
        _refuse("plain_date", 'give a date of the calendar as text, such as "2022-03-01"')
    _refuse_year(value)
    return value


def _or_none(parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except ValueError:  # 30 February
        return None


def _refuse_year(day: date, first: int = _FIRST_YEAR, last: int = _LAST_YEAR) -> None:
    if not first <= day.year <= last:
        _refuse("year", f"give a year from {first} to {last}")


AwareDatetime = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2022-03-01T09:30:00+08:00"]}),
]
"""An instant: RFC 3339 text with seconds and offset, at most microseconds, nothing rounded; or an aware datetime."""

PlainDate = Annotated[
    date,
    BeforeValidator(_plain_date),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2022-03-01"]}),
]
"""A day of the calendar: ISO 8601 text; or a date."""


def _of_a_purchase(day: date) -> date:
    _refuse_year(day, *_OF_A_PURCHASE)
    return day


WorkInstant = Annotated[
    datetime,
    AfterValidator(_of_a_purchase),
    BeforeValidator(_instant),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "examples": ["2022-03-01T09:30:00+08:00"],
            "x-years": list(_OF_A_PURCHASE),
        }
    ),
]
"""An instant in the life of a purchase: no older than such purchases are, and in this century."""

WorkDate = Annotated[
    date,
    AfterValidator(_of_a_purchase),
    BeforeValidator(_plain_date),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2022-03-01"], "x-years": list(_OF_A_PURCHASE)}),
]
"""A day in the life of a purchase, in the years of `WorkInstant`."""
