"""The relay sends every position, in order, and after any loss again from its mark; the effect stays single."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.tendering.files.events import FileDrafted
from shared.bus import BusUnavailable, Message, Record
from shared.bus.postgres import PostgresBus
from shared.bus.records import INTERNAL, Sender
from shared.events import Event, heartbeats_of, topic_of
from shared.events.registry import PostGiven
from shared.events.tendering import ProcurementFailed
from shared.road import relay
from shared.road.checkpoints import Checkpoint
from shared.road.consumer import Consumer
from shared.road.followed import Followed, follow
from shared.road.relay import Relay
from shared.work.database import Database
from shared.work.journal import chain
from tests.support.probe import TAGS, Probe, acceptance, received
from tests.support.servers import lay_on_postgres, timeline_of
from tests.support.world import World


@pytest.fixture(scope="module")
async def bus(world: World) -> AsyncIterator[PostgresBus]:
    """The bus inside the world's own database."""
    await lay_on_postgres(world.settings, world.admin_url, world.roles_of)
    bus = PostgresBus(world.settings.url("evaluation"))
    yield bus
    await bus.close()


@asynccontextmanager
async def running(work: Relay | Consumer) -> AsyncIterator[None]:
    """A relay or consumer at work; ended as a killed process ends."""
    task = asyncio.create_task(work.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def emitted(world: World, count: int, key: UUID | None = None) -> UUID:
    """Events of one key, each in its own transaction."""
    key = key or uuid4()
    [row] = await world.rows("SELECT coalesce(max(version), 0) AS n FROM evaluation.journal WHERE key = $1", key)
    for number in range(row["n"] + 1, row["n"] + count + 1):
        await world.emit("evaluation", acceptance(key, number))
    return key


async def until(world: World, statement: str, expected: Any, *arguments: Any) -> None:
    """Asks the database until it answers so, at most ten seconds."""
    for _ in range(200):
        answer = await world.admin.fetchval(statement, *arguments)
        if answer == expected:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{answer!r}, expected {expected!r}: {statement}")


async def all_sent(world: World) -> None:
    await until(world, "SELECT count(*) FROM evaluation.queue", 0)
    statement = (
        "SELECT (SELECT max(position) FROM evaluation.ledger)"
        " = coalesce((SELECT least(position, public) FROM evaluation.relay_mark), 0)"
    )
    await until(world, statement, True)


async def on_topic(world: World, name: str) -> list[Record]:
    """Everything on a topic, in order."""
    rows = await world.rows("SELECT * FROM bus.messages WHERE topic = $1 ORDER BY seq", topic_of(name))
    return [
        Record(r["topic"], r["partition"], r["seq"], r["key"], r["value"], tuple(map(tuple, json.loads(r["headers"]))))
        for r in rows
    ]


def header(record: Record, name: str) -> str:
    return str(dict(record.headers)[name])


def positions(records: list[Record]) -> list[int]:
    return [int(header(record, "ce_position")) for record in records]


async def test_what_is_sent_is_a_cloud_event_whose_value_is_the_entry(world: World, bus: PostgresBus) -> None:
    key = await emitted(world, 1)
    async with running(Relay(world.services["evaluation"].database, bus, TAGS)):
        await all_sent(world)

    sent = [r for r in await on_topic(world, "evaluation") if r.key == str(key).encode()]

    [row] = await world.rows("SELECT id, entry, correlation FROM evaluation.journal WHERE key = $1", key)
    assert [record.value.decode() for record in sent] == [row["entry"]]
    assert {name: header(sent[0], name) for name in ("ce_specversion", "ce_type", "ce_source", "ce_keyversion")} == {
        "ce_specversion": "1.0",
        "ce_type": "goufu.evaluation.acceptance_concluded.v1",
        "ce_source": "/evaluation",
        "ce_keyversion": "1",
    }
    assert header(sent[0], "ce_id") == str(row["id"])
    assert header(sent[0], "ce_correlation") == str(row["correlation"])


async def test_the_public_topic_has_every_position_and_shows_what_is_public(world: World, bus: PostgresBus) -> None:
    secret = PostGiven(
        jurisdiction="4404",
        organisation=uuid4(),
        post_id=uuid4(),
        person_id=uuid4(),
        duties=["request_payment"],
        valid_from=date(2022, 3, 1),
    )
    await world.emit("registry", secret)
    other = PostgresBus(world.settings.url("registry"))
    async with running(Relay(world.services["registry"].database, other, TAGS)):
        await until(world, "SELECT public FROM registry.relay_mark", 1)
    await other.close()

    [sealed] = [r for r in await on_topic(world, "public") if header(r, "ce_source") == "/registry"]

    assert header(sealed, "ce_type") == "goufu.sealed_position.v1"
    assert set(json.loads(sealed.value)) == {"position", "hash", "service"}
    assert str(secret.person_id).encode() not in sealed.value + repr(sealed.headers).encode()


async def test_from_the_end_of_the_ledger_the_public_topic_is_proven_to_the_first_entry(
    world: World, bus: PostgresBus
) -> None:
    await emitted(world, 2)
    async with running(Relay(world.services["evaluation"].database, bus, TAGS)):
        await all_sent(world)
    tip = await world.admin.fetchrow("SELECT position, hash FROM evaluation.ledger ORDER BY position DESC LIMIT 1")
    checkpoint = Checkpoint("evaluation", "", tip["position"], tip["hash"].hex(), "now")

    records = [
        r._replace(headers=tuple((n, str(v).encode()) for n, v in r.headers)) for r in await on_topic(world, "public")
    ]
    found = follow(records, [checkpoint])["evaluation"]

    assert found == Followed(tip["position"], tip["position"])


@pytest.mark.usefixtures("bus")
async def test_the_services_learn_of_an_internal_event_that_it_is_a_version_and_nothing_more(world: World) -> None:
    project = uuid4()
    shown: dict[str, Any] = {"jurisdiction": "4404", "organisation": uuid4(), "procurement_id": uuid4()}
    await world.emit("tendering", FileDrafted(**shown, project_id=project, file_version=1, file_hash="ab" * 32))
    await world.emit("tendering", ProcurementFailed(**shown, project_id=project, code="x", clause="y"))
    bus = PostgresBus(world.settings.url("tendering"))
    async with running(Relay(world.services["tendering"].database, bus, TAGS)):
        await until(world, "SELECT position FROM tendering.relay_mark", 2)
    await bus.close()

    internal, public = await on_topic(world, "tendering")

    assert [header(record, "ce_keyversion") for record in (internal, public)] == ["1", "2"]
    assert header(internal, "ce_type") == INTERNAL
    assert set(json.loads(internal.value)) == {"position", "hash", "service"}
    assert {name for name, _ in internal.headers} & {"ce_time", "ce_correlation", "ce_cause", "traceparent"} == set()
    assert str(shown["procurement_id"]).encode() not in internal.value + repr(internal.headers).encode()
    hash_before = bytes.fromhex(json.loads(internal.value)["hash"])
    [row] = await world.rows("SELECT hash FROM tendering.ledger WHERE position = 2")
    assert chain(hash_before, 2, public.value.decode()) == row["hash"]


async def test_what_follows_an_internal_event_is_not_held_up_by_it(world: World) -> None:
    key = uuid4()
    record = a_hidden_version(key)
    consumer = world.services["registry"].consumer

    await consumer.handle(world.services["registry"].writer, [record])

    [seen] = await world.rows("SELECT version FROM registry.seen WHERE source = 'tendering' AND key = $1", key)
    assert seen["version"] == 1
    assert await world.rows("SELECT * FROM registry.held WHERE key = $1", key) == []


def a_hidden_version(key: UUID) -> Record:
    """An internal event's record, version 1 of that key, as the services get it."""
    row = {"id": uuid4(), "key": key, "version": 1, "audience": "internal"}
    return received(Sender("tendering", timeline_of("tendering"), TAGS).event(7, row, bytes(32)))


async def test_a_relay_that_lost_its_mark_sends_everything_again_in_order(world: World, bus: PostgresBus) -> None:
    await emitted(world, 5)
    async with running(Relay(world.services["evaluation"].database, bus, TAGS)):
        await all_sent(world)
    before = positions(await on_topic(world, "evaluation"))

    await world.rows("DELETE FROM evaluation.relay_mark")
    async with running(Relay(world.services["evaluation"].database, bus, TAGS)):
        await all_sent(world)

    after = positions(await on_topic(world, "evaluation"))
    assert after == before + sorted(set(before))
    assert sorted(set(before)) == list(range(1, len(set(before)) + 1))


async def test_a_mark_set_back_sends_again_from_there_only(world: World, bus: PostgresBus) -> None:
    await emitted(world, 5)
    async with running(Relay(world.services["evaluation"].database, bus, TAGS)):
        await all_sent(world)
    before = positions(await on_topic(world, "evaluation"))
    last = max(before)

    await world.rows("UPDATE evaluation.relay_mark SET position = position - 2, events = events - 2")
    async with running(Relay(world.services["evaluation"].database, bus, TAGS)):
        await all_sent(world)

    assert positions(await on_topic(world, "evaluation"))[len(before) :] == [last - 1, last]


async def test_the_public_topic_goes_on_from_its_own_mark(world: World, bus: PostgresBus) -> None:
    await emitted(world, 5)
    async with running(Relay(world.services["evaluation"].database, bus, TAGS)):
        await all_sent(world)
    services, public = positions(await on_topic(world, "evaluation")), positions(await shown(world))

    await world.rows("UPDATE evaluation.relay_mark SET public = public - 2")
    async with running(Relay(world.services["evaluation"].database, bus, TAGS)):
        await all_sent(world)

    assert positions(await on_topic(world, "evaluation")) == services
    assert positions(await shown(world)) == [*public, max(public) - 1, max(public)]


@pytest.mark.parametrize(("seconds", "first"), [(3600.0, True), (0.0, False)], ids=["until it is time", "then at once"])
async def test_the_services_come_before_the_public(
    world: World, bus: PostgresBus, monkeypatch: pytest.MonkeyPatch, seconds: float, first: bool
) -> None:
    """With a backlog: everything is in the ledger already and goes out anew."""
    await emitted(world, 20)
    async with running(Relay(world.services["evaluation"].database, bus, TAGS)):
        await all_sent(world)
    before = max(row.offset for row in [*await on_topic(world, "evaluation"), *await shown(world)])
    await world.rows("DELETE FROM evaluation.relay_mark")
    monkeypatch.setattr(relay, "BATCH", 5)
    monkeypatch.setattr(relay, "PUBLIC_SECONDS", seconds)

    async with running(Relay(world.services["evaluation"].database, bus, TAGS)):
        await all_sent(world)

    services = [record.offset for record in await on_topic(world, "evaluation") if record.offset > before]
    public = [record.offset for record in await shown(world) if record.offset > before]
    assert len(services) <= len(public)
    assert (max(services) < min(public)) is first


async def shown(world: World) -> list[Record]:
    """What the public topic shows of evaluation."""
    return [record for record in await on_topic(world, "public") if header(record, "ce_source") == "/evaluation"]


async def test_what_is_sent_again_has_no_second_effect(world: World, bus: PostgresBus) -> None:
    probe = await Probe(world).open()
    key = await emitted(world, 3)
    async with running(Relay(world.services["evaluation"].database, bus, TAGS)):
        await all_sent(world)
    await world.rows("DELETE FROM evaluation.relay_mark")  # as if killed before it was kept

    async with running(Relay(world.services["evaluation"].database, bus, TAGS)), running(at_work(probe, bus)):
        await all_sent(world)
        await emitted(world, 1, key)
        await until(world, "SELECT count(*) FROM contracts.probe_effects WHERE key = $1", 4, key)

    assert await probe.effects(key) == {key: [1, 2, 3, 4]}
    topic = [header(r, "ce_keyversion") for r in await on_topic(world, "evaluation") if r.key == str(key).encode()]
    assert topic.count("1") == 2


async def test_a_consumer_whose_connection_is_cut_goes_on_by_itself(world: World, bus: PostgresBus) -> None:
    probe = await Probe(world).open()
    cuts = 2

    def cut(event: Event) -> None:
        nonlocal cuts
        if cuts:
            cuts -= 1
            raise ConnectionResetError

    probe.breaks = cut
    async with running(Relay(world.services["evaluation"].database, bus, TAGS)), running(at_work(probe, bus)):
        key = await emitted(world, 3)
        await world.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'probe'")
        await until(world, "SELECT count(*) FROM contracts.probe_effects WHERE key = $1", 3, key)

    assert await probe.effects(key) == {key: [1, 2, 3]}
    assert await probe.held(key) == []


async def test_a_relay_that_falls_silent_gives_way_and_can_write_no_more(
    world: World, bus: PostgresBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "LEASE_SECONDS", 1)
    database = world.services["evaluation"].database
    frozen = await database.connect()
    await relay.lead(frozen)

    async with running(Relay(database, bus, TAGS)):
        await emitted(world, 3)
        await all_sent(world)

    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError)):
        await frozen.execute("SELECT 1")


