"""Statements are written in SQLAlchemy Core and run on asyncpg: composed once, compiled once, then plain SQL text.

The command path spends most of its time in statements; compiling each call and converting rows a second time
costs three times the driver's own work, so neither happens here.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any, get_args
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg as dialect_module
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import JSON

from shared.work.records import Record

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


class Update(Compiled):
    """An update of one row by its id. `together`: the same for many rows, with an array for each argument; None when
    a column's values do not lie in arrays."""

    __slots__ = ("row_id", "together")

    def __init__(self, table: sa.Table, names: tuple[str, ...], times: int) -> None:
        counted = "version" in table.c and "version" not in names
        values: dict[str, Any] = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
        if counted:
            values["version"] = table.c.version + sa.text(str(times))
        row = table.c.id == sa.bindparam("row_id", type_=table.c.id.type)
        super().__init__(sa.update(table).where(row).values(values).returning(table.c.id))
        self.row_id = self.names.index("row_id")
        of = {"row_id": table.c.id, **{f"new_{name}": table.c[name] for name in names}}
        columns = [of[name] for name in self.names]
        self.together: str | None = None
        if not any(isinstance(column.type, sa.ARRAY | JSON) for column in columns):
            self.together = _together(table, columns, times if counted else 0)


def _together(table: sa.Table, columns: Sequence[sa.Column[Any]], times: int) -> str:
    quote = _DIALECT.identifier_preparer.quote
    names, name, row_id = [quote(column.name) for column in columns], quote(table.name), quote("id")
    arrays = [f"${place}::{column.type.compile(_DIALECT)}[]" for place, column in enumerate(columns, 1)]
    changes = [f"{changed} = given.{changed}" for changed in names if changed != row_id]
    counted = [f"version = {name}.version + {times}"] if times else []
    return (
        f"UPDATE {name} SET {', '.join([*changes, *counted])}"
        f" FROM unnest({', '.join(arrays)}) AS given ({', '.join(names)})"
        f" WHERE {name}.id = given.id RETURNING {name}.id"
    )


_statements: WeakKeyDictionary[Any, Compiled] = WeakKeyDictionary()
_inserts: dict[tuple[str, int, tuple[str, ...]], Compiled] = {}
_updates: dict[tuple[str, int, tuple[str, ...], int], "Update"] = {}


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


def insert_returning(table: sa.Table, columns: Iterable[str]) -> Compiled:
    names = tuple(columns)
    key = (table.name, -id(table), names)
    if key not in _inserts:
        _inserts[key] = Compiled(sa.insert(table).returning(table), list(names))
    return _inserts[key]


def update_by_id(table: sa.Table, columns: Iterable[str], times: int = 1) -> Update:
    """UPDATE by primary key `id` that returns the id; a table with a `version` counts it up, so many times."""
    names = tuple(columns)
    key = (table.name, id(table), names, times)
    if key not in _updates:
        _updates[key] = Update(table, names, times)
    return _updates[key]


_TABLES: dict[type[Record], sa.Table] = {}


def kept_in(tables: Mapping[type[Record], sa.Table]) -> Mapping[type[Record], sa.Table]:
    """Says in which table the records of each class lie."""
    _TABLES.update(tables)
    return tables


def table_of(record: type[Record]) -> sa.Table:
    """The record's table; of a record with columns of another table beside its own, that of the record it extends."""
    return next(_TABLES[kind] for kind in record.__mro__ if kind in _TABLES)


def one_of(column: str, codes: Any) -> str:
    """The condition of a CHECK constraint: the column holds one of the codes of this StrEnum or Literal."""
    listed = get_args(codes) or [code.value for code in codes]
    return f"{column} IN ({', '.join(map(repr, listed))})"


def as_held(table: sa.Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the database will give them back: figures with their places, instants in UTC, JSON with JSON's
    kinds; without those that it computes."""
    kinds, computed = _kinds(table), _computed(table)
    return {
        name: kinds[name](value) if name in kinds and value is not None else value
        for name, value in values.items()
        if name not in computed
    }


@cache
def _kinds(table: sa.Table) -> dict[str, Callable[[Any], Any]]:
    found: dict[str, Callable[[Any], Any]] = {}
    for column in table.c:
        match column.type:
            case sa.Numeric(scale=int(scale)):
                found[column.name] = _figure(Decimal(1).scaleb(-scale))
            case JSON():
                found[column.name] = _document
            case sa.DateTime():
                found[column.name] = _instant
            case sa.ARRAY():
                found[column.name] = list
    return found


@cache
def _computed(table: sa.Table) -> frozenset[str]:
    return frozenset(column.name for column in table.c if column.computed is not None)


def _figure(step: Decimal) -> Callable[[Any], Decimal]:
    return lambda value: Decimal(value).quantize(step, ROUND_HALF_UP)


def _instant(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _document(value: Any) -> Any:
    return json.loads(json.dumps(value, ensure_ascii=False, default=str))


@cache
def given_by_database(table: sa.Table) -> tuple[str, ...]:
    """Columns that no INSERT names."""
    return tuple(column.name for column in table.c if column.identity is not None)


@cache
def behind(table: sa.Table, updated: frozenset[str] | None = None) -> frozenset[str]:
    """The tables whose earlier writes a write to this one must not overtake: those it refers to, and for an update
    those that refer to a column it sets."""
    keys = table.foreign_keys
    found = {key.column.table.name for key in keys if updated is None or key.parent.name in updated}
    for other in table.metadata.tables.values() if updated else ():
        for key in other.foreign_keys:
            if key.column.table is table and key.column.name in (updated or ()):
                found.add(other.name)
    return frozenset(found - {table.name})
