"""Statements are written in SQLAlchemy Core and run on asyncpg: composed once, compiled once, then plain SQL text.

The command path spends most of its time in statements; compiling each call and converting rows a second time
costs three times the driver's own work, so neither happens here.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg as dialect_module
from sqlalchemy.sql.elements import ClauseElement

_DIALECT = dialect_module.dialect()  # type: ignore[no-untyped-call]


class Compiled:
    """SQL text with positional parameters and the order of their names."""

    __slots__ = ("defaults", "names", "text")

    def __init__(self, statement: ClauseElement, column_keys: list[str] | None = None) -> None:
        compiled: Any = statement.compile(dialect=_DIALECT, column_keys=column_keys)
        self.text: str = str(compiled)
        self.names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self.defaults: dict[str, Any] = dict(compiled.params)

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        defaults = self.defaults
        return [values[name] if name in values else defaults[name] for name in self.names]


_statements: WeakKeyDictionary[Any, Compiled] = WeakKeyDictionary()
_inserts: dict[tuple[str, int, tuple[str, ...]], Compiled] = {}
_updates: dict[tuple[str, int, tuple[str, ...], int], Compiled] = {}


def compiled(statement: ClauseElement) -> Compiled:
    """The statement's text; module-level statements are compiled at their first use."""
    found = _statements.get(statement)
    if found is None:
        found = _statements[statement] = Compiled(statement)
    return found


def insert_into(table: sa.Table, columns: Iterable[str]) -> Compiled:
    names = tuple(columns)
    key = (table.name, id(table), names)
    if key not in _inserts:
        _inserts[key] = Compiled(sa.insert(table), list(names))
    return _inserts[key]


def update_by_id(table: sa.Table, columns: Iterable[str], times: int = 1) -> Compiled:
    """UPDATE by primary key `id` that returns the id; a table with a `version` counts it up, so many times."""
    names = tuple(columns)
    key = (table.name, id(table), names, times)
    if key not in _updates:
        values: dict[str, Any] = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
        if "version" in table.c and "version" not in values:
            values["version"] = table.c.version + times
        statement = sa.update(table).where(table.c.id == sa.bindparam("row_id", type_=table.c.id.type)).values(values)
        _updates[key] = Compiled(statement.returning(table.c.id))
    return _updates[key]


def come_back_as_given(values: Iterable[Any]) -> bool:
    """Whether the database returns these values as they are: figures may change their places, JSON its kinds."""
    return all(value is None or isinstance(value, _PLAIN) or _plain_document(value) for value in values)


_PLAIN = (str, bytes, int, UUID, date)


def _plain_document(value: Any) -> bool:
    """A JSON object of texts and truths."""
    if not isinstance(value, dict):
        return False
    return all(isinstance(name, str) and (held is None or isinstance(held, str | bool)) for name, held in value.items())
