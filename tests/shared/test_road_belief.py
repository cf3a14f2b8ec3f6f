"""A consumer believes nothing because it arrived: not a record, not its headers, not a heartbeat, not a version."""

import json
import random
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.contracts.worker import WORKER as CONTRACTS
from shared.bus import BusUnavailable, Record
from shared.bus.records import TAG, Sender, Tags, arrived
from shared.events import heartbeats_of, topic_of
from shared.events.registry import AccountLinked, PostGiven
from shared.process.telemetry import UNBELIEVED
from shared.road.consumer import UNBELIEVED_KEPT, Consumer
from shared.road.timelines import UnknownTimeline
from shared.web.issuer import ISSUER
from tests.support.probe import TAGS, Probe, acceptance, evaluation, received, record, resent
from tests.support.servers import timeline_of
from tests.support.world import FIRST_DAY, World


@pytest.fixture
async def probe(world: World) -> Probe:
    return await Probe(world).open()


def with_headers(sent: Record, **headers: bytes | None) -> Record:
    """The record as somebody without the key alters it; None takes a header away."""
    given = {name: value for name, value in (dict(sent.headers) | headers).items() if value is not None}
    return sent._replace(headers=tuple(given.items()))


async def unbelieved(world: World) -> int:
    return len(await world.rows("SELECT 1 FROM contracts.held WHERE version = 0 AND source = 'evaluation'"))


# --- whoever can write to a topic


async def test_posts_forged_on_the_topic_give_nobody_a_duty(world: World) -> None:
    """Two persons whom the registry does not know, with headers and entries as the registry writes them."""
    about: dict[str, Any] = {"jurisdiction": "4404/440402", "organisation": world.street}
    person = uuid4()
    forged = [
        AccountLinked(**about, person_id=person, issuer=ISSUER, account="evil", enabled=True),
        PostGiven(**about, person_id=person, post_id=uuid4(), duties=["approve_payment"], valid_from=FIRST_DAY),
    ]
    consumer = world.services["contracts"].consumer
    records = [record(event, version) for version, event in enumerate(forged, 1)]
    guessed = [with_headers(sent, **{TAG: Tags("a guess").of("registry", sent.value)}) for sent in records]

    await consumer.handle(world.services["contracts"].writer, guessed)

    assert await world.rows("SELECT 1 FROM contracts.accounts WHERE subject = 'evil'") == []
    await consumer.handle(world.services["contracts"].writer, records)
    assert len(await world.rows("SELECT 1 FROM contracts.accounts WHERE subject = 'evil'")) == 1  # tagged, they count


ALTERED: dict[str, Callable[[Record], Record]] = {
    "no tag": lambda sent: with_headers(sent, **{TAG: None}),
    "another value": lambda sent: sent._replace(value=sent.value.replace(b'"passed":true', b'"passed":false')),
    "another version": lambda sent: with_headers(sent, ce_keyversion=b"2"),
    "another id": lambda sent: with_headers(sent, ce_id=str(uuid4()).encode()),
    "another type": lambda sent: with_headers(sent, ce_type=b"goufu.evaluation.evaluation_concluded.v1"),
    "another position": lambda sent: with_headers(sent, ce_position=b"2"),
    "another timeline": lambda sent: with_headers(sent, ce_timeline=str(timeline_of("registry")).encode()),
    "another key": lambda sent: with_headers(sent, ce_key=str(uuid4()).encode()),
    "the key of another record": lambda sent: sent._replace(key=str(uuid4()).encode()),
    "another source": lambda sent: with_headers(sent, ce_source=b"/registry"),
    "the tag of another topic": lambda sent: _moved(sent),
    "a header twice": lambda sent: sent._replace(headers=(*sent.headers, ("ce_keyversion", b"1"))),
}


def _moved(sent: Record) -> Record:
    """As it would come from a deployment with other topics and the same secret."""
    elsewhere = resent(sent._replace(topic=topic_of("evaluation", "another")))
    return elsewhere._replace(topic=sent.topic)


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
async def test_a_record_that_was_altered_counts_for_nothing(
    probe: Probe, world: World, alter: Callable[[Record], Record]
) -> None:
    key = uuid4()
    genuine = record(acceptance(key, 1), 1)
    before = await unbelieved(world)

    await probe.poll(alter(genuine))

    assert await unbelieved(world) == before + 1
    assert await probe.effects(key) == {key: []}

    await probe.poll(genuine)
    assert await probe.effects(key) == {key: [1]}


