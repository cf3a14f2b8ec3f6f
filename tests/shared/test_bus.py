"""What every service may rely on from the bus, the same for both adapters; what only one of them can meet is below."""

import asyncio
import gzip
import struct
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.record.util import calc_crc32c

from deploy.local.kafka import PrivateKafka
from shared.bus import (
    MAX_MESSAGE_BYTES,
    PARTITIONS,
    Bus,
    BusUnavailable,
    Message,
    MessageTooLarge,
    Publisher,
    Record,
    Subscriber,
    TopicMismatch,
    connect,
    partition_for,
)
from shared.bus.access import TOPICS, Right
from shared.bus.kafka import KafkaBus
from shared.bus.login import NO_LOGIN, Login
from shared.bus.postgres import install
from shared.events import SERVICES, topic_of
from shared.process.settings import Settings
from shared.road.migrations import role_of, service_url
from tests.support.servers import SECRET, Broker, clone, drop, lay_on_postgres

HEADERS = (("ce_type", b"goufu.test.happened.v1"), ("name", "购服".encode()), ("raw", bytes(range(256))))


@pytest.fixture(scope="module")
def own_broker(kafka: Broker) -> Iterator[PrivateKafka]:
    """A broker that a test may freeze or kill; where the shared one cannot be had, neither can this."""
    with PrivateKafka() as broker:
        yield broker


@pytest.fixture(scope="session")
async def installed(database_url: str) -> str:
    await install(database_url, [])
    return database_url


@pytest.fixture(params=[pytest.param("kafka", marks=pytest.mark.kafka), "postgres"])
def place(request: pytest.FixtureRequest) -> tuple[str, Login]:
    if request.param == "kafka":
        broker: Broker = request.getfixturevalue("kafka")
        return broker.url, broker.login
    return str(request.getfixturevalue("installed")), NO_LOGIN


@pytest.fixture
async def bus(place: tuple[str, Login]) -> AsyncIterator[Bus]:
    bus = connect(*place)
    yield bus
    await bus.close()


@pytest.fixture
async def topic(bus: Bus) -> str:
    return (await new_topics(bus, 1))[0]


async def new_topics(bus: Bus, count: int) -> list[str]:
    names = [a_name() for _ in range(count)]
    await bus.ensure_topics(names)
    return names


def a_name() -> str:
    return f"test.{uuid.uuid4().hex}"


def a_message(topic: str, number: int = 0, *, keys: int = 7, padding: int = 0) -> Message:
    key = b"key-%d" % (number % keys)
    return Message(topic, key, b"%d" % number + b" " * padding, HEADERS)


def some_messages(topic: str, numbers: range, padding: int = 0) -> list[Message]:
    return [a_message(topic, number, padding=padding) for number in numbers]


async def deliver(bus: Bus, messages: Sequence[Message]) -> None:
    publisher = await bus.publisher("test")
    await (await publisher.send(messages))
    await publisher.close()


async def read(subscriber: Subscriber, count: int, *, within: float = 20) -> list[Record]:
    records: list[Record] = []
    end = time.monotonic() + within
    while len(records) < count and time.monotonic() < end:
        records += await subscriber.poll(0.5)
    assert len(records) >= count, f"{len(records)} of {count} records within {within} s"
    return records


def freeze(broker: PrivateKafka) -> None:
    """Stop the broker, and wait until it has: a busy machine lets it answer a little longer."""
    broker.freeze()
    while "\nState:\tT" not in Path(f"/proc/{broker.pid}/status").read_text():
        time.sleep(0.01)


@asynccontextmanager
async def reading(bus: Bus, group: str, topics: Sequence[str], *, from_start: bool = True) -> AsyncIterator[Subscriber]:
    subscriber = await bus.subscriber(group, topics, from_start=from_start)
    try:
        yield subscriber
    finally:
        await subscriber.close()


def numbers(records: Sequence[Record]) -> list[int]:
    return [int(record.value) for record in records]


def first_arrivals_in_order(records: Sequence[Record]) -> bool:
    """Whether each key's numbers arrive in order, once repetitions of earlier ones are left out."""
    highest: dict[tuple[str, bytes], int] = {}
    for record in records:
        number, place = int(record.value), (record.topic, record.key)
        before = highest.get(place, -1)
        if number > before >= 0 and number != before + 7:
            return False
        highest[place] = max(before, number)
    return True


