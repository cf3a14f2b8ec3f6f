"""The bus on Kafka: the only file that imports a Kafka client.

aiokafka is trusted with the protocol and not with the bad day, so six things are ours: an acknowledgement has an
upper bound, a publisher that missed it sends nothing more, a subscriber that stands still while the log grows says so,
a batch that cannot be read is stepped over, a record polled but not committed can be read again, and whatever is
raised, a cancellation of its own making included, comes out as BusUnavailable, saying what to do. Several members of a
group share the partitions; when they are dealt out anew, what a member polled and did not commit comes again, possibly
to another member.
"""

import asyncio
import logging
import re
import ssl
import time
from collections.abc import AsyncIterator, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from itertools import zip_longest
from typing import Any, Final
from weakref import WeakSet

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.consumer import fetcher
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import (
    AuthenticationFailedError,
    ClusterAuthorizationFailedError,
    CommitFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    IllegalStateError,
    KafkaConnectionError,
    MessageSizeTooLargeError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.structs import ConsumerRecord

from shared.bus import (
    MAX_MESSAGE_BYTES,
    PARTITIONS,
    BusUnavailable,
    Message,
    NotAdmitted,
    Record,
    TopicMismatch,
    partition_for,
    partitions_of,
    refuse_oversized,
)
from shared.bus.access import Right
from shared.bus.kafka_admit import give_rights, make_users
from shared.bus.login import NO_LOGIN, Login, LoginError

_CONNECT_S: Final = 5
_JOIN_S: Final = 30
_STOP_S: Final = 5
_log = logging.getLogger(__name__)
_REFUSED: Final = (AuthenticationFailedError, SaslAuthenticationFailed)
_NO_RIGHT: Final = (TopicAuthorizationFailedError, GroupAuthorizationFailedError)
_background: set[asyncio.Task[None]] = set()


def brokers(servers: str) -> list[tuple[str, int]]:
    """Host and port of each, as the client reads them. Raises ValueError for what it cannot read, and for a port that
    it would take without the colon."""
    if "]" in servers and re.search(r"\][^:,\s]", servers):
        raise ValueError(servers)
    return [(host, port) for host, port, _ in collect_hosts(servers, randomize=False)]


class KafkaBus:
    """Kafka at `host:port[,host:port]`.

    `ack_timeout`: seconds within which a send is taken, and then acknowledged, or the publisher is given up.
    `patience`: seconds that a subscriber may deliver nothing although there is more to read.
    """

    partitions = PARTITIONS

    def __init__(
        self, bootstrap: str, login: Login = NO_LOGIN, *, ack_timeout: float = 10, patience: float = 30
    ) -> None:
        self._bootstrap = bootstrap
        self._login = login
        self._ack_timeout = ack_timeout
        self._patience = patience
        self._open: WeakSet[_Publisher | _Subscriber] = WeakSet()

    async def ensure_topics(self, names: Sequence[str], *, retention_ms: int | None = None) -> None:
        settings = {"cleanup.policy": "delete", "compression.type": "producer", "retention.bytes": "-1"}
        settings["retention.ms"] = "-1"
        if retention_ms is not None:
            # Kafka forgets whole segments only, and never the one it writes to: without segment.ms, after a week.
            settings |= {"retention.ms": str(retention_ms), "segment.ms": str(retention_ms)}
        async with self._admin() as admin:
            if missing := set(names) - (await _count_partitions(admin)).keys():
                await _create_topics(admin, missing, settings)
            _check_partitions(names, await _count_partitions(admin))
            await _check_settings(admin, names, settings)

    async def admit(self, rights: Sequence[Right], passwords: Mapping[str, str]) -> None:
        async with self._admin() as admin:
            await give_rights(admin, rights)
            if passwords:
                await make_users(admin, passwords)
                await self._until_known(*list(passwords.items())[-1])

    async def publisher(self, name: str) -> "_Publisher":
        producer = AIOKafkaProducer(
            **self._connection(),
            client_id=name,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=262144,
            request_timeout_ms=int(self._ack_timeout * 1000),
        )
        await self._start(producer, _CONNECT_S)
        publisher = _Publisher(producer, self._login, self._ack_timeout)
        self._open.add(publisher)
        return publisher

    async def subscriber(self, group: str, topics: Sequence[str], *, from_start: bool = True) -> "_Subscriber":
        async with self._admin() as admin:
            _check_partitions(topics, await _count_partitions(admin))
        consumer = AIOKafkaConsumer(
            **self._connection(),
            client_id=group,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest" if from_start else "latest",
            # By range a member holds the same partition of every topic, so one key's events of all services meet there.
            partition_assignment_strategy=(RangePartitionAssignor,),
            # Above the 10 s that the group may wait for a lost member, or joining would be given up too early.
            request_timeout_ms=15000,
            # A worker that was killed is missed after this long; its successor reads on then.
            session_timeout_ms=6000,
            heartbeat_interval_ms=2000,
        )
        subscriber = _Subscriber(consumer, self._login, self._ack_timeout, self._patience)
        consumer.subscribe(topics=list(topics), listener=_Assignment(subscriber))
        await self._start(consumer, _JOIN_S)
        self._open.add(subscriber)
        return subscriber

    async def last_records(self, topic: str) -> list[Record]:
        async with self._admin() as admin:
            _check_partitions([topic], await _count_partitions(admin))
        places = [TopicPartition(topic, partition) for partition in range(partitions_of(topic))]
        consumer = AIOKafkaConsumer(
            **self._connection(),
            client_id="last",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        consumer.assign(places)
        await self._start(consumer, _CONNECT_S)
        try:
            with _reported(f"the end of {topic} cannot be read", self._login):
                async with asyncio.timeout(self._ack_timeout):
                    return await _read_ends(consumer, places)
        finally:
            await _stop(consumer)

    async def close(self) -> None:
        await asyncio.gather(*(each.close() for each in list(self._open)))

    async def _start(self, client: Any, limit: float) -> None:
        try:
            with _reported(f"no connection to {self._bootstrap}", self._login):
                async with asyncio.timeout(limit), self._explained():
                    await client.start()
        except BaseException:
            await _stop(client)
            raise

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[Any]:
        with _reported(f"no answer from {self._bootstrap}", self._login):
            admin = AIOKafkaAdminClient(**self._connection(), request_timeout_ms=_CONNECT_S * 1000)
            try:
                async with asyncio.timeout(2 * _CONNECT_S):
                    async with self._explained():
                        await admin.start()
                    yield admin
            finally:
                await _stop(admin)

    def _connection(self) -> dict[str, Any]:
        """What every client is told: where the brokers are, and who is asking."""
        login = self._login
        given: dict[str, Any] = {"bootstrap_servers": self._bootstrap, "security_protocol": login.security}
        if login.encrypted:
            with _reported(f"no connection to {self._bootstrap}", login):
                given["ssl_context"] = login.tls()  # read each time, because certificates are renewed
        if login.by_password:
            given |= {"sasl_mechanism": login.mechanism}
            given |= {"sasl_plain_username": login.user, "sasl_plain_password": login.password}
        return given

    async def _until_known(self, user: str, password: str) -> None:
        """Brokers learn of rights and users a little later, in the order in which they were made."""
        login = replace(self._login, mechanism="SCRAM-SHA-512", user=user, password=password)
        given = KafkaBus(self._bootstrap, login)._connection()
        for host, port, _ in collect_hosts(given.pop("bootstrap_servers")):
            while True:
                try:
                    (await create_conn(host, port, **given)).close()
                except _REFUSED:
                    await asyncio.sleep(0.02)
                else:
                    break

    @asynccontextmanager
    async def _explained(self) -> AsyncIterator[None]:
        """aiokafka keeps to its log why no broker lets it in: one more connection tells us."""
        try:
            yield
        except KafkaConnectionError:
            given = self._connection()
            for host, port, _ in collect_hosts(given.pop("bootstrap_servers")):
                try:
                    connection = await create_conn(host, port, request_timeout_ms=2000, **given)
                except ConnectionRefusedError:
                    continue
                try:
                    await connection.send(MetadataRequest([]))
                finally:
                    connection.close()
            raise


class _Single:
    """One batch, in the way in which the client takes them."""

    def __init__(self, batch: Any) -> None:
        self._left = [batch]

    def has_next(self) -> bool:
        return bool(self._left)

    def next_batch(self) -> Any:
        return self._left.pop()


class _Batches(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka ships no types
    """What a fetch brought of a partition. Our publishers compress nothing: a batch that is compressed, and might be a
    thousandfold of what it weighs, or that cannot be read holds up nobody; one empty record comes in its place."""

    def _unpack_records(self) -> Iterator[Any]:
        batches: Any = self._records
        while batches.has_next():
            batch = batches.next_batch()
            self._records: Any = _Single(batch)
            if not getattr(batch, "compression_type", 0):
                try:
                    yield from super()._unpack_records()
                    continue
                except UnicodeDecodeError:
                    pass
            self.next_fetch_offset = batch.next_offset
            yield ConsumerRecord(*self._tp, batch.next_offset - 1, 0, 0, None, None, None, -1, -1, ())


fetcher.PartitionRecords = _Batches


class _Publisher:
    def __init__(self, producer: Any, login: Login, limit: float) -> None:
        self._producer = producer
        self._login = login
        self._limit = limit
        self._turn = asyncio.Lock()
        self._checked: set[str] = set()
        self._flying: set[asyncio.Task[None]] = set()
        self._spent: asyncio.Future[BusUnavailable] = asyncio.get_running_loop().create_future()
        self._ending: asyncio.Task[None] | None = None

    async def send(self, messages: Sequence[Message]) -> asyncio.Future[None]:
        refuse_oversized(messages)
        # aiokafka swaps the batches of one partition when two tasks wait to hand them in.
        async with self._turn:
            if self._spent.done():
                raise BusUnavailable(str(self._spent.result()))
            batches: list[asyncio.Future[Any]] = []
            try:
                with _reported("sending failed", self._login):
                    async with asyncio.timeout(self._limit):
                        await self._check_topics({message.topic for message in messages} - self._checked)
                        await self._enqueue(messages, batches)
            except (BusUnavailable, asyncio.CancelledError) as error:
                # Half of the messages may be on their way; going on would leave a hole before what follows.
                _forget(batches)
                self._give_up(error if isinstance(error, BusUnavailable) else BusUnavailable("sending was cancelled"))
                raise
            return self._watch(batches)

    async def close(self) -> None:
        if self._flying:
            await asyncio.wait(self._flying, timeout=self._limit)
        self._give_up(BusUnavailable("this publisher was closed: make another"))
        if self._ending:
            await asyncio.wait((self._ending,), timeout=_STOP_S)

    async def _check_topics(self, topics: set[str]) -> None:
        if topics:
            # Asked for all topics: asking for one by name would let the broker create it, with its own settings.
            cluster = await self._producer.client.fetch_all_metadata()
            _check_partitions(topics, {name: len(cluster.partitions_for_topic(name)) for name in cluster.topics()})
            self._checked |= topics

    async def _enqueue(self, messages: Sequence[Message], batches: list[asyncio.Future[Any]]) -> None:
        lanes = self._sort(messages)
        # Layer by layer, because a partition takes its second batch only when the first has left.
        for layer in zip_longest(*lanes.values()):
            for (topic, partition), batch in zip(lanes, layer, strict=True):
                if batch is not None:
                    batches.append(await self._producer.send_batch(batch, topic, partition=partition))

    def _sort(self, messages: Sequence[Message]) -> dict[tuple[str, int], list[Any]]:
        lanes: dict[tuple[str, int], list[Any]] = {}
        for message in messages:
            key, value, headers = message.key, message.value, list(message.headers)
            lane = lanes.setdefault((message.topic, partition_for(key) % partitions_of(message.topic)), [])
            if not lane or lane[-1].append(timestamp=None, key=key, value=value, headers=headers) is None:
                lane.append(self._producer.create_batch())
                lane[-1].append(timestamp=None, key=key, value=value, headers=headers)
        return lanes

    def _watch(self, batches: list[asyncio.Future[Any]]) -> asyncio.Task[None]:
        acknowledged = asyncio.create_task(self._acknowledged(batches))
        self._flying.add(acknowledged)
        acknowledged.add_done_callback(self._landed)
        return acknowledged

    async def _acknowledged(self, batches: list[asyncio.Future[Any]]) -> None:
        deadline = time.monotonic() + self._limit
        try:
            with _reported("sending failed", self._login):
                for batch in batches:
                    left = max(0, deadline - time.monotonic())
                    await asyncio.wait((batch, self._spent), timeout=left, return_when=asyncio.FIRST_COMPLETED)
                    if not batch.done():
                        late = f"no acknowledgement within {self._limit:g} s, or that of another call failed"
                        raise TimeoutError(late)
                    batch.result()
        except (BusUnavailable, TopicMismatch) as error:
            self._give_up(BusUnavailable(str(error)))
            raise
        finally:
            _forget(batches)

    def _landed(self, acknowledged: asyncio.Task[None]) -> None:
        self._flying.discard(acknowledged)
        if not acknowledged.cancelled():
            acknowledged.exception()  # taken note of: the publisher is spent, whoever awaits is told as well

    def _give_up(self, reason: BusUnavailable) -> None:
        if not self._spent.done():
            self._spent.set_result(reason)
            self._ending = _run(self._end())

    async def _end(self) -> None:
        """Stop for good. aiokafka's stop() would flush first, and an idempotent producer retries for ever."""
        sender, waiting = self._producer._sender.sender_task, self._producer._message_accumulator
        sender.cancel()
        await asyncio.wait((sender,))  # what is on its way still ends, within a request's time limit
        waiting._batches.clear()
        waiting._pending_batches.clear()
        await self._producer.stop()


class _Subscriber:
    def __init__(self, consumer: Any, login: Login, limit: float, patience: float) -> None:
        self._consumer = consumer
        self._login = login
        self._limit = limit
        self._patience = patience
        self._polled: dict[Any, int] = {}
        self._done: dict[Any, int] = {}
        self._stored: dict[Any, int] = {}
        self._generation = 0
        self._member = False
        self._well_at = self._looked_at = time.monotonic()

    async def poll(self, timeout: float, limit: int = 500) -> list[Record]:
        with _reported("reading failed", self._login):
            batches = await self._consumer.getmany(timeout_ms=int(timeout * 1000), max_records=limit)
        for place, batch in batches.items():
            self._done.setdefault(place, batch[0].offset)
            self._polled[place] = batch[-1].offset + 1
        records = [_record(message) for batch in batches.values() for message in batch]
        if records:
            self._well_at = time.monotonic()
        else:
            await self._look()
        return records

    def commit(self) -> Coroutine[Any, Any, None]:
        self._done = dict(self._polled)
        news = {place: offset for place, offset in self._done.items() if self._stored.get(place) != offset}
        return self._store(news, self._generation)

    async def rewind(self) -> None:
        with _reported("going back failed", self._login):
            for place, offset in self._done.items():
                if self._polled[place] != offset:
                    self._consumer.seek(place, offset)
        self._polled = dict(self._done)

    async def close(self) -> None:
        await _stop(self._consumer)

    def joined(self) -> None:
        """The group has dealt out the partitions, some of them or none to this member."""
        self._member = True
        self._well_at = time.monotonic()

    def left(self) -> None:
        """The partitions are taken back, to be dealt out again."""
        self._member = False
        self._generation += 1
        self._well_at = time.monotonic()
        for positions in (self._polled, self._done, self._stored):
            positions.clear()

    async def _store(self, offsets: dict[Any, int], generation: int) -> None:
        if not offsets or generation != self._generation:
            return
        with _reported("storing the offsets failed", self._login):
            try:
                async with asyncio.timeout(self._limit):
                    await self._consumer.commit(offsets)
            except (CommitFailedError, IllegalStateError) as error:
                _log.info("offsets not stored, the group is sharing out anew and the records come again: %s", error)
                return
        if generation == self._generation:
            self._stored |= offsets

    async def _look(self) -> None:
        """After an empty poll: raise when there has been something to read for longer than patience allows.

        aiokafka gives no sign of a fetcher or a group member that is stuck (its issues 847 and 1154).
        """
        now = time.monotonic()
        if now - self._looked_at < self._patience / 6:
            return
        self._looked_at = now
        try:
            with _reported("looking for more failed", self._login):
                async with asyncio.timeout(_CONNECT_S):
                    well = self._member and not await self._is_behind()
        except BusUnavailable:
            well = False
        if well:
            self._well_at = now
        elif now - self._well_at > self._patience:
            raise BusUnavailable(f"no record for {self._patience:g} s though Kafka has more: make another subscriber")

    async def _is_behind(self) -> bool:
        places = self._consumer.assignment()
        ends = await self._consumer.end_offsets(places) if places else {}
        return any([await self._consumer.position(place) < end for place, end in ends.items()])


class _Assignment(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    def __init__(self, subscriber: _Subscriber) -> None:
        self._subscriber = subscriber

    def on_partitions_revoked(self, revoked: Collection[Any]) -> None:
        self._subscriber.left()

    def on_partitions_assigned(self, assigned: Collection[Any]) -> None:
        self._subscriber.joined()


async def _read_ends(consumer: Any, places: Sequence[Any]) -> list[Record]:
    """The last record of each partition: looked for ever further back, as an offset need not have a record."""
    begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    found: dict[Any, Record] = {}
    back = 1
    while looked := [place for place in places if place not in found and ends[place] > begins[place]]:
        starts = {place: max(begins[place], ends[place] - back) for place in looked}
        for place, start in starts.items():
            consumer.seek(place, start)
        left = looked
        while left := [place for place in left if await consumer.position(place) < ends[place]]:
            for place, batch in (await consumer.getmany(*left, timeout_ms=200)).items():
                found[place] = _record(batch[-1])
        begins |= {place: ends[place] for place in looked if starts[place] == begins[place]}
        back *= 64
    return list(found.values())


def _record(message: Any) -> Record:
    where = message.topic, message.partition, message.offset
    return Record(*where, message.key or b"", message.value or b"", message.headers)


async def _count_partitions(admin: Any) -> dict[str, int]:
    return {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}


async def _create_topics(admin: Any, names: Collection[str], settings: dict[str, str]) -> None:
    copies = min(3, len((await admin.describe_cluster())["brokers"]))
    wanted = [NewTopic(name, partitions_of(name), copies, topic_configs=settings) for name in names]
    answer = await admin.create_topics(wanted)
    for name, code, message in answer.topic_errors:
        if code not in (0, 36):  # 36: another process made it in the meantime
            raise TopicMismatch(f"Kafka did not create {name} ({message}): let an administrator create it")
    while set(names) - (await _count_partitions(admin)).keys():  # noqa: ASYNC110 -- brokers learn of it a little later
        await asyncio.sleep(0.05)


def _check_partitions(names: Collection[str], partitions: dict[str, int]) -> None:
    for name in names:
        if (count := partitions.get(name)) is None:
            raise TopicMismatch(
                f"Kafka has no topic {name}, or this login no right to it: have the administrator run `goufu migrate`"
            )
        if count != (wanted := partitions_of(name)):
            raise TopicMismatch(
                f"topic {name} has {count} partitions, {wanted} are needed, and adding some would break the order "
                "of its keys: delete it if nothing in it counts, else copy it into a new one of that name"
            )


async def _check_settings(admin: Any, names: Sequence[str], settings: dict[str, str]) -> None:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, settings) for name in names]
    for answer in await admin.describe_configs(asked):
        for topic in answer.to_object()["resources"]:
            name = topic["resource_name"]
            if topic["error_code"]:
                raise TopicMismatch(f"settings of {name} unreadable ({topic['error_message']}): grant DescribeConfigs")
            for entry in topic["config_entries"]:
                setting, found = entry["config_names"], entry["config_value"]
                if found != (wanted := settings[setting]):
                    raise TopicMismatch(
                        f"topic {name} has {setting}={found}, {wanted} is needed: "
                        f"kafka-configs.sh --alter --topic {name} --add-config {setting}={wanted}"
                    )


async def _stop(client: Any) -> None:
    """Stop a client without waiting for a broker that does not answer; the rest ends by its own time limits."""
    stop = client.close if isinstance(client, AIOKafkaAdminClient) else client.stop
    await asyncio.wait((_run(stop()),), timeout=_STOP_S)


def _run(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(coroutine)
    _background.add(task)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[None]) -> None:
    _background.discard(task)
    if not task.cancelled() and (error := task.exception()):
        _log.warning("a Kafka client did not stop cleanly: %r", error)


def _forget(batches: list[asyncio.Future[Any]]) -> None:
    """Take note of every failure, so that none is reported again as never retrieved."""
    for batch in batches:
        if not batch.cancel() and not batch.cancelled():
            batch.exception()


@contextmanager
def _reported(what: str, login: Login) -> Iterator[None]:
    """Let nothing of the client's own through: its errors have no common base, and it cancels what we wait for."""
    try:
        yield
    except (BusUnavailable, TopicMismatch, NotAdmitted):
        raise
    except MessageSizeTooLargeError as error:
        raise TopicMismatch(
            f"Kafka: {what}, a topic takes no message of {MAX_MESSAGE_BYTES} bytes: raise its max.message.bytes"
        ) from error
    except Exception as error:
        raise BusUnavailable(f"Kafka: {what} {_advice(error, login)}") from error
    except asyncio.CancelledError as error:
        if (task := asyncio.current_task()) and task.cancelling():
            raise
        raise BusUnavailable(f"Kafka: {what} (the client was closed): make another") from error


def _said(error: Exception) -> str:
    try:
        return " ".join(str(error).split()) or type(error).__name__
    except Exception:  # some of aiokafka's cannot be written out
        return type(error).__name__


def _advice(error: Exception, login: Login) -> str:
    """What the error means to an operator, and what to do."""
    said = _said(error)
    if isinstance(error, _REFUSED):
        return (
            f"(the login of {login} is refused): check GOUFU_BUS_USER and GOUFU_BUS_PASSWORD, "
            "or have the administrator run `goufu migrate`"
        )
    if isinstance(error, LoginError):
        return f"({said})"
    if isinstance(error, (UnsupportedSaslMechanismError, IllegalSaslStateError, ssl.SSLError)):
        return f"({said}): check GOUFU_BUS_SECURITY, GOUFU_BUS_MECHANISM and GOUFU_BUS_CA"
    if isinstance(error, ClusterAuthorizationFailedError):
        return f"({said}): {login} may write to no topic, have the administrator run `goufu migrate`"
    if isinstance(error, _NO_RIGHT):
        return f"({said}): {login} has no right to it, have the administrator run `goufu migrate`"
    if isinstance(error, ConnectionResetError) or (isinstance(error, KafkaConnectionError) and "closed" in said):
        return f"({said}): check GOUFU_BUS_SECURITY, the brokers hang up on {login.security}"
    return f"({said}): check that the brokers are up, then retry"