async def test_forged_versions_do_not_hide_the_genuine_event(probe: Probe, world: World) -> None:
    """Forty of an unknown type would move what was seen of the key past the genuine event."""
    key = uuid4()
    await probe.poll(record(evaluation(key, 1), 1))
    forged = [
        with_headers(record(evaluation(key, n), n), ce_type=b"goufu.evaluation.unheard_of.v1") for n in range(2, 42)
    ]

    await probe.poll(*forged)
    await probe.poll(record(acceptance(key, 2), 2))

    assert await probe.effects(key) == {key: [2]}
    assert await probe.held(key) == []


async def test_a_flood_of_forged_records_is_counted_and_only_some_are_kept(probe: Probe, world: World) -> None:
    flood = [with_headers(record(acceptance(uuid4(), 1), 1), **{TAG: b"x" * 32}) for _ in range(UNBELIEVED_KEPT + 50)]

    await probe.poll(*flood[:60])
    await probe.poll(*flood[60:])

    assert await unbelieved(world) == UNBELIEVED_KEPT
    await world.rows("DELETE FROM contracts.held WHERE version = 0")


# --- what the source itself may get wrong


async def test_a_second_event_of_one_version_is_shown_and_not_applied(probe: Probe, world: World) -> None:
    key = uuid4()
    await probe.poll(record(acceptance(key, 1), 1))

    await probe.poll(record(acceptance(key, 7), 1))

    assert await probe.effects(key) == {key: [1]}
    [row] = await world.rows("SELECT reason FROM contracts.held WHERE reason LIKE $1", f"%{key}%")
    assert row["reason"] == f"version 1 of key {key} is another event"


@pytest.mark.parametrize("name", ["id", "key", "version", "type", "service", "kind"])
async def test_an_entry_that_says_otherwise_than_its_headers_is_parked(probe: Probe, name: str) -> None:
    key = uuid4()
    others = {"version": 2, "kind": "refusal", "service": "registry", "type": "goufu.evaluation.acceptance_opened.v1"}
    sent = record(acceptance(key, 1), 1, change=lambda entry: entry.update({name: others.get(name, str(uuid4()))}))

    await probe.poll(sent)

    assert await probe.held(key) == [(1, "parked")]
    assert await probe.effects(key) == {key: []}


async def test_an_event_of_another_service_or_another_key_is_parked(probe: Probe) -> None:
    key, other = uuid4(), uuid4()
    elsewhere = record(acceptance(key, 1), 1, change=lambda entry: entry["event"].update(project_id=str(other)))

    await probe.poll(elsewhere)

    assert await probe.held(key) == [(1, "parked")]
    assert await probe.effects(key, other) == {key: [], other: []}


async def test_an_event_that_was_acted_on_has_no_second_effect_wherever_it_comes_again(probe: Probe) -> None:
    """As after a restore, when a key is read again from its first version."""
    key, other = uuid4(), uuid4()
    first = record(acceptance(key, 1), 1)
    await probe.poll(first)
    same_id = dict(first.headers)["ce_id"]
    again = record(acceptance(other, 1), 1, change=lambda entry: entry.update(id=same_id.decode()))

    await probe.poll(resent(again, ce_id=same_id), record(acceptance(key, 2), 2), record(acceptance(other, 2), 2))

    assert await probe.effects(key, other) == {key: [1, 2], other: [2]}
    assert await probe.held(other) == []


async def test_a_key_that_is_read_again_goes_on_when_what_was_parked_of_it_is_skipped(
    probe: Probe, world: World
) -> None:
    key = uuid4()
    first = resent(record(acceptance(key, 1), 1), value=b"{}")
    await probe.poll(first)
    before = await probe.received()
    await world.rows("DELETE FROM contracts.seen WHERE key = $1", key)  # as a restore puts it back

    await probe.poll(first, record(acceptance(key, 2), 2))
    assert await probe.held(key) == [(1, "parked"), (2, "behind")]
    await world.rows("DELETE FROM contracts.held WHERE key = $1 AND version = 1", key)
    await world.rows("UPDATE contracts.held SET state = 'waits', awaits = key WHERE key = $1", key)
    await probe.tick()

    assert await probe.effects(key) == {key: [2]}
    assert await probe.received() == before + 2  # the first a second time: a restore counts anew