async def test_a_backlog_of_several_batches_keeps_the_order_of_each_key(bus: Bus, topic: str) -> None:
    publisher = await bus.publisher("test")

    acknowledgements = [
        await publisher.send(some_messages(topic, range(start, start + 700), padding=2000))
        for start in range(0, 4200, 700)
    ]
    await asyncio.gather(*acknowledgements)

    async with reading(bus, a_name(), [topic]) as subscriber:
        records = await read(subscriber, 4200)
    assert sorted(numbers(records)) == list(range(4200))
    assert first_arrivals_in_order(records)
    await publisher.close()


async def test_five_thousand_messages_go_in_one_call(bus: Bus, topic: str) -> None:
    messages = some_messages(topic, range(5000), padding=900)

    await deliver(bus, messages)

    async with reading(bus, a_name(), [topic]) as subscriber:
        records = await read(subscriber, 5000)
    assert sorted(numbers(records)) == list(range(5000))
    assert first_arrivals_in_order(records)


async def test_calls_that_overlap_keep_the_order_in_which_they_were_made(bus: Bus, topic: str) -> None:
    publisher = await bus.publisher("test")
    calls = []

    for start in range(0, 6000, 20):
        batch = [a_message(topic, number, keys=1, padding=300) for number in range(start, start + 20)]
        calls.append(asyncio.create_task(publisher.send(batch)))
        await asyncio.sleep(0)
    await asyncio.gather(*await asyncio.gather(*calls))

    async with reading(bus, a_name(), [topic]) as subscriber:
        assert numbers(await read(subscriber, 6000)) == list(range(6000))
    await publisher.close()


async def test_one_call_fills_two_topics_and_one_subscriber_reads_both(bus: Bus) -> None:
    first, second = await new_topics(bus, 2)
    messages = [a_message((first, second)[number % 2], number) for number in range(100)]

    await deliver(bus, messages)

    async with reading(bus, a_name(), [first, second]) as subscriber:
        records = await read(subscriber, 100)
    assert {int(record.value) % 2 for record in records if record.topic == first} == {0}
    assert sorted(numbers(records)) == list(range(100))


async def test_headers_key_and_value_come_back_byte_for_byte(bus: Bus, topic: str) -> None:
    sent = Message(topic, "项目".encode(), bytes(range(256)), (*HEADERS, ("raw", b"")))

    await deliver(bus, [sent])

    async with reading(bus, a_name(), [topic]) as subscriber:
        (record,) = await read(subscriber, 1)
    assert (record.topic, record.key, record.value, record.headers) == (topic, sent.key, sent.value, sent.headers)


async def test_the_partition_is_the_one_that_kafka_itself_would_choose(bus: Bus, topic: str) -> None:
    messages = [Message(topic, bytes(range(length)) + uuid.uuid4().bytes, b"0", ()) for length in range(40)]

    await deliver(bus, messages)

    everywhere = list(range(PARTITIONS))
    async with reading(bus, a_name(), [topic]) as subscriber:
        records = await read(subscriber, 40)
    assert {r.key: r.partition for r in records} == {m.key: partition_for(m.key) for m in messages}
    assert all(r.partition == DefaultPartitioner()(r.key, everywhere, everywhere) for r in records)


async def test_an_empty_call_is_acknowledged(bus: Bus) -> None:
    publisher = await bus.publisher("test")

    acknowledged = await publisher.send([])

    await asyncio.wait_for(acknowledged, 1)
    await publisher.close()


async def test_a_poll_without_news_ends_in_time_with_nothing(bus: Bus, topic: str) -> None:
    async with reading(bus, a_name(), [topic]) as subscriber:
        began = time.monotonic()

        records = await subscriber.poll(0.3)

        assert records == []
        assert 0.25 < time.monotonic() - began < 5


async def test_a_poll_returns_no_more_than_asked_for(bus: Bus, topic: str) -> None:
    await deliver(bus, some_messages(topic, range(100)))

    async with reading(bus, a_name(), [topic]) as subscriber:
        polls = [await subscriber.poll(5, limit=30) for _ in range(4)]

        assert all(0 < len(poll) <= 30 for poll in polls)


