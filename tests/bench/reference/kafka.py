"""What the references share of Kafka: a producer, and batches built by hand."""

import asyncio
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeAlias

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

PARTITIONS = 4
Sent: TypeAlias = tuple[bytes, bytes, list[tuple[str, bytes]]]
"""Key, value and headers of a message."""

_choose = DefaultPartitioner()
_all = list(range(PARTITIONS))


@lru_cache(maxsize=65536)
def partition_of(key: bytes) -> int:
    return int(_choose(key, _all, _all))


async def producer(broker: str) -> Any:
    """Waits for every replica in sync, and sends nothing twice by itself."""
    made = AIOKafkaProducer(
        bootstrap_servers=broker, acks="all", enable_idempotence=True, linger_ms=0, max_batch_size=262144
    )
    await made.start()
    return made


async def send(producer: Any, topic: str, messages: Iterable[Sent]) -> None:
    """Sends the messages in batches, a list for each partition, and waits until all are acknowledged."""
    lanes: dict[int, list[Sent]] = {}
    for message in messages:
        lanes.setdefault(partition_of(message[0]), []).append(message)
    sent = await asyncio.gather(*(_send_lane(producer, topic, number, lane) for number, lane in lanes.items()))
    await asyncio.gather(*(future for futures in sent for future in futures))


async def _send_lane(producer: Any, topic: str, number: int, lane: list[Sent]) -> list[Any]:
    batch, futures = producer.create_batch(), []
    for key, value, headers in lane:
        if batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
            futures.append(await producer.send_batch(batch, topic, partition=number))
            batch = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None, headers=headers)
    futures.append(await producer.send_batch(batch, topic, partition=number))
    return futures
