"""Consumers: two tables say what a service does with the events of the others.

    COPIES     event → guarded upsert of a copy row; no rule, no emit; rebuilt from the sources' ledgers at will
    REACTIONS  event → command; effect and permanent inbox row in one transaction, so a replay is a no-op

A poll is one transaction; only when it fails is it done again with a savepoint an event, and the event that fails is
parked. A handler that lacks another key's event returns `Waits(key)` and is tried again in the transaction that brings
that key. Whatever rests holds the later events of its own key behind it, so that order per key is never lost.
An outage is no failure: it pauses and retries. Offsets are committed after the transaction, in the background.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert as pg_insert

from shared.bus import Bus, BusUnavailable, Record, Subscriber
from shared.bus.records import Arrived, Heartbeat, Mismatch, Tags, Unbelievable, arrived, heartbeat, unbelieved
from shared.events import Event, heartbeats_of, topic_of
from shared.process import faults
from shared.process.outages import is_outage, keep_going
from shared.process.telemetry import COPY_AGE, HELD, HELD_TOO_LONG, UNBELIEVED, security
from shared.road.timelines import Timelines
from shared.work.database import Database, Transaction
from shared.work.sql import Compiled

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.5
OFFSET_SECONDS = 0.5
RETRY_WAITING_SECONDS = 1.0
MEASURE_SECONDS = 1.0
UNBELIEVED_KEPT = 100
"""Records of one source that are not believed and are kept to be looked at; further ones are counted."""
RESTS_TOO_LONG = f"(state <> 'parked' AND held_at < clock.now() - interval '{HELD_TOO_LONG} seconds')"
"""Of a row of `held`: it waits, or stands behind one, for what most likely does not come by itself."""
AHEAD_SECONDS = 5.0
"""A heartbeat may be so far ahead of the database's clock; further ahead it is none."""


@dataclass(frozen=True, slots=True)
class Waits:
    """A handler's answer when it needs something that an event of this key will bring."""

    key: UUID


