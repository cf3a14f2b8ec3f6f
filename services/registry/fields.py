"""Fields of requests that several matters of the registry share, and the 422 of a field that only the record shows to
be wrong."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, core_schema

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in hex, as the document store gives it."""


class OneOf:
    """Marks a string field that takes one of these names."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(names)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(self._names)


class WrongField(RequestValidationError):
    """422: a field is not as required; `message` says what to send instead."""

    def __init__(self, field: str, code: str, message: str, *, place: str = "body") -> None:
        super().__init__([{"loc": (place, field), "type": code, "msg": message}])


FIRST_FOUNDED = date(1949, 10, 1)
"""No register of today has an older day of registration: who shows one has an empty cell of a spreadsheet."""


def founded(day: date, today: date) -> None:
    """Raises WrongField for a day on which no body of today can have been registered."""
    if day < FIRST_FOUNDED:
        raise WrongField("founded_on", "too_early", "give the day of registration as the licence shows it")
    not_after("founded_on", day, today)


def readable(field: str, title: str) -> None:
    """Raises WrongField for a title in which nothing can be read: without any letter, or in characters that another
    encoding has made of it."""
    if not any(map(str.isalpha, title)) or any(_made_of(title, encoding) for encoding in ("latin-1", "cp1252", "gbk")):
        raise WrongField(field, "unreadable", "give the title as the licence shows it: other characters came of it")


def _made_of(title: str, encoding: str) -> bool:
    """Whether its bytes in this encoding are Chinese in UTF-8."""
    try:
        meant = title.encode(encoding).decode()
    except UnicodeError:
        return False
    return meant != title and sum("\u4e00" <= character <= "\u9fff" for character in meant) * 2 > len(meant)


def not_after(field: str, day: date, last: date) -> None:
    """Raises WrongField for a day that has not come yet."""
    if day > last:
        raise WrongField(field, "in_the_future", "give a day that is not in the future")
