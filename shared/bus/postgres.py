"""The bus on PostgreSQL, in its own schema `bus` (postgres.sql): for one machine with nothing else installed.

A group has one live reader: another of the same group polls in vain until the first is gone or silent, then takes
over.
"""

import asyncio
import json
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.resources import files
from typing import Any, Final

import asyncpg

from shared.bus import PARTITIONS, BusUnavailable, Message, Record, TopicMismatch, partition_for, refuse_oversized
from shared.bus.access import Right

_FAILURES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
SILENCE_S = 30
"""A reader that does not poll for so long, because its process is frozen or cut off, makes room for another."""
_BELL_S: Final = 0.25  # a bell may be lost: a message then waits this long


async def install(connection_url: str, roles: Sequence[str]) -> None:
    """Create schema `bus`, as its owner, and let `roles` read; a second run changes nothing. What a role may write,
    and of which groups it keeps the offsets, is given by `PostgresBus.admit`."""
    connection = await asyncpg.connect(connection_url)
    async with connection.transaction():
        await connection.execute(files("shared.bus").joinpath("postgres.sql").read_text())
        await connection.executemany("SELECT bus.admit($1)", [(role,) for role in roles])
    await connection.close()


class PostgresBus:
    """The bus in the database at `url`, once `install` has run there."""

    partitions = PARTITIONS

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: Any = None

    async def ensure_topics(self, names: Sequence[str], *, retention_ms: int | None = None) -> None:
        with _reported("creating topics"):
            await (await self._connections()).execute("SELECT bus.ensure($1, $2)", names, retention_ms)

    async def admit(self, rights: Sequence[Right], passwords: Mapping[str, str]) -> None:
        with _reported("giving rights"):
            async with (await self._connections()).acquire() as connection, connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('bus install', 0))")
                users = sorted({right.user for right in rights})
                await connection.executemany("SELECT bus.admit($1)", [(user,) for user in users])
                given = "INSERT INTO bus.rights VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
                await connection.executemany(given, rights)

    async def publisher(self, name: str) -> "_Publisher":
        with _reported(f"connecting {name}"):
            return _Publisher(await self._connections())

    async def subscriber(self, group: str, topics: Sequence[str], *, from_start: bool = True) -> "_Subscriber":
        with _reported(f"connecting {group}"):
            pool = await self._connections()
            await pool.execute("SELECT bus.require($1)", topics)
            subscriber = _Subscriber(connection := await pool.acquire(), (group, topics, from_start))
            await connection.execute(f"SET idle_session_timeout = '{SILENCE_S}s'")
            await connection.add_listener("bus", lambda *_: subscriber.bell.set())
            return subscriber

    async def last_records(self, topic: str) -> list[Record]:
        with _reported(f"reading the end of {topic}"):
            rows = await (await self._connections()).fetch("SELECT * FROM bus.last($1, $2)", topic, PARTITIONS)
            return [_record(row) for row in rows]

    async def close(self) -> None:
        if self._pool:
            self._pool.terminate()

    async def _connections(self) -> Any:
        if self._pool is None:
            self._pool = asyncpg.create_pool(self._url, min_size=0, max_size=100, timeout=5, command_timeout=10)
            await self._pool
        await self._pool.execute("SELECT 'bus.messages'::regclass")
        return self._pool


class _Publisher:
    def __init__(self, pool: Any) -> None:
        self._pool, self._turn = pool, asyncio.Lock()

    async def send(self, messages: Sequence[Message]) -> asyncio.Future[None]:
        refuse_oversized(messages)
        heads = (json.dumps([(name, content.decode("latin-1")) for name, content in m.headers]) for m in messages)
        rows = [(m.topic, partition_for(m.key), m.key, head, m.value) for m, head in zip(messages, heads, strict=True)]
        with _reported("sending"):
            async with self._turn:
                if rows:
                    await self._pool.execute("SELECT bus.append($1, $2, $3, $4, $5)", *zip(*rows, strict=True))
                    # Apart from the append: NOTIFY locks the whole database until its commit is on disk.
                    await self._pool.execute("SET LOCAL synchronous_commit = off; NOTIFY bus")
        acknowledged = asyncio.get_running_loop().create_future()
        acknowledged.set_result(None)
        return acknowledged

    async def close(self) -> None:
        """Nothing is under way once `send` has returned, and the connections are the bus's."""


class _Subscriber:
    def __init__(self, connection: Any, group: tuple[str, Sequence[str], bool]) -> None:
        self._connection, self._group = connection, group
        self._turn, self.bell = asyncio.Lock(), asyncio.Event()
        self._polled: dict[str, int] = {}
        self._done: dict[str, int] = {}

    async def poll(self, timeout: float, limit: int = 500) -> list[Record]:
        end = time.monotonic() + timeout
        while True:
            self.bell.clear()
            with _reported("reading"):
                async with self._turn:
                    records = await self._read(limit)
            if records or (left := end - time.monotonic()) <= 0:
                return records
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, _BELL_S)):
                    await self.bell.wait()

    def commit(self) -> Coroutine[Any, Any, None]:
        self._done = dict(self._polled)
        return self._store(self._done)

    async def rewind(self) -> None:
        self._polled = dict(self._done)

    async def close(self) -> None:
        with suppress(*_FAILURES):
            async with self._turn:
                await self._connection.close(timeout=5)

    async def _read(self, limit: int) -> list[Record]:
        if not self._polled:
            self._polled = dict(await self._connection.fetch("SELECT * FROM bus.lead($1, $2, $3)", *self._group))
            self._done = dict(self._polled)
        places = (list(self._polled), list(self._polled.values()))
        rows = await self._connection.fetch("SELECT * FROM bus.read($1, $2, $3)", *places, limit)
        self._polled |= {topic: seq for topic, _, seq, *_ in rows}
        return [_record(row) for row in rows]

    async def _store(self, done: dict[str, int]) -> None:
        with _reported("storing offsets"):
            async with self._turn:
                await self._connection.execute(
                    "SELECT bus.store($1, $2, $3)", self._group[0], [*done], [*done.values()]
                )


@contextmanager
def _reported(what: str) -> Iterator[None]:
    try:
        yield
    except (BusUnavailable, TopicMismatch):
        raise
    except Exception as error:
        if getattr(error, "sqlstate", None) == "BU001":
            raise TopicMismatch(str(error)) from error
        raise BusUnavailable(f"PostgreSQL: {what} failed, is it up, with schema bus? {error!r}") from error
    except asyncio.CancelledError as error:
        if (task := asyncio.current_task()) and task.cancelling():
            raise
        raise BusUnavailable(f"PostgreSQL: {what} failed, the connection was given up: make another") from error


def _record(row: Any) -> Record:
    topic, partition, seq, key, value, headers = row
    return Record(topic, partition, seq, key, value, _unpack(headers))


def _unpack(headers: str) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, content.encode("latin-1")) for name, content in json.loads(headers))