async def test_a_waiting_reader_is_woken_by_a_message(bus: Bus, topic: str) -> None:
    publisher = await bus.publisher("test")
    async with reading(bus, a_name(), [topic]) as subscriber:
        await subscriber.poll(0.1)
        waiting = asyncio.create_task(subscriber.poll(10))
        await asyncio.sleep(0.1)

        await publisher.send([a_message(topic)])

        assert len(await asyncio.wait_for(waiting, 5)) == 1
    await publisher.close()


async def test_after_a_commit_the_next_member_goes_on_behind_it(bus: Bus, topic: str) -> None:
    group = a_name()
    await deliver(bus, some_messages(topic, range(50)))
    async with reading(bus, group, [topic]) as subscriber:
        await read(subscriber, 50)
        await subscriber.commit()
    await deliver(bus, some_messages(topic, range(50, 80)))

    async with reading(bus, group, [topic]) as successor:
        records = await read(successor, 30)

    assert sorted(numbers(records)) == list(range(50, 80))


async def test_without_a_commit_the_next_member_gets_everything_again(bus: Bus, topic: str) -> None:
    group = a_name()
    await deliver(bus, some_messages(topic, range(50)))
    async with reading(bus, group, [topic]) as subscriber:
        await read(subscriber, 50)

    async with reading(bus, group, [topic]) as successor:
        records = await read(successor, 50)

    assert sorted(numbers(records)) == list(range(50))


async def test_a_commit_covers_what_was_polled_when_it_was_called(bus: Bus, topic: str) -> None:
    group = a_name()
    await deliver(bus, some_messages(topic, range(20)))
    async with reading(bus, group, [topic]) as subscriber:
        await read(subscriber, 20)
        commit = subscriber.commit()
        await deliver(bus, some_messages(topic, range(20, 40)))
        await read(subscriber, 20)
        await commit

    async with reading(bus, group, [topic]) as successor:
        records = await read(successor, 20)

    assert sorted(numbers(records)) == list(range(20, 40))


async def test_commits_may_run_beside_the_polls(bus: Bus, topic: str) -> None:
    group = a_name()
    await deliver(bus, some_messages(topic, range(2000)))
    records: list[Record] = []
    async with reading(bus, group, [topic]) as subscriber:
        commits = []
        while len(records) < 2000:
            records += await subscriber.poll(5, limit=100)
            commits.append(asyncio.create_task(subscriber.commit()))
        await asyncio.gather(*commits)

    async with reading(bus, group, [topic]) as successor:
        rest = await successor.poll(1)

    assert first_arrivals_in_order(records)
    assert rest == []


async def test_a_rewind_reads_again_what_was_not_committed(bus: Bus, topic: str) -> None:
    await deliver(bus, some_messages(topic, range(30)))
    async with reading(bus, a_name(), [topic]) as subscriber:
        await read(subscriber, 30)
        await subscriber.commit()
        await deliver(bus, some_messages(topic, range(30, 60)))
        before = await read(subscriber, 30)

        await subscriber.rewind()

        again = await read(subscriber, 30)
        assert sorted(numbers(again)) == sorted(numbers(before)) == list(range(30, 60))


async def test_a_rewind_before_any_commit_reads_from_the_start(bus: Bus, topic: str) -> None:
    await deliver(bus, some_messages(topic, range(30)))
    async with reading(bus, a_name(), [topic]) as subscriber:
        await subscriber.poll(5, limit=10)

        await subscriber.rewind()

        assert sorted(numbers(await read(subscriber, 30))) == list(range(30))


async def test_a_record_whose_handling_failed_is_not_stepped_over(bus: Bus, topic: str) -> None:
    """The handler fails once, the loop rewinds and goes on, later polls commit: nothing is missing (M3)."""
    await deliver(bus, some_messages(topic, range(200)))
    handled: set[int] = set()
    failed = False
    async with reading(bus, a_name(), [topic]) as subscriber:
        while len(handled) < 200:
            found = numbers(await subscriber.poll(5, limit=20))
            if 77 in found and not failed:
                failed = True
                await subscriber.rewind()
                continue
            handled.update(found)
            await subscriber.commit()

    assert failed
    assert handled == set(range(200))


async def test_a_second_group_reads_everything_from_the_start(bus: Bus, topic: str) -> None:
    await deliver(bus, some_messages(topic, range(40)))
    async with reading(bus, a_name(), [topic]) as subscriber:
        await read(subscriber, 40)
        await subscriber.commit()

    async with reading(bus, a_name(), [topic]) as other:
        records = await read(other, 40)

    assert sorted(numbers(records)) == list(range(40))


