"""The road between services: one small interface, adapters for Kafka and, where that cannot be had, PostgreSQL.

Both keep the same promises, and one behaviour suite proves them: messages of one key stay in order, what was
acknowledged is never lost, what was polled and not committed comes again. Delivery is therefore at least once;
a reader makes the effect happen once.
"""

import asyncio
import struct
from collections.abc import Coroutine, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from shared.bus.login import NO_LOGIN, Login

if TYPE_CHECKING:
    from shared.bus.access import Right

PARTITIONS: Final = 12
"""Partitions of a topic of many keys. Never changed in place: a key's next event would go to another partition."""

_OF_ONE_KEY: Final = (".heartbeats.v1", ".checkpoints.v1")
"""How topics end on which a service speaks of itself alone, under one key: they have one partition."""

MAX_MESSAGE_BYTES: Final = 1024 * 1024 - 1024
"""Most bytes of key, headers and value together: 1 MiB, which is Kafka's default, less room for its own framing."""


class BusUnavailable(Exception):
    """The bus cannot be reached or gave no answer in time. What raised it is spent: close it, make another."""


class TopicMismatch(Exception):
    """A topic is missing, or was made with other settings than the services rely on. The message says what to do."""


class NotAdmitted(Exception):
    """The bus does not let this login make users or give rights. The message says what an administrator has to do."""


class MessageTooLarge(ValueError):
    """A message exceeds MAX_MESSAGE_BYTES. Nothing of that call was sent, and the publisher can go on."""


class Message(NamedTuple):
    """One message to send. The key decides the partition, hence the order; headers are name and bytes."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class Record(NamedTuple):
    """One message as received. Offsets of one partition grow, but not always by one."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class Publisher(Protocol):
    """Sends in order. Spent after the first BusUnavailable: the owner makes another and sends again from its mark."""

    async def send(self, messages: Sequence[Message]) -> asyncio.Future[None]:
        """Take the messages in their order; the answer is done when all are acknowledged by every replica in sync.

        Calls follow one another (a second one waits for the first); only acknowledgements overlap. The call and
        the answer each end within the adapter's limit of seconds. After BusUnavailable from either, any of the
        messages may have arrived or may still arrive once: send them again.

        Raises MessageTooLarge and TopicMismatch before anything is sent, BusUnavailable on a spent publisher.
        """
        ...

    async def close(self) -> None:
        """Wait for what is under way, at most the adapter's limit, then let go."""
        ...


class Subscriber(Protocol):
    """Reads topics for a group. One task polls; commits may run beside it."""

    async def poll(self, timeout: float, limit: int = 500) -> list[Record]:
        """Return the next records, at most `limit`, in order within each partition; none after `timeout` seconds.

        Raises BusUnavailable when the bus is gone, or has more to read and delivers nothing.
        """
        ...

    def commit(self) -> Coroutine[Any, Any, None]:
        """Store that everything returned by the polls up to this very call is done; await it or run it as a task.

        What is polled while it is on its way is not covered. Raises BusUnavailable; the records then come again.
        """
        ...

    async def rewind(self) -> None:
        """Forget what was polled since the last commit was called: the next poll returns it again."""
        ...

    async def close(self) -> None:
        """Leave the group. What was not committed comes again, to whoever takes over."""
        ...


class Bus(Protocol):
    """Where publishers and subscribers come from. Besides MessageTooLarge and what is named here nothing is raised,
    whatever the client does, so that a process that waits and tries again outlives everything that the bus can do."""

    partitions: int

    async def ensure_topics(self, names: Sequence[str], *, retention_ms: int | None = None) -> None:
        """Create the topics that are missing, check the others; kept for ever unless `retention_ms` is given.

        Raises TopicMismatch for a topic with other settings, BusUnavailable.
        """
        ...

    async def admit(self, rights: "Sequence[Right]", passwords: Mapping[str, str]) -> None:
        """As the administrator, make users with these passwords and give rights; what is there already stays.

        Raises NotAdmitted, BusUnavailable.
        """
        ...

    async def publisher(self, name: str) -> Publisher:
        """Connect a publisher; `name` is what the server's own tools show. Raises BusUnavailable."""
        ...

    async def subscriber(self, group: str, topics: Sequence[str], *, from_start: bool = True) -> Subscriber:
        """Join the group where it last committed; a new one begins at the oldest record, or with what comes next.

        Raises TopicMismatch, BusUnavailable.
        """
        ...

    async def last_records(self, topic: str) -> list[Record]:
        """Return the last record of each partition, none of one that holds nothing; no group takes part.

        Raises TopicMismatch when the topic is missing, BusUnavailable.
        """
        ...

    async def close(self) -> None:
        """Close every publisher and subscriber that is still open."""
        ...


def connect(url: str, login: Login = NO_LOGIN) -> Bus:
    """Return the bus at `kafka://host:port[,host:port]` or `postgresql://...`; it connects when first used.

    `login` is for Kafka: PostgreSQL's is in its connection string.
    """
    scheme, _, servers = url.partition("://")
    if scheme == "kafka" and servers:
        from shared.bus.kafka import KafkaBus

        return KafkaBus(servers.rstrip("/"), login)
    if scheme in ("postgresql", "postgres") and servers:
        from shared.bus.postgres import PostgresBus

        return PostgresBus(url)
    raise ValueError(f"a bus begins with kafka://host:port or postgresql://, not with {scheme}://: correct the setting")


def brokers(servers: str) -> list[tuple[str, int]]:
    """Host and port of each, as the client reads them. Raises ValueError for what it cannot read."""
    from shared.bus.kafka import brokers as read

    return read(servers)


def refuse_oversized(messages: Sequence[Message]) -> None:
    """Raise MessageTooLarge for the first message beyond MAX_MESSAGE_BYTES."""
    for message in messages:
        size = len(message.key) + len(message.value) + sum(map(len, chain.from_iterable(message.headers)))
        if size > MAX_MESSAGE_BYTES:
            raise MessageTooLarge(
                f"a message for {message.topic} has {size} bytes, at most {MAX_MESSAGE_BYTES} fit: "
                "keep the content as a document and send its reference and hash"
            )


@lru_cache(maxsize=1024)
def partitions_of(topic: str) -> int:
    return 1 if topic.endswith(_OF_ONE_KEY) else PARTITIONS


@lru_cache(maxsize=65536)
def partition_for(key: bytes) -> int:
    """Return the partition of a key: murmur2, as Kafka's own clients choose it, so every client and adapter agrees."""
    return (_murmur2(key) & 0x7FFFFFFF) % PARTITIONS


def _murmur2(data: bytes) -> int:
    mask, factor = 0xFFFFFFFF, 0x5BD1E995
    words, rest = divmod(len(data), 4)
    digest = 0x9747B28C ^ len(data)
    for word in struct.unpack_from(f"<{words}I", data):
        word = word * factor & mask
        word = (word ^ word >> 24) * factor & mask
        digest = digest * factor & mask ^ word
    if rest:
        digest = (digest ^ int.from_bytes(data[-rest:], "little")) * factor & mask
    digest = (digest ^ digest >> 13) * factor & mask
    return digest ^ digest >> 15