@dataclass(frozen=True, slots=True)
class Copy:
    """An upsert: `row` turns the event into columns of `table`; an older version of the key changes nothing."""

    event: type[Event]
    table: sa.Table
    row: Callable[[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Reaction:
    """A command that an event triggers. `keys` are locked before the handler runs."""

    event: type[Event]
    handler: Callable[[Transaction, Any], Awaitable[Waits | None]]
    keys: Callable[[Any], Iterable[UUID]] = lambda event: (event.key,)


def sources(service: str, copies: Sequence[Copy], reactions: Sequence[Reaction]) -> frozenset[str]:
    """The services whose events a service listens to."""
    heard = [copy.event for copy in copies] + [reaction.event for reaction in reactions]
    return frozenset(event.service for event in heard) - {service}


class Reread(BusUnavailable):
    """A source sends again from the beginning, and the consumer reads all of it again."""


class Consumer:
    """The consumer of one service."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        copies: Sequence[Copy],
        reactions: Sequence[Reaction],
        tags: Tags,
        prefix: str = "goufu",
    ) -> None:
        self._database = database
        self._bus = bus
        self._tags = tags
        self._timelines = Timelines()
        self._copies = {copy.event.type_name(): copy for copy in copies}
        self._reactions = {reaction.event.type_name(): reaction for reaction in reactions}
        services = sources(database.service, copies, reactions)
        self._sources = {topic_of(service, prefix): service for service in sorted(services)}
        self._heartbeats = {heartbeats_of(service, prefix): service for service in sorted(services)}
        self._group = f"{prefix}.{database.service}"
        self._measured = 0.0
        self._reread = 0
        self._delivered: set[str] = set()  # types that ask for a reaction, since offsets were last stored

    async def run(self) -> None:
        """Consumes until cancelled; whatever breaks, it begins again from what was committed."""
        if self._sources:
            await keep_going("consumer", self._database.service, self._consume)

    async def _consume(self) -> None:
        connection = await self._database.connect()
        subscriber = None
        try:
            self._timelines = Timelines()
            self._reread = await connection.fetchval(_REREAD)
            group = f"{self._group}.{self._reread}" if self._reread else self._group
            subscriber = await self._bus.subscriber(group, [*self._sources, *self._heartbeats])
            await self._follow(connection, subscriber)
        finally:
            connection.terminate()
            if subscriber is not None:
                with contextlib.suppress(Exception):
                    await subscriber.close()

    async def _follow(self, connection: Any, subscriber: Subscriber) -> None:
        """Polls and applies; offsets follow in the background, but only of what has been applied."""
        offsets: asyncio.Task[None] | None = None
        stored = retried = time.monotonic()
        while True:
            records = await subscriber.poll(POLL_SECONDS)
            if records:
                await self.handle(connection, records)
            if time.monotonic() - retried > RETRY_WAITING_SECONDS:
                retried = time.monotonic()
                await self.retry_waiting(connection)
            if time.monotonic() - stored > OFFSET_SECONDS and (offsets is None or offsets.done()):
                if offsets is not None:
                    offsets.result()
                stored = time.monotonic()
                offsets = asyncio.create_task(_store_offsets(subscriber.commit(), self._delivered))
                self._delivered = set()

    async def handle(self, connection: Any, records: Sequence[Record]) -> None:
        """Applies one poll in one transaction. When an event in it fails, the poll is done again with savepoints, and
        when that fails too, event by event: whatever a record holds, it is parked and the others go on."""
        events = [arrived(r, self._sources[r.topic], self._tags) for r in records if r.topic in self._sources]
        events = await self._timelines.counting(connection, events)
        beats, false = self._heard(records)
        beats = await self._timelines.presents(connection, beats)
        await self._apply_all(connection, events + false, beats)
        self._delivered.update(event.type for event in events if event.type in self._reactions)

    def _heard(self, records: Sequence[Record]) -> tuple[list[Heartbeat], list[Arrived]]:
        """The heartbeats of our sources; and what lies among them and is none. Of those the first of a source is kept
        to be looked at, so that a row of them leaves no event out."""
        beats: list[Heartbeat] = []
        false: list[Arrived] = []
        for record in records:
            if (source := self._heartbeats.get(record.topic)) is not None:
                try:
                    beats.append(heartbeat(record, source, self._tags))
                except Unbelievable as error:
                    false.append(unbelieved(record.topic, source, record.value, f"a heartbeat: {error}"))
        return beats, false

    async def _apply_all(self, connection: Any, events: list[Arrived], beats: list[Heartbeat]) -> None:
        try:
            await self._twice(lambda careful: self._apply(connection, events, beats, careful=careful))
        except Exception as error:
            if is_outage(error):
                raise
            log.error("poll_failed", service=self._database.service, error=type(error).__name__, events=len(events))
            for event in events:
                await self._apply_alone(connection, event)
            await self._apply(connection, [], beats, careful=True)

    async def _apply_alone(self, connection: Any, event: Arrived) -> None:
        try:
            await self._apply(connection, [event], [], careful=True)
        except Exception as error:
            if is_outage(error):
                raise
            log.error("event_parked", event_id=str(event.id), type=event.type, error=type(error).__name__)
            async with self._database.system_transaction(connection) as tx:
                poll = _Poll(tx, {}, {}, careful=False)
                await poll.begin([event])
                poll.park(event, error)
                await poll.end()

    async def retry_waiting(self, connection: Any) -> None:
        """Tries again what waits, outside any poll."""
        if await connection.fetchval("SELECT EXISTS (SELECT FROM held WHERE state = 'waits')"):
            await self._twice(lambda careful: self._apply_waiting(connection, careful=careful))

    async def _twice(self, work: Callable[[bool], Awaitable[None]]) -> None:
        try:
            await work(False)
        except Exception as error:
            if is_outage(error):
                raise
            await work(True)

    async def _apply_waiting(self, connection: Any, *, careful: bool) -> None:
        async with self._database.system_transaction(connection) as tx:
            poll = _Poll(tx, self._copies, self._reactions, careful)
            await poll.begin_with_waiting()
            await poll.retry_waiting()
            await poll.end()

    async def _apply(self, connection: Any, events: list[Arrived], beats: list[Heartbeat], *, careful: bool) -> None:
        async with self._database.system_transaction(connection) as tx:
            poll = _Poll(tx, self._copies, self._reactions, careful)
            await poll.begin(events)
            for event in events:
                await poll.take(event)
            await poll.retry_waiting()
            faults.point("consumer.effect", (event.type for event in poll.reacted_to))
            await poll.end()
            await _note_heartbeats(tx, beats)
            await self._measure(tx)
            faults.point("consumer.applied", (event.type for event in poll.reacted_to))
        faults.point("consumer.committed", (event.type for event in poll.reacted_to))

    async def _measure(self, tx: Transaction) -> None:
        if time.monotonic() - self._measured < MEASURE_SECONDS:
            return
        self._measured = time.monotonic()
        await tx.flush()
        service = self._database.service
        held = dict(await tx.connection.fetch("SELECT state, count(*) FROM held GROUP BY state"))
        for state in ("waits", "parked", "behind"):
            HELD.labels(service, state).set(held.get(state, 0))
        HELD.labels(service, "too_long").set(await tx.connection.fetchval(_TOO_LONG))
        ages = "SELECT source, extract(epoch FROM clock_timestamp() - fresh_at)::float8 AS age FROM sources"
        for row in await tx.connection.fetch(ages):
            if row["age"] is not None:
                COPY_AGE.labels(service, row["source"]).set(row["age"])
        if await tx.connection.fetchval(_REREAD) != self._reread:
            raise Reread("a source sends again from the beginning")


class _Poll:
    """The work of one poll."""

    def __init__(self, tx: Transaction, copies: dict[str, Copy], reactions: dict[str, Reaction], careful: bool) -> None:
        self._tx = tx
        self._copies = copies
        self._reactions = reactions
        self._careful = careful
        self._seen: dict[tuple[str, UUID], int] = {}
        self._before: dict[tuple[str, UUID], int] = {}
        self._ids: dict[tuple[str, UUID], UUID | None] = {}
        self._unbelieved: list[Arrived] = []
        self._noted: set[UUID] = set()
        self._held: dict[tuple[str, UUID], list[Arrived]] = {}
        self._new_held: list[Arrived] = []
        self._reasons: dict[UUID, str] = {}
        self._released: list[UUID] = []
        self.reacted_to: list[Arrived] = []
        self._upserts: dict[str, list[dict[str, Any]]] = {}
        self._brought: set[UUID] = set()
        self._tried: set[UUID] = set()

    async def begin(self, events: Sequence[Arrived]) -> None:
        """Takes up what these events touch: their own keys, and what waits for one of them."""
        if not events:
            return
        waiting = await self._tx.connection.fetch(_AWAITING, [e.key for e in events])
        await self._take_up({(e.source, e.key) for e in events} | {(row["source"], row["key"]) for row in waiting})
        await self._lock_keys([*events, *(h for held in self._held.values() for h in held)])

    async def begin_with_waiting(self) -> None:
        """Takes up everything that waits: what it awaits may have come by a command of this service itself."""
        waiting = await self._tx.connection.fetch(_WAITING)
        await self._take_up({(row["source"], row["key"]) for row in waiting})
        self._brought.update(row["awaits"] for row in waiting)
        await self._lock_keys(h for held in self._held.values() for h in held)

    async def _take_up(self, places: set[tuple[str, UUID]]) -> None:
        """Locks what has been seen of these keys, in order, and finds what rests of them. Whatever is tried again
        counts from here: an event that rests was seen, and is not counted as received a second time."""
        pairs = sorted(places)
        sources, keys = [p[0] for p in pairs], [p[1] for p in pairs]
        connection = self._tx.connection
        rows = await connection.fetch(_SEEN, sources, keys)
        self._before = {(row["source"], row["key"]): row["version"] for row in rows}
        self._ids = {(row["source"], row["key"]): row["event"] for row in rows}
        self._seen = dict.fromkeys(pairs, 0) | self._before
        self._keep(await connection.fetch(_HELD_FOR, sources, keys))

    def _keep(self, rows: Sequence[Any]) -> None:
        for row in rows:
            held = self._held.setdefault((row["source"], row["key"]), [])
            if all(h.id != row["event"] for h in held):
                held.append(_held(row))
        for held in self._held.values():
            held.sort(key=lambda h: h.version)

    async def _lock_keys(self, events: Iterable[Arrived]) -> None:
        keys: set[UUID] = set()
        for event in events:
            reaction = self._reactions.get(event.type)
            if reaction is not None:
                with contextlib.suppress(Exception):  # it will fail again where it is parked
                    keys.update(reaction.keys(event.parse(reaction.event)))
        if keys:
            await self._tx.lock(*keys)

    async def take(self, event: Arrived) -> None:
        """One event in its place: seen before, too early, behind one that rests, or now."""
        place = (event.source, event.key)
        if event.version == 0:
            return self._disbelieve(event)
        seen, resting = self._seen[place], self._held.get(place, [])
        others = [h.id for h in resting if h.version == event.version]
        if event.version == seen and (last := self._ids.get(place)) is not None:
            others.append(last)
        if any(other != event.id for other in others):
            why = f"version {event.version} of key {event.key} is another event"
            return self._disbelieve(unbelieved(f"{event.id}/{event.key}", event.source, event.value, why))
        if event.version <= seen or others:
            if event.version == seen + 1 and any(h.id == event.id and h.state == "parked" for h in resting):
                self._see(event)  # parked before a restore put the key back to its first version; it rests on
            return None
        if event.version > seen + 1:
            return self._rest(event, "behind", f"version {seen + 1} of this key has not come")
        self._see(event)
        before = [h.version for h in self._held.get(place, []) if h.version < event.version]
        if before:
            return self._rest(event, "behind", f"stands behind version {before[0]}")
        if await self._do(event):
            self._brought.add(event.key)
        return None

    def _see(self, event: Arrived) -> None:
        place = (event.source, event.key)
        if event.version >= self._seen[place]:
            self._seen[place], self._ids[place] = event.version, event.id

    def _disbelieve(self, event: Arrived) -> None:
        UNBELIEVED.labels(event.source, "forged").inc()
        self._unbelieved.append(event)

    def park(self, event: Arrived, error: Exception) -> None:
        """The event failed even by itself, and nothing of it is kept but the event and the reason."""
        place = (event.source, event.key)
        if event.version == 0:
            self._disbelieve(event)
        elif event.version > self._seen[place]:
            if event.version == self._seen[place] + 1:
                self._see(event)
            self._park(event, error)

    def _rest(self, event: Arrived, state: str, reason: str, awaits: UUID | None = None) -> None:
        event.state, event.awaits = state, awaits
        self._reasons[event.id] = reason
        held = self._held.setdefault((event.source, event.key), [])
        if all(h.id != event.id for h in held):
            held.append(event)
            held.sort(key=lambda h: h.version)
        self._new_held.append(event)

    async def _do(self, event: Arrived) -> bool:
        """Runs copy and reaction; False when the event now rests. One that cannot be read has touched nothing yet and
        is parked at once; only when a handler fails is the poll done again."""
        try:
            self._parse(event)
        except Exception as error:
            return self._park(event, error)
        if not self._careful:
            return await self._apply(event)
        entries, versions = list(self._tx.entries), dict(self._tx.versions)
        upserts = {name: list(rows) for name, rows in self._upserts.items()}
        try:
            async with self._tx.connection.transaction():
                done = await self._apply(event)
                self._write_copies()
                if self.reacted_to and self.reacted_to[-1] is event:
                    self._tx.write("inbox", _INBOX, [event.id], self._tx.now)
                    self._noted.add(event.id)
                await self._tx.finish(None)
                return done
        except Exception as error:
            if is_outage(error):
                raise
            self._tx.entries, self._tx.versions, self._upserts = entries, versions, upserts
            self._tx.forget()
            self.reacted_to = [other for other in self.reacted_to if other is not event]
            self._noted.discard(event.id)
            return self._park(event, error)

    def _parse(self, event: Arrived) -> None:
        asks = self._copies.get(event.type) or self._reactions.get(event.type)
        if asks is not None:
            event.parse(asks.event)

    def _park(self, event: Arrived, error: Exception) -> bool:
        log.error("event_parked", event_id=str(event.id), type=event.type, error=type(error).__name__)
        self._rest(event, "parked", f"{type(error).__name__}: {_without_input(error)}")
        return False

    async def _apply(self, event: Arrived) -> bool:
        copy, reaction = self._copies.get(event.type), self._reactions.get(event.type)
        if copy is not None:
            if self._another_type_waits(event.type, copy.table):
                self._write_copies()
            row = {**copy.row(event.parse(copy.event)), "source_version": event.version}
            self._upserts.setdefault(event.type, []).append(row)
        if reaction is None or (self._careful and await self._tx.connection.fetchval(_ACTED_ON, event.id)):
            return True
        self._write_copies()  # a reaction reads the copies as they stand after every event before it
        event.parse(reaction.event)
        self._act_on(event)
        waits = await reaction.handler(self._tx, event.parsed)
        if waits is not None:
            self._rest(event, "waits", f"needs an event of {waits.key}", waits.key)
            return False
        self.reacted_to.append(event)
        return True

    def _another_type_waits(self, name: str, table: sa.Table) -> bool:
        """Types that fill different columns of one row are written in the order of their events."""
        return any(other != name and self._copies[other].table is table for other in self._upserts)

    def _act_on(self, event: Arrived) -> None:
        tx = self._tx
        tx.cause, tx.traceparent = event.id, event.traceparent
        tx.correlation = UUID(event.entry["correlation"])
        tx.findings, tx.rulebook = [], None

    async def retry_waiting(self) -> None:
        """Tries again what awaited a key that came, then what stood behind it, in order."""
        tried = True
        while tried:
            tried = False
            for held in list(self._held.values()):
                while held and self._ready(held[0]):
                    first = held.pop(0)
                    tried = True
                    self._tried.add(first.id)
                    self._see(first)
                    if await self._do(first):
                        self._released.append(first.id)
                        self._brought.add(first.key)
                        for follower in held[:1]:
                            follower.state = "ready"
                    else:
                        break

    def _ready(self, event: Arrived) -> bool:
        """Whether the first that rests of a key may be tried: never before a version that has not come yet."""
        next_to_come = self._seen[event.source, event.key] + 1
        if event.version > next_to_come:
            return False
        match event.state:
            case "ready":
                return True
            case "waits":
                return event.awaits in self._brought and event.id not in self._tried
            case "behind":
                return event.version == next_to_come
            case _:
                return False

    async def end(self) -> None:
        """Writes copies, inbox, what rests, what was seen and how many came."""
        tx = self._tx
        self._write_copies()
        if fresh := [event.id for event in self.reacted_to if event.id not in self._noted]:
            tx.write("inbox", _INBOX, fresh, tx.now)
        if self._released:
            tx.write("held", "DELETE FROM held WHERE event = ANY($1)", self._released)
        resting = [e for e in self._new_held if e.id not in set(self._released)]
        for e in resting:
            rest = (e.id, e.source, e.key, e.version, e.type, e.state, e.awaits, self._reasons[e.id], e.value)
            tx.write("held", _HOLD, *rest, e.traceparent, tx.now)
        if self._unbelieved:
            first, count = self._unbelieved[0], len(self._unbelieved)
            service = tx.database.service
            security.warning("records_not_believed", service=service, source=first.source, why=first.why, count=count)
        for e in self._unbelieved:
            kept = (e.id, e.source, e.type, e.why, e.value, tx.now, UNBELIEVED_KEPT)
            tx.write("held", _KEEP_UNBELIEVED, *kept)
        self._write_seen()

    def _write_copies(self) -> None:
        for name, rows in self._upserts.items():
            table = self._copies[name].table
            statement = upsert(table, tuple(rows[0]))
            for row in rows:
                self._tx.write(table.name, statement.text, *statement.arguments(row))
        self._upserts = {}

    def _write_seen(self) -> None:
        before = self._before
        seen = [
            (*place, version, self._ids.get(place))
            for place, version in self._seen.items()
            if version > before.get(place, 0)
        ]
        counts: dict[str, int] = {}
        for source, key, version, _ in seen:
            counts[source] = counts.get(source, 0) + version - before.get((source, key), 0)
        known, new = ([row for row in seen if (row[:2] in before) is there] for there in (True, False))
        for statement, rows in ((_SEEN_UPDATE, known), (_SEEN_FIRST, new)):
            if rows:
                self._tx.write("seen", statement, *map(list, zip(*rows, strict=True)))
        if counts:
            self._tx.write("sources", _RECEIVED, list(counts), list(counts.values()))


_SEEN = (
    "SELECT source, key, version, event FROM seen WHERE (source, key) IN (SELECT * FROM unnest($1::text[], $2::uuid[]))"
    " ORDER BY source, key FOR UPDATE"
)
# A key that another consumer saw for the first time in between fails here, and the poll is done again.
_SEEN_FIRST = (
    "INSERT INTO seen (source, key, version, event)"
    " SELECT * FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::uuid[])"
)
_SEEN_UPDATE = (
    "UPDATE seen SET version = u.v, event = u.e FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::uuid[])"
    " u (s, k, v, e)"
    " WHERE seen.source = u.s AND seen.key = u.k"
)
_RECEIVED = (
    "INSERT INTO sources (source, received) SELECT * FROM unnest($1::text[], $2::bigint[])"
    " ON CONFLICT (source) DO UPDATE SET received = sources.received + excluded.received"
)
_HELD_FOR = "SELECT * FROM held WHERE (source, key) IN (SELECT * FROM unnest($1::text[], $2::uuid[])) FOR UPDATE"
_AWAITING = "SELECT DISTINCT source, key FROM held WHERE state = 'waits' AND awaits = ANY($1)"
_WAITING = "SELECT source, key, awaits FROM held WHERE state = 'waits' ORDER BY held_at LIMIT 200"
_HOLD = (
    "INSERT INTO held (event, source, key, version, type, state, awaits, reason, value, traceparent, held_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (event) DO UPDATE"
    " SET state = excluded.state, awaits = excluded.awaits, reason = excluded.reason"
)
_ACTED_ON = "SELECT EXISTS (SELECT FROM inbox WHERE event = $1)"
_KEEP_UNBELIEVED = (
    "INSERT INTO held (event, source, key, version, type, state, reason, value, held_at)"
    " SELECT $1, $2, $1, 0, $3, 'parked', $4, $5, $6 WHERE $7 > (SELECT count(*) FROM held"
    " WHERE source = $2 AND version = 0) ON CONFLICT DO NOTHING"
)
_INBOX = "INSERT INTO inbox (event, applied_at) SELECT e, $2 FROM unnest($1::uuid[]) e"
# Never fresher than the clock of this database: a source that lies about the time gains nothing by it.
_HEARD = (
    "WITH beat AS (SELECT least(to_timestamp($3::float8), clock_timestamp()) AS at)"
    " INSERT INTO sources (source, received, fresh_at)"
    " SELECT $1, 0, CASE WHEN $2::bigint = 0 THEN at END FROM beat"
    " ON CONFLICT (source) DO UPDATE SET fresh_at = greatest(sources.fresh_at, (SELECT at FROM beat))"
    " WHERE sources.received >= $2::bigint"
)
_CLOCK = "SELECT extract(epoch FROM clock_timestamp())::float8"
_TOO_LONG = f"SELECT count(*) FROM held WHERE {RESTS_TOO_LONG}"
_REREAD = "SELECT coalesce(sum(rereads), 0)::bigint FROM sources"

_upserts: dict[tuple[int, tuple[str, ...]], Compiled] = {}


def upsert(table: sa.Table, columns: tuple[str, ...]) -> Compiled:
    """Insert or, for a later version of the key, update the given columns."""
    cached = (id(table), columns)
    if cached not in _upserts:
        statement = pg_insert(table)
        primary = [column.name for column in table.primary_key]
        changed = {name: statement.excluded[name] for name in columns if name not in primary}
        guard = table.c.source_version < statement.excluded["source_version"]
        _upserts[cached] = Compiled(
            statement.on_conflict_do_update(index_elements=primary, set_=changed, where=guard), list(columns)
        )
    return _upserts[cached]


def _held(row: Any) -> Arrived:
    return Arrived(
        row["event"],
        row["source"],
        row["key"],
        row["version"],
        row["type"],
        row["value"],
        row["traceparent"],
        row["awaits"],
        row["state"],
    )


def _without_input(error: Exception) -> str:
    """What went wrong, without what was in the event: places and kinds only."""
    errors = getattr(error, "errors", None)
    if callable(errors):
        return "; ".join(f"{'.'.join(map(str, e['loc']))} {e['type']}" for e in errors())[:500]
    if isinstance(error, Mismatch):
        return str(error)
    if isinstance(error, asyncpg.PostgresError):
        return str(getattr(error, "constraint_name", "") or "")
    return ""


async def _note_heartbeats(tx: Transaction, beats: Sequence[Heartbeat]) -> None:
    """A copy is as fresh as the latest heartbeat whose events have all arrived, this poll's among them."""
    if not beats:
        return
    await tx.flush()
    now = await tx.connection.fetchval(_CLOCK)
    for beat in beats:
        if beat.at_us / 1e6 > now + AHEAD_SECONDS:
            UNBELIEVED.labels(beat.service, "ahead").inc()
            security.warning("heartbeat_not_believed", source=beat.service, reason="it is of the future")
        else:
            await tx.connection.execute(_HEARD, beat.service, beat.events, beat.at_us / 1e6)


async def _store_offsets(committing: Awaitable[None], delivered: set[str]) -> None:
    await committing
    faults.point("consumer.offset", delivered)


async def replay(tx: Transaction, event_id: UUID) -> bool:
    """An operator's replay of an event that is parked or waits: it becomes the next to be tried. False when there is no
    such event, or when it is a record that is not believed: its source sends the genuine one (`goufu road refill`)."""
    status: str = await tx.connection.execute(
        "UPDATE held SET state = 'waits', awaits = key WHERE event = $1 AND state <> 'behind' AND version > 0", event_id
    )
    return status == "UPDATE 1"