async def test_a_group_may_begin_with_what_comes_next(bus: Bus, topic: str) -> None:
    await deliver(bus, some_messages(topic, range(40)))
    async with reading(bus, a_name(), [topic], from_start=False) as subscriber:
        assert await subscriber.poll(1) == []

        await deliver(bus, some_messages(topic, range(40, 50)))

        assert sorted(numbers(await read(subscriber, 10))) == list(range(40, 50))


async def test_when_a_member_goes_another_of_its_group_goes_on(bus: Bus, topic: str) -> None:
    group = a_name()
    first, second = await asyncio.gather(bus.subscriber(group, [topic]), bus.subscriber(group, [topic]))
    await deliver(bus, some_messages(topic, range(60)))
    seen: set[int] = set()
    end = time.monotonic() + 20
    while seen != set(range(60)) and time.monotonic() < end:
        for member in (first, second):
            seen.update(numbers(await member.poll(0.2)))
            await member.commit()
    assert seen == set(range(60))

    await first.close()
    await deliver(bus, some_messages(topic, range(60, 90)))

    found: set[int] = set()
    while not found >= set(range(60, 90)) and time.monotonic() < end:
        found.update(numbers(await second.poll(0.2)))
    assert found >= set(range(60, 90))
    await second.close()


async def test_no_reader_skips_a_message_when_senders_overlap(bus: Bus) -> None:
    topics = await new_topics(bus, 2)
    publishers = [await bus.publisher(f"test-{n}") for n in range(4)]

    async def send(publisher: Publisher, index: int) -> None:
        for start in range(0, 300, 20):
            batch = [
                Message(topics[(n + index) % 2], b"key-%d" % index, b"%d" % (index * 1000 + n), ())
                for n in range(start, start + 20)
            ]
            await (await publisher.send(batch))

    seen: list[int] = []
    async with reading(bus, a_name(), topics) as subscriber:
        sending = asyncio.gather(*(send(publisher, index) for index, publisher in enumerate(publishers)))
        while len(seen) < 1200:
            polled = numbers(await subscriber.poll(5))
            assert polled, f"only {len(seen)} of 1200 messages came"
            seen += polled
            await subscriber.commit()
        await sending

    assert sorted(seen) == sorted(index * 1000 + n for index in range(4) for n in range(300))
    await asyncio.gather(*(publisher.close() for publisher in publishers))


async def test_a_message_beyond_one_mebibyte_is_refused_and_nothing_of_its_call_is_sent(bus: Bus, topic: str) -> None:
    publisher = await bus.publisher("test")
    oversized = Message(topic, b"k", b"x" * (MAX_MESSAGE_BYTES + 1), ())

    with pytest.raises(MessageTooLarge, match="keep the content as a document"):
        await publisher.send([a_message(topic, 1), oversized])

    largest = Message(topic, b"k", b"7" + b" " * (MAX_MESSAGE_BYTES - 2), ())
    await (await publisher.send([largest]))
    async with reading(bus, a_name(), [topic]) as subscriber:
        assert numbers(await read(subscriber, 1)) == [7]
    await publisher.close()


async def test_topics_may_be_ensured_twice(bus: Bus) -> None:
    name = a_name()
    await bus.ensure_topics([name])

    await asyncio.gather(bus.ensure_topics([name, a_name()]), bus.ensure_topics([name]))

    await deliver(bus, [a_message(name)])


async def test_a_topic_kept_for_another_time_is_refused(bus: Bus) -> None:
    name = a_name()
    await bus.ensure_topics([name], retention_ms=3_600_000)

    with pytest.raises(TopicMismatch, match=name):
        await bus.ensure_topics([name])

    await bus.ensure_topics([name], retention_ms=3_600_000)


async def test_a_missing_topic_is_neither_read_nor_written(bus: Bus) -> None:
    publisher = await bus.publisher("test")
    missing = a_name()

    with pytest.raises(TopicMismatch, match=missing):
        await (await publisher.send([a_message(missing)]))
    with pytest.raises(TopicMismatch, match=missing):
        await bus.subscriber(a_name(), [missing])

    with pytest.raises(TopicMismatch, match=missing):
        await (await publisher.send([a_message(missing)]))
    await publisher.close()


