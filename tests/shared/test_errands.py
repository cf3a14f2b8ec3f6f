"""Deadlines and dispatches: what the worker does besides relay and consumer."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from prometheus_client import generate_latest

from shared.errands import dispatches
from shared.errands.deadlines import Deadline, Sweeper, meet_deadline, set_deadline
from shared.errands.dispatches import Dispatcher, dispatch
from shared.law.decision import Clause
from shared.work.database import Transaction
from tests.support.world import World

CLAUSE = Clause("X-1", "第一条", "test@1", "期限", "a term")


async def state_of(world: World, subject: UUID) -> str:
    [row] = await world.rows("SELECT state FROM contracts.deadlines WHERE subject = $1", subject)
    return str(row["state"])


async def set_one(world: World, due_in: timedelta, *, provisional: bool = False) -> UUID:
    subject = uuid4()
    service = world.services["contracts"]
    async with service.database.system_transaction(service.writer) as tx:
        due_at = tx.now + due_in
        await set_deadline(tx, "test", subject, subject, due_at, CLAUSE, provisional=provisional)
    return subject


async def sweep(world: World, fired: list[UUID]) -> None:
    service = world.services["contracts"]

    async def act(tx: Transaction, deadline: Deadline) -> None:
        fired.append(deadline.subject)

    await Sweeper(service.database, {"test": act}).sweep(service.writer)


async def test_a_deadline_that_has_passed_fires_once(world: World) -> None:
    subject, fired = await set_one(world, timedelta(seconds=-1)), list[UUID]()

    await sweep(world, fired)
    await sweep(world, fired)

    assert fired.count(subject) == 1
    assert await state_of(world, subject) == "fired"


async def test_a_deadline_still_to_come_does_not_fire(world: World) -> None:
    subject, fired = await set_one(world, timedelta(hours=1)), list[UUID]()

    await sweep(world, fired)

    assert subject not in fired


async def test_a_provisional_deadline_closes_nothing(world: World) -> None:
    subject, fired = await set_one(world, timedelta(days=-1), provisional=True), list[UUID]()

    await sweep(world, fired)

    assert subject not in fired
    assert await state_of(world, subject) == "open"


async def test_a_deadline_met_in_time_never_fires(world: World) -> None:
    subject, fired = await set_one(world, timedelta(seconds=-1)), list[UUID]()
    service = world.services["contracts"]
    async with service.database.system_transaction(service.writer) as tx:
        await meet_deadline(tx, "test", subject)

    await sweep(world, fired)

    assert subject not in fired
    assert await state_of(world, subject) == "met"


async def test_an_action_that_fails_leaves_its_deadline_open_and_others_go_on(world: World) -> None:
    broken, sound, fired = await set_one(world, timedelta(seconds=-2)), await set_one(world, timedelta(seconds=-1)), []
    service = world.services["contracts"]

    async def act(tx: Transaction, deadline: Deadline) -> None:
        if deadline.subject == broken:
            raise ValueError
        fired.append(deadline.subject)

    await Sweeper(service.database, {"test": act}).sweep(service.writer)

    assert fired == [sound]
    assert await state_of(world, broken) == "open"
    await sweep(world, [])


async def set_many(world: World, how_many: int, due_in: timedelta) -> set[UUID]:
    subjects, service = {uuid4() for _ in range(how_many)}, world.services["contracts"]
    async with service.database.system_transaction(service.writer) as tx:
        for subject in subjects:
            await set_deadline(tx, "test", subject, subject, tx.now + due_in, CLAUSE)
    return subjects


async def overdue_in(world: World) -> dict[str, float]:
    """What the sweeper shows of its service."""
    lines = [line.split() for line in generate_latest().decode().splitlines() if 'service="contracts"' in line]
    return {name.split("{")[0]: float(value) for name, value in lines if "_deadlines{" in name}


@pytest.mark.parametrize(
    "error", [ValueError, asyncpg.QueryCanceledError], ids=["a fault", "an outage that passes for others"]
)
async def test_a_hundred_and_fifty_actions_that_fail_keep_no_other_from_its_turn(
    world: World, error: type[Exception]
) -> None:
    await world.rows("DELETE FROM contracts.deadlines WHERE kind = 'test'")
    broken = await set_many(world, 150 if error is ValueError else 3, timedelta(seconds=-9))
    sound, fired = await set_one(world, timedelta(seconds=-1)), list[UUID]()
    service = world.services["contracts"]

    async def act(tx: Transaction, deadline: Deadline) -> None:
        if deadline.subject in broken:
            raise error("x")
        fired.append(deadline.subject)

    sweeper = Sweeper(service.database, {"test": act})
    for _ in range(5):
        with contextlib.suppress(asyncpg.QueryCanceledError):  # the loop begins anew, with another connection
            await sweeper.sweep(service.writer)

    assert fired == [sound]
    figures = await overdue_in(world)
    assert (figures["goufu_overdue_deadlines"], figures["goufu_failing_deadlines"]) == (len(broken), len(broken))
    await world.rows("DELETE FROM contracts.deadlines WHERE kind = 'test'")


async def test_a_deadline_that_fails_is_tried_again_after_pauses_that_grow_to_an_hour(world: World) -> None:
    subject, service = await set_one(world, timedelta(seconds=-1)), world.services["contracts"]
    pauses: list[float] = []
    tried: list[UUID] = []

    async def act(tx: Transaction, deadline: Deadline) -> None:
        tried.append(deadline.subject)
        if len(pauses) < 9:
            raise ValueError

    again = (
        "UPDATE contracts.deadlines d SET next_at = now() FROM contracts.deadlines was WHERE d.subject = $1"
        " AND was.id = d.id RETURNING extract(epoch FROM was.next_at - clock_timestamp())::float AS pause, d.attempts"
    )
    for _ in range(9):
        for _ in range(2):
            await Sweeper(service.database, {"test": act}).sweep(service.writer)
        [row] = await world.rows(again, subject)
        pauses.append(row["pause"])
    health = (await world.clients["contracts"].get("/readyz")).json()
    await Sweeper(service.database, {"test": act}).sweep(service.writer)

    assert tried.count(subject) == 10
    assert [round(pause / 30) for pause in pauses] == [1, 2, 4, 8, 16, 32, 64, 120, 120]
    assert health == {"status": "degraded"}
    assert await state_of(world, subject) == "fired"
    assert (await world.clients["contracts"].get("/readyz")).json() == {"status": "ready"}


async def test_an_errand_is_sent_once_for_its_business_key(world: World) -> None:
    service, sent, key = world.services["contracts"], [], uuid4().hex

    async def adapter(business_key: str, payload: dict[str, Any]) -> None:
        sent.append((business_key, payload))

    for _ in range(2):
        async with service.database.system_transaction(service.writer) as tx:
            await dispatch(tx, key, "test", {"amount": "1.00"})
    dispatcher = Dispatcher(service.database, {"test": adapter})
    await dispatcher.send_waiting(service.writer)
    await dispatcher.send_waiting(service.writer)

    assert sent == [(key, {"amount": "1.00"})]


async def test_an_errand_that_fails_is_tried_later(world: World) -> None:
    service, key = world.services["contracts"], uuid4().hex

    async def adapter(business_key: str, payload: dict[str, Any]) -> None:
        raise OSError("not reached")

    async with service.database.system_transaction(service.writer) as tx:
        await dispatch(tx, key, "broken", {})
    await Dispatcher(service.database, {"broken": adapter}).send_waiting(service.writer)

    [row] = await world.rows("SELECT state, attempts FROM contracts.dispatches WHERE business_key = $1", key)
    assert (row["state"], row["attempts"]) == ("waiting", 1)


async def errands(world: World, channel: str, *keys: str) -> None:
    service = world.services["contracts"]
    async with service.database.system_transaction(service.writer) as tx:
        for key in keys:
            await dispatch(tx, key, channel, {})


async def states(world: World, *keys: str) -> list[str]:
    rows = await world.rows("SELECT state, business_key FROM contracts.dispatches")
    of = {row["business_key"]: row["state"] for row in rows}
    return [of[key] for key in keys]


@pytest.mark.parametrize("trouble", ["slow", "broken", "wrong"])
async def test_one_errand_in_trouble_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    service, keys = world.services["contracts"], [uuid4().hex for _ in range(3)]
    monkeypatch.setattr(dispatches, "SEND_SECONDS", 0.1)

    async def adapter(business_key: str, payload: dict[str, Any]) -> None:
        if business_key == keys[0]:
            if trouble == "slow":
                await asyncio.sleep(3600)
            raise OSError if trouble == "broken" else KeyError

    await errands(world, trouble, *keys)
    await Dispatcher(service.database, {trouble: adapter}).send_waiting(service.writer)

    assert await states(world, *keys) == ["waiting", "sent", "sent"]


async def test_what_was_sent_stays_sent_when_the_worker_dies_with_another(world: World) -> None:
    service, keys = world.services["contracts"], [uuid4().hex for _ in range(2)]

    async def adapter(business_key: str, payload: dict[str, Any]) -> None:
        if business_key == keys[0]:
            await asyncio.sleep(3600)

    await errands(world, "dying", *keys)
    connection = await service.database.connect()
    work = asyncio.create_task(Dispatcher(service.database, {"dying": adapter}).send_waiting(connection))
    while await states(world, *keys) != ["sending", "sent"]:  # noqa: ASYNC110 -- the database tells nobody
        await asyncio.sleep(0.01)
    work.cancel()
    connection.terminate()

    assert await states(world, *keys) == ["sending", "sent"]


async def test_an_errand_that_failed_for_long_is_tried_hourly_and_shows(world: World) -> None:
    service, key = world.services["contracts"], uuid4().hex
    person = await world.person(duties=set())

    async def adapter(business_key: str, payload: dict[str, Any]) -> None:
        raise OSError("not reached")

    async def ready() -> str:
        return str((await person.get("contracts", "/readyz")).ok()["status"])

    await errands(world, "late", key)
    late = "UPDATE contracts.dispatches SET attempts = $2, next_at = now() WHERE business_key = $1 RETURNING 1"
    await world.rows(late, key, 10)
    await Dispatcher(service.database, {"late": adapter}).send_waiting(service.writer)
    assert await ready() == "ready"
    await world.rows(late, key, 40)
    await Dispatcher(service.database, {"late": adapter}).send_waiting(service.writer)

    assert await ready() == "degraded"
    again = "SELECT state, next_at - clock_timestamp() AS wait FROM contracts.dispatches WHERE business_key = $1"
    [row] = await world.rows(again, key)
    assert row["state"] == "waiting"
    assert timedelta(minutes=59) < row["wait"] <= timedelta(hours=1)
    await world.rows("DELETE FROM contracts.dispatches WHERE business_key = $1", key)
