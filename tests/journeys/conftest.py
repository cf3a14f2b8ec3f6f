"""A deployment a module, on the session's PostgreSQL and Kafka."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.deployment import Deployment
from tests.support.journey import Journey, RunningServers
from tests.support.servers import Broker

OVERLAYS = Path(__file__).resolve().parents[2] / "deploy" / "demo" / "rulebooks"


@pytest.fixture(scope="session")
def servers(database_url: str, kafka: Broker) -> RunningServers:
    return RunningServers(database_url, kafka.bootstrap, kafka.login)


@pytest.fixture(scope="module")
async def journey(servers: RunningServers) -> AsyncIterator[Journey]:
    journey = Journey(Deployment(servers, OVERLAYS))
    await journey.open()
    try:
        yield journey
    finally:
        await journey.close()
