"""A consumer brings about every event once, in the order of its key, however the bus delivers it."""

import asyncio
from uuid import UUID, uuid4

import pytest

from shared.events import Event
from tests.support.probe import Probe, acceptance, assessment, evaluation, record, shuffled
from tests.support.world import World


@pytest.fixture
async def probe(world: World) -> Probe:
    return await Probe(world).open()


async def inbox_count(world: World) -> int:
    [row] = await world.rows("SELECT count(*) AS n FROM contracts.inbox")
    return int(row["n"])


# --- copies


async def test_a_copy_takes_the_latest_version(probe: Probe) -> None:
    key = uuid4()

    await probe.poll(record(evaluation(key, 1), 1), record(evaluation(key, 2), 2))

    assert await probe.copied(key) == (2, 2)


async def test_an_older_version_changes_no_copy(probe: Probe) -> None:
    key = uuid4()
    first, second = record(evaluation(key, 1), 1), record(evaluation(key, 2), 2)
    await probe.poll(first, second)

    await probe.poll(first)

    assert await probe.copied(key) == (2, 2)


async def test_a_copy_guards_its_version_by_itself(probe: Probe, world: World) -> None:
    key = uuid4()
    await world.rows("INSERT INTO contracts.probe_copies VALUES ($1, 9, 9)", key)

    await probe.poll(record(evaluation(key, 1), 1))

    assert await probe.copied(key) == (9, 9)


# --- reactions


async def test_an_event_delivered_again_has_no_second_effect(probe: Probe, world: World) -> None:
    key = uuid4()
    once = record(acceptance(key, 1), 1)
    before = await inbox_count(world)

    await probe.poll(once)
    await probe.poll(once)

    assert await probe.effects(key) == {key: [1]}
    assert await inbox_count(world) == before + 1


async def test_an_event_twice_in_one_poll_has_one_effect(probe: Probe) -> None:
    key = uuid4()
    once = record(acceptance(key, 1), 1)

    await probe.poll(once, once, record(acceptance(key, 2), 2), once)

    assert await probe.effects(key) == {key: [1, 2]}


@pytest.mark.parametrize("known", [False, True])
async def test_two_consumers_of_one_event_have_one_effect(probe: Probe, known: bool) -> None:
    """As when a partition changes hands while a poll is under way."""
    database = probe.world.services["contracts"].database
    keys = [uuid4() for _ in range(20)]
    if known:
        await probe.poll(*(record(evaluation(key, 1), 1) for key in keys))
    version = 2 if known else 1
    once = [record(acceptance(key, version), version) for key in keys]

    async with database.connection() as one, database.connection() as other:
        for event in once:
            await asyncio.gather(*(probe.consumer.handle(connection, [event]) for connection in (one, other)))

    assert await probe.effects(*keys) == {key: [version] for key in keys}


async def test_effect_inbox_row_and_what_was_seen_are_one_transaction(probe: Probe, world: World) -> None:
    key = uuid4()

    await probe.poll(record(acceptance(key, 1), 1))

    [effect] = await world.rows("SELECT xmin::text FROM contracts.probe_effects WHERE key = $1", key)
    [seen] = await world.rows("SELECT xmin::text FROM contracts.seen WHERE key = $1", key)
    [inbox] = await world.rows("SELECT xmin::text FROM contracts.inbox ORDER BY applied_at DESC LIMIT 1")
    assert effect == seen == inbox


async def test_the_inbox_keeps_the_id_of_the_event(probe: Probe, world: World) -> None:
    sent = record(acceptance(uuid4(), 1), 1)
    event_id = UUID(dict(sent.headers)["ce_id"].decode())

    await probe.poll(sent)

    assert await world.rows("SELECT event FROM contracts.inbox WHERE event = $1", event_id) == [{"event": event_id}]


async def test_a_reaction_reads_the_copies_of_the_events_before_it(probe: Probe) -> None:
    key, needed = uuid4(), uuid4()

    await probe.poll(record(evaluation(needed, 1), 1), record(assessment(key, 1, needs=needed), 1))

    assert await probe.effects(key) == {key: [1]}
    assert await probe.held(key) == []


# --- duplicates, and reordering within and across keys


@pytest.mark.parametrize("seed", range(8))
async def test_any_order_and_any_number_of_deliveries_end_alike(probe: Probe, world: World, seed: int) -> None:
    keys = [uuid4() for _ in range(5)]
    copied = [uuid4() for _ in range(3)]
    records = [record(acceptance(key, n), n) for key in keys for n in range(1, 8)]
    records += [record(evaluation(key, n), n) for key in copied for n in range(1, 8)]
    before = await probe.received()

    for poll in shuffled(records, seed):
        await probe.poll(*poll)

    assert await probe.effects(*keys) == {key: list(range(1, 8)) for key in keys}
    assert [await probe.copied(key) for key in copied] == [(7, 7)] * 3
    assert [await probe.held(key) for key in (*keys, *copied)] == [[]] * 8
    assert await probe.received() == before + len(records)


