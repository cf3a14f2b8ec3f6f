"""What an entry says of a row besides its own fields: one hash over those columns, so that the row cannot be changed
behind it, and what is private or long stays where it is."""

import hashlib
from dataclasses import is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.types import JSON

from shared.fields.strict_json import canonical


class Facts:
    """These columns of a table. Called with a row, as a handler has it, record or not, or as the database gives it, it
    returns their SHA-256 in hex; a column that the row does not have counts as empty.

    Rows lie under their hash, so the names stay as they are, one by one: never those that the table happens to have. A
    column that comes when there are rows is nullable and stands in `later`, where an empty one goes into no hash."""

    def __init__(self, table: sa.Table, *names: str, later: tuple[str, ...] = ()) -> None:
        self.names = names + later
        self._later = later
        self._json = {name for name in self.names if isinstance(table.c[name].type, JSON)}

    def __call__(self, row: Any) -> str:
        given = {name: getattr(row, name) for name in self.names} if is_dataclass(row) else dict(row)
        there = [name for name in self.names if name not in self._later or given.get(name) is not None]
        said = {name: self._plain(name, given.get(name)) for name in there}
        return hashlib.sha256(canonical(said)).hexdigest()

    def _plain(self, name: str, value: Any) -> Any:
        if name in self._json:  # as text, or as a connection of ours has read it
            return orjson.loads(value) if isinstance(value, str) else orjson.loads(orjson.dumps(value))
        if isinstance(value, str):
            return str(value)
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        if isinstance(value, bytes):
            return value.hex()
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        if isinstance(value, UUID | date) or value is None:
            return value
        return [str(each) for each in value] if isinstance(value, list | tuple) else value
