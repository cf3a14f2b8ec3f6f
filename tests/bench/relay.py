"""The relay beside a WAL stream to the same Kafka: how soon a commit is with its
consumer, how fast a backlog drains."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, ClassVar

import asyncpg

from shared import bus
from shared.events import topic_of
from shared.road.audit import verify
from shared.road.relay import ring
from shared.work.database import Database
from tests.bench import entries
from tests.bench.reference import schema
from tests.bench.reference.kafka import PARTITIONS
from tests.bench.rounds import Comparison, Figures, Measurement, Side, at_least, at_most, require
from tests.bench.topic import Reader, gapless, make_topic, reading

WARM = 20
"""Commits that go before a round, until all are with the consumer."""
WRITERS = 8
Commit = Callable[[int, int], Awaitable[tuple[bytes, int]]]
"""Commits one event of that key with that number; the key and number under which it comes."""


class Relaying(Measurement):
    """The worker of evaluation beside the stream of an outbox."""

    needs_kafka: ClassVar[bool] = True

    async def open(self) -> None:
        await schema.make(self.house.admin)
        assert self.house.kafka is not None
        self.broker = self.house.kafka
        self.topic = topic_of("evaluation", self.house.topic_prefix)
        self.streamed = f"{self.house.topic_prefix}-stream"
        await make_topic(self.broker, self.streamed, PARTITIONS)

    @contextlib.asynccontextmanager
    async def stream(self, table: str, form: str) -> AsyncIterator[None]:
        """The WAL stream at work; its slot is there already."""
        argv = ("-m", "tests.bench.reference.wal", self.house.admin_url, self.broker, self.streamed, form)
        async with self.house.process("stream", *argv) as process:
            await process.said("ready")
            yield
        await schema.close_slot(self.house.admin)


class Latency(Relaying):
    """From the commit, as its writer saw it, to the consumer that holds the message, at a fixed rate."""

    name: ClassVar[str] = "relay"
    about: ClassVar[str] = "relay: commit -> consumer at 100 a second"
    comparisons: ClassVar[tuple[Comparison, ...]] = (
        Comparison("relay: commit -> consumer, p50", "p50", "ms", at_most(1.7)),
        Comparison("relay: commit -> consumer, p99", "p99", "ms", at_most(1.5)),
    )

    async def open(self) -> None:
        await super().open()
        self._version = 0

    def sides(self) -> Mapping[str, Side]:
        return {"ours": self._ours, "reference": self._reference}

    async def _ours(self) -> Figures:
        database = Database("evaluation", self.house.settings.url("evaluation"), size=WRITERS)
        await database.open()
        bell = asyncio.create_task(ring(database))
        try:
            async with reading(self.broker, self.topic, bus.PARTITIONS) as reader, self.house.worker("evaluation"):
                return await self._measure(reader, lambda key, number: _emitted(database, key))
        finally:
            bell.cancel()
            await database.close()

    async def _reference(self) -> Figures:
        await schema.open_slot(self.house.admin, "outbox")
        pool = await asyncpg.create_pool(self.house.admin_url, min_size=WRITERS, max_size=WRITERS)
        try:
            async with reading(self.broker, self.streamed, PARTITIONS) as reader, self.stream("outbox", "bare"):
                return await self._measure(reader, lambda key, number: _inserted(pool, key, number))
        finally:
            await pool.close()

    async def _measure(self, reader: Reader, commit: Commit) -> Figures:
        self._version += 1
        for _ in range(WARM):
            await commit(self._key(0), self._version)
            self._version += 1
        await reader.has(WARM)
        committed: dict[tuple[bytes, int], float] = {}

        async def one(key: int) -> None:
            name = await commit(key, self._version)
            committed[name] = time.time()

        count = round(self.scale.rate * self.scale.seconds)
        await self.house.admin.execute("CHECKPOINT")
        begun, running = time.perf_counter(), []
        for number in range(count):
            await asyncio.sleep(max(0.0, begun + number / self.scale.rate - time.perf_counter()))
            running.append(asyncio.create_task(one(self._key(number + 1))))
        await asyncio.gather(*running)
        await reader.has(WARM + count)
        arrived = reader.arrivals()
        took = sorted(1000 * (arrived[name] - at) for name, at in committed.items())
        require(len(took) == count, f"{count - len(took)} of {count} commits did not arrive")
        return {"p50": took[len(took) // 2], "p99": took[len(took) * 99 // 100]}

    def _key(self, number: int) -> int:
        return 10_000 + number


async def _emitted(database: Database, key: int) -> tuple[bytes, int]:
    """As a command commits: the key's lock, the entry, the bell."""
    event = entries.concluded(key)
    async with database.connection() as connection, database.system_transaction(connection) as tx:
        await tx.lock(event.key)
        tx.emit(event)
        version = tx.versions[event.key]
    return str(event.key).encode(), version


