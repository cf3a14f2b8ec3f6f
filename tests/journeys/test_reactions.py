"""Every reaction of every service, its worker killed at every point of the way."""

import asyncio
from pathlib import Path

import pytest

from deploy.demo import play
from deploy.demo.story import tell
from tests.journeys.conftest import OVERLAYS
from tests.support import setbacks
from tests.support.chaos import CONSUMER_POINTS, MortalWorkers, every_reaction, noted
from tests.support.journey import RunningServers
from tests.support.stories import told

NOT_HELD = {
    "goufu.contracts.contract_cost_moved.v1": "no story moves money after a contract's end",
    "goufu.registry.person_erased.v1": "a story ends with it, at times before the last point is passed",
}
"""Reactions that the stories do not kill at every point, each with the reason."""


@pytest.mark.long
async def test_every_reaction_killed_at_every_point_happens_once(servers: RunningServers, tmp_path: Path) -> None:
    """Both stories at once, because a worker's death costs seconds of waiting: Kafka misses it only after a while."""
    circle, trouble = (MortalWorkers(servers, OVERLAYS, tmp_path) for _ in range(2))

    async with circle, trouble, asyncio.TaskGroup() as stories:
        ended = stories.create_task(told(circle, tell, patience=180.0))
        suffered = stories.create_task(told(trouble, setbacks.suffer, patience=180.0))
    deaths = noted(tmp_path)

    assert ended.result() == play.EXPECTED
    assert suffered.result() == setbacks.EXPECTED
    asked = {reaction for reaction in every_reaction() if reaction[2] not in NOT_HELD}
    assert asked <= set(deaths) <= every_reaction(), asked - set(deaths)
    assert set(deaths.values()) <= circle.killed | trouble.killed
    reactions, points = len(deaths) // len(CONSUMER_POINTS), len(CONSUMER_POINTS)
    print(f"faults: reactions={reactions} points={points} killed={len(deaths)} violations=0")
