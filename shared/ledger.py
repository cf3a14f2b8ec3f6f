"""The relay: gives journal entries their position, chains their hashes and sends the events, in order, from a mark.

One relay a service, by an advisory lock on the connection that writes. It takes what lies in the queue (never "after
the last", which loses late commits), appends to the insert-only ledger, deletes from the queue in the same statement,
sends in position order and moves the sent-mark, which only grows. Killed anywhere, it sends again from the mark.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog

from shared import faults
from shared.bus import Bus, BusUnavailable, Message, Publisher
from shared.database import Database
from shared.events import topic_of
from shared.journal import GENESIS, chain
from shared.strict_json import canonical
from shared.telemetry import UNSENT_AGE, UNSENT_COUNT

log = structlog.get_logger(__name__)

BATCH = 2000
IDLE_SECONDS = 0.25
HEARTBEAT_SECONDS = 1.0
_LOCK = 7_083_002

_TAKE = (
    "SELECT q.seq, j.id, j.key, j.version, j.kind, j.type, j.audience, j.correlation, j.cause, j.traceparent,"
    " j.recorded_at, j.entry FROM queue q JOIN journal j ON j.id = q.entry ORDER BY q.seq LIMIT $1"
)
_MOVE = (
    "WITH gone AS (DELETE FROM queue WHERE seq = ANY($1))"
    " INSERT INTO ledger (position, entry, hash) SELECT * FROM unnest($2::bigint[], $3::uuid[], $4::bytea[])"
)
_UNSENT = (
    "SELECT l.position, j.id, j.key, j.version, j.kind, j.type, j.audience, j.correlation, j.cause, j.traceparent,"
    " j.recorded_at, j.entry, l.hash FROM ledger l JOIN journal j ON j.id = l.entry"
    " WHERE l.position > $1 ORDER BY l.position LIMIT $2"
)
_MARK = (
    "INSERT INTO relay_mark (id, position, events) VALUES (1, $1, $2) ON CONFLICT (id) DO UPDATE"
    " SET position = excluded.position, events = excluded.events WHERE relay_mark.position < excluded.position"
)
_AGE = (
    "SELECT extract(epoch FROM clock_timestamp())::float8 AS real, count(*) AS n,"
    " extract(epoch FROM clock.now() - min(at))::float8 AS age FROM ("
    "SELECT j.recorded_at AS at FROM queue q JOIN journal j ON j.id = q.entry UNION ALL SELECT j.recorded_at FROM"
    " ledger l JOIN journal j ON j.id = l.entry"
    " WHERE l.position > (SELECT coalesce(max(position), 0) FROM relay_mark)) t"
)


@dataclass(slots=True)
class _Tip:
    """Where the ledger ends, where the sent-mark stands, and how many events lie below the mark."""

    position: int
    hash: bytes
    sent: int
    events: int
    moved: asyncio.Event


class Relay:
    """The relay of one service. `run` returns only when cancelled; whatever breaks, it begins anew from the mark."""

    def __init__(self, database: Database, bus: Bus, prefix: str = "goufu") -> None:
        self._database = database
        self._bus = bus
        self._topic = topic_of(database.service, prefix)
        self._public = topic_of("public", prefix)
        self._heartbeats = topic_of("heartbeats", prefix)

    async def run(self) -> None:
        pause = 0.2
        while True:
            try:
                await self._relay()
            except (OSError, TimeoutError, BusUnavailable, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("relay_pauses", service=self._database.service, error=type(error).__name__, seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            else:
                pause = 0.2

    async def _relay(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            writer = await stack.enter_async_context(_connected(self._database))
            await writer.execute("SELECT pg_advisory_lock($1, hashtext(current_schema()))", _LOCK, timeout=None)
            tip = await _read_tip(writer)
            ledger = asyncio.create_task(self._keep_ledger(writer, tip))
            stack.push_async_callback(_cancelled, ledger)
            while True:
                sending = asyncio.create_task(self._send(tip))
                done, _ = await asyncio.wait({ledger, sending}, return_when=asyncio.FIRST_COMPLETED)
                if ledger in done:
                    await _cancelled(sending)
                    ledger.result()
                try:
                    sending.result()
                except BusUnavailable as error:
                    log.warning("bus_unavailable", service=self._database.service, error=str(error))
                    await asyncio.sleep(0.5)

    async def _keep_ledger(self, writer: Any, tip: _Tip) -> None:
        """Moves the queue into the ledger, with or without a bus: positions do not wait for Kafka."""
        async with _listening(self._database):
            bell = self._database.bell
            while True:
                bell.clear()
                if await self._move(writer, tip) == BATCH:
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_SECONDS):  # wait_for may swallow a cancellation
                        await bell.wait()

    async def _move(self, writer: Any, tip: _Tip) -> int:
        rows = await writer.fetch(_TAKE, BATCH)
        if not rows:
            return 0
        position, digest = tip.position, tip.hash
        hashes = []
        for row in rows:
            position += 1
            digest = chain(digest, position, row["entry"])
            hashes.append(digest)
        positions = list(range(tip.position + 1, position + 1))
        await writer.execute(_MOVE, [r["seq"] for r in rows], positions, [r["id"] for r in rows], hashes)
        faults.point("relay.moved")
        tip.position, tip.hash = position, digest
        tip.moved.set()
        return len(rows)

    async def _send(self, tip: _Tip) -> None:
        """Sends from the mark until something breaks."""
        publisher = await self._bus.publisher(f"relay-{self._database.service}")
        try:
            async with _connected(self._database) as reader:
                await reader.execute("SET synchronous_commit = off")
                heartbeat = 0.0
                while True:
                    sent = await self._send_batch(publisher, reader, tip) if tip.position > tip.sent else 0
                    if time.monotonic() - heartbeat >= HEARTBEAT_SECONDS:
                        heartbeat = time.monotonic()
                        await self._beat(publisher, reader, tip)
                    if sent < BATCH:
                        await self._something_to_send(tip)
        finally:
            with contextlib.suppress(Exception):
                await publisher.close()

    async def _something_to_send(self, tip: _Tip) -> None:
        tip.moved.clear()
        if tip.position <= tip.sent:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await tip.moved.wait()

    async def _send_batch(self, publisher: Publisher, reader: Any, tip: _Tip) -> int:
        rows = await reader.fetch(_UNSENT, tip.sent, BATCH)
        messages = [m for row in rows for m in self._messages(row)]
        await (await publisher.send(messages))
        faults.point("relay.sent")
        tip.sent = rows[-1]["position"]
        tip.events += sum(row["kind"] == "event" for row in rows)
        await reader.execute(_MARK, tip.sent, tip.events)
        faults.point("relay.marked")
        return len(rows)

    def _messages(self, row: Any) -> Sequence[Message]:
        """An event goes to the services' topic; to the public one goes it, or its position and hash alone."""
        position = str(row["position"]).encode()
        service = self._database.service.encode()
        if row["audience"] == "public":
            public = Message(
                self._public, str(row["key"]).encode(), row["entry"].encode(), headers(service, position, row)
            )
        else:
            value = canonical({"position": row["position"], "hash": row["hash"].hex(), "service": service.decode()})
            fixed = (
                (b"ce_type", b"goufu.sealed_position.v1"),
                (b"ce_source", b"/" + service),
                (b"ce_position", position),
            )
            named = tuple((name.decode(), value) for name, value in fixed)
            public = Message(
                self._public, service, value, (("ce_specversion", b"1.0"), ("ce_id", service + b"-" + position), *named)
            )
        if row["kind"] != "event":
            return [public]
        return [
            Message(self._topic, str(row["key"]).encode(), row["entry"].encode(), headers(service, position, row)),
            public,
        ]

    async def _beat(self, publisher: Publisher, reader: Any, tip: _Tip) -> None:
        """Tells every copy how far this service has come, so that a copy knows its own age."""
        row = await reader.fetchrow(_AGE)
        UNSENT_COUNT.labels(self._database.service).set(row["n"])
        UNSENT_AGE.labels(self._database.service).set(row["age"] or 0.0)
        value = canonical(
            {"service": self._database.service, "position": tip.sent, "events": tip.events, "at": row["real"]}
        )
        beat = Message(self._heartbeats, self._database.service.encode(), value, (("ce_type", b"goufu.heartbeat.v1"),))
        await (await publisher.send([beat]))


