"""Reads a topic as its consumer would, keeps what came and when, and checks it afterwards."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.bench.rounds import require

PATIENCE_SECONDS = 180.0


async def make_topic(broker: str, name: str, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1)])
    finally:
        await admin.close()
    await asyncio.sleep(0.3)  # until the broker has elected its leaders


@dataclass(slots=True)
class Reader:
    """Messages as they came, each poll with its time (seconds since 1970); nothing is decoded while it is measured."""

    polls: list[tuple[float, list[Any]]] = field(default_factory=list)
    count: int = 0

    async def follow(self, consumer: Any) -> None:
        while True:
            polled = await consumer.getmany(timeout_ms=500)
            messages = [message for batch in polled.values() for message in batch]
            if messages:
                self.polls.append((time.time(), messages))
                self.count += len(messages)

    async def has(self, count: int) -> None:
        """Waits until so many messages have come. Raises Wrong when they do not."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.count < count and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        require(self.count >= count, f"{count - self.count} of {count} messages are lost")

    def rate(self) -> float:
        """Messages a second from the first poll, which is not counted, to the last."""
        (begun, first), (ended, _) = self.polls[0], self.polls[-1]
        return (self.count - len(first)) / max(0.001, ended - begun)

    def arrivals(self) -> dict[tuple[bytes, int], float]:
        """When each message came, by key and number within the key. Raises Wrong for one that came twice or out of
        order."""
        arrived: dict[tuple[bytes, int], float] = {}
        last: dict[bytes, int] = {}
        for at, messages in self.polls:
            for message in messages:
                number = number_of(message)
                require(number > last.get(message.key, -1), f"key {message.key!r}: {number} is out of order, or twice")
                last[message.key] = number
                arrived[message.key, number] = at
        return arrived


def header(message: Any, name: str) -> bytes | None:
    return next((value for found, value in message.headers if found == name), None)


def number_of(message: Any) -> int:
    """The version of the key; of a bare message, which has no headers, its number in the payload."""
    version = header(message, "ce_keyversion")
    if version is not None:
        return int(version)
    _, _, after = message.value.partition(b'"seq": ')
    return int(after.partition(b",")[0].partition(b"}")[0])


def gapless(messages: Sequence[Any]) -> bool:
    """Whether the positions of all messages are 1 to n, each once."""
    positions = sorted(int(header(message, "ce_position") or 0) for message in messages)
    return positions == list(range(1, len(positions) + 1))


@contextlib.asynccontextmanager
async def reading(broker: str, topic: str, partitions: int) -> AsyncIterator[Reader]:
    """A reader of everything that comes on the topic from now on."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False, fetch_max_wait_ms=500)
    await consumer.start()
    places = [TopicPartition(topic, number) for number in range(partitions)]
    consumer.assign(places)
    await consumer.seek_to_end(*places)
    for place in places:
        await consumer.position(place)
    reader = Reader()
    task = asyncio.create_task(reader.follow(consumer))
    try:
        yield reader
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await consumer.stop()