async def test_a_relay_without_work_keeps_its_lead(
    world: World, bus: PostgresBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "LEASE_SECONDS", 1)
    leads = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 7083002"
    async with running(Relay(world.services["evaluation"].database, bus, TAGS)):
        await until(world, f"SELECT count(*) FROM ({leads}) held", 1)
        before = await world.admin.fetchval(leads)
        await asyncio.sleep(2)

        assert await world.admin.fetchval(leads) == before


_FRESH_AT = "SELECT fresh_at FROM contracts.sources WHERE source = 'evaluation'"


async def test_a_heartbeat_says_how_fresh_a_copy_is(world: World, bus: PostgresBus) -> None:
    probe = await Probe(world).open()
    relay, consumer = Relay(world.services["evaluation"].database, bus, TAGS), at_work(probe, bus)
    async with running(relay), running(consumer):
        await emitted(world, 2)
        await until(world, f"SELECT EXISTS ({_FRESH_AT} AND fresh_at IS NOT NULL)", True)
        before = await world.admin.fetchval(_FRESH_AT)

        await until(world, f"SELECT ({_FRESH_AT}) > $1", True, before)


async def test_a_heartbeat_that_ran_ahead_of_its_events_makes_nothing_fresh(world: World) -> None:
    probe = await Probe(world, service="tendering").open()
    sender = Sender("evaluation", timeline_of("evaluation"), TAGS)

    await probe.poll(received(sender.heartbeat(9, 10**9, time.time())))

    rows = await world.rows("SELECT fresh_at FROM tendering.sources WHERE source = 'evaluation'")
    assert all(row["fresh_at"] is None for row in rows)