# --- the trace of a caller, which no tag covers


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (TRACE, True),
        ("fe" + TRACE[2:], True),
        ("ff" + TRACE[2:], False),
        (TRACE.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32), False),
        (TRACE.replace("0af7651916cd43dd8448eb211c80319c", "0" * 31 + "1"), True),
        (TRACE.replace("b7ad6b7169203331", "0" * 16), False),
        (TRACE.upper(), False),
        (TRACE + "\n", False),
        (TRACE + "-more", False),
        (TRACE[:-1], False),
        ("", False),
    ],
)
def test_a_trace_is_kept_when_it_has_the_form_of_one(given: str, kept: bool) -> None:
    sent = with_headers(record(acceptance(uuid4(), 1), 1), traceparent=given.encode())

    assert arrived(sent, "evaluation", TAGS).traceparent == (given if kept else None)


def test_whatever_stands_as_a_trace_its_event_is_believed_and_what_is_none_goes_no_further() -> None:
    """Ten thousand that differ from one in a few bytes of any value."""
    chance, genuine = random.Random(7), record(acceptance(uuid4(), 1), 1)
    form = re.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
    kept = 0

    for _ in range(10_000):
        spoilt = bytearray(TRACE.encode())
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(spoilt))
            spoilt[at : at + chance.randint(0, 2)] = bytes(chance.choices(b"0123456789abcdefF-\0\xff\n ", k=1))
        seen = arrived(with_headers(genuine, traceparent=bytes(spoilt)), "evaluation", TAGS)
        assert seen.why == ""
        assert seen.traceparent is None or form.fullmatch(seen.traceparent)
        kept += seen.traceparent is not None

    assert 500 < kept < 9_500


# --- heartbeats


def beat(events: int, *, at: float | None = None, source: str = "evaluation") -> Record:
    timeline = timeline_of(source)
    return received(Sender(source, timeline, TAGS).heartbeat(1, events, time.time() if at is None else at))


async def fresh(world: World) -> bool:
    statement = (
        "SELECT fresh_at > clock_timestamp() - interval '5 seconds' AND fresh_at <= clock_timestamp() AS fresh"
        " FROM contracts.sources WHERE source = 'evaluation'"
    )
    return any(row["fresh"] for row in await world.rows(statement))


@pytest.mark.parametrize(
    ("said", "believed"),
    [
        (lambda n: beat(n), True),
        (lambda n: beat(n + 1), False),
        (lambda n: beat(n, at=time.time() + timedelta(days=3650).total_seconds()), False),
        (lambda n: beat(n, at=time.time() - 60), False),
        (lambda n: beat(n)._replace(key=b"registry"), False),
        (lambda n: beat(n)._replace(headers=(("ce_type", b"goufu.heartbeat.v1"),)), False),
        (lambda n: beat(n)._replace(value=beat(0).value), False),
    ],
    ids=["genuine", "more than came", "of the future", "old", "key of another", "no tag", "value of another"],
)
async def test_only_a_genuine_heartbeat_makes_a_copy_fresh(
    probe: Probe, world: World, said: Callable[[int], Record], believed: bool
) -> None:
    await probe.poll(record(evaluation(uuid4(), 1), 1))
    await world.rows("UPDATE contracts.sources SET fresh_at = NULL WHERE source = 'evaluation'")

    await probe.poll(said(await probe.received()))

    assert await fresh(world) is believed


