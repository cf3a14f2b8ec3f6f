"""A command and a read over HTTP, each beside the bare app: one worker process a side, 32 connections."""

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from tests.bench import load, seeds
from tests.bench.load import Answered, Requests
from tests.bench.reference import schema
from tests.bench.rounds import Comparison, Figures, Measurement, Side, at_least, require

ACCOUNTS = 32
"""Persons who ask in turn, each with a token of their own."""
WARM_UP = 1 / 3
"""How much goes before a round, unmeasured, as a part of its seconds."""
FASTEST = 4000
"""Commands a second beyond which the seeded lines would not suffice."""
READABLE = 10_000

_WRITTEN = (
    "SELECT (SELECT count(*) FROM {0}.payment_lines WHERE state = 'requested' AND number = 3) AS lines,"
    " (SELECT count(*) FROM {0}.journal) AS journal, (SELECT count(*) FROM {0}.queue) AS queue,"
    " (SELECT count(*) FROM {0}.idempotency) AS idempotency"
)


class OverHttp(Measurement):
    """Two HTTP processes beside each other, on the same rows."""

    async def open(self) -> None:
        self.load = load.program()
        self._exit = contextlib.AsyncExitStack()
        await schema.make(self.house.admin)
        self.tokens = tuple([(await self.house.officer()).token for _ in range(ACCOUNTS)])
        self.ours_url = await self._exit.enter_async_context(self.house.api("contracts"))
        self.reference_url = await self._exit.enter_async_context(self.house.reference_api())

    async def close(self) -> None:
        await self._exit.aclose()
        await schema.drop(self.house.admin)
        await self.house.admin.execute("TRUNCATE contracts.contracts, contracts.payment_lines, contracts.keys CASCADE")

    def sides(self) -> Mapping[str, Side]:
        return {"ours": self.ours, "reference": self.reference}

    @abstractmethod
    async def ours(self) -> Figures: ...

    @abstractmethod
    async def reference(self) -> Figures: ...

    async def loaded(self, requests: Requests) -> Answered:
        return await load.closed_loop(requests, self.scale.connections, self.scale.seconds)

    async def warmed(self, requests: Requests) -> None:
        await load.closed_loop(requests, self.scale.connections, self.scale.seconds * WARM_UP)
        await asyncio.sleep(0.2)  # what was under way when the load ended


class Command(OverHttp):
    """`POST /v1/payment-lines/{id}/request`: token, posts, lock, If-Match, rule, rows, journal, queue, stored answer,
    log and metrics, beside the same rows written statement by statement."""

    name: ClassVar[str] = "command"
    about: ClassVar[str] = "a real command over HTTP, whole"
    comparisons: ClassVar[tuple[Comparison, ...]] = (Comparison("command over HTTP", "rate", "req/s", at_least(0.80)),)

    async def open(self) -> None:
        await super().open()
        self._next = {"contracts": 1, "reference": 1}

    async def ours(self) -> Figures:
        headers = {"content-type": "application/json", "if-match": '"1"', "idempotency-key": "key-@N"}
        address = f"{self.ours_url}/v1/payment-lines/{seeds.path_of(seeds.LINE)}/request"
        return await self._round("contracts", Requests(address, "POST", headers, _BODY, self.tokens))

    async def reference(self) -> Figures:
        headers = {"content-type": "application/json", "idempotency-key": "key-@N"}
        address = f"{self.reference_url}/payment-lines/{seeds.path_of(seeds.LINE)}/request"
        return await self._round("reference", Requests(address, "POST", headers, _BODY))

    async def _round(self, of: str, requests: Requests) -> Figures:
        """Lines nobody has asked for yet, a warm-up over some of them, then the load over the others."""
        warm, first = round(FASTEST * self.scale.seconds * WARM_UP), self._next[of]
        self._next[of] = last = first + warm + round(FASTEST * self.scale.seconds)
        seed = seeds.lines if of == "contracts" else seeds.reference_lines
        await seed(self.house.admin, first, last - 1, "planned")
        await self.house.settle()
        await self.warmed(replace(requests, start=first))
        before = await self._written(of)
        found = await self.loaded(replace(requests, start=first + warm))
        await self._check(of, before, found)
        return {"rate": found.rate, "p50": found.p50, "p99": found.p99}

    async def _written(self, of: str) -> dict[str, int]:
        return dict(await self.house.admin.fetchrow(_WRITTEN.format(of)))

    async def _check(self, of: str, before: dict[str, int], found: Answered) -> None:
        """Every answer has its rows; beyond that only what was under way when the load ended."""
        await asyncio.sleep(0.2)
        for table, count in (await self._written(of)).items():
            more = count - before[table] - found.answers
            require(0 <= more <= self.scale.connections, f"{of}: {more} {table} rows more than answers")


_BODY = '{"papers": null}'


class Read(OverHttp):
    """`GET /v1/payment-lines/{id}`: token, posts, ownership, log and metrics, beside the row alone."""

    name: ClassVar[str] = "read"
    about: ClassVar[str] = "a read by id over HTTP"
    comparisons: ClassVar[tuple[Comparison, ...]] = (Comparison("read over HTTP", "rate", "req/s", at_least(0.60)),)

    async def open(self) -> None:
        await super().open()
        await seeds.lines(self.house.admin, 0, READABLE, "planned")
        await seeds.reference_lines(self.house.admin, 0, READABLE, "planned")
        await self.house.settle()

    async def ours(self) -> Figures:
        address = f"{self.ours_url}/v1/payment-lines/{seeds.path_of(seeds.LINE)}"
        return await self._round(Requests(address, tokens=self.tokens))

    async def reference(self) -> Figures:
        return await self._round(Requests(f"{self.reference_url}/payment-lines/{seeds.path_of(seeds.LINE)}"))

    async def _round(self, requests: Requests) -> Figures:
        """Over the same lines again and again."""
        requests = replace(requests, modulo=READABLE)
        await self.warmed(requests)
        found = await self.loaded(requests)
        return {"rate": found.rate, "p50": found.p50, "p99": found.p99}
