"""Rows with names and types: what a store finds, a rule reads and a handler hands on.

A record is one row of a table as a frozen dataclass, so that the type check reads every field of it. A handler makes
the next one with `dataclasses.replace` and gives both to `tx.save`, which writes what differs and hands the next on. A
table's states are a `StrEnum` beside its record; the table's CHECK constraint is made from it. Nothing here knows a
database, so rules may use records.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Self, get_args, get_type_hints
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Record:
    """A row. Its fields have the names, types and nullability of the table's columns, which a test compares."""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The record in a row of the database, without a copy field by field."""
        made = object.__new__(cls)
        made.__dict__.update(row.items())
        for name, codes in enums_of(cls):
            if (value := made.__dict__[name]) is not None:
                made.__dict__[name] = codes(value)
        return made

    def held_as(self, values: Mapping[str, Any]) -> Self:
        """The same record with these values, which are of its types: what `dataclasses.replace` does at a tenth of its
        cost, for values that no type check sees."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, **values)
        return made

    def columns(self) -> dict[str, Any]:
        """The values by the names of the table's columns."""
        return {name: self.__dict__[name] for name in _names(type(self))}


@dataclass(frozen=True, kw_only=True)
class Identified(Record):
    """A row that is found by its id."""

    id: UUID


@dataclass(frozen=True, kw_only=True)
class Versioned(Identified):
    """A row that commands change. `key`: along which its events are numbered; `version`: what If-Match names."""

    key: UUID
    version: int


@dataclass(frozen=True, kw_only=True)
class Owned(Identified):
    """A row that is somebody's, also a copy, whose version counts where it came from. `organisation` and
    `jurisdiction`: whose it is and where, which decides who may see and change it."""

    key: UUID
    jurisdiction: str
    organisation: UUID


@dataclass(frozen=True, kw_only=True)
class Aggregate(Versioned, Owned):
    """A row that commands are about."""


def value_of(row: Any, name: str) -> Any:
    """A record's field by its name, or a column of a row that is no record."""
    return getattr(row, name) if isinstance(row, Record) else row[name]


_NAMES: dict[type[Record], tuple[str, ...]] = {}


def _names(record: type[Record]) -> tuple[str, ...]:
    if record not in _NAMES:
        _NAMES[record] = tuple(column.name for column in fields(record))
    return _NAMES[record]


_ENUMS: dict[type[Record], tuple[tuple[str, type[StrEnum]], ...]] = {}


def enums_of(record: type[Record]) -> tuple[tuple[str, type[StrEnum]], ...]:
    """The fields that hold one of several codes, each with its enum."""
    found = _ENUMS.get(record)
    if found is None:
        kinds = [(name, kind) for name, hint in get_type_hints(record).items() for kind in (hint, *get_args(hint))]
        coded = [(name, kind) for name, kind in kinds if isinstance(kind, type) and issubclass(kind, StrEnum)]
        found = _ENUMS[record] = tuple(coded)
    return found