def headers(service: bytes, position: bytes, row: Any) -> tuple[tuple[str, bytes], ...]:
    """CloudEvents 1.0 in Kafka's binary mode; the value is the journal entry itself, as it was hashed."""
    fixed = (
        ("ce_specversion", b"1.0"),
        ("ce_id", str(row["id"]).encode()),
        ("ce_source", b"/" + service),
        ("ce_type", row["type"].encode()),
        ("ce_time", row["recorded_at"].isoformat().encode()),
        ("content-type", b"application/json"),
        ("ce_position", position),
        ("ce_key", str(row["key"]).encode()),
        ("ce_keyversion", str(row["version"]).encode()),
        ("ce_correlation", str(row["correlation"]).encode()),
    )
    cause = (("ce_cause", str(row["cause"]).encode()),) if row["cause"] else ()
    trace = (("traceparent", row["traceparent"].encode()),) if row["traceparent"] else ()
    return (*fixed, *cause, *trace)


async def _read_tip(connection: Any) -> _Tip:
    last = await connection.fetchrow("SELECT position, hash FROM ledger ORDER BY position DESC LIMIT 1")
    mark = await connection.fetchrow("SELECT position, events FROM relay_mark")
    return _Tip(
        last["position"] if last else 0,
        last["hash"] if last else GENESIS,
        mark["position"] if mark else 0,
        mark["events"] if mark else 0,
        asyncio.Event(),
    )


