"""The whole circle on a real Kafka: once undisturbed, and with processes killed on the way."""

import random

import pytest

from deploy.demo.play import EXPECTED, OVERLAYS
from deploy.demo.story import tell
from deploy.deployment import Deployment
from shared.events import SERVICES
from tests.support.chaos import COMMAND_POINTS, WORKER_POINTS, Kills, PointedWorkers
from tests.support.journey import RunningServers
from tests.support.stories import refusals, told

SEED = 20220301
ALLOWED_POINTS = tuple(point for point in COMMAND_POINTS if point != "command.refused")


async def test_the_circle_ends_as_expected(servers: RunningServers) -> None:
    async with Deployment(servers, OVERLAYS) as deployment:
        outcome = await told(deployment, tell)

    assert outcome == EXPECTED


@pytest.mark.long
async def test_the_circle_survives_twenty_kills_by_seed(servers: RunningServers) -> None:
    chance = random.Random(SEED)
    doomed = {chance.randrange(1, 180): chance.choice(ALLOWED_POINTS) for _ in range(14)}
    services = chance.sample(["catalog", "registry", "tendering", "contracts", "evaluation"], 3)
    points: dict[str, list[str]] = {
        service: [f"{chance.choice(WORKER_POINTS)}:3" for _ in range(2)] for service in services
    }

    async with PointedWorkers(servers, OVERLAYS, points, faults=True) as deployment:
        kills = Kills(deployment, doomed.get)
        outcome = await told(deployment, tell, kills)

    assert outcome == EXPECTED
    assert len(kills.died) + len(deployment.died_at) >= 12, (kills.died, deployment.died_at)


@pytest.mark.long
@pytest.mark.parametrize("point", COMMAND_POINTS)
async def test_every_command_of_the_circle_killed_at_a_point_happens_once(servers: RunningServers, point: str) -> None:
    async with Deployment(servers, OVERLAYS, faults=True) as deployment:
        kills = Kills(deployment, lambda _: point)
        outcome = await told(deployment, tell, kills)
        refused = await refusals(deployment)

    passing = {"command.begun": kills.commands, "command.refused": refused}.get(point, kills.commands - refused)
    assert outcome == EXPECTED
    assert refused >= EXPECTED.refused
    assert len(kills.died) == passing, kills.died
    print(f"faults: point={point} commands={kills.commands} killed={len(kills.died)} violations=0")


@pytest.mark.long
async def test_workers_killed_at_every_point_lose_nothing_and_do_nothing_twice(servers: RunningServers) -> None:
    points: dict[str, list[str]] = {service: [f"{point}:1" for point in WORKER_POINTS] for service in SERVICES}

    async with PointedWorkers(servers, OVERLAYS, points) as deployment:
        outcome = await told(deployment, tell, patience=180.0)

    assert outcome == EXPECTED
    assert sorted(deployment.died_at) == sorted(f"{service} {point}" for service in points for point in points[service])
    print(f"faults: worker points={len(WORKER_POINTS)} killed={len(deployment.died_at)} violations=0")
