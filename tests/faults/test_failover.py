"""PostgreSQL's machine dies for good and its standby takes over under the same address: what was answered is there, no
process ends, no answer is an error."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

import pytest

from deploy.deployment import Deployment
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.postgres import PrivatePostgres
from tests.faults.run.rig import Network
from tests.journeys.conftest import OVERLAYS
from tests.support.journey import Journey, RunningServers
from tests.support.standby import Standby
from tests.support.terminator import a_load, processes, under_load

pytestmark = pytest.mark.long


async def test_a_standby_takes_over_and_nothing_that_was_answered_is_lost(own_postgres: PrivatePostgres) -> None:
    [port] = free_ports(1)
    network = Network({"postgres": port}, {"postgres": own_postgres.port})
    await network.open()
    place = urlsplit(own_postgres.url)
    moving = urlunsplit(place._replace(netloc=f"{place.username}:{place.password}@{LOOPBACK}:{port}"))
    journey, standby = Journey(Deployment(RunningServers(moving, None), OVERLAYS)), Standby(own_postgres)
    await journey.open()
    try:
        load = await a_load(journey)
        before = processes(journey)

        async def trouble() -> None:
            await asyncio.to_thread(standby.start)
            await asyncio.sleep(2)
            await journey.admin.close()
            await asyncio.to_thread(own_postgres.kill)
            await asyncio.sleep(1)
            await standby.promote()
            await network.set(str(standby.port), "postgres")
            await journey.reconnect()
            await asyncio.sleep(3)

        await under_load(load, trouble)

        assert load.wrong == []
        assert processes(journey) == before
        assert load.statuses[201] > 20, load.statuses
        assert load.statuses[503] > 0, "nobody noticed"
        made = "SELECT id FROM catalog.projects WHERE organisation = $1"
        there = await journey.rows(made, load.planner.organisation)
        assert sorted(row["id"] for row in there) == sorted(load.ids.values())  # type: ignore[type-var]
        await journey.eventually(lambda: journey.rows("SELECT count(*) AS n FROM catalog.queue"), [{"n": 0}])
        assert await journey.rows("SELECT pg_is_in_recovery() AS follows") == [{"follows": False}]
    finally:
        await journey.close()
        await network.close()
        await asyncio.to_thread(standby.close)
