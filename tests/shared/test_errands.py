"""Deadlines and dispatches: what the worker does besides relay and consumer."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.database import Row, Transaction
from shared.deadlines import Sweeper, meet_deadline, set_deadline
from shared.decision import Clause
from shared.dispatches import Dispatcher, dispatch
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

    async def act(tx: Transaction, row: Row) -> None:
        fired.append(row["subject"])

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

    async def act(tx: Transaction, row: Row) -> None:
        if row["subject"] == broken:
            raise ValueError
        fired.append(row["subject"])

    await Sweeper(service.database, {"test": act}).sweep(service.writer)

    assert fired == [sound]
    assert await state_of(world, broken) == "open"
    await sweep(world, [])


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
