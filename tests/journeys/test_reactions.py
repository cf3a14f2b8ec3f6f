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


@pytest.mark.long
async def test_every_reaction_killed_at_every_point_happens_once(servers: RunningServers, tmp_path: Path) -> None:
    """Both stories at once, because a worker's death costs seconds of waiting: Kafka misses it only after a while."""
    circle, trouble = (MortalWorkers(servers, OVERLAYS, tmp_path) for _ in range(2))

    async with circle, trouble:
        async with asyncio.TaskGroup() as stories:
            ended = stories.create_task(told(circle, tell, patience=180.0))
            suffered = stories.create_task(told(trouble, setbacks.suffer, patience=180.0))
        # What follows the last act is killed too, and comes back for its next point.
        for _ in range(120):
            if set(noted(tmp_path)) == every_reaction():
                break
            await asyncio.sleep(0.5)
    deaths = noted(tmp_path)

    assert ended.result() == play.EXPECTED
    assert suffered.result() == setbacks.EXPECTED
    assert set(deaths) == every_reaction(), set(deaths) ^ every_reaction()
    assert set(deaths.values()) <= circle.killed | trouble.killed
    reactions, points = len(deaths) // len(CONSUMER_POINTS), len(CONSUMER_POINTS)
    print(f"faults: reactions={reactions} points={points} killed={len(deaths)} violations=0")
