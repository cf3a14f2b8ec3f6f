"""Alters what commands wrote, column by column, and asks the audit: what it does not name can be changed unseen.

Everything happens in one transaction, without triggers and without the constraints that would refuse it, and is undone.
"""

import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from json import loads
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.road.audit import verify
from shared.road.migrations import metadata_of
from shared.road.recorded import Rows, Told, compare, table_of
from shared.road.tables import service_metadata
from shared.work.facts import Facts

UNCOMPARED: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    (Path(__file__).parents[1] / "architecture" / "uncompared.toml").read_text(encoding="utf-8")
)
"""By service (or `every`) and table: the columns, commas between them, and why the audit does not compare them."""
WHOLE = "*"
OF_EVERY_SERVICE = {table.name for table in service_metadata().sorted_tables}


def recorded(service: str) -> Any:
    return import_module(f"services.{service}.recorded").RECORDED


def of_table(service: str, table: str) -> list[Rows]:
    """What is compared of the table's rows, or with their help."""
    every = dict.fromkeys(says.rows for says in recorded(service))
    return [rows for rows in every if re.search(rf"\b(FROM|JOIN) \(?{table}\b", rows.query)]


@cache
def compared(service: str, table: str) -> frozenset[str]:
    """The columns of the table that go into what is compared: named in the query, told of, or hashed."""
    told: set[str] = set()
    for rows in of_table(service, table):
        told |= {*rows.key, *rows.owned, *re.findall(r"\w+", rows.query)}
        for making in rows.makes.values():
            told |= set(making.names) if isinstance(making, Facts) else set()
        for says in recorded(service):
            told |= set(says.columns) if says.rows is rows else set()
    return frozenset(told & set(metadata_of(service).tables[table].c.keys()))


def named(service: str, table: str) -> set[str]:
    """The columns that are named with a reason."""
    of = "every" if table in OF_EVERY_SERVICE else service
    found = {name for names in UNCOMPARED.get(of, {}).get(table, {}) for name in names.split(", ")}
    return set(metadata_of(service).tables[table].c.keys()) if WHOLE in found else found


def altered_columns(service: str) -> Iterator[tuple[sa.Table, list[str]]]:
    """The tables of the service with what must be compared of each."""
    for table in metadata_of(service).sorted_tables:
        computed = {column.name for column in table.c if isinstance(column.computed, sa.Computed)}
        columns = set(table.c.keys()) - named(service, table.name) - computed - {"version"}
        if columns and of_table(service, table.name):
            yield table, sorted(columns)


@dataclass(slots=True)
class Altered:
    """What was altered and how often, and whatever the audit did not name."""

    tables: set[str] = field(default_factory=set)
    alterations: int = 0
    unseen: list[str] = field(default_factory=list)
    empty: set[str] = field(default_factory=set)
    before: set[str] = field(default_factory=set)
    """What the audit finds although nothing was altered."""


async def alter(admin_url: str, service: str, *, rows: int, part: float = 1.0, seed: int = 7) -> Altered:
    """Alters each column of so many rows of each table (of each state and kind), and deletes each of these rows.
    `part`: of all these alterations only so many, as chance has it."""
    connection = await asyncpg.connect(admin_url)
    transaction = connection.transaction()
    try:
        await transaction.start()
        await connection.execute(f"SET LOCAL search_path = {service}; SET LOCAL session_replication_role = replica")
        told = Told(table_of(recorded(service)))
        await verify(connection, told=told)
        drill = _Drill(connection, service, told, await _allowed(connection), random.Random(seed), part)
        await connection.execute(_FREE)
        for table, columns in altered_columns(service):
            await drill.table(table, columns, rows)
        return drill.altered
    finally:
        await transaction.rollback()
        await connection.close()


_ALLOWED = re.compile(r"\((\w+) = ANY \(ARRAY\[('[^]]*)\]\)\)")
_FREE = """
DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT conrelid::regclass AS t, conname FROM pg_constraint
    WHERE connamespace = current_schema()::regnamespace AND contype IN ('c', 'f', 'u', 'x', 'p') LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', r.t, r.conname);
  END LOOP;
  FOR r IN SELECT c.oid::regclass AS i FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND x.indisunique LOOP
    EXECUTE format('DROP INDEX %s', r.i);
  END LOOP;
  FOR r IN SELECT attrelid::regclass AS t, attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND attnum > 0 AND attnotnull
    AND NOT attisdropped LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY IF EXISTS', r.t, r.attname);
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', r.t, r.attname);
  END LOOP;
END $$
"""


