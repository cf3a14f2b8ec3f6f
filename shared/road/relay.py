"""The relay: gives journal entries their position, chains their hashes and sends the events, in order, from a mark.

One relay a service, by an advisory lock on the connection that writes; silence ends it. The relay takes what lies in
the queue (never "after the last", which loses late commits), appends to the insert-only ledger, deletes from the queue
in the same statement, sends in position order and moves the sent-mark, which only grows. Killed anywhere, it sends
again from the mark.

Nothing waits for what it does not need: the next batch is taken while one is moved, the next is sent while one is
acknowledged, and the marks follow a few times a second. Only a position that is in the ledger is sent. The services
come first: the public topic, on which integrators follow the chain, is served when they have everything, and once a
second.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from shared.bus import Bus, BusUnavailable, Message, Publisher
from shared.bus.records import Sender, Tags, Unbelievable, believed
from shared.events import topic_of
from shared.process import faults
from shared.process.outages import keep_going
from shared.process.telemetry import ROAD_STOPPED, UNSENT_AGE, UNSENT_COUNT
from shared.road.timelines import present
from shared.work.database import Database
from shared.work.journal import GENESIS, chain

BATCH = 2000
BATCHES_AHEAD = 4
"""Batches that may wait in memory to be sent, and that may be sent and not yet acknowledged."""
IDLE_SECONDS = 0.25
LEASE_SECONDS = 10
"""A relay that is silent for so long has lost its lead; it speaks ten times as often."""
HEARTBEAT_SECONDS = 1.0
MARK_SECONDS = 0.1
PUBLIC_SECONDS = 1.0
"""After this long the public topic gets a batch although the services still wait for theirs."""
RING_SECONDS = 0.005
RINGS_AT_ONCE = 20
"""The bell rings every 5 ms in the long run, and so many times without pause."""
_LOCK = 7_083_002

_ENTRY = (
    "j.id, j.key, j.version, j.kind, j.type, j.audience, j.correlation, j.cause, j.traceparent, j.recorded_at, j.entry"
)
_TAKE = (
    f"SELECT q.seq, {_ENTRY} FROM queue q JOIN journal j ON j.id = q.entry WHERE q.seq <> ALL($2::bigint[])"
    " ORDER BY q.seq LIMIT $1"
)
_MOVE = (
    "WITH gone AS (DELETE FROM queue WHERE seq = ANY($1))"
    " INSERT INTO ledger (position, entry, hash) SELECT * FROM unnest($2::bigint[], $3::uuid[], $4::bytea[])"
)
_UNSENT = (
    f"SELECT l.position, l.hash, {_ENTRY} FROM ledger l JOIN journal j ON j.id = l.entry"
    " WHERE l.position > $1 ORDER BY l.position LIMIT $2"
)
_MARK = (
    "INSERT INTO relay_mark (id, position, public, events) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO UPDATE"
    " SET position = excluded.position, public = excluded.public, events = excluded.events"
    " WHERE relay_mark.position <= excluded.position AND relay_mark.public <= excluded.public"
    " AND relay_mark.rewinds = $4"
)
_ENTRIES = "SELECT position, entry FROM ledger WHERE position = ANY($1)"
_AGE = (
    "SELECT coalesce((SELECT rewinds FROM relay_mark), 0) AS rewinds,"
    " extract(epoch FROM clock_timestamp())::float8 AS real, (SELECT count(*) FROM queue) AS queued,"
    " extract(epoch FROM clock.now() - (SELECT min(recorded_at) FROM journal WHERE id IN ("
    "(SELECT entry FROM queue ORDER BY seq LIMIT 1),"
    " (SELECT entry FROM ledger WHERE position > $1 ORDER BY position LIMIT 1))))::float8 AS age"
)

Placed: TypeAlias = tuple[int, bytes, Any]
"""An entry in its place: position, hash, row of the journal."""


@dataclass(slots=True, eq=False)
class _Line:
    """What goes to one topic: the position acknowledged, and the one handed in. `fresh` are batches that were just
    moved, so that what is sent at once need not be read again; whatever it lacks is in the ledger."""

    public: bool
    sent: int = 0
    reached: int = 0
    fresh: deque[list[Placed]] = field(default_factory=deque)

    def after(self) -> list[Placed]:
        """The batch that follows on what was handed in, if it is still in memory."""
        while self.fresh and self.fresh[0][0][0] <= self.reached:
            self.fresh.popleft()
        return self.fresh.popleft() if self.fresh and self.fresh[0][0][0] == self.reached + 1 else []


@dataclass(slots=True)
class _Tip:
    """Where the ledger ends, how far each topic has come, and how many events the services have."""

    position: int = 0
    hash: bytes = GENESIS
    services: _Line = field(default_factory=lambda: _Line(public=False))
    public: _Line = field(default_factory=lambda: _Line(public=True))
    events: int = 0
    rewinds: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, batch: list[Placed]) -> None:
        self.position, self.hash, _ = batch[-1]
        for line in (self.services, self.public):
            if len(line.fresh) < BATCHES_AHEAD:
                line.fresh.append(batch)
        self.moved.set()

    @property
    def sent(self) -> int:
        """Up to here everything is on both topics."""
        return min(self.services.sent, self.public.sent)

    def mark(self) -> tuple[int, int, int]:
        return self.services.sent, self.public.sent, self.events


Sent: TypeAlias = tuple["asyncio.Future[None]", tuple[_Line, ...], int, int]
"""A batch on its way: its acknowledgement, its lines, its last position, how many events the services get by it."""
_Landing: TypeAlias = "asyncio.Queue[Sent]"
"""What was sent, in order."""


class Forked(BusUnavailable):
    """The topic and the ledger tell different stories: nothing is sent until an operator has finished the restore."""


class Rewound(BusUnavailable):
    """An operator has set the mark back; the relay begins anew from it."""


class Relay:
    """The relay of one service. `run` returns only when cancelled; whatever breaks, it begins anew from the mark."""

    def __init__(self, database: Database, bus: Bus, tags: Tags, prefix: str = "goufu") -> None:
        self._database = database
        self._bus = bus
        self._tags = tags
        self._prefix = prefix
        self._service = database.service.encode()
        self._topic = topic_of(database.service, prefix)
        self._public = topic_of("public", prefix)

    async def run(self) -> None:
        await keep_going("relay", self._database.service, self._relay)

    async def _relay(self) -> None:
        async with _connected(self._database) as writer, _connected(self._database) as reader:
            await lead(writer)
            tip = await _read_tip(writer)
            service = self._database.service
            self._sender = Sender(service, await present(writer, service), self._tags, self._prefix)
            await _until_one_ends(self._keep_ledger(reader, writer, tip), self._keep_sending(tip))

    async def _keep_ledger(self, reader: Any, writer: Any, tip: _Tip) -> None:
        """Moves the queue into the ledger, with or without a bus: positions do not wait for Kafka."""
        bell = self._database.bell
        # The bell that other processes of this service ring after a commit.
        await reader.add_listener(f"bell_{self._database.service}", lambda *_: bell.set())
        spoke = 0.0
        while True:
            bell.clear()
            await self._move_all(reader, writer, tip)
            if time.monotonic() - spoke > LEASE_SECONDS / 10:
                spoke = time.monotonic()
                await writer.execute("SELECT 1")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_SECONDS):  # wait_for may swallow a cancellation
                    await bell.wait()

    async def _move_all(self, reader: Any, writer: Any, tip: _Tip) -> None:
        """While a full batch is moved the next is taken: what is not in that one."""
        rows = await take(reader)
        while rows:
            if len(rows) < BATCH:
                await move(writer, tip, rows)
                return
            ahead = asyncio.create_task(take(reader, [row["seq"] for row in rows]))
            try:
                await move(writer, tip, rows)
                rows = await ahead
            finally:
                await _cancelled(ahead)

    async def _keep_sending(self, tip: _Tip) -> None:
        """Sends from the mark; whatever breaks, again from the mark, while positions go on being given."""
        await keep_going("sender", self._database.service, lambda: self._send(tip))

    async def _send(self, tip: _Tip) -> None:
        publisher = await self._bus.publisher(f"relay-{self._database.service}")
        try:
            async with contextlib.AsyncExitStack() as connections:
                reader, marker, teller = [
                    await connections.enter_async_context(_connected(self._database)) for _ in range(3)
                ]
                await _read_mark(reader, tip)
                await self._compare(reader, tip)
                landing: _Landing = asyncio.Queue(BATCHES_AHEAD)
                await _until_one_ends(
                    self._send_in_order(publisher, reader, tip, landing),
                    self._mark(marker, tip, landing),
                    self._keep_telling(publisher, teller, tip),
                )
        finally:
            with contextlib.suppress(Exception):
                await publisher.close()

    async def _compare(self, reader: Any, tip: _Tip) -> None:
        """Nothing is sent while the topic holds what the ledger does not: the database is older than what it has
        published, and would give positions a second time. Raises Forked."""
        published = {}
        for record in await self._bus.last_records(self._topic):
            with contextlib.suppress(Unbelievable):
                event = believed(record, self._database.service, self._tags)
                if event.timeline == self._sender.timeline:
                    published[event.position] = event.id
        known = {row["position"]: row["entry"] for row in await reader.fetch(_ENTRIES, list(published))}
        forked = tip.sent > tip.position or any(known.get(place) != event for place, event in published.items())
        ROAD_STOPPED.labels(self._database.service).set(forked)
        if forked:
            raise Forked(
                "the bus holds events that the ledger does not: was the database restored from a backup, or its"
                " record cut? stop the workers and run `goufu restore-finish`"
            )

    async def _send_in_order(self, publisher: Publisher, reader: Any, tip: _Tip, landing: _Landing) -> None:
        for line in (tip.services, tip.public):
            line.reached = line.sent
        followed = time.monotonic()
        while True:
            tip.moved.clear()
            batch = await _next(reader, tip, tip.services)
            if batch:
                # Where nothing else waits, both topics are served in one trip.
                both = len(batch) < BATCH and tip.public.reached == tip.services.reached
                await self._hand_in(publisher, batch, (tip.services, tip.public) if both else (tip.services,), landing)
                if time.monotonic() - followed < PUBLIC_SECONDS:
                    continue
            followed = time.monotonic()
            if late := await _next(reader, tip, tip.public):
                await self._hand_in(publisher, late, (tip.public,), landing)
            elif not batch:
                await tip.moved.wait()

    async def _hand_in(
        self, publisher: Publisher, batch: list[Placed], lines: tuple[_Line, ...], landing: _Landing
    ) -> None:
        position, events = batch[-1][0], 0
        messages: list[Message] = []
        for line in lines:
            if line.public:
                messages += self._for_all(batch)
            else:
                messages += self._for_services(batch)
                events = len(messages)
            line.reached = position
        await landing.put((await publisher.send(messages), lines, position, events))

    async def _mark(self, connection: Any, tip: _Tip, landing: _Landing) -> None:
        """Follows what was acknowledged, in order, and keeps it some times a second: what is not kept is sent again."""
        await connection.execute("SET synchronous_commit = off")
        kept, due = tip.mark(), 0.0
        try:
            while True:
                left = None if tip.mark() == kept else due - time.monotonic()
                landed = await _landed(landing, left)
                if landed is not None:
                    acknowledged, lines, position, events = landed
                    await acknowledged
                    faults.point("relay.sent")
                    tip.events += events
                    for line in lines:
                        line.sent = position
                else:
                    await self._keep(connection, tip)
                    faults.point("relay.marked")
                    kept, due = tip.mark(), time.monotonic() + MARK_SECONDS
        finally:
            with contextlib.suppress(Exception):
                # A relay that is told to end sends nothing twice.
                await connection.execute(_MARK, *tip.mark(), tip.rewinds)

    async def _keep(self, connection: Any, tip: _Tip) -> None:
        """Raises Rewound when an operator has set the mark back, or another relay has gone on."""
        if await connection.execute(_MARK, *tip.mark(), tip.rewinds) == "INSERT 0 0":
            raise Rewound("the mark was set back: sending again from there")

    def _for_services(self, batch: list[Placed]) -> list[Message]:
        """Every event, with the tag by which they know that it is ours; of an internal one that it is a version of its
        key, and nothing more."""
        return [self._sender.event(position, row, digest) for position, digest, row in batch if row["kind"] == "event"]

    def _for_all(self, batch: list[Placed]) -> list[Message]:
        """What is public, and of everything else its position and hash alone."""
        return [
            (self._sender.whole if row["audience"] == "public" else self._sender.sealed)(
                self._public, position, row, digest
            )
            for position, digest, row in batch
        ]

    async def _keep_telling(self, publisher: Publisher, reader: Any, tip: _Tip) -> None:
        """Once a second; the events do not wait for it."""
        while True:
            await self._beat(publisher, reader, tip)
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _beat(self, publisher: Publisher, reader: Any, tip: _Tip) -> None:
        """Tells every copy how far this service has come, so that a copy knows its own age: everything recorded before
        that time has been sent. What waits to be sent, however long, makes no copy look fresh."""
        row = await reader.fetchrow(_AGE, tip.services.sent)
        if row["rewinds"] != tip.rewinds:
            raise Rewound("the mark was set back: sending again from there")
        UNSENT_COUNT.labels(self._database.service).set(row["queued"] + tip.position - tip.sent)
        UNSENT_AGE.labels(self._database.service).set(row["age"] or 0.0)
        beat = self._sender.heartbeat(tip.services.sent, tip.events, row["real"] - (row["age"] or 0.0))
        await (await publisher.send([beat]))


async def lead(writer: Any) -> None:
    """Waits until no other relay of this service leads. The server ends the session that leads, and its lock with it,
    when it hears nothing from it for the length of the lease: a process that is frozen or cut off gives way, and when
    it wakes it can no longer write."""
    leads = "SELECT pg_try_advisory_lock($1, hashtext(current_schema()))"
    while not await writer.fetchval(leads, _LOCK):  # noqa: ASYNC110 -- the server tells nobody
        await asyncio.sleep(IDLE_SECONDS)
    await writer.execute(f"SET idle_session_timeout = '{LEASE_SECONDS}s'")


async def _next(reader: Any, tip: _Tip, line: _Line) -> list[Placed]:
    """The batch that the line's topic gets next: from memory, or from the ledger."""
    batch = line.after()
    if batch or tip.position <= line.reached:
        return batch
    return [(row["position"], row["hash"], row) for row in await reader.fetch(_UNSENT, line.reached, BATCH)]