async def test_what_another_service_says_in_its_name_is_shown_and_makes_nothing_fresh(world: World) -> None:
    """Tendering knows the secret that all tags are made with, and writes where it may, with either service's tag."""
    contracts = world.services["contracts"]
    consumer = Consumer(contracts.database, None, CONTRACTS.copies, CONTRACTS.reactions, TAGS)  # type: ignore[arg-type]
    genuine = beat(0)
    topic = heartbeats_of("tendering")
    forged = [
        with_headers(genuine, **{TAG: TAGS.of(tag, topic.encode(), genuine.value)})._replace(topic=topic, key=key)
        for tag in ("evaluation", "tendering")
        for key in (b"evaluation", b"tendering")
    ]
    await world.rows("UPDATE contracts.sources SET fresh_at = NULL WHERE source IN ('evaluation', 'tendering')")

    await consumer.handle(contracts.writer, forged)

    looks_fresh = "SELECT source FROM contracts.sources WHERE fresh_at IS NOT NULL AND source <> 'registry'"
    assert await world.rows(looks_fresh) == []
    [shown] = await world.rows("SELECT source, reason FROM contracts.held WHERE version = 0 AND source = 'tendering'")
    assert shown["reason"] == "a heartbeat: the tag is not that of tendering"
    await consumer.handle(contracts.writer, [genuine])
    assert await fresh(world)
    await world.rows("DELETE FROM contracts.held WHERE version = 0")


async def test_false_heartbeats_are_counted_and_leave_room_for_the_events_that_are_shown(
    probe: Probe, world: World
) -> None:
    await world.rows("DELETE FROM contracts.held WHERE version = 0")
    count = UNBELIEVED.labels("evaluation", "forged")._value.get()

    await probe.poll(*(beat(0)._replace(headers=()) for _ in range(UNBELIEVED_KEPT + 50)))
    await probe.poll(with_headers(record(acceptance(uuid4(), 1), 1), **{TAG: b"x" * 32}))

    assert await unbelieved(world) == 2
    assert UNBELIEVED.labels("evaluation", "forged")._value.get() == count + UNBELIEVED_KEPT + 51
    await world.rows("DELETE FROM contracts.held WHERE version = 0")


async def test_a_count_beyond_32_bits_is_a_count(probe: Probe, world: World) -> None:
    await world.rows(
        "INSERT INTO contracts.sources (source, received) VALUES ('evaluation', $1) ON CONFLICT (source)"
        " DO UPDATE SET received = $1, fresh_at = NULL",
        2**40,
    )

    await probe.poll(beat(2**40))

    assert await fresh(world)
    await world.rows("DELETE FROM contracts.sources WHERE source = 'evaluation'")


# --- timelines


async def test_a_timeline_that_nobody_told_of_is_waited_for(probe: Probe) -> None:
    key = uuid4()
    sent = resent(record(acceptance(key, 1), 1), ce_timeline=str(uuid4()).encode())

    with pytest.raises(UnknownTimeline, match="goufu migrate"):
        await probe.poll(sent)

    assert issubclass(UnknownTimeline, BusUnavailable)
    assert await probe.effects(key) == {key: []}


async def test_positions_beyond_the_end_of_a_timeline_are_left_out(probe: Probe, world: World) -> None:
    old, key = uuid4(), uuid4()
    await world.rows("INSERT INTO contracts.timelines (source, id, number, last) VALUES ('evaluation', $1, 0, 10)", old)
    within, beyond = (
        resent(record(acceptance(key, n), n, position=n + 9), ce_timeline=str(old).encode()) for n in (1, 2)
    )

    await probe.poll(within, beyond)
    await probe.poll(record(acceptance(key, 2), 2, position=11))

    assert await probe.effects(key) == {key: [1, 2]}
    assert await probe.held(key) == []


# --- whatever a record holds


def mutated(sent: Record, chance: random.Random, tagged: bool) -> Record:
    """The record with one or two of its parts spoilt; tagged, as only a source gone wrong could."""
    headers, value = dict(sent.headers), sent.value
    for _ in range(chance.randint(1, 2)):
        match chance.randrange(6):
            case 0:
                headers[chance.choice(list(headers))] = chance.choice(ODD)
            case 1:
                headers[chance.choice(["ce_keyversion", "ce_position"])] = chance.choice(ODD_NUMBERS)
            case 2:
                value = chance.choice(ODD_VALUES)
            case 3:
                place = chance.randrange(len(value) + 1)
                value = value[:place] + chance.choice(ODD)[:50] + value[place + chance.randrange(9) :]
            case 4 if value.startswith(b"{") and value.endswith(b"}"):
                value = _another_member(value, chance)
            case _:
                headers.pop(chance.choice(list(headers)), None)
    if tagged and {"ce_id", "ce_type", "ce_position", "ce_key", "ce_keyversion", "ce_timeline"} <= headers.keys():
        return resent(sent._replace(headers=tuple(headers.items())), value=value)
    return sent._replace(value=value, headers=tuple(headers.items()))


