"""Recovery: a topic is filled again from its ledger, and a restored database is told apart from what it had become.

Both are an operator's acts with the administrator's connection, which reads and writes every schema. `refill` may run
while everything works: the relay sends again from where it is told to, consumers read all of it and apply what they
lack. `finish` runs while nothing works: it begins a new timeline for each restored service, after the last position
that its ledger and its topic agree on, and puts every consumer back to what the sources know.
"""

import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from shared.bus import Bus
from shared.copies import Report, rebuild
from shared.database import Database
from shared.events import topic_of
from shared.ids import new_id
from shared.inbox import Copy
from shared.journal import GENESIS
from shared.migrations import tell_timelines
from shared.places import NATION
from shared.records import Arrived, Tags, Unbelievable, believed
from shared.settings import SERVICES
from shared.strict_json import canonical_record

BATCH: Final = 2000

_REWIND = (
    'UPDATE "{0}".relay_mark SET position = least(position, $1), public = least(public, $1), rewinds = rewinds + 1,'
    ' events = (SELECT count(*) FROM "{0}".ledger l JOIN "{0}".journal j ON j.id = l.entry'
    " WHERE j.kind = 'event' AND l.position <= least(relay_mark.position, $1))"
)
_REREAD = (
    'INSERT INTO "{0}".sources (source, received, rereads) VALUES ($1, 0, 1)'
    " ON CONFLICT (source) DO UPDATE SET rereads = sources.rereads + 1"
)
_LEFT = 'SELECT count(*) FROM "{0}".ledger WHERE position > $1'
_AT_WORK = (
    "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name LIKE 'goufu-%' AND pid <> pg_backend_pid() ORDER BY 1"
)
_LEDGER = (
    'SELECT l.position, l.entry, l.hash, j.kind FROM "{0}".ledger l JOIN "{0}".journal j ON j.id = l.entry'
    " WHERE l.position > $1 ORDER BY l.position LIMIT $2"
)
_END = 'UPDATE "{0}".timelines SET last = $1 WHERE source = $2 AND last IS NULL RETURNING id'
# A backup may be older than a restore before: the timeline that began then is known to others, or to the topic alone.
_FORGOTTEN = 'SELECT id FROM "{1}".timelines WHERE source = $1 AND id NOT IN (SELECT id FROM "{0}".timelines)'
_END_FORGOTTEN = 'INSERT INTO "{0}".timelines (source, id, number, last) VALUES ($1, $2, $3, 0)'
_FREE_NUMBER = 'SELECT coalesce(max(number), 0) + 1 FROM "{0}".timelines WHERE source = $1'
_BEGIN = 'INSERT INTO "{0}".timelines (source, id, number) VALUES ($1, $2, $3)'
_NOTE = (
    'INSERT INTO "{0}".journal (id, key, version, kind, type, audience, subject, jurisdiction, correlation,'
    " recorded_at, entry) VALUES ($1, $2, 1, 'event', $3, 'public', $2, $4, $5, $6, $7)"
)
_KNOWN = 'SELECT id FROM "{0}".journal WHERE id = ANY($1)'
# What a consumer has seen of a key stands while its source knows the event; else the key is read from its first one.
_FORGET_SEEN = (
    'DELETE FROM "{0}".seen s WHERE s.source = $1 AND NOT EXISTS'
    ' (SELECT FROM "{1}".journal j WHERE j.key = s.key AND j.version = s.version'
    " AND (s.event IS NULL OR s.event = j.id))"
)
_FORGET_HELD = (
    'DELETE FROM "{0}".held h WHERE h.source = $1 AND NOT EXISTS (SELECT FROM "{1}".journal j WHERE j.id = h.event)'
    " RETURNING h.event, h.type, h.key, h.version"
)
_COUNT_AGAIN = (
    'UPDATE "{0}".sources SET fresh_at = NULL,'
    ' received = (SELECT coalesce(sum(version), 0) FROM "{0}".seen WHERE source = $1) WHERE source = $1'
)
_ORPHANS = 'SELECT event FROM "{0}".inbox i WHERE {1}'
_EFFECTS = 'SELECT id, type, subject, key, version, recorded_at, cause FROM "{0}".journal WHERE cause = ANY($1)'


class StillAtWork(Exception):
    """Services are connected to the database; the message names them."""