async def take(reader: Any, flying: Sequence[int] = ()) -> list[Any]:
    """What lies in the queue, in its order, but for what is being moved."""
    rows: list[Any] = await reader.fetch(_TAKE, BATCH, flying)
    return rows


async def move(writer: Any, tip: _Tip, rows: Sequence[Any]) -> None:
    """Gives the entries the next positions, with their hashes, in one statement of its own."""
    position, digest = tip.position, tip.hash
    batch: list[Placed] = []
    for row in rows:
        position += 1
        digest = chain(digest, position, row["entry"])
        batch.append((position, digest, row))
    positions, hashes, _ = map(list, zip(*batch, strict=True))
    await writer.execute(_MOVE, [row["seq"] for row in rows], positions, [row["id"] for row in rows], hashes)
    faults.point("relay.moved")
    tip.add(batch)


async def _read_tip(connection: Any) -> _Tip:
    tip = _Tip()
    if last := await connection.fetchrow("SELECT position, hash FROM ledger ORDER BY position DESC LIMIT 1"):
        tip.position, tip.hash = last
    await _read_mark(connection, tip)
    return tip


async def _read_mark(connection: Any, tip: _Tip) -> None:
    if mark := await connection.fetchrow("SELECT position, public, events, rewinds FROM relay_mark"):
        tip.services.sent, tip.public.sent, tip.events, tip.rewinds = mark


