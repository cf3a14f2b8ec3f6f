"""Rebuilds copy tables from the ledgers of their sources: whatever a copy holds, its source can tell again.

What the sources' own ledgers say is written into a shadow of each table, exactly as far as this service's consumer has
come. Then one transaction keeps every writer out of the tables, takes in what has come meanwhile, and puts right each
live row that differs. The worker goes on all the while and the API reads on; an event that comes later finds the
rebuilt rows and the same guard by version. The ledgers and not the topics are read, because a topic may lack events,
or hold some of a timeline that a restore has ended.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import sqlalchemy as sa

from shared.bus.records import Arrived
from shared.events.road import CopiesRebuilt, RebuiltTable
from shared.road.consumer import Copy, upsert
from shared.work.acts import record_act
from shared.work.database import Database

ATTEMPTS = 5
BATCH = 2000
LONGEST_SECONDS = 3600.0
"""For one statement over a whole table."""

Place: TypeAlias = tuple[str, UUID]
"""A source and a key: within it versions run 1..n."""

_APPLIED = (
    "SELECT s.source, s.key, least(s.version, min(h.version) - 1) AS version FROM seen s"
    " LEFT JOIN held h ON h.source = s.source AND h.key = s.key AND h.state IN ('parked', 'behind')"
    " WHERE s.source = ANY($1) AND s.version > 0 GROUP BY s.source, s.key, s.version"
)
_LEDGER = (
    'SELECT l.position, j.id, j.key, j.version, j.kind, j.type, j.entry FROM "{0}".ledger l'
    ' JOIN "{0}".journal j ON j.id = l.entry WHERE l.position > $1 ORDER BY l.position LIMIT $2'
)


class CannotRebuild(Exception):
    """A copy cannot be rebuilt; the message says why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows a table has, and the SHA-256 over all of them in order of their primary key."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What the rebuild found in a table: rows that were missing, wrong, or that no event brought."""

    table: str
    before: Content
    after: Content
    restored: int
    corrected: int
    removed: int

    @property
    def equal(self) -> bool:
        """Whether the live table held exactly what its events say."""
        return self.before == self.after

    def changes(self) -> RebuiltTable:
        """As the journal tells it."""
        return RebuiltTable(
            table=self.table,
            restored=self.restored,
            corrected=self.corrected,
            removed=self.removed,
            before=self.before.sha256,
            after=self.after.sha256,
        )


@dataclass(frozen=True, slots=True)
class Report:
    """What a rebuild did. `left_out` names events that can no longer be read: operators have skipped them."""

    events: int
    tables: tuple[Rebuilt, ...]
    left_out: tuple[str, ...]


@dataclass(slots=True)
class _Key:
    """How far the shadow has come with a key, and what was read of it beyond where it may go."""

    come: int = 0
    ahead: dict[int, Arrived | None] = field(default_factory=dict)


async def rebuild(
    database: Database, copies: Sequence[Copy], *, progress: Callable[[int, int], None] = lambda done, total: None
) -> Report:
    """Rebuilds the tables of these copies; `database` is the service's, with the administrator's connection string,
    because the sources' schemas are read. `progress` hears how many of how many events were read. Raises
    CannotRebuild."""
    connection = await database.connect()
    try:
        await connection.execute("SET statement_timeout = 0")
        return await _Rebuild(database, connection, copies, progress).run()
    finally:
        await connection.close()


async def compare(
    database: Database, copies: Sequence[Copy], *, progress: Callable[[int, int], None] = lambda done, total: None
) -> list[str]:
    """What these copies hold otherwise than the ledgers of their sources say, a line a row, twenty of a kind at most.
    All is read as of one moment, nobody waits, nothing is changed. `database` as for `rebuild`."""
    connection = await database.connect()
    try:
        await connection.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        transaction = connection.transaction(isolation="repeatable_read")
        await transaction.start()
        try:
            return await _Rebuild(database, connection, copies, progress).differences()
        finally:
            await transaction.rollback()
    finally:
        await connection.close()