@dataclass(frozen=True, slots=True)
class Lost:
    """An event that a service had published and that its database no longer knows."""

    service: str
    event: UUID
    type: str
    key: UUID
    version: int
    position: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a service did because of an event that its source no longer knows. It stands: people decide about it."""

    service: str
    cause: UUID
    entry: UUID
    type: str
    subject: UUID | None
    recorded_at: datetime


@dataclass(slots=True)
class Finished:
    """What `finish` found and did. `begun`: each service's new timeline and the last position of the one before;
    `missing`: how many of its events each topic lacks and gets again; `lost`: known to the topic and no longer to the
    service; `effects` of lost events in other services; `rebuilt`: the copies of each service."""

    begun: dict[str, tuple[UUID, int]] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    lost: list[Lost] = field(default_factory=list)
    held: list[tuple[str, UUID]] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    rebuilt: dict[str, Report] = field(default_factory=dict)


async def refill(admin_url: str, service: str, start: int = 1) -> int:
    """Has the relay send everything from that position on again, to both topics, and every consumer read the service's
    topic from its beginning; returns how many positions will be sent."""
    async with _administering(admin_url) as connection, connection.transaction():
        await connection.execute(_REWIND.format(service), start - 1)
        for consumer in SERVICES:
            await connection.execute(_REREAD.format(consumer), service)
        left: int = await connection.fetchval(_LEFT.format(service), start - 1)
        return left


async def unsent(admin_url: str, service: str) -> int:
    """How many positions of the service's ledger are not yet on both topics."""
    async with _administering(admin_url) as connection:
        mark = await connection.fetchval(f'SELECT least(position, public) FROM "{service}".relay_mark')
        left: int = await connection.fetchval(_LEFT.format(service), mark or 0)
        return left


async def finish(
    admin_url: str,
    bus: Bus,
    tags: Tags,
    copies: Mapping[str, Sequence[Copy]],
    services: Sequence[str] = SERVICES,
    *,
    prefix: str = "goufu",
    tell: Callable[[str], None] = lambda said: None,
) -> Finished:
    """Finishes the restore of these services: `copies` are those of every service. Raises StillAtWork before anything
    is changed."""
    done = Finished()
    async with _administering(admin_url) as connection:
        if working := await connection.fetch(_AT_WORK):
            names = ", ".join(row["application_name"] for row in working)
            raise StillAtWork(f"stop APIs and workers first, these are still connected: {names}")
        published = {}
        for service in services:
            tell(f"reading what {service} has published")
            known = await connection.fetch(f'SELECT id, last FROM "{service}".timelines WHERE source = $1', service)
            published[service] = await _published(bus, service, {row["id"]: row["last"] for row in known}, tags, prefix)
        async with connection.transaction():
            for service in services:
                await _begin_timeline(connection, service, *published[service], done)
            await tell_timelines(connection)
            for consumer in SERVICES:
                await _put_back(connection, consumer, services, done)
                await _find_effects(connection, consumer, done)
    for consumer in SERVICES:
        if copies.get(consumer):
            tell(f"rebuilding the copies of {consumer}")
            done.rebuilt[consumer] = await rebuild(Database(consumer, admin_url), copies[consumer])
    return done


@asynccontextmanager
async def _administering(admin_url: str) -> AsyncIterator[Any]:
    connection = await Database(SERVICES[0], admin_url).connect()
    try:
        await connection.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        yield connection
    finally:
        await connection.close()


async def _published(
    bus: Bus, service: str, timelines: Mapping[UUID, int | None], tags: Tags, prefix: str
) -> tuple[dict[int, Arrived], list[Arrived]]:
    """What the service's topic holds of the present timeline, by position, and of timelines that the service does not
    know; nobody else's records."""
    topic = topic_of(service, prefix)
    ends = {record.partition: record.offset for record in await bus.last_records(topic)}
    found: dict[int, Arrived] = {}
    forgotten: list[Arrived] = []
    if not ends:
        return found, forgotten
    subscriber = await bus.subscriber(f"{prefix}.recovery-{secrets.token_hex(4)}", [topic])
    try:
        while ends:
            for record in await subscriber.poll(1.0):
                try:
                    event = believed(record, service, tags)
                except Unbelievable:
                    event = None
                if event is not None and event.timeline is not None:
                    event.value = b""
                    if event.timeline not in timelines:
                        forgotten.append(event)
                    elif timelines[event.timeline] is None:
                        found[event.position] = event
                if record.offset >= ends.get(record.partition, record.offset + 1):
                    del ends[record.partition]
    finally:
        await subscriber.close()
    return found, forgotten


async def _end_forgotten(connection: Any, service: str, events: Sequence[Arrived]) -> None:
    """Nothing counts of a timeline that the service does not know any more; what it had from before is sent again."""
    timelines = {event.timeline for event in events}
    for other in SERVICES:
        timelines |= {row["id"] for row in await connection.fetch(_FORGOTTEN.format(service, other), service)}
    if timelines:
        numbers = [await connection.fetchval(_FREE_NUMBER.format(other), service) for other in SERVICES]
        for number, timeline in enumerate(sorted(timelines, key=str), max(numbers)):
            await connection.execute(_END_FORGOTTEN.format(service), service, timeline, number)


