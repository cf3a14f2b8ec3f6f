"""Fields of requests that several matters of the catalog share, and the 422 of a field that only the record shows to be
wrong."""

from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import Field, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
"""A name as the rulebooks write it."""

NegativeDeclaration = Annotated[
    dict[Slug, bool],
    Field(
        max_length=100,
        description="For each item of the negative list (see `GET /v1/negative-items`) whether it applies.",
        examples=[{"must_be_provided_by_government": False}],
    ),
]

CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
"""How a route that answers with a sheet says so."""


class WrongField(RequestValidationError):
    """422: a field is not as required; `message` says what to send instead."""

    def __init__(self, field: str, code: str, message: str, *, place: str = "body") -> None:
        super().__init__([{"loc": (place, field), "type": code, "msg": message}])
