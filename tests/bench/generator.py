"""A light HTTP/1.1 load generator: reads a plan from its input, sends, prints what came back as JSON.

In a closed loop each connection sends its next request when the answer to the last is there; at a fixed rate a request
is sent when its time has come, on a connection that is idle, or a new one.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

import uvloop

from tests.bench.load import Requests

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._came = b""
        self._answer: asyncio.Future[int] | None = None

    @classmethod
    async def to(cls, host: str, port: int) -> Self:
        _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("the server hung up"))

    def send(self, request: bytes) -> "asyncio.Future[int]":
        """Sends it; the result is the status of its answer, once that has come in full."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._came += data
        end = self._came.find(_END_OF_HEAD)
        if end < 0:
            return
        if len(self._came) >= end + len(_END_OF_HEAD) + _length_of(self._came[:end]):
            status, self._came = int(self._came[9:12]), b""
            assert self._answer is not None
            self._answer.set_result(status)


def _length_of(head: bytes) -> int:
    _, _, after = head.lower().partition(_LENGTH)
    return int(after.partition(b"\r\n")[0] or 0)


@dataclass(slots=True)
class Load:
    """A run: what it sends, and what has come back so far."""

    requests: Requests
    connections: int
    seconds: float
    rate: int | None
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    sent_at: dict[int, float] = field(default_factory=dict)

    async def run(self) -> dict[str, Any]:
        parts = urlsplit(self.requests.url)
        assert parts.hostname
        assert parts.port
        pool = [await Connection.to(parts.hostname, parts.port) for _ in range(self.connections)]
        begun = time.perf_counter()
        await (self._closed(pool) if self.rate is None else self._paced(pool, self.rate))
        return self._found(time.perf_counter() - begun)

    async def _closed(self, pool: list[Connection]) -> None:
        end = time.perf_counter() + self.seconds
        numbers = iter(range(self.requests.start, sys.maxsize))

        async def keep_asking(connection: Connection) -> None:
            while time.perf_counter() < end:
                await self._ask(connection, next(numbers))

        await asyncio.gather(*(keep_asking(connection) for connection in pool))

    async def _paced(self, pool: list[Connection], rate: int) -> None:
        begun = time.perf_counter()
        running = []
        for count in range(round(rate * self.seconds)):
            await asyncio.sleep(max(0.0, begun + count / rate - time.perf_counter()))
            running.append(asyncio.create_task(self._ask_on_idle(pool, self.requests.start + count)))
        await asyncio.gather(*running)

    async def _ask_on_idle(self, pool: list[Connection], number: int) -> None:
        self.sent_at[number] = time.time()
        parts = urlsplit(self.requests.url)
        assert parts.hostname
        assert parts.port
        connection = pool.pop() if pool else await Connection.to(parts.hostname, parts.port)
        await self._ask(connection, number)
        pool.append(connection)

    async def _ask(self, connection: Connection, number: int) -> None:
        begun = time.perf_counter()
        status = await connection.send(self.requests.sent(number))
        self.latencies.append((time.perf_counter() - begun) * 1000)
        self.refused += not 200 <= status < 300

    def _found(self, seconds: float) -> dict[str, Any]:
        ordered = sorted(self.latencies)
        return {
            "answers": len(ordered),
            "refused": self.refused,
            "seconds": seconds,
            "p50": ordered[len(ordered) // 2],
            "p99": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
            "sent_at": self.sent_at,
        }


def main() -> None:
    plan = json.load(sys.stdin)
    requests = Requests(**{**plan.pop("requests")})
    print(json.dumps(uvloop.run(Load(requests, **plan).run())))


if __name__ == "__main__":
    main()