@contextlib.asynccontextmanager
async def _connected(database: Database) -> AsyncIterator[Any]:
    connection = await database.connect()
    try:
        yield connection
    finally:
        connection.terminate()


async def _cancelled(task: "asyncio.Task[Any]") -> None:
    """Ends the task, however it ends. To await the task itself would swallow a cancellation of whoever waits."""
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()


async def _landed(landing: _Landing, left: float | None) -> Sent | None:
    """What was sent next; nothing when no time is left, whatever has landed. None waits as long as it takes."""
    if left is not None and left <= 0:
        return None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(left):  # wait_for may swallow a cancellation
            return await landing.get()
    return None


async def _until_one_ends(*works: Coroutine[Any, Any, None]) -> None:
    """Runs them side by side until one of them ends, as it ends."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            await _cancelled(task)
    for task in ended:
        task.result()


async def ring(database: Database) -> None:
    """In an API process: one coalesced NOTIFY after commits, on a connection of its own, because a NOTIFY inside the
    command's transaction ends group commit. A commit rings at once; only a long row of them rings no more often than a
    relay can use. A lost bell costs a poll of 250 ms, no event."""
    await keep_going("bell", database.service, lambda: _ring(database))


async def _ring(database: Database) -> None:
    rung = 0.0
    async with _connected(database) as connection:
        await connection.execute("SET synchronous_commit = off")
        while True:
            await database.bell.wait()
            rung = max(rung + RING_SECONDS, time.monotonic() - RINGS_AT_ONCE * RING_SECONDS)
            await asyncio.sleep(rung - time.monotonic())
            database.bell.clear()
            await connection.execute(f"NOTIFY bell_{database.service}")
