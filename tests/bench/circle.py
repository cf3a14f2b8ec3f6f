"""Across two services: an evaluation concluded over HTTP, the payment that it releases committed in contracts.

The floor is the same way with nothing on it: the bare app, the WAL stream, a consumer of one statement.
"""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import ClassVar

from tests.bench import load, seeds
from tests.bench.load import Requests
from tests.bench.reference import schema
from tests.bench.reference.kafka import PARTITIONS
from tests.bench.rounds import Comparison, Figures, Measurement, Side, at_most, require
from tests.bench.topic import make_topic

WARM_SECONDS = 0.5
PATIENCE_SECONDS = 60.0
_BODY = '{"attained": {"consultations": "618"}, "survey_id": "' + seeds.path_of(seeds.SURVEY) + '"}'


class Circle(Measurement):
    """From the request to the commit of the payment's row, as PostgreSQL dates it."""

    name: ClassVar[str] = "circle"
    about: ClassVar[str] = "conclusion over HTTP -> payment row committed in contracts, 100 a second"
    needs_kafka: ClassVar[bool] = True
    load = "tests.bench.generator"
    comparisons: ClassVar[tuple[Comparison, ...]] = (
        Comparison("conclusion -> payment, p50", "p50", "ms", at_most(1.7)),
        Comparison("conclusion -> payment, p99", "p99", "ms", at_most(2.5)),
    )

    async def open(self) -> None:
        await schema.make(self.house.admin)
        self.token = (await self.house.officer()).token
        self._next = {"contracts": 1, "reference": 1}
        self._round = 0

    def sides(self) -> Mapping[str, Side]:
        return {"ours": self._ours, "reference": self._reference}

    async def _ours(self) -> Figures:
        first = await self._seeded("contracts")
        headers = {"content-type": "application/json", "if-match": '"1"', "idempotency-key": "key-@N"}
        async with contextlib.AsyncExitStack() as running:
            address = await running.enter_async_context(self.house.api("evaluation"))
            for service in ("evaluation", "contracts"):
                await running.enter_async_context(self.house.worker(service))
            path = f"{address}/v1/evaluations/{seeds.path_of(seeds.EVALUATION)}/conclusion"
            return await self._measure("contracts", Requests(path, "POST", headers, _BODY, (self.token,), first))

    async def _reference(self) -> Figures:
        first = await self._seeded("reference")
        self._round += 1
        admin_url, broker = self.house.admin_url, str(self.house.kafka)
        topic = f"{self.house.topic_prefix}-stream-{self._round}"
        await make_topic(broker, topic, PARTITIONS)
        await schema.open_slot(self.house.admin, "outbox")
        async with contextlib.AsyncExitStack() as running:
            address = await running.enter_async_context(self.house.reference_api())
            stream = ("-m", "tests.bench.reference.wal", admin_url, broker, topic, "bare")
            consumer = ("-m", "tests.bench.reference.consumer", admin_url, broker, topic, topic, "payment")
            for name, argv in (("stream", stream), ("consumer", consumer)):
                process = await running.enter_async_context(self.house.process(name, *argv))
                await process.said("ready")
            path = f"{address}/evaluations/{seeds.path_of(seeds.EVALUATION)}/conclusion"
            headers = {"content-type": "application/json"}
            found = await self._measure("reference", Requests(path, "POST", headers, _BODY, (), first))
        await schema.close_slot(self.house.admin)
        return found

    async def _seeded(self, of: str) -> int:
        """Evaluations nobody has concluded yet; returns the number of the first."""
        first = self._next[of]
        self._next[of] = first + round(self.scale.rate * (self.scale.seconds + WARM_SECONDS)) + 1
        seed = seeds.evaluations if of == "contracts" else seeds.reference_evaluations
        await seed(self.house.admin, first, self._next[of] - 1)
        await self.house.settle()
        return first

    async def _measure(self, of: str, requests: Requests) -> Figures:
        scale = self.scale
        warm = await load.paced(requests, scale.connections, scale.rate, WARM_SECONDS)
        await self._committed(of, warm.sent_at)
        await self.house.admin.execute("CHECKPOINT")
        measured = replace(requests, start=requests.start + warm.answers)
        sent = await load.paced(measured, scale.connections, scale.rate, scale.seconds)
        committed = await self._committed(of, sent.sent_at)
        took = sorted(1000 * (committed[number] - at) for number, at in sent.sent_at.items())
        return {"p50": took[len(took) // 2], "p99": took[len(took) * 99 // 100]}

    async def _committed(self, of: str, numbers: Mapping[int, float]) -> dict[int, float]:
        """When the payment of each evaluation was committed (seconds since 1970); raises Wrong when one is missing."""
        kind = seeds.LINE if of == "contracts" else seeds.EVALUATION
        ids = {seeds.numbered(kind, number): number for number in numbers}
        statement = f"SELECT line_id, pg_xact_commit_timestamp(xmin) AS at FROM {of}.payments WHERE line_id = ANY($1)"
        end = time.monotonic() + PATIENCE_SECONDS
        while len(rows := await self.house.admin.fetch(statement, list(ids))) < len(ids) and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.3)
        require(len(rows) == len(ids), f"{of}: {len(rows)} payments of {len(ids)}")
        return {ids[row["line_id"]]: row["at"].astimezone(UTC).timestamp() for row in rows}