class _Rebuild:
    def __init__(
        self,
        database: Database,
        connection: Any,
        copies: Sequence[Copy],
        progress: Callable[[int, int], None],
    ) -> None:
        self._database = database
        self._connection = connection
        self._copies = {copy.event.type_name(): copy for copy in copies}
        self._tables = sorted({copy.table for copy in copies}, key=lambda table: table.name)
        self._columns: dict[str, set[str]] = {table.name: set() for table in self._tables}
        self._come = dict.fromkeys(sorted({copy.event.service for copy in copies}), 0)
        self._progress = progress
        self._keys: dict[Place, _Key] = {}
        self._goal: dict[Place, int] = {}
        self._total = 0
        self._missing: set[Place] = set()
        self._events = 0
        self._left_out: list[str] = []

    async def run(self) -> Report:
        await self._make_shadows()
        for _ in range(ATTEMPTS):
            await self._catch_up()
            rebuilt = await self._swap()
            if rebuilt is not None:
                return Report(self._events, tuple(rebuilt), tuple(self._left_out))
        raise CannotRebuild("others hold the tables for too long: rebuild again at a calmer hour")

    async def differences(self) -> list[str]:
        """Every row that is not as its events say."""
        await self._make_shadows()
        await self._set_goal()
        await self._read()
        found = [self._what_is_missing()] if self._missing else []
        for table in self._tables:
            keys, columns = _same_key(table), sorted(self._columns[table.name])
            live, shadow = f'"{table.name}" t', f'"{_shadow(table).name}" s'
            differs = f"{_text(columns, 't')} IS DISTINCT FROM {_text(columns, 's')}" if columns else "false"
            for what, of, rows_of in (
                ("no event tells of this row", "t", f"{live} WHERE NOT EXISTS (SELECT FROM {shadow} WHERE {keys})"),
                ("the row is missing", "s", f"{shadow} WHERE NOT EXISTS (SELECT FROM {live} WHERE {keys})"),
                ("not as its events say", "t", f"{live} JOIN {shadow} ON {keys} WHERE {differs}"),
            ):
                named = ", ".join(f'{of}."{column.name}"::text' for column in table.primary_key)
                rows = await self._connection.fetch(
                    f"SELECT concat_ws('/', {named}) AS key FROM {rows_of} ORDER BY 1 LIMIT 20", timeout=LONGEST_SECONDS
                )
                found += [f"copy {table.name} {row['key']}: {what}" for row in rows]
        return found

    async def _make_shadows(self) -> None:
        for table in self._tables:
            await self._connection.execute(
                f'CREATE TEMPORARY TABLE "{_shadow(table).name}" (LIKE "{table.name}" INCLUDING ALL)'
            )

    async def _catch_up(self) -> None:
        """What is far away is read while everyone writes on; what is left for the lock is a moment's worth."""
        await self._set_goal()
        await self._read()
        if self._missing:
            raise CannotRebuild(self._what_is_missing())
        for table in self._tables:
            await self._connection.execute(f'ANALYZE "{_shadow(table).name}"', timeout=LONGEST_SECONDS)

    async def _swap(self) -> list[Rebuilt] | None:
        """Puts the live tables right; None when they could not be had, or too much came meanwhile. A poll that has
        written to them is waited for; one that is going to waits for us, and finds its place by version."""
        async with self._database.system_transaction(self._connection) as tx:
            if not await self._keep_writers_out():
                return None
            await self._set_goal()
            await self._read()
            if self._missing:
                return None
            rebuilt = [await self._put_right(table) for table in self._tables]
            changed = [table.changes() for table in rebuilt if not table.equal]
            if changed:
                await record_act(tx, CopiesRebuilt, tables=changed, left_out=len(self._left_out))
            return rebuilt

    async def _keep_writers_out(self) -> bool:
        names = ", ".join(f'"{table.name}"' for table in self._tables)
        try:
            await self._connection.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
        except asyncpg.LockNotAvailableError:
            return False
        return True

    async def _set_goal(self) -> None:
        """How far the consumer has come, in one look: seen and applied, less what rests and what stands behind it."""
        rows = await self._connection.fetch(_APPLIED, list(self._come))
        self._goal = {(row["source"], row["key"]): row["version"] for row in rows}
        self._total = sum(self._goal.values())
        waiting: list[Arrived] = []
        for place in self._goal:
            waiting += self._due(place)
        await self._apply(waiting)
        self._missing = {place for place, goal in self._goal.items() if self._key(place).come < goal}
        self._tell()

    async def _read(self) -> None:
        """Reads each source's ledger on until the goal is reached, or to its end."""
        for source, come in self._come.items():
            while any(place[0] == source for place in self._missing):
                rows = await self._connection.fetch(_LEDGER.format(source), come, BATCH)
                if not rows:
                    break
                self._come[source] = come = rows[-1]["position"]
                await self._take(_read(row, source) for row in rows if row["kind"] == "event")
                self._tell()

    async def _take(self, events: Iterable[Arrived]) -> None:
        due: list[Arrived] = []
        for event in events:
            place, key = (event.source, event.key), self._key((event.source, event.key))
            if event.version > key.come and event.version not in key.ahead:
                key.ahead[event.version] = event if event.type in self._copies else None
                due += self._due(place)
        await self._apply(due)

    def _key(self, place: Place) -> _Key:
        return self._keys.setdefault(place, _Key())

    def _due(self, place: Place) -> list[Arrived]:
        """What may be applied of a key now, version by version, as far as the consumer has come."""
        key, goal, due = self._key(place), self._goal.get(place, 0), []
        while key.come < goal and key.come + 1 in key.ahead:
            key.come += 1
            self._events += 1
            event = key.ahead.pop(key.come)
            if event is not None:
                due.append(event)
        if key.come >= goal:
            self._missing.discard(place)
        return due

    async def _apply(self, events: Iterable[Arrived]) -> None:
        """Writes to each table in the order of the events, what fills the same columns together."""
        rows = [(event, row) for event in events if (row := self._row(event)) is not None]
        rows.sort(key=lambda pair: self._table(pair[0]).name)
        if rows:
            async with self._database.system_transaction(self._connection):
                for _, group in groupby(rows, key=lambda pair: (self._table(pair[0]).name, tuple(pair[1]))):
                    await self._write(list(group))

    def _row(self, event: Arrived) -> dict[str, Any] | None:
        copy = self._copies[event.type]
        try:
            row = {**copy.row(event.parse(copy.event)), "source_version": event.version}
        except Exception as error:
            self._leave_out(event, error)
            return None
        self._columns[copy.table.name] |= row.keys()
        return row

    def _table(self, event: Arrived) -> sa.Table:
        return self._copies[event.type].table

    async def _write(self, rows: list[tuple[Arrived, dict[str, Any]]]) -> None:
        first, columns = rows[0]
        statement = upsert(_shadow(self._table(first)), tuple(columns))
        arguments = [statement.arguments(row) for _, row in rows]
        try:
            async with self._connection.transaction():
                await self._connection.executemany(statement.text, arguments)
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as error:
            if len(rows) == 1:
                self._leave_out(first, error)
                return
            for each in rows:
                await self._write([each])

    def _leave_out(self, event: Arrived, error: Exception) -> None:
        self._left_out.append(f"{event.type} {event.id}: {type(error).__name__}")

    async def _put_right(self, table: sa.Table) -> Rebuilt:
        before = await self._content(table)
        keys = _same_key(table)
        live, shadow = f'"{table.name}" t', f'"{_shadow(table).name}" s'
        removed = await self._count(f"DELETE FROM {live} WHERE NOT EXISTS (SELECT FROM {shadow} WHERE {keys})")
        corrected = restored = 0
        if columns := sorted(self._columns[table.name]):
            changed = ", ".join(f'"{name}" = s."{name}"' for name in columns if name not in table.primary_key.columns)
            differs = f"{_text(columns, 't')} IS DISTINCT FROM {_text(columns, 's')}"
            corrected = await self._count(f"UPDATE {live} SET {changed} FROM {shadow} WHERE {keys} AND {differs}")
            names = ", ".join(f'"{name}"' for name in columns)
            restored = await self._count(
                f'INSERT INTO "{table.name}" ({names}) SELECT {names} FROM {shadow}'
                f" WHERE NOT EXISTS (SELECT FROM {live} WHERE {keys})"
            )
        after = await self._content(table)
        return Rebuilt(table.name, before, after, restored, corrected, removed)

    async def _content(self, table: sa.Table) -> Content:
        """Of the columns that events fill; what a table may hold beside them is not the copy's."""
        primary = [column.name for column in table.primary_key]
        columns = _text(sorted(self._columns[table.name] | set(primary)), "t")
        order = ", ".join(f't."{column}"' for column in primary)
        row = await self._connection.fetchrow(
            f"SELECT count(*) AS rows, encode(sha256(coalesce(string_agg(sha256(convert_to({columns}, 'UTF8')), ''"
            f" ORDER BY {order}), '')), 'hex') AS sha256 FROM \"{table.name}\" t",
            timeout=LONGEST_SECONDS,
        )
        return Content(row["rows"], row["sha256"])

    async def _count(self, statement: str) -> int:
        status: str = await self._connection.execute(statement, timeout=LONGEST_SECONDS)
        return int(status.rsplit(" ", 1)[-1])

    def _tell(self) -> None:
        self._progress(self._events, self._total)

    def _what_is_missing(self) -> str:
        source, key = min(self._missing)
        come = self._key((source, key)).come
        return (
            f"{source} does not know version {come + 1} of key {key}, {len(self._missing)} keys in all go further here"
            " than there: was its database restored? finish that with `goufu restore-finish`, then rebuild again"
        )


def _read(row: Any, source: str) -> Arrived:
    return Arrived(row["id"], source, row["key"], row["version"], row["type"], row["entry"].encode(), None)


@cache
def _shadow(table: sa.Table) -> sa.Table:
    """The same table under another name; kept, because compiled statements are found again by it."""
    return table.to_metadata(sa.MetaData(), name=f"{table.name}_shadow")


def _same_key(table: sa.Table) -> str:
    return " AND ".join(f't."{column.name}" = s."{column.name}"' for column in table.primary_key)


def _text(columns: Iterable[str], alias: str) -> str:
    """A row's text: compared as text, values of every type can be."""
    return f"ROW({', '.join(f'{alias}.{chr(34)}{name}{chr(34)}' for name in columns)})::text"