@pytest.mark.parametrize("seed", range(8))
async def test_any_order_ends_alike_when_events_wait_for_other_keys(probe: Probe, seed: int) -> None:
    keys, needed = [uuid4() for _ in range(4)], [uuid4() for _ in range(4)]
    records = [record(evaluation(key, 1), 1) for key in needed]
    for key, other in zip(keys, needed, strict=True):
        records += [record(acceptance(key, 1), 1), record(assessment(key, 2, needs=other), 2)]
        records += [record(acceptance(key, 3), 3)]
    before = await probe.received()

    for poll in shuffled(records, seed):
        await probe.poll(*poll)

    assert await probe.effects(*keys) == {key: [1, 2, 3] for key in keys}
    assert [await probe.held(key) for key in keys] == [[]] * 4
    assert await probe.received() == before + len(records)


# --- a gap


async def test_a_version_that_came_too_early_waits_for_the_one_before(probe: Probe) -> None:
    key = uuid4()

    await probe.poll(record(acceptance(key, 1), 1), record(acceptance(key, 3), 3), record(acceptance(key, 4), 4))

    assert await probe.effects(key) == {key: [1]}
    assert await probe.held(key) == [(3, "behind"), (4, "behind")]


async def test_a_gap_closes_with_the_version_that_was_missing(probe: Probe) -> None:
    key = uuid4()
    third = record(acceptance(key, 3), 3)
    await probe.poll(record(acceptance(key, 1), 1), third)

    await probe.poll(record(acceptance(key, 2), 2), third)
    await probe.poll(record(acceptance(key, 4), 4))

    assert await probe.effects(key) == {key: [1, 2, 3, 4]}
    assert await probe.held(key) == []


async def test_an_early_version_holds_up_no_other_key(probe: Probe) -> None:
    early, other = uuid4(), uuid4()

    await probe.poll(record(acceptance(early, 2), 2), record(acceptance(other, 1), 1))

    assert await probe.effects(early, other) == {early: [], other: [1]}


# --- waiting for another key


async def test_what_waits_is_done_in_the_transaction_that_brings_its_key(probe: Probe, world: World) -> None:
    key, needed = uuid4(), uuid4()
    await probe.poll(record(assessment(key, 1, needs=needed), 1))
    assert await probe.held(key) == [(1, "waits")]

    await probe.poll(record(evaluation(needed, 1), 1))

    assert await probe.held(key) == []
    [effect] = await world.rows("SELECT xmin::text FROM contracts.probe_effects WHERE key = $1", key)
    [copy] = await world.rows("SELECT xmin::text FROM contracts.probe_copies WHERE id = $1", needed)
    assert effect == copy


async def test_later_events_of_its_key_wait_behind_it_and_follow_in_order(probe: Probe) -> None:
    key, needed = uuid4(), uuid4()
    await probe.poll(record(assessment(key, 1, needs=needed), 1), record(acceptance(key, 2), 2))
    await probe.poll(record(acceptance(key, 3), 3))
    assert await probe.held(key) == [(1, "waits"), (2, "behind"), (3, "behind")]

    await probe.poll(record(evaluation(needed, 1), 1))

    assert await probe.effects(key) == {key: [1, 2, 3]}


async def test_what_a_command_of_this_service_brings_is_found_within_a_tick(probe: Probe, world: World) -> None:
    key, needed = uuid4(), uuid4()
    await probe.poll(record(assessment(key, 1, needs=needed), 1))
    await world.rows("INSERT INTO contracts.probe_copies VALUES ($1, 1, 1)", needed)

    await probe.tick()

    assert await probe.effects(key) == {key: [1]}


async def test_an_event_that_waits_is_counted_as_received_once(probe: Probe) -> None:
    """The count says how fresh a copy is; counted at each try, a copy would pass for fresher than it is."""
    key = uuid4()
    before = await probe.received()
    await probe.poll(record(acceptance(key, 1), 1), record(assessment(key, 2, needs=uuid4()), 2))

    for _ in range(3):
        await probe.tick()

    assert await probe.received() == before + 2


async def test_a_try_that_waits_again_forgets_nothing_of_what_came_later(probe: Probe, world: World) -> None:
    key, first, second = uuid4(), uuid4(), uuid4()
    waits = [record(assessment(key, 1, needs=first), 1), record(assessment(key, 2, needs=second), 2)]
    await probe.poll(*waits, record(acceptance(key, 3), 3))

    await probe.poll(record(evaluation(first, 1), 1))

    [seen] = await world.rows("SELECT version FROM contracts.seen WHERE key = $1", key)
    assert seen["version"] == 3
    assert await probe.held(key) == [(2, "waits"), (3, "behind")]


# --- outages


@pytest.mark.parametrize("outage", [ConnectionResetError, TimeoutError])
async def test_an_outage_in_a_handler_parks_nothing_and_the_poll_comes_again(
    probe: Probe, outage: type[Exception]
) -> None:
    key = uuid4()
    sent = [record(acceptance(key, n), n) for n in (1, 2)]

    def cut(event: Event) -> None:
        raise outage

    probe.breaks = cut
    with pytest.raises(outage):
        await probe.poll(*sent)
    assert (await probe.effects(key), await probe.held(key)) == ({key: []}, [])

    probe.breaks = lambda event: None
    await probe.poll(*sent)

    assert await probe.effects(key) == {key: [1, 2]}