async def test_no_other_service_can_say_how_far_one_has_come(world: World, bus: PostgresBus) -> None:
    """Tendering's login, with the secret that all tags are made with; then the same words by their own service."""
    probe = await Probe(world).open()
    other, hears = (PostgresBus(world.settings.url(name)) for name in ("tendering", "contracts"))
    own, others = await bus.publisher("test"), await other.publisher("test")

    async def said(at: float) -> Message:
        sender = Sender("evaluation", timeline_of("evaluation"), TAGS)
        return sender.heartbeat(1, await probe.received(), at)

    async with running(at_work(probe, hears)):
        begun = time.time()
        await (await own.send([await said(begun)]))
        await until(world, f"SELECT ({_FRESH_AT}) > to_timestamp($1) - interval '1 ms'", True, begun)
        before = await world.admin.fetchval(_FRESH_AT)
        forged = await said(time.time())

        with pytest.raises(BusUnavailable, match=f"no right to write to {heartbeats_of('evaluation')}"):
            await (await others.send([forged]))
        await (await others.send([forged._replace(topic=heartbeats_of("tendering"))]))
        await asyncio.sleep(0.5)
        assert await world.admin.fetchval(_FRESH_AT) == before

        await (await own.send([forged]))
        await until(world, f"SELECT ({_FRESH_AT}) > $1", True, before)
    await other.close()
    await hears.close()


def at_work(probe: Probe, bus: PostgresBus) -> Consumer:
    """The probe's consumer, reading from the bus, on connections of its own that can be found and cut."""
    url = probe.world.settings.url(probe.service)
    database = Database(probe.service, f"{url}?application_name=probe")
    copies, reactions = probe.consumer._copies.values(), probe.consumer._reactions.values()
    return Consumer(database, bus, tuple(copies), tuple(reactions), TAGS)