async def test_the_last_records_are_those_behind_which_nothing_comes(bus: Bus, topic: str) -> None:
    await deliver(bus, some_messages(topic, range(100)))
    async with reading(bus, a_name(), [topic]) as subscriber:
        records = await read(subscriber, 100)

    last = await bus.last_records(topic)

    ends = {record.partition: record for record in sorted(records, key=lambda record: record.offset)}
    assert {record.partition: record for record in last} == ends
    assert 1 < len(last) == len(ends) < PARTITIONS


async def test_an_empty_topic_has_no_last_record_and_a_missing_one_is_refused(bus: Bus, topic: str) -> None:
    assert await bus.last_records(topic) == []

    with pytest.raises(TopicMismatch, match="has no topic"):
        await bus.last_records(a_name())


async def test_looking_at_the_end_moves_no_group(bus: Bus, topic: str) -> None:
    await deliver(bus, some_messages(topic, range(20)))
    async with reading(bus, a_name(), [topic]) as subscriber:
        await subscriber.poll(5, limit=5)
        await subscriber.commit()

        await bus.last_records(topic)

        assert len(await read(subscriber, 15)) == 15


async def test_a_closed_bus_neither_sends_nor_reads(bus: Bus, topic: str) -> None:
    publisher, subscriber = await bus.publisher("test"), await bus.subscriber(a_name(), [topic])

    await bus.close()

    with pytest.raises(BusUnavailable):
        await publisher.send([a_message(topic)])
    with pytest.raises(BusUnavailable):
        await subscriber.poll(0.1)


@pytest.mark.parametrize("url", ["kafka://127.0.0.1:1", "postgresql://nobody@127.0.0.1:1/none"])
async def test_a_bus_that_is_down_says_so_at_once(url: str) -> None:
    bus = connect(url)
    attempts: list[Callable[[], object]] = [
        lambda: bus.publisher("test"),
        lambda: bus.subscriber("test", ["any"]),
        lambda: bus.ensure_topics(["any"]),
        lambda: bus.last_records("any"),
    ]

    for attempt in attempts:
        with pytest.raises(BusUnavailable):
            await asyncio.wait_for(attempt(), 5)  # type: ignore[arg-type]

    await bus.close()


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="kafka://host:port or postgresql://"):
        connect("redis://somewhere")


# Kafka only.


@pytest.mark.kafka
async def test_a_topic_with_four_partitions_is_refused(kafka: Broker) -> None:
    bus, name = connect(kafka.url, kafka.login), a_name()
    admin = AIOKafkaAdminClient(**kafka.client)
    await admin.start()
    await admin.create_topics([NewTopic(name, 4, 1)])
    await admin.close()

    with pytest.raises(TopicMismatch, match="has 4 partitions, 12 are needed"):
        await bus.ensure_topics([name])
    with pytest.raises(TopicMismatch, match="has 4 partitions, 12 are needed"):
        await deliver(bus, [a_message(name)])


@pytest.mark.kafka
async def test_the_last_record_is_found_behind_an_offset_that_holds_none(kafka: Broker) -> None:
    """A transaction ends with an offset of its own."""
    bus = connect(kafka.url, kafka.login)
    (topic,) = await new_topics(bus, 1)
    producer = AIOKafkaProducer(**kafka.client, transactional_id=topic)
    await producer.start()
    async with producer.transaction():
        await producer.send(topic, b"7", partition=3)
    await producer.stop()

    assert [(record.partition, record.value) for record in await bus.last_records(topic)] == [(3, b"7")]


def in_snappy(content: bytes) -> bytes:
    """As one literal: the length, then its tag of two more bytes of length."""
    length = len(content)
    assert 128 <= length < 16384
    return bytes((length & 127 | 128, length >> 7, 61 << 2)) + struct.pack("<H", length - 1) + content


UNREADABLE = {
    "a codec that the client lacks": (2, in_snappy),
    "a thousandfold of what it weighs": (1, gzip.compress),
    "a header whose name is no text": (0, lambda content: content.replace(b"PLACE", b"\xff\xfe\xff\xfe\xff")),
}


