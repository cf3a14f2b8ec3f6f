"""The inbox beside a consumer that works set by set: polls of at most 500 events, each in one transaction."""

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from shared.bus import connect
from shared.bus.records import Sender, Tags
from shared.events import heartbeats_of, topic_of
from shared.process.settings import SANDBOX_ROAD_SECRET
from shared.work.journal import Entry
from tests.bench import entries, seeds
from tests.bench.reference import schema
from tests.bench.reference.kafka import producer
from tests.bench.rounds import Comparison, Figures, Measurement, Side, at_least, require

KEYS = 4999
"""Purchases over which the events are spread; no divisor of what follows, so that every poison has its own key."""
POISONED = 10_000
"""One event in so many has a grade that nobody knows."""
PATIENCE_SECONDS = 180.0
_CHUNK = 2000


class Inbox(Measurement):
    """Events that change a row and emit, one in ten thousand of them poisoned and parked."""

    name: ClassVar[str] = "inbox"
    about: ClassVar[str] = "inbox consumer with one poisoned event in 10,000"
    needs_kafka: ClassVar[bool] = True
    comparisons: ClassVar[tuple[Comparison, ...]] = (Comparison("inbox consumer", "rate", "events/s", at_least(0.5)),)

    async def open(self) -> None:
        await schema.make(self.house.admin)
        await seeds.lines(self.house.admin, 0, KEYS - 1, "approved")
        await seeds.reference_lines(self.house.admin, 0, KEYS - 1, "approved")
        self._round = 0
        self._poisoned = range(POISONED - 1, self.scale.events, POISONED)
        """The numbers of the poisoned events; each is of another key."""
        self._resting = sum(len(range(number, self.scale.events, KEYS)) for number in self._poisoned)
        """They, and the later events of their keys, which wait behind them."""

    def sides(self) -> Mapping[str, Side]:
        return {"ours": self._ours, "reference": self._reference}

    async def _ours(self) -> Figures:
        await self.house.admin.execute(
            "TRUNCATE contracts.journal, contracts.queue, contracts.inbox, contracts.seen, contracts.held,"
            " contracts.sources"
        )
        prefix = await self._filled_topic()
        argv = ("-m", "tests.bench.reactions", prefix)
        async with self.house.process("consumer", *argv, environment=self.house.environment):
            found = await self._measure("contracts", self.scale.events - self._resting)
        parked = await self.house.admin.fetchval("SELECT count(*) FROM contracts.held WHERE state = 'parked'")
        resting = await self.house.admin.fetchval("SELECT count(*) FROM contracts.held")
        require((parked, resting) == (len(self._poisoned), self._resting), f"{parked} are parked, {resting} rest")
        return found

    async def _reference(self) -> Figures:
        await self.house.admin.execute("TRUNCATE reference.journal, reference.queue, reference.inbox")
        prefix = await self._filled_topic()
        argv = (self.house.admin_url, str(self.house.kafka), topic_of("evaluation", prefix), prefix, "set-based")
        async with self.house.process("consumer", "-m", "tests.bench.reference.consumer", *argv):
            return await self._measure("reference", self.scale.events)

    async def _filled_topic(self) -> str:
        """All events on topics of their own; returns the prefix of their names."""
        self._round += 1
        prefix = f"{self.house.topic_prefix}-{self._round}"
        bus = connect(f"kafka://{self.house.kafka}")
        topic = topic_of("evaluation", prefix)
        await bus.ensure_topics([topic, heartbeats_of("evaluation", prefix)])
        await bus.close()
        await self._send(prefix)
        await self.house.settle()
        return prefix

    async def _send(self, prefix: str) -> None:
        sender = await producer(str(self.house.kafka))
        sending = []
        timeline = await self.house.admin.fetchval("SELECT id FROM evaluation.timelines WHERE source = 'evaluation'")
        write = Sender("evaluation", timeline, Tags(SANDBOX_ROAD_SECRET), prefix).event
        for number, entry in enumerate(entries.entries(self.scale.events, KEYS)):
            value = _poisoned(entry) if number in self._poisoned else entry.text
            row = {**_row(entry), "entry": value}
            sent = write(number + 1, row)
            sending.append(await sender.send(sent.topic, sent.value, key=sent.key, headers=list(sent.headers)))
            if len(sending) == _CHUNK:
                await asyncio.gather(*sending)
                sending.clear()
        await asyncio.gather(*sending)
        await sender.stop()

    async def _measure(self, of: str, expected: int) -> Figures:
        """Events a second, from the first commit, whose events are not counted, to the last."""
        end = time.monotonic() + PATIENCE_SECONDS
        while (count := await self._rows(of, "inbox")) < expected and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        require(count == expected, f"{of}: {count} of {expected} events were applied")
        for table in ("journal", "queue"):
            require((rows := await self._rows(of, table)) == expected, f"{of}: {rows} {table} rows, not {expected}")
        commits = await self.house.admin.fetch(
            f"SELECT pg_xact_commit_timestamp(xmin) AS at, count(*) AS n FROM {of}.inbox GROUP BY 1 ORDER BY 1"
        )
        begun: datetime = commits[0]["at"]
        return {"rate": (expected - commits[0]["n"]) / (commits[-1]["at"] - begun).total_seconds()}

    async def _rows(self, of: str, table: str) -> int:
        count: int = await self.house.admin.fetchval(f"SELECT count(*) FROM {of}.{table}")
        return count


def _row(entry: Entry) -> dict[str, Any]:
    context = entry.context
    row = {name: getattr(entry, name) for name in ("id", "type", "key", "version", "audience")}
    about = {"recorded_at": context.recorded_at, "correlation": context.correlation}
    return {**row, **about, "cause": None, "traceparent": None}


def _poisoned(entry: Entry) -> str:
    document = json.loads(entry.text)
    document["event"]["grade"] = "excellent"
    return json.dumps(document)