async def _inserted(pool: Any, key: int, number: int) -> tuple[bytes, int]:
    payload = json.dumps({"seq": number, "t": 0, "pad": "x" * 940})
    await pool.execute("INSERT INTO reference.outbox (aggregateid, payload) VALUES ($1, $2)", str(key), payload)
    return str(key).encode(), number


class Drain(Relaying):
    """A backlog: entries with their chain, beside a stream that sends the same messages, and a bare one."""

    name: ClassVar[str] = "drain"
    about: ClassVar[str] = "relay: drain of a backlog; nothing lost, in order, gapless, the chain verified"
    comparisons: ClassVar[tuple[Comparison, ...]] = (
        Comparison("relay: drain, of the same messages", "rate", "msg/s", at_least(0.9), "same"),
        Comparison("relay: drain, of bare messages", "rate", "msg/s", at_least(0.55), "bare"),
    )

    async def open(self) -> None:
        await super().open()
        await entries.stage(self.house.admin, self.scale.backlog)

    def sides(self) -> Mapping[str, Side]:
        return {"ours": self._ours, "same": self._same, "bare": self._bare}

    async def _ours(self) -> Figures:
        await entries.fill_journal(self.house.admin, self.scale.backlog)
        await self.house.settle()
        async with reading(self.broker, self.topic, bus.PARTITIONS) as reader, self.house.worker("evaluation"):
            await reader.has(self.scale.backlog)
            await self._marked()
        self._check(reader)
        require(gapless([m for _, messages in reader.polls for m in messages]), "positions have gaps")
        last, _ = await self._verified()
        require(last == self.scale.backlog, f"the chain ends at {last}")
        return {"rate": reader.rate()}

    async def _verified(self) -> tuple[int, bytes]:
        connection = await asyncpg.connect(self.house.admin_url, server_settings={"search_path": "evaluation"})
        try:
            return await verify(connection)
        finally:
            await connection.close()

    async def _marked(self) -> None:
        """Until the relay knows that all is sent: ended before, it would send some again in the next round."""
        statement = "SELECT least(position, public) FROM evaluation.relay_mark"
        while await self.house.admin.fetchval(statement) != self.scale.backlog:  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    async def _same(self) -> Figures:
        return await self._streamed("entries", "same", entries.fill_entries)

    async def _bare(self) -> Figures:
        return await self._streamed("outbox", "bare", entries.fill_outbox)

    async def _streamed(self, table: str, form: str, fill: Callable[[Any, int], Awaitable[None]]) -> Figures:
        await schema.open_slot(self.house.admin, table)
        await fill(self.house.admin, self.scale.backlog)
        await self.house.settle()
        async with reading(self.broker, self.streamed, PARTITIONS) as reader, self.stream(table, form):
            await reader.has(self.scale.backlog)
        self._check(reader)
        return {"rate": reader.rate()}

    def _check(self, reader: Reader) -> None:
        arrived = len(reader.arrivals())
        require(arrived == self.scale.backlog, f"{arrived} of {self.scale.backlog} messages came")