@pytest.mark.kafka
@pytest.mark.parametrize(("codec", "change"), UNREADABLE.values(), ids=UNREADABLE)
async def test_a_batch_that_cannot_be_read_holds_up_nobody(
    kafka: Broker, codec: int, change: Callable[[bytes], bytes]
) -> None:
    """One record without content stands for it, which nobody believes."""
    bus = connect(kafka.url, kafka.login)
    (topic,) = await new_topics(bus, 1)
    producer = AIOKafkaProducer(**kafka.client, enable_idempotence=False)
    await producer.start()
    await producer.send_and_wait(topic, b"1", key=b"k", partition=3)
    batch = producer.create_batch()
    for _ in range(2):
        batch.append(timestamp=None, key=b"k", value=bytes(200), headers=[("PLACE", b"")])
    built = bytes(batch._build())
    content = change(built[61:])
    rest = struct.pack(">h", codec) + built[23:61] + content
    length = struct.pack(">i", len(rest) + 9)
    batch._buffer = bytearray(built[:8] + length + built[12:17] + struct.pack(">I", calc_crc32c(rest)) + rest)
    await (await producer.send_batch(batch, topic, partition=3))

    last = await bus.last_records(topic)
    assert [(record.key, record.value, record.headers, record.offset) for record in last] == [(b"", b"", (), 2)]
    await producer.send_and_wait(topic, b"4", key=b"k", partition=3)
    await producer.stop()
    async with reading(bus, a_name(), [topic]) as subscriber:
        assert [record.value for record in await read(subscriber, 3)] == [b"1", b"", b"4"]
        await subscriber.commit()
    assert [record.value for record in await bus.last_records(topic)] == [b"4"]
    await bus.close()


@pytest.mark.kafka
async def test_the_member_that_reads_a_key_in_one_topic_reads_it_in_all(kafka: Broker) -> None:
    bus, group = connect(kafka.url, kafka.login), a_name()
    topics = await new_topics(bus, 2)
    members = await asyncio.gather(*(bus.subscriber(group, topics) for _ in range(5)))

    async def readers() -> dict[tuple[str, bytes], Subscriber]:
        """Who reads what, of one more round of messages."""
        found: dict[tuple[str, bytes], Subscriber] = {}
        await deliver(bus, [a_message(topic, n, keys=200) for topic in topics for n in range(200)])
        while len(found) < 400:
            for member in members:
                found.update({(record.topic, record.key): member for record in await member.poll(0.1)})
                await member.commit()
        return found

    async with asyncio.timeout(30):
        while len(set((await readers()).values())) < 5:
            pass  # the group is still gathering
        found = await readers()

    assert all(found[topics[0], b"key-%d" % n] is found[topics[1], b"key-%d" % n] for n in range(200))
    await bus.close()


@pytest.mark.long
@pytest.mark.kafka
async def test_nothing_acknowledged_is_lost_when_the_broker_is_killed_while_sending(own_broker: PrivateKafka) -> None:
    bus = KafkaBus(own_broker.bootstrap, own_broker.login, ack_timeout=3)
    (topic,) = await new_topics(bus, 1)
    acknowledged: set[int] = set()
    outages = 0

    async def send_all() -> None:
        """As a relay does: a new publisher after each failure, and again from the first one not acknowledged."""
        nonlocal outages
        start = 0
        publisher: Publisher = await bus.publisher("test")
        while start < 4200:
            try:
                await (await publisher.send(some_messages(topic, range(start, start + 70))))
            except BusUnavailable:
                outages += 1
                await publisher.close()
                publisher = await reopened()
                continue
            acknowledged.update(range(start, start + 70))
            start += 70
            await asyncio.sleep(0.02)
        await publisher.close()

    async def reopened() -> Publisher:
        while True:
            try:
                return await bus.publisher("test")
            except BusUnavailable:
                await asyncio.sleep(0.2)

    sending = asyncio.create_task(send_all())
    await asyncio.sleep(0.5)
    own_broker.kill()
    await asyncio.sleep(4)
    await asyncio.to_thread(own_broker.start)
    await asyncio.wait_for(sending, 60)

    assert outages >= 1
    async with reading(bus, a_name(), [topic]) as subscriber:
        records = await read(subscriber, 4200, within=60)
        records += await subscriber.poll(1)
    assert acknowledged == set(range(4200)) == set(numbers(records))
    assert first_arrivals_in_order(records)


