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


def not_after(field: str, day: date, last: date) -> None:
    """Raises WrongField for a day that has not come yet."""
    if day > last:
        raise WrongField(field, "in_the_future", "give a day that is not in the future")
