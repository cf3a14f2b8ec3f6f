"""Faults get servers of their own, because they stop and kill them."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.deployment import Deployment
from deploy.local.kafka import KafkaUnavailable, PrivateKafka
from deploy.local.postgres import PrivatePostgres
from tests.journeys.conftest import OVERLAYS
from tests.support.journey import Journey, RunningServers


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PrivatePostgres]:
    server = PrivatePostgres()
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def own_kafka() -> Iterator[PrivateKafka]:
    server = PrivateKafka()
    try:
        server.start()
    except KafkaUnavailable as error:
        if os.environ.get("GOUFU_REQUIRE_KAFKA") == "1":
            raise
        pytest.skip(f"no Kafka: {error}")
    yield server
    server.close()


@pytest.fixture(scope="module")
async def fragile(own_postgres: PrivatePostgres, own_kafka: PrivateKafka) -> AsyncIterator[Journey]:
    """A deployment whose servers a test may stop."""
    servers = RunningServers(own_postgres.url, own_kafka.bootstrap, own_kafka.login)
    journey = Journey(Deployment(servers, OVERLAYS))
    await journey.open()
    try:
        yield journey
    finally:
        await journey.close()