@pytest.mark.long
@pytest.mark.kafka
async def test_a_frozen_broker_ends_the_wait_of_sender_committer_and_reader(own_broker: PrivateKafka) -> None:
    bus = KafkaBus(own_broker.bootstrap, own_broker.login, ack_timeout=2, patience=2)
    (topic,) = await new_topics(bus, 1)
    publisher, subscriber = await bus.publisher("test"), await bus.subscriber(a_name(), [topic])
    await (await publisher.send(some_messages(topic, range(70))))
    await read(subscriber, 70)

    freeze(own_broker)
    try:
        began = time.monotonic()
        with pytest.raises(BusUnavailable):
            await (await publisher.send(some_messages(topic, range(70, 140))))
        with pytest.raises(BusUnavailable):
            await publisher.send([a_message(topic)])
        with pytest.raises(BusUnavailable):
            await subscriber.commit()
        with pytest.raises(BusUnavailable, match="make another"):
            await read(subscriber, 1, within=40)
        assert time.monotonic() - began < 30
    finally:
        own_broker.thaw()

    await asyncio.gather(publisher.close(), subscriber.close())


# PostgreSQL only.


async def test_a_slow_append_is_waited_for_in_its_topic_and_holds_up_no_other(installed: str) -> None:
    bus = connect(installed)
    slow, quick = await new_topics(bus, 2)
    publisher = await bus.publisher("test")
    connection = await asyncpg.connect(installed)
    append = "SELECT bus.append(ARRAY[$1], ARRAY[0], ARRAY[''::bytea], ARRAY['[]'], ARRAY['1'::bytea])"

    async with reading(bus, a_name(), [slow, quick]) as subscriber:
        async with connection.transaction():
            await connection.execute(append, slow)
            later = asyncio.create_task(deliver(bus, [a_message(slow, 2)]))
            await (await publisher.send([a_message(quick, 3)]))
            assert numbers(await read(subscriber, 1)) == [3]
            await asyncio.wait((later,), timeout=0.5)
            assert not later.done()
            assert await subscriber.poll(0) == []
        await later

        assert numbers(await read(subscriber, 2)) == [1, 2]
    await connection.close()
    await bus.close()


async def test_a_bell_wakes_a_reader_before_its_next_look(installed: str) -> None:
    bus = connect(installed)
    (topic,) = await new_topics(bus, 1)
    publisher = await bus.publisher("test")
    delays = []

    async with reading(bus, a_name(), [topic]) as subscriber:
        await subscriber.poll(0)
        for number in range(5):
            waiting = asyncio.create_task(subscriber.poll(5))
            await asyncio.sleep(0.05)
            began = time.monotonic()
            await publisher.send([a_message(topic, number)])
            await waiting
            delays.append(time.monotonic() - began)

    assert min(delays) < 0.1, "a look comes 0.2 s after the message, a bell at once"
    await bus.close()


async def test_a_second_reader_of_a_group_stands_by(installed: str) -> None:
    bus, group = connect(installed), a_name()
    (topic,) = await new_topics(bus, 1)
    await deliver(bus, some_messages(topic, range(5)))
    first, second = await bus.subscriber(group, [topic]), await bus.subscriber(group, [topic])
    await read(first, 5)

    assert await second.poll(0.5) == []

    await first.close()
    assert numbers(await second.poll(5)) == list(range(5))
    await bus.close()


async def test_a_topic_with_a_retention_forgets_old_messages_when_new_ones_are_sent(installed: str) -> None:
    bus = connect(installed)
    name = a_name()
    await bus.ensure_topics([name], retention_ms=50)
    await deliver(bus, some_messages(name, range(300)))
    await asyncio.sleep(0.1)

    await deliver(bus, some_messages(name, range(300, 600)))

    async with reading(bus, a_name(), [name]) as subscriber:
        assert min(numbers(await subscriber.poll(5))) == 300
    await bus.close()


