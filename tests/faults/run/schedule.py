"""The faults: each row is a kind, what it strikes, and the function that strikes and heals.

To add one, write a function that takes the rig and the target, does its harm, waits with `rig.hold` and heals what does
not heal by itself; then give it a row. Rows of the lane `process` are short and fall beside those of the lane `server`,
which follow one another. Both lanes go through their rows in an order that the seed gives, then begin again.
"""

import asyncio
import contextlib
import random
import shutil
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import asyncpg

from deploy.serve import worker
from shared import bus
from shared.events import SERVICES
from shared.road.recovery import finish, refill
from tests.faults.run import evidence
from tests.faults.run.rig import PROCESSES, Rig
from tests.support.backups import Backup

_CONNECTED = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'goufu-%'"
)

Strike = Callable[[Rig, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Row:
    """One fault."""

    kind: str
    target: str
    strike: Strike
    lane: Literal["process", "server"]
    at: float = 0
    """The part of the run after which it strikes, once; 0: whenever its turn comes."""

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"


# --- processes


async def kill(rig: Rig, name: str) -> None:
    """In the midst of a request, if there soon is one; the keeper starts it again at once."""
    await rig.asked(name)
    await rig.deployment.kill(name)


async def kill_in_a_row(rig: Rig, name: str) -> None:
    """Killed again as soon as it is back, before it has got anywhere."""
    for _ in range(3):
        await rig.asked(name)
        await rig.deployment.kill(name)
        await rig.hold(0.2, 1.2)


async def freeze(rig: Rig, name: str) -> None:
    await rig.asked(name)
    await rig.deployment.send(name, signal.SIGSTOP)
    try:
        await rig.hold(1, 6)
    finally:
        await rig.deployment.send(name, signal.SIGCONT)


# --- PostgreSQL


async def terminate(rig: Rig, _: str) -> None:
    """Every session of the services is ended, three times; the server stays."""
    statement = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name LIKE 'goufu-%' AND pid <> pg_backend_pid()"
    )
    for _n in range(3):
        connection = await asyncpg.connect(rig.postgres.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
        await rig.hold(0.2, 1.5)


async def restart_fast(rig: Rig, _: str) -> None:
    await asyncio.to_thread(rig.postgres.restart, "fast")


async def restart_immediate(rig: Rig, _: str) -> None:
    await asyncio.to_thread(rig.postgres.restart, "immediate")


async def kill_postgres(rig: Rig, _: str) -> None:
    await rig.kill_server(rig.postgres)
    try:
        await rig.hold(0, 3)
    finally:
        await asyncio.to_thread(rig.postgres.start)


async def freeze_postgres(rig: Rig, _: str) -> None:
    """Sometimes for longer than a statement may take."""
    rig.postgres.freeze()
    try:
        await rig.hold(2, 13)
    finally:
        rig.postgres.thaw()


# --- Kafka


async def kill_kafka(rig: Rig, _: str) -> None:
    await rig.kill_server(rig.kafka)
    try:
        await rig.hold(0, 4)
    finally:
        await asyncio.to_thread(rig.kafka.start)


async def restart_kafka(rig: Rig, _: str) -> None:
    await asyncio.to_thread(rig.kafka.stop)
    await asyncio.to_thread(rig.kafka.start)


async def freeze_kafka(rig: Rig, _: str) -> None:
    rig.kafka.freeze()
    try:
        await rig.hold(3, 13)
    finally:
        rig.kafka.thaw()


async def lose_kafka(rig: Rig, _: str) -> None:
    """The broker comes back with an empty disk; the operator makes topics and rights again and has every ledger sent
    again, as docs/recovery.md says."""
    await rig.kill_server(rig.kafka)
    await asyncio.to_thread(shutil.rmtree, rig.kafka.data)
    await asyncio.to_thread(rig.kafka.start)
    await rig.deployment.lay_road()
    for service in SERVICES:
        await refill(rig.deployment.admin_url, service, 1)


# --- a restore


async def restore(rig: Rig, target: str) -> None:
    """The database, or one service's schema, goes back to what it was some entries ago; the operator stops everything,
    finishes the restore and starts everything, as docs/recovery.md says."""
    services = SERVICES if target == "postgres" else (target,)
    url, settings = rig.deployment.admin_url, rig.deployment.settings
    backup = await Backup.taken(url, services)
    admin = await asyncpg.connect(url)
    written = "SELECT " + " + ".join(f"(SELECT count(*) FROM {service}.journal)" for service in services)
    begun, end = await admin.fetchval(written), time.monotonic() + 30
    while await admin.fetchval(written) < begun + 8 * len(services) and time.monotonic() < end:
        await rig.hold(1, 2)
    await rig.deployment.rest()
    road = bus.connect(settings.bus_url(SERVICES[0]), settings.bus_login())
    try:
        while await admin.fetchval(_CONNECTED):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        before = await evidence.tables(admin, *evidence.ROAD)
        before.topics = await evidence.topics(settings)
        await backup.restore(url, services)
        copies = {str(name): worker(name).copies for name in SERVICES}
        told = await finish(url, road, settings.tags, copies, services, prefix=settings.topic_prefix)
        after = await evidence.tables(admin, *evidence.ROAD)
    finally:
        await road.close()
        await admin.close()
    rig.restores.append(evidence.Restore(tuple(services), before, after, told))
    rig.tell(f"restored: {len(told.lost)} events lost, {len(told.effects)} effects stand")
    rig.taken_back()
    await rig.deployment.resume()


# --- the network


def network(state: str) -> Strike:
    """The links of the target in that state for a while: Kafka's, or PostgreSQL's of some services or all."""

    async def strike(rig: Rig, target: str) -> None:
        some = rig.chance.sample(SERVICES, rig.chance.randint(1, len(SERVICES)))
        links = ("kafka",) if target == "kafka" else tuple(some)
        await rig.network.set(state, *links)
        try:
            await rig.hold(1, 8)
        finally:
            await rig.network.set("open", *links)

    return strike


async def flap(rig: Rig, target: str) -> None:
    """Half a second there, half a second gone."""
    links = ("kafka",) if target == "kafka" else SERVICES
    for _ in range(6):
        await rig.network.set("refuse", *links)
        await asyncio.sleep(0.5)
        await rig.network.set("open", *links)
        await asyncio.sleep(0.5)


ROWS: tuple[Row, ...] = (
    *(Row("kill", name, kill, "process") for name in PROCESSES),
    *(Row("kill again and again", name, kill_in_a_row, "process") for name in PROCESSES),
    *(Row("freeze", name, freeze, "process") for name in PROCESSES),
    Row("end every session", "postgres", terminate, "server"),
    Row("restart fast", "postgres", restart_fast, "server"),
    Row("restart immediate", "postgres", restart_immediate, "server"),
    Row("kill", "postgres", kill_postgres, "server"),
    Row("freeze", "postgres", freeze_postgres, "server"),
    Row("kill", "kafka", kill_kafka, "server"),
    Row("restart", "kafka", restart_kafka, "server"),
    Row("freeze", "kafka", freeze_kafka, "server"),
    Row("disk lost", "kafka", lose_kafka, "server"),
    *(
        Row(f"network {state}", target, network(state), "server")
        for state in ("refuse", "cut", "stall", "stall_out", "stall_back")
        for target in ("postgres", "kafka")
    ),
    Row("restore", "postgres", restore, "server", 0.5),
    Row("restore", "contracts", restore, "server", 0.85),
    *(Row("network flaps", target, flap, "server") for target in ("postgres", "kafka")),
)

GAPS = {"process": (2.0, 5.0), "server": (4.0, 8.0)}
"""Seconds between two faults of a lane: time to come back, or nothing would ever be written."""


async def strike_all(rig: Rig, rows: Sequence[Row], seed: int) -> list[Row]:
    """Strikes in both lanes until the run is over; returns the rows in the order in which they ended."""
    done: list[Row] = []
    lanes = {lane: [row for row in rows if row.lane == lane] for lane in GAPS}
    mine = {lane: rig.with_chance(random.Random(f"{seed} {lane}")) for lane in GAPS}
    await asyncio.gather(*(_go_through(mine[lane], lanes[lane], GAPS[lane], done) for lane in GAPS if lanes[lane]))
    return done


async def _go_through(rig: Rig, rows: list[Row], gap: tuple[float, float], done: list[Row]) -> None:
    for row in _turns(rig, rows):
        await rig.hold(*gap)
        if rig.over.is_set():
            return
        if row is None:
            continue
        rig.tell(str(row))
        with contextlib.suppress(ProcessLookupError):
            await row.strike(rig, row.target)
        done.append(row)


def _turns(rig: Rig, rows: list[Row]) -> Iterator[Row | None]:
    """Each row in its turn; one that has its time goes before the others when it has come. None: no turn yet."""
    timed = sorted((row for row in rows if row.at), key=lambda row: row.at)
    free: list[Row | None] = [row for row in rows if not row.at]
    while True:
        rig.chance.shuffle(free)
        for row in free or [None]:
            while timed and rig.part() >= timed[0].at:
                yield timed.pop(0)
            yield row
