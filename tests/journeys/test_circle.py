"""The whole circle on a real Kafka: once undisturbed, and with processes killed on the way."""

import io
import random

import asyncpg
import pytest
from rich.console import Console

from deploy.demo.play import EXPECTED, OVERLAYS
from deploy.demo.stage import Stage, Trouble
from deploy.demo.story import Outcome, tell
from deploy.deployment import Deployment
from tests.support import invariants
from tests.support.chaos import COMMAND_POINTS, WORKER_POINTS, Kills, WorkerKills, every_point
from tests.support.journey import RunningServers

SEED = 20220301


async def told(deployment: Deployment, trouble: Trouble | None = None, patience: float = 40.0) -> tuple[Outcome, int]:
    """The story without its audience; afterwards everything that must hold is checked, and every event counted."""
    async with Stage(deployment, Console(file=io.StringIO()), trouble or Trouble(), patience=patience) as stage:
        outcome, events = await tell(stage)
        await stage.settled()
    admin = await asyncpg.connect(deployment.admin_url)
    try:
        await invariants.check(admin, deployment.settings)
        journalled = sum(
            [
                await admin.fetchval(f"SELECT count(*) FROM {service}.journal WHERE kind = 'event'")
                for service in ("catalog", "registry", "tendering", "contracts", "evaluation")
            ]
        )
        assert events == journalled, f"{journalled} events are journalled, {events} are on the topics"
    finally:
        await admin.close()
    return outcome, events


async def test_the_circle_ends_as_expected(servers: RunningServers) -> None:
    async with Deployment(servers, OVERLAYS) as deployment:
        outcome, _ = await told(deployment)

    assert outcome == EXPECTED


async def test_the_circle_survives_twenty_kills_by_seed(servers: RunningServers) -> None:
    chance = random.Random(SEED)
    doomed = {chance.randrange(1, 180): chance.choice(COMMAND_POINTS) for _ in range(14)}
    services = chance.sample(["catalog", "registry", "tendering", "contracts", "evaluation"], 3)
    points = {service: iter([f"{chance.choice(WORKER_POINTS)}:3" for _ in range(2)]) for service in services}

    async with Deployment(servers, OVERLAYS, faults=True) as deployment:
        kills = Kills(deployment, doomed.get)
        quiet = dict.fromkeys(("catalog", "registry", "tendering", "contracts", "evaluation"), iter(()))
        async with WorkerKills(deployment, {**quiet, **points}) as workers:
            for service in services:
                await deployment.kill(f"{service}-worker")
            outcome, _ = await told(deployment, kills)

    assert outcome == EXPECTED
    assert len(kills.died) + len(workers.died) >= 12, (kills.died, kills.unharmed, workers.died)


@pytest.mark.long
@pytest.mark.parametrize("point", COMMAND_POINTS)
async def test_every_command_of_the_circle_killed_at_a_point_happens_once(servers: RunningServers, point: str) -> None:
    async with Deployment(servers, OVERLAYS, faults=True) as deployment:
        kills = Kills(deployment, lambda _: point)
        outcome, _ = await told(deployment, kills)

    assert outcome == EXPECTED
    print(f"faults: point={point} commands={kills.commands} killed={len(kills.died)} violations=0")


@pytest.mark.long
async def test_workers_killed_at_every_point_lose_nothing_and_do_nothing_twice(servers: RunningServers) -> None:
    async with Deployment(servers, OVERLAYS) as deployment, WorkerKills(deployment, every_point(1)) as workers:
        for service in ("catalog", "registry", "tendering", "contracts", "evaluation"):
            await deployment.kill(f"{service}-worker")
        outcome, _ = await told(deployment, patience=180.0)

    assert outcome == EXPECTED
    assert len(workers.died) >= 5 * len(WORKER_POINTS), workers.died
    print(f"faults: worker points={len(WORKER_POINTS)} killed={len(workers.died)} violations=0")