@contextlib.asynccontextmanager
async def _connected(database: Database) -> AsyncIterator[Any]:
    connection = await database.connect()
    try:
        yield connection
    finally:
        connection.terminate()


@contextlib.asynccontextmanager
async def _listening(database: Database) -> AsyncIterator[None]:
    """Hears the bell that other processes of this service ring after a commit."""
    async with _connected(database) as connection:
        await connection.add_listener(f"bell_{database.service}", lambda *_: database.bell.set())
        yield


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await task


async def ring(database: Database) -> None:
    """In an API process: one coalesced NOTIFY after commits, on a connection of its own, because a NOTIFY inside the
    command's transaction ends group commit. A lost bell costs a poll of 250 ms, no event."""
    while True:
        try:
            async with _connected(database) as connection:
                await connection.execute("SET synchronous_commit = off")
                while True:
                    await database.bell.wait()
                    database.bell.clear()
                    await connection.execute(f"NOTIFY bell_{database.service}")
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(1)


async def verify(connection: Any, after: int = 0, previous: bytes = GENESIS) -> tuple[int, bytes]:
    """Walks the chain from a checkpoint; returns the last position and hash. Raises ChainBroken at the first entry
    that does not fit: changed, missing, inserted, swapped, or with columns that differ from the hashed text."""
    cursor = (
        "SELECT l.position, l.hash, j.* FROM ledger l LEFT JOIN journal j ON j.id = l.entry"
        " WHERE l.position > $1 ORDER BY l.position LIMIT 1000"
    )
    position, digest = after, previous
    while rows := await connection.fetch(cursor, position):
        for row in rows:
            position += 1
            if row["position"] != position:
                raise ChainBroken(position, "the entry is missing")
            if row["entry"] is None:
                raise ChainBroken(position, "the journal has no such entry")
            digest = chain(digest, position, row["entry"])
            if digest != row["hash"]:
                raise ChainBroken(position, "the entry does not have the hash it was given")
            _same_columns(position, row)
    return position, digest


_REPEATED = (
    *("id", "key", "version", "kind", "type", "audience", "subject", "jurisdiction", "organisation"),
    *("actor", "cause", "correlation", "recorded_at"),
)


def _same_columns(position: int, row: Any) -> None:
    """Every column that repeats the hashed text: queries, and what a reader may see, go by the columns."""
    entry, columns = json.loads(row["entry"]), json.loads(canonical({name: row[name] for name in _REPEATED}))
    for name in _REPEATED:
        if entry[name] != columns[name]:
            raise ChainBroken(position, f"the column {name} differs from the entry")


class ChainBroken(Exception):
    """The record was altered; `position` is the first entry that does not fit."""

    def __init__(self, position: int, why: str) -> None:
        self.position = position
        super().__init__(f"position {position}: {why}")