async def _begin_timeline(
    connection: Any, service: str, published: dict[int, Arrived], forgotten: Sequence[Arrived], done: Finished
) -> None:
    """The old timeline ends at the last position before the first one that topic and ledger tell differently."""
    tip, digest, first_missing = 0, GENESIS, None
    missing = 0
    ledger: dict[int, UUID] = {}
    hashes: dict[int, bytes] = {0: GENESIS}
    while rows := await connection.fetch(_LEDGER.format(service), tip, BATCH):
        for row in rows:
            tip, digest = row["position"], row["hash"]
            hashes[tip] = digest
            if row["kind"] == "event":
                ledger[tip] = row["entry"]
                if tip not in published:
                    missing += 1
                    first_missing = first_missing or tip
    differing = [position for position, event in published.items() if ledger.get(position) != event.id]
    fork = min(differing) - 1 if differing else tip
    beyond = [published[position] for position in sorted(published) if position > fork]
    beyond += {event.id: event for event in forgotten}.values()
    known = {row["id"] for row in await connection.fetch(_KNOWN.format(service), [event.id for event in beyond])}
    lost = [event for event in beyond if event.id not in known]
    done.lost += [Lost(service, e.id, e.type, e.key, e.version, e.position) for e in lost]
    done.missing[service] = missing
    old = await connection.fetchrow(_END.format(service), fork, service)
    await _end_forgotten(connection, service, forgotten)
    new = new_id()
    number = await connection.fetchval(_FREE_NUMBER.format(service), service)
    await connection.execute(_BEGIN.format(service), service, new, number)
    done.begun[service] = new, fork
    await connection.execute(_REWIND.format(service), min(fork, first_missing - 1 if first_missing else fork))
    await _note(connection, service, new, old["id"], fork, hashes.get(fork, digest), lost)


async def _note(
    connection: Any, service: str, timeline: UUID, old: UUID, fork: int, digest: bytes, lost: Sequence[Arrived]
) -> None:
    """The first entry of the new timeline, public: from where it goes on, and what was lost."""
    now, entry_id, correlation = await connection.fetchval("SELECT clock.now()"), new_id(), new_id()
    kind = f"goufu.{service}.timeline_began.v1"
    said = {
        "timeline": timeline,
        "after": old,
        "position": fork,
        "hash": digest.hex(),
        "lost": sorted(str(event.id) for event in lost),
    }
    document = {
        "id": entry_id,
        "service": service,
        "actor": None,
        "correlation": correlation,
        "cause": None,
        "recorded_at": now.astimezone(UTC),
        "kind": "event",
        "type": kind,
        "key": timeline,
        "version": 1,
        "audience": "public",
        "subject": timeline,
        "jurisdiction": NATION,
        "organisation": None,
        "clauses": [],
        "rulebook": None,
        "event": said,
    }
    text = canonical_record(document).decode()
    await connection.execute(f'INSERT INTO "{service}".keys (key, version) VALUES ($1, 1)', timeline)
    await connection.execute(_NOTE.format(service), entry_id, timeline, kind, NATION, correlation, now, text)
    await connection.execute(f'INSERT INTO "{service}".queue (entry) VALUES ($1)', entry_id)


async def _put_back(connection: Any, consumer: str, services: Sequence[str], done: Finished) -> None:
    """What the consumer has seen and holds of what the sources no longer know is forgotten; it reads everything again.
    A consumer that was itself restored lacks events of every source, therefore all of them."""
    for source in SERVICES if consumer in services else services:
        if source == consumer:
            continue
        await connection.execute(_REREAD.format(consumer), source)
        await connection.execute(_FORGET_SEEN.format(consumer, source), source)
        held = await connection.fetch(_FORGET_HELD.format(consumer, source), source)
        done.held += [(consumer, row["event"]) for row in held]
        await connection.execute(_COUNT_AGAIN.format(consumer), source)


async def _find_effects(connection: Any, consumer: str, done: Finished) -> None:
    unknown = " AND ".join(f'NOT EXISTS (SELECT FROM "{source}".journal j WHERE j.id = i.event)' for source in SERVICES)
    orphans = [row["event"] for row in await connection.fetch(_ORPHANS.format(consumer, unknown))]
    for row in await connection.fetch(_EFFECTS.format(consumer), orphans):
        done.effects.append(Effect(consumer, row["cause"], row["id"], row["type"], row["subject"], row["recorded_at"]))
