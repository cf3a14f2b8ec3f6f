"""Recovery: a topic is filled again from its ledger, and a restored database is told apart from what it had become.

Both are an operator's acts with the administrator's connection, which reads and writes every schema. `refill` may run
while everything works: the relay sends again from where it is told to, consumers read all of it and apply what they
lack. `finish` runs while nothing works: it begins a new timeline for each restored service, after the last position
that its ledger and its topic agree on, and puts every consumer back to what the sources know.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from shared.bus import Bus
from shared.bus.records import Arrived, Tags, Unbelievable, believed
from shared.events import SERVICES, topic_of
from shared.events.road import TimelineBegan
from shared.fields.ids import new_id
from shared.road.checkpoints import everything
from shared.road.consumer import Copy
from shared.road.migrations import tell_timelines
from shared.road.rebuild import Report, rebuild
from shared.work.acts import record_act
from shared.work.database import Database, Transaction
from shared.work.identity import SYSTEM
from shared.work.journal import GENESIS

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
    'SELECT l.position, l.entry, j.kind FROM "{0}".ledger l JOIN "{0}".journal j ON j.id = l.entry'
    " WHERE l.position > $1 ORDER BY l.position LIMIT $2"
)
_HASH = 'SELECT hash FROM "{0}".ledger WHERE position = $1'
_SEALED = 'SELECT max(at) FROM "{0}".sealed_salts'
_END = 'UPDATE "{0}".timelines SET last = $1 WHERE source = $2 AND last IS NULL RETURNING id'
# A backup may be older than a restore before: the timeline that began then is known to others, or to the topic alone.
_FORGOTTEN = 'SELECT id FROM "{1}".timelines WHERE source = $1 AND id NOT IN (SELECT id FROM "{0}".timelines)'
_END_FORGOTTEN = 'INSERT INTO "{0}".timelines (source, id, number, last) VALUES ($1, $2, $3, 0)'
_FREE_NUMBER = 'SELECT coalesce(max(number), 0) + 1 FROM "{0}".timelines WHERE source = $1'
_BEGIN = 'INSERT INTO "{0}".timelines (source, id, number) VALUES ($1, $2, $3)'
_KNOWN = 'SELECT id FROM "{0}".journal WHERE id = ANY($1)'
# What a consumer has seen of a key stands while its source knows the event; else the key is read from its first one.
_FORGET_SEEN = (
    'DELETE FROM "{0}".seen s WHERE s.source = $1 AND NOT EXISTS'
    ' (SELECT FROM "{1}".journal j WHERE j.key = s.key AND j.version = s.version'
    " AND (s.event IS NULL OR s.event = j.id))"
)
_FORGET_HELD = (
    'DELETE FROM "{0}".held h WHERE h.source = $1 AND NOT EXISTS (SELECT FROM "{1}".journal j WHERE j.id = h.event)'
    " RETURNING h.event"
)
_COUNT_AGAIN = (
    'UPDATE "{0}".sources SET fresh_at = NULL,'
    ' received = (SELECT coalesce(sum(version), 0) FROM "{0}".seen WHERE source = $1) WHERE source = $1'
)
_ORPHANS = 'SELECT event FROM "{0}".inbox i WHERE {1}'
_EFFECTS = 'SELECT id, type, subject, recorded_at, cause FROM "{0}".journal WHERE cause = ANY($1)'


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
                async with _as(service, admin_url, connection) as tx:
                    await _begin_timeline(tx, service, *published[service], done)
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


@asynccontextmanager
async def _as(service: str, admin_url: str, connection: Any) -> AsyncIterator[Transaction]:
    """Entries of that service, in the transaction that is under way."""
    await connection.execute(f'SET LOCAL search_path = "{service}"')
    tx = Transaction(Database(service, admin_url), connection, await connection.fetchval("SELECT clock.now()"), SYSTEM)
    yield tx
    await tx.finish(None)


async def _published(
    bus: Bus, service: str, timelines: Mapping[UUID, int | None], tags: Tags, prefix: str
) -> tuple[dict[int, Arrived], list[Arrived]]:
    """What the service's topic holds of the present timeline, by position, and of timelines that the service does not
    know; nobody else's records."""
    topic = topic_of(service, prefix)
    found: dict[int, Arrived] = {}
    forgotten: list[Arrived] = []
    async for record in everything(bus, [topic], prefix, "recovery"):
        with suppress(Unbelievable):
            event = believed(record, service, tags)
            event.value = b""
            if event.timeline is None or event.timeline not in timelines:
                forgotten.append(event)
            elif timelines[event.timeline] is None:
                found[event.position] = event
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
    tx: Transaction, service: str, published: dict[int, Arrived], forgotten: Sequence[Arrived], done: Finished
) -> None:
    """The old timeline ends at the last position before the first one that topic and ledger tell differently. The first
    entry of the new one says from where it goes on, and what was lost."""
    connection, tip = tx.connection, 0
    ledger: dict[int, UUID] = {}
    while rows := await connection.fetch(_LEDGER.format(service), tip, BATCH):
        tip = rows[-1]["position"]
        ledger |= {row["position"]: row["entry"] for row in rows if row["kind"] == "event"}
    differing = [position for position, event in published.items() if ledger.get(position) != event.id]
    fork = min([tip, *(position - 1 for position in differing)])  # beyond the tip nothing has a hash
    missing = ledger.keys() - published.keys()
    beyond = [published[position] for position in sorted(published) if position > fork]
    beyond += {event.id: event for event in forgotten}.values()
    known = {row["id"] for row in await connection.fetch(_KNOWN.format(service), [event.id for event in beyond])}
    lost = [event for event in beyond if event.id not in known]
    done.lost += [Lost(service, e.id, e.type, e.key, e.version, e.position) for e in lost]
    done.missing[service] = len(missing)
    old: UUID = await connection.fetchval(_END.format(service), fork, service)
    await _end_forgotten(connection, service, forgotten)
    new = new_id()
    number = await connection.fetchval(_FREE_NUMBER.format(service), service)
    await connection.execute(_BEGIN.format(service), service, new, number)
    done.begun[service] = new, fork
    await connection.execute(_REWIND.format(service), min([fork, *(position - 1 for position in missing)]))
    digest: bytes = await connection.fetchval(_HASH.format(service), fork) or GENESIS
    sealed_until = await connection.fetchval(_SEALED.format(service))
    said = {"timeline": new, "after": old, "position": fork, "hash": digest.hex(), "sealed_until": sealed_until}
    await record_act(tx, TimelineBegan, **said, lost=sorted((event.id for event in lost), key=str))


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
