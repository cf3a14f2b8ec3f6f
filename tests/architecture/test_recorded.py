"""What `goufu audit verify` compares of every table, and what it does not, with the reason: `uncompared.toml`."""

import re
import tomllib
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.events import SERVICES
from shared.road.migrations import metadata_of
from shared.road.recorded import Rows
from shared.road.tables import service_metadata
from shared.work.facts import Facts

UNCOMPARED: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    (Path(__file__).parent / "uncompared.toml").read_text(encoding="utf-8")
)
"""By service (or `every`) and table: the columns, commas between them, and why the audit does not compare them."""
WHOLE = "*"
OF_EVERY_SERVICE = {table.name for table in service_metadata().sorted_tables}


def rows_of(service: str) -> list[Rows]:
    return list(dict.fromkeys(says.rows for says in import_module(f"services.{service}.recorded").RECORDED))


def of_table(service: str, table: str) -> list[Rows]:
    """What is compared of the table's rows, or with their help."""
    return [rows for rows in rows_of(service) if re.search(rf"\b(FROM|JOIN) \(?{table}\b", rows.query)]


@cache
def compared(service: str, table: str) -> frozenset[str]:
    """The columns of the table that go into what is compared: named in the query, told of, or hashed."""
    told: set[str] = set()
    for rows in of_table(service, table):
        told |= {*rows.key, *rows.owned, *re.findall(r"\w+", rows.query)}
        for making in rows.makes.values():
            told |= set(making.names) if isinstance(making, Facts) else set()
        for says in import_module(f"services.{service}.recorded").RECORDED:
            told |= set(says.columns) if says.rows is rows else set()
    return frozenset(told & set(metadata_of(service).tables[table].c.keys()))


def named(service: str, table: str) -> set[str]:
    """The columns that are named with a reason."""
    of = "every" if table in OF_EVERY_SERVICE else service
    found = {name for names in UNCOMPARED.get(of, {}).get(table, {}) for name in names.split(", ")}
    return set(metadata_of(service).tables[table].c.keys()) if WHOLE in found else found


TABLES = [(service, table.name) for service in SERVICES for table in metadata_of(service).sorted_tables]


@pytest.mark.parametrize("service", SERVICES)
def test_every_column_is_compared_or_it_is_said_why_not(service: str) -> None:
    missing, both, gone = [], [], []
    for table in metadata_of(service).sorted_tables:
        columns, told, excused = set(table.c.keys()), compared(service, table.name), named(service, table.name)
        computed = {column.name for column in table.c if isinstance(column.computed, sa.Computed)}
        missing += [f"{table.name}.{name}" for name in sorted(columns - told - excused - computed - {"version"})]
        if table.name not in OF_EVERY_SERVICE:
            both += [f"{table.name}.{name}" for name in sorted(told & excused)]
        gone += [f"{table.name}.{name}" for name in sorted(excused - columns)]

    assert missing == [], "neither compared by recorded.py nor named in uncompared.toml"
    assert both == [], "compared, and named as if it were not"
    assert gone == [], "named, and not there"


def test_every_reason_is_of_a_table_that_there_is() -> None:
    tables = {(service, table) for service, table in TABLES if table not in OF_EVERY_SERVICE}
    tables |= {("every", table) for table in OF_EVERY_SERVICE}
    reasons = {(service, table): why for service, of in UNCOMPARED.items() for table, why in of.items()}

    assert set(reasons) <= tables
    assert all(len(text) > 10 for why in reasons.values() for text in why.values())