async def test_a_role_may_use_the_bus_and_alter_nothing_on_it(installed: str) -> None:
    role = f"bus_{uuid.uuid4().hex[:8]}"
    admin = await asyncpg.connect(installed)
    await admin.execute(f"CREATE ROLE {role}")
    try:
        bus = connect(installed)
        await bus.ensure_topics([role])
        await bus.admit([Right(role, "write", "topic", role), Right(role, "read", "group", "group")], {})
        await admin.execute(f"SET ROLE {role}")
        await admin.execute(
            "SELECT bus.append(ARRAY[$1], ARRAY[0], ARRAY[''::bytea], ARRAY['[]'], ARRAY['1'::bytea])", role
        )
        await admin.execute("SELECT bus.store('group', ARRAY[$1], ARRAY[1])", role)

        for statement in (
            "UPDATE bus.messages SET value = ''",
            "DELETE FROM bus.messages",
            "TRUNCATE bus.messages",
            "INSERT INTO bus.messages (topic, partition, key, headers, value) VALUES ('t', 0, '', '[]', '')",
            "DELETE FROM bus.topics",
            "UPDATE bus.topics SET retention_ms = 1",
            "SELECT bus.ensure(ARRAY['of its own'], NULL)",
            "SELECT bus.store('another group', ARRAY['t'], ARRAY[1])",
            "INSERT INTO bus.rights VALUES (current_user, 'write', 'topic', 't')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await admin.execute(statement)
    finally:
        await admin.execute("RESET ROLE")
        await admin.execute(f"DROP OWNED BY {role}")
        await admin.execute(f"DROP ROLE {role}")
        await admin.close()


async def test_a_service_sends_its_own_topic_alone_and_keeps_no_other_services_offsets(
    database_url: str, template: str
) -> None:
    name = f"bus_{uuid.uuid4().hex[:8]}"
    url = await clone(database_url, template, name)
    wrong = []
    try:
        await lay_on_postgres(Settings(topic_prefix="p"), url, template)
        for service in SERVICES:
            bus = connect(service_url(url, SECRET, service, database=template))
            for topic in TOPICS:
                allowed = topic in (service, f"{service}.heartbeats", f"{service}.checkpoints", "public")
                try:
                    await deliver(bus, [Message(topic_of(topic, "p"), b"k", b"1", ())])
                except BusUnavailable as refused:
                    told = f"{role_of(template, service)} has no right to write to {topic_of(topic, 'p')}"
                    wrong += [(service, topic)] if allowed or told not in str(refused) else []
                else:
                    wrong += [] if allowed else [(service, topic)]
            with pytest.raises(BusUnavailable):
                await bus.ensure_topics([topic_of("new", "p")])
            for owner in SERVICES:
                async with reading(bus, f"p.{owner}", [topic_of(service, "p")]) as subscriber:
                    assert await subscriber.poll(1)
                    if owner == service:
                        await subscriber.commit()
                        continue
                    with pytest.raises(BusUnavailable, match="policy"):
                        await subscriber.commit()
            await bus.close()
    finally:
        await drop(database_url, name)

    assert wrong == []


async def test_installing_twice_at_once_changes_nothing(installed: str) -> None:
    bus = connect(installed)
    (topic,) = await new_topics(bus, 1)
    await deliver(bus, some_messages(topic, range(3)))

    await asyncio.gather(*(install(installed, []) for _ in range(3)))

    async with reading(bus, a_name(), [topic]) as subscriber:
        assert numbers(await subscriber.poll(5)) == [0, 1, 2]
    await bus.close()


async def test_a_cut_connection_ends_the_reader_and_its_successor_goes_on(installed: str) -> None:
    bus, group = connect(installed), a_name()
    (topic,) = await new_topics(bus, 1)
    await deliver(bus, some_messages(topic, range(10)))
    cut = await bus.subscriber(group, [topic])
    await read(cut, 10)
    admin = await asyncpg.connect(installed)

    await admin.execute(
        "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
        "WHERE l.locktype = 'advisory' AND a.datname = current_database() AND a.query LIKE '%bus.read%'"
    )

    with pytest.raises(BusUnavailable):
        await cut.poll(1)
    async with reading(bus, group, [topic]) as successor:
        assert numbers(await read(successor, 10)) == list(range(10))
    await admin.close()
    await bus.close()


async def test_a_reader_that_falls_silent_makes_room(installed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.bus.postgres.SILENCE_S", 1)
    bus, group = connect(installed), a_name()
    (topic,) = await new_topics(bus, 1)
    await deliver(bus, some_messages(topic, range(10)))
    frozen = await bus.subscriber(group, [topic])
    await read(frozen, 10)

    async with reading(bus, group, [topic]) as successor:
        assert numbers(await read(successor, 10)) == list(range(10))

    with pytest.raises(BusUnavailable):
        await frozen.poll(1)
    await bus.close()