def _another_member(value: bytes, chance: random.Random) -> bytes:
    try:
        document = json.loads(value)
        place = chance.choice([document, document["event"]])
        place[chance.choice(list(place))] = chance.choice(ODD_MEMBERS)
        return json.dumps(document).encode()
    except (ValueError, KeyError, TypeError, IndexError):
        return b"{}"


ODD = [b"", b"\0", b"\xff\xfe", b"goufu.\0.v1", b"9" * 40, b"-1", "１２".encode(), b"x" * 5000, b"{}", b"null", b"0"]
ODD_NUMBERS = [b"1" + b"0" * 30, b"9223372036854775807", b"9223372036854775808", b"0", b"-1", b"1_0", b" 1", b"1e3"]
ODD_VALUES = [
    b"",
    b"{",
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b"null",
    b"1e400",
    b'"\\ud800"',
    b"\xef\xbb\xbf{}",
    b"[[]]",
]
ODD_MEMBERS: list[Any] = [
    None,
    True,
    10**30,
    -1,
    1e300,
    "",
    "\0",
    "\ud800",
    "x" * 3000,
    [],
    {},
    [[[]]],
    {"a": "\0"},
    "2022-99-99",
]


@pytest.mark.parametrize(
    "count", [pytest.param(500, id="sample"), pytest.param(10_000, id="all", marks=pytest.mark.long)]
)
async def test_whatever_records_hold_the_genuine_ones_among_them_are_applied(
    probe: Probe, world: World, count: int
) -> None:
    chance = random.Random(7)
    genuine: dict[UUID, int] = {}
    posts: list[UUID] = []
    consumer = Consumer(world.services["contracts"].database, None, CONTRACTS.copies, CONTRACTS.reactions, TAGS)  # type: ignore[arg-type]

    for start in range(0, count, 50):
        polled: list[Record] = []
        people: list[Record] = []
        for number in range(start, start + 50):
            key = uuid4()
            make = acceptance if number % 2 else evaluation
            spoilt = mutated(record(make(key, 1), 1), chance, tagged=chance.random() < 0.7)
            polled.append(spoilt)
            given = PostGiven(
                jurisdiction="4404/440402",
                organisation=world.street,
                post_id=key,
                person_id=key,
                duties=["audit"],
                valid_from=FIRST_DAY,
            )
            people.append(mutated(record(given, 1), chance, tagged=chance.random() < 0.7))
            if number % 10 == 0:
                good = uuid4()
                polled.append(record(acceptance(good, 1), 1))
                people.append(record(given.model_copy(update={"post_id": good, "person_id": good}), 1))
                genuine[good] = 1
                posts.append(good)
        beats = [beat(0)._replace(value=chance.choice(ODD_VALUES)) for _ in range(3)]
        beats.append(received(Sender("evaluation", timeline_of("evaluation"), TAGS).heartbeat(1, 10**17, 1e11)))
        for handler, records in ((probe.consumer, [*polled, *beats]), (consumer, people)):
            for _ in range(3):
                try:
                    await handler.handle(probe.connection, records)
                    break
                except UnknownTimeline:  # as a running consumer would: it waits to be told
                    known = {timeline_of(name) for name in ("evaluation", "registry")}
                    records = [r for r in records if _timeline(r) in known]

    assert await probe.effects(*genuine) == {key: [1] for key in genuine}
    rows = await world.rows("SELECT id FROM contracts.posts WHERE id = ANY($1)", posts)
    assert {row["id"] for row in rows} == set(posts)
    await world.rows("DELETE FROM contracts.held")


def _timeline(sent: Record) -> UUID | None:
    try:
        return UUID(dict(sent.headers)["ce_timeline"].decode())
    except (KeyError, ValueError):
        return timeline_of("evaluation")
