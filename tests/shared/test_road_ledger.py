"""Every committed entry gets one position, without gaps and in the order of its key, whoever writes at once."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest

from shared.bus.postgres import PostgresBus
from shared.road.audit import verify
from shared.road.relay import Relay
from tests.support.probe import TAGS, acceptance
from tests.support.servers import lay_on_postgres
from tests.support.world import World

WRITERS = 16


@asynccontextmanager
async def a_relay(world: World, service: str) -> AsyncIterator[Relay]:
    """The relay of a service, running on the bus inside the world's own database."""
    await lay_on_postgres(world.settings, world.admin_url, world.roles_of)
    bus = PostgresBus(world.settings.url(service))
    relay = Relay(world.services[service].database, bus, TAGS)
    running = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await bus.close()


class _TurnedBack(Exception):
    """The writer changes its mind, as a command does that fails late."""


async def write_until(world: World, end: float, keys: list[UUID], chance: random.Random, slowest: float) -> set[UUID]:
    """Commits events on random keys, with delays while the key is locked, one in six undone; returns what was kept."""
    database = world.services["evaluation"].database
    connection = await database.connect()
    kept: set[UUID] = set()
    try:
        while time.monotonic() < end:
            try:
                async with database.system_transaction(connection) as tx:
                    key = chance.choice(keys)
                    await tx.lock(key)
                    tx.emit(acceptance(key, tx.versions[key] + 1))
                    written = {entry.id for entry in tx.entries}
                    await tx.finish(None)
                    await asyncio.sleep(chance.random() ** 4 * slowest)
                    if chance.random() < 1 / 6:
                        raise _TurnedBack
                kept |= written
            except _TurnedBack:
                pass
    finally:
        await connection.close()
    return kept


async def everything_has_a_position(world: World) -> None:
    for _ in range(200):
        [row] = await world.rows("SELECT count(*) AS n FROM evaluation.queue")
        if row["n"] == 0:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{row['n']} entries still wait for a position")


async def written_by_many(world: World, seconds: float, slowest: float, seed: int) -> None:
    keys = [uuid4() for _ in range(40)]
    async with a_relay(world, "evaluation"):
        end = time.monotonic() + seconds
        chances = [random.Random(f"{seed}/{n}") for n in range(WRITERS)]
        kept = set().union(
            *await asyncio.gather(*(write_until(world, end, keys, chance, slowest) for chance in chances))
        )
        await everything_has_a_position(world)

    rows = await world.rows(
        "SELECT l.position, l.entry, j.key, j.version FROM evaluation.ledger l"
        " JOIN evaluation.journal j ON j.id = l.entry ORDER BY l.position"
    )
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    assert kept <= {row["entry"] for row in rows}
    assert len([row for row in rows if row["key"] in keys]) == len(kept) > WRITERS
    for key in keys:
        versions = [row["version"] for row in rows if row["key"] == key]
        assert versions == list(range(1, len(versions) + 1)), key


async def test_sixteen_writers_lose_no_entry_and_leave_no_gap(world: World) -> None:
    """Reading "greater than the last" would lose here what a slow transaction commits late."""
    await written_by_many(world, seconds=4, slowest=0.3, seed=1)

    connection = world.services["evaluation"].writer
    assert (await verify(connection))[0] == await connection.fetchval("SELECT count(*) FROM ledger")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
async def test_sixteen_writers_lose_nothing_in_the_long_run(world: World, seed: int) -> None:
    await written_by_many(world, seconds=60, slowest=2, seed=seed)


async def test_an_open_transaction_holds_up_nobody_else(world: World) -> None:
    """A horizon of running transactions would stall behind it."""
    database = world.services["evaluation"].database
    idle = await database.connect()
    await idle.execute("BEGIN")
    await idle.execute("SELECT pg_current_xact_id()")
    try:
        async with a_relay(world, "evaluation"):
            for _ in range(5):
                await world.emit("evaluation", acceptance(uuid4(), 1))
            await everything_has_a_position(world)
    finally:
        await idle.close()


async def test_a_second_relay_waits_and_takes_over_without_a_fork(world: World) -> None:
    async with a_relay(world, "evaluation"):
        await world.emit("evaluation", acceptance(uuid4(), 1))
        await everything_has_a_position(world)
        async with a_relay(world, "evaluation"):
            await world.emit("evaluation", acceptance(uuid4(), 1))
            await everything_has_a_position(world)

    async with a_relay(world, "evaluation"):
        await world.emit("evaluation", acceptance(uuid4(), 1))
        await everything_has_a_position(world)

    await verify(world.services["evaluation"].writer)
