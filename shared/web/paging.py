"""Lists page by page: a cursor says after which row the next page begins.

The cursor holds the sort key of the last row shown and is signed together with sort, filters and caller: it goes on
in the list for which it was made and in no other. Nothing here knows a table or a route.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError
from sqlalchemy import ColumnElement, Select, select, tuple_

from shared.fields.strict_json import canonical

T = TypeVar("T")

LONGEST_PAGE = 200
DEFAULT_LIMIT = 50
_SIGNATURE_BYTES = 16


class BadCursor(ValueError):
    """A cursor that was changed, or made for another list; answered with 400."""

    def __init__(self) -> None:
        super().__init__("this cursor belongs to another list or was changed: begin again without a cursor")


class Page(BaseModel, Generic[T]):
    """One page of a list. `next` goes into `after` for the following page; null on the last one."""

    items: list[T]
    next: str | None = None


def _limit(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= len(str(LONGEST_PAGE)):
        value = int(value)
    if type(value) is not int or not 1 <= value <= LONGEST_PAGE:
        raise PydanticCustomError("limit", f"give a whole number from 1 to {LONGEST_PAGE}")
    return value


Limit = Annotated[
    int,
    BeforeValidator(_limit),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": LONGEST_PAGE}),
]
"""How many rows a page has, 1 to 200; a query parameter's text is read as plain ASCII digits only."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a cursor is bound to: the name of the sort order, the filters as asked for, and who asks."""

    sort: str
    filters: Mapping[str, object] = field(default_factory=dict)
    caller: str = "public"


def write_cursor(values: Sequence[object], listing: Listing, key: bytes) -> str:
    """The cursor after the row with these sort key values (text, whole number, decimal, date, instant or UUID).

    Raises TypeError for a value of another kind; a sort column is never null.
    """
    text = _base64(canonical([_tagged(value) for value in values]))
    return f"{text}.{_signature(text, listing, key)}"


def read_cursor(cursor: str, listing: Listing, key: bytes) -> tuple[object, ...]:
    """The sort key values. Raises BadCursor unless this very cursor was written for this listing with this key."""
    if not cursor.isascii():
        raise BadCursor
    text, _, signature = cursor.partition(".")
    if not hmac.compare_digest(signature, _signature(text, listing, key)):
        raise BadCursor
    content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return tuple(_READ[tag](value) for tag, value in json.loads(content))


def keyset_condition(
    columns: Sequence[ColumnElement[Any]], values: Sequence[object], descending: bool
) -> ColumnElement[bool]:
    """`(a, b) > (:a, :b)`, or `<` for a descending list: the rows after the cursor, by one index range.

    The columns are those of ORDER BY, all in one direction, none null, together unique. Raises BadCursor when the
    cursor has another number of values: it was written before the sort order changed.
    """
    if len(values) != len(columns):
        raise BadCursor
    here, there = tuple_(*columns), tuple_(*values, types=[column.type for column in columns])
    return here < there if descending else here > there


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows of a list a page needs: at most so many, after the row with these values of the columns `by`, which
    are selected, none null, and together unique."""

    by: tuple[str, ...]
    after: tuple[object, ...] | None
    most: int
    descending: bool = False

    def of(self, statement: Select[Any]) -> Select[Any]:
        """Those rows of the statement, in the order of the columns."""
        rows = statement.order_by(None).subquery()
        keys = [rows.c[name] for name in self.by]
        asked = select(rows).order_by(*(key.desc() if self.descending else key for key in keys)).limit(self.most)
        if self.after is None:
            return asked
        return asked.where(keyset_condition(keys, self.after, self.descending))


_KINDS: tuple[tuple[type, str, Callable[[Any], object]], ...] = (
    (str, "s", str),
    (int, "i", int),
    (Decimal, "d", Decimal),
    (datetime, "t", datetime.fromisoformat),
    (date, "D", date.fromisoformat),
    (UUID, "u", UUID),
)
_READ = {tag: read for _, tag, read in _KINDS}


def _tagged(value: object) -> tuple[str, object]:
    for kind, tag, _ in _KINDS:
        if isinstance(value, kind) and not isinstance(value, bool):
            return tag, value
    raise TypeError(f"{type(value).__name__} cannot be a sort key")


def _signature(text: str, listing: Listing, key: bytes) -> str:
    bound = canonical([text, listing.sort, listing.filters, listing.caller])
    return _base64(hmac.digest(key, bound, "sha256")[:_SIGNATURE_BYTES])


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
