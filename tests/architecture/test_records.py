"""A record says of its table what the table says: names, types, nullability, codes. What is untyped yet is counted."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.types import JSON

from services.catalog.directories.records import Edition
from services.catalog.tables import editions
from shared.errands.deadlines import Deadline
from shared.road.tables import service_metadata
from shared.work.records import Aggregate, Record
from shared.work.sql import one_of
from tests.architecture.source import Source, read, services

TYPED = ("catalog", "contracts", "evaluation", "registry", "tendering")
"""Services all of whose own tables have a record."""

LEFT = {"registry": 0, "tendering": 0, "contracts": 0, "evaluation": 0, "catalog": 0}
"""By service, how often a row is read that mypy cannot read: `Row`, and a column taken by its name in quotes. Lower the
number with what you type; it never rises."""

NO_ROWS = {
    "services/catalog/directories/sheets.py": frozenset(("cells", "c")),
    "services/catalog/requirements/store.py": frozenset(("stored", "i", "core")),
    "services/contracts/payments/store.py": frozenset(("source", "said")),
    "services/contracts/recorded.py": frozenset(("event", "part", "row")),
    "services/evaluation/plans/records.py": frozenset(("indicator",)),
    "services/evaluation/recorded.py": frozenset(("event", "before")),
    "services/evaluation/surveys/rules.py": frozenset(("row",)),
    "services/registry/changes/handlers.py": frozenset(("facts", "new", "columns")),
    "services/registry/changes/store.py": frozenset(("facts",)),
    "services/registry/interests/store.py": frozenset(("act",)),
    "services/registry/recorded.py": frozenset(("event", "before")),
    "services/tendering/awards/handlers.py": frozenset(("need",)),
    "services/tendering/files/contents.py": frozenset(("Literal",)),
    "services/tendering/panels/records.py": frozenset(("each",)),
    "services/tendering/recorded.py": frozenset(("event", "before")),
    "services/tendering/rescorings/records.py": frozenset(("each",)),
    "services/tendering/rulebook.py": frozenset(("Literal",)),
}
"""By file, the variables that hold no row: lines of a sheet, JSON that a request gave, an event."""

PLAIN: tuple[tuple[type[sa.types.TypeEngine[Any]], type], ...] = (
    (sa.Uuid, UUID),
    (sa.Text, str),
    (sa.Boolean, bool),
    (sa.Integer, int),
    (sa.Numeric, Decimal),
    (sa.Date, date),
    (sa.DateTime, datetime),
    (sa.LargeBinary, bytes),
)


def differences(record: type[Record], table: sa.Table) -> Iterator[str]:
    """Where the record does not say what the table does."""
    hints = get_type_hints(record)
    names = [field.name for field in fields(record)]
    if sorted(names) != sorted(table.c.keys()):
        yield f"{record.__name__} has {sorted(set(names) ^ set(table.c.keys()))} too many or too few"
        return
    for column in table.c:
        hint = hints[column.name]
        parts = set(get_args(hint)) if get_origin(hint) in (Union, UnionType) else {hint}
        if (NoneType in parts) != bool(column.nullable):
            yield f"{record.__name__}.{column.name}: the column {'may' if column.nullable else 'may not'} be null"
        kinds = parts - {NoneType}
        if len(kinds) != 1 or not fits(kinds.pop(), column, table):
            yield f"{record.__name__}.{column.name}: {hint} is not what the column holds ({column.type})"


def fits(kind: Any, column: sa.Column[Any], table: sa.Table) -> bool:
    if isinstance(column.type, JSON):
        return get_origin(kind) in (dict, list)
    if isinstance(column.type, sa.ARRAY):
        return get_origin(kind) is list
    if get_origin(kind) is Literal or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return one_of(column.name, kind) in checks(table)
    return any(isinstance(column.type, of) and kind is plain for of, plain in PLAIN)


def checks(table: sa.Table) -> set[str]:
    return {str(check.sqltext) for check in table.constraints if isinstance(check, sa.CheckConstraint)}


def records(service: str) -> dict[type[Record], sa.Table]:
    found = import_module(f"services.{service}.tables")
    return dict(getattr(found, "RECORDS", {}))


@pytest.mark.parametrize("service", services())
def test_every_record_says_what_its_table_says(service: str) -> None:
    found = [each for record, table in records(service).items() for each in differences(record, table)]

    assert found == []


@pytest.mark.parametrize("service", TYPED)
def test_every_table_of_a_typed_service_has_a_record(service: str) -> None:
    typed = set(records(service).values())
    own = set(import_module(f"services.{service}.tables").metadata.tables.values())

    of_the_road = set(service_metadata().tables)
    assert {table.name for table in own - typed} - of_the_road == set()


def test_a_deadline_is_read_as_the_road_keeps_it() -> None:
    assert list(differences(Deadline, service_metadata().tables["deadlines"])) == []


def test_what_a_record_says_wrongly_would_be_found() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Short(Aggregate):
        kind: str

    class Other(StrEnum):
        DRAFTED = "drafted"

    hints = Edition.__annotations__
    wrong: dict[str, Any] = {
        "state": Other,
        "title": str | None,
        "published_by": UUID,
        "valid_from": datetime,
        "items": Decimal,
    }
    for name, hint in wrong.items():
        made = type("Wrong", (Aggregate,), {"__annotations__": {**hints, name: hint}})
        found = list(differences(dataclass(frozen=True, kw_only=True)(made), editions))
        assert [each.split(":")[0] for each in found] == [f"Wrong.{name}"]
    assert len(list(differences(Short, editions))) == 1


def untyped(source: Source) -> Iterator[ast.AST]:
    """`Row`, and what is taken out of something by a name in quotes."""
    no_rows = NO_ROWS.get(source.path, frozenset())
    for node in ast.walk(source.tree):
        match node:
            case ast.Name(id="Row"):
                yield node
            case ast.Subscript(ast.Name(name), ast.Constant(str()), ast.Load()) if name not in no_rows | {"Literal"}:
                yield node


def left(sources: Iterable[Source]) -> int:
    return sum(1 for source in sources for _ in untyped(source))


@pytest.mark.parametrize("service", services())
def test_what_is_not_typed_yet_becomes_less(service: str) -> None:
    sources = [s for s in read(f"services/{service}/**/*.py") if "migrations" not in s.parts]

    found = left(sources)

    assert found <= LEFT[service], "name the fields of a record instead of columns in quotes"


def test_an_untyped_row_would_be_counted() -> None:
    text = 'def f(row: Row) -> Row:\n    headers["etag"] = row["version"]\n    return rows[0]'

    assert left([Source("services/x/y/store.py", text)]) == 3


def test_records_import_no_database() -> None:
    for source in read("services/*/*/records.py"):
        taken = {name.split(".")[0] for _, name in source.imports()}
        assert not taken & {"sqlalchemy", "asyncpg", "pydantic"}