async def _allowed(connection: Any) -> dict[tuple[str, str], list[str]]:
    """By table and column the words that a constraint allows."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in await connection.fetch(
        "SELECT conrelid::regclass::text AS name, pg_get_constraintdef(oid) AS text FROM pg_constraint"
        " WHERE connamespace = current_schema()::regnamespace AND contype = 'c'"
    ):
        for column, words in _ALLOWED.findall(row["text"]):
            found[row["name"], column] = re.findall(r"'(\w+)'", words)
    return found


def _others(column: sa.Column[Any], allowed: Sequence[str], now: Any) -> list[str]:
    """Other values that the column might have, as SQL."""
    name, kind = column.name, column.type
    if isinstance(kind, ARRAY):
        item = "gen_random_uuid()" if isinstance(kind.item_type, sa.Uuid) else "'x'"
        return [f"array_append({name}, {item})"]
    if isinstance(kind, JSONB):
        return [
            f"""CASE jsonb_typeof({name}) WHEN 'array' THEN {name} || '["x"]' ELSE coalesce({name}, '{{}}')"""
            """ || '{"x": 1}' END"""
        ]
    if isinstance(kind, sa.Text):
        return [f"'{word}'" for word in allowed if word != now] or [f"concat({name}, 'x')"]
    plain: dict[type[Any], str] = {
        sa.Uuid: "gen_random_uuid()",
        sa.Boolean: f"NOT coalesce({name}, false)",
        sa.Date: f"coalesce({name} + 1, '2022-02-02')",
        sa.DateTime: f"coalesce({name} + interval '1 second', '2022-02-02 08:00+08')",
        sa.LargeBinary: f"coalesce({name}, '') || '\\x00'",
        sa.Integer: f"coalesce({name}, 0) + 1",
        sa.Numeric: f"coalesce({name}, 0) + 1",
    }
    return [next(value for of, value in plain.items() if isinstance(kind, of))]


@dataclass
class _Drill:
    connection: Any
    service: str
    told: Told
    allowed: Mapping[tuple[str, str], list[str]]
    chance: random.Random
    part: float
    altered: Altered = field(default_factory=Altered)

    async def table(self, table: sa.Table, columns: Sequence[str], rows: int) -> None:
        by = ", ".join(name for name in ("kind", "state") if name in table.c) or "1"
        chosen = await self.connection.fetch(
            "SELECT at, to_jsonb(t) - 'at' - 'nth' AS row FROM (SELECT ctid::text AS at, *, row_number() OVER"
            f" (PARTITION BY {by} ORDER BY ctid) AS nth FROM {table.name}) t WHERE nth <= $1",
            rows,
        )
        if not chosen:
            self.altered.empty.add(f"{self.service}.{table.name}")
            return
        self.altered.tables.add(f"{self.service}.{table.name}")
        touched = of_table(self.service, table.name)
        goes = table.name.startswith("private_")  # after its last day, so that no row is missed
        columns = [name for name in columns if not (goes and table.c[name].primary_key)]
        before = set(await compare(self.connection, self.told, touched))
        self.altered.before |= before
        for row in chosen:
            place, now = f"WHERE ctid = '{row['at']}'::tid", loads(row["row"])
            now = {**await self._kin(table, now), **now}
            if any(_names(finding, now) for finding in before):
                continue  # a precondition that nobody wrote by a command
            for name in columns:
                for value in _others(table.c[name], self.allowed.get((table.name, name), ()), now[name]):
                    await self._one(f"UPDATE {table.name} SET {name} = {value} {place}", now, touched, before)
            if not goes:
                await self._one(f"DELETE FROM {table.name} {place}", now, touched, before)

    async def _kin(self, table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
        """The ids of the record that this row is a part of, or that refers to it: a finding may name that one."""
        found: dict[str, Any] = {}
        own = [(key.column.table, key.column.name, key.parent.name) for key in table.foreign_keys]
        others = [
            (other, key.parent.name, key.column.name)
            for other in metadata_of(self.service).sorted_tables
            for key in other.foreign_keys
            if key.column.table is table
        ]
        for of, theirs, ours in [*own, *others]:
            near = await self.connection.fetch(
                f"SELECT to_jsonb(t) AS row FROM {of.name} t WHERE t.{theirs}::text = $1", str(row.get(ours))
            )
            for nth, each in enumerate(near):
                found |= {
                    f"{of.name}_{nth}_{name}_id": value for name, value in loads(each["row"]).items() if _is_id(name)
                }
        return found

    async def _one(self, change: str, row: Mapping[str, Any], touched: Sequence[Rows], before: set[str]) -> None:
        if self.chance.random() >= self.part:
            return
        savepoint = self.connection.transaction()
        await savepoint.start()
        try:
            assert (await self.connection.execute(change)).endswith(" 1"), change
            found = set(await compare(self.connection, self.told, touched)) - before
        finally:
            await savepoint.rollback()
        self.altered.alterations += 1
        if not any(_names(finding, row) for finding in found):
            self.altered.unseen.append(f"{self.service}: {change}: {sorted(found)[:2] or 'nothing is found'}")


def _names(finding: str, row: Mapping[str, Any]) -> bool:
    """Whether the finding is of this record: it names it by its own id, or by those that tell it from others."""
    _, _, rest = finding.partition(" ")
    key = rest.partition(": ")[0].split("/")
    ids = {str(value) for name, value in row.items() if _is_id(name)}
    return any(part in ids for part in key)


def _is_id(name: str) -> bool:
    return name == "id" or name.endswith("_id") or name in _KEYS


_KEYS = {"subject", "successor", "predecessor", "business_key", "organisation", "issuer"}
