"""The same thread without Kafka: events go over PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from deploy.deployment import Deployment
from tests.journeys.conftest import OVERLAYS
from tests.support.examples import an_evaluation
from tests.support.journey import Journey, RunningServers
from tests.support.paying import an_approved_line, payments_of


@pytest.fixture(scope="module")
async def without_kafka(database_url: str) -> AsyncIterator[Journey]:
    journey = Journey(Deployment(RunningServers(database_url, None), OVERLAYS))
    await journey.open()
    try:
        yield journey
    finally:
        await journey.close()


async def test_a_good_result_crosses_the_postgres_bus_and_pays(without_kafka: Journey) -> None:
    contract, line = await an_approved_line(without_kafka)

    await without_kafka.emit("evaluation", an_evaluation(contract, line, score="85", grade="fair"))

    await without_kafka.eventually(lambda: payments_of(without_kafka, line), ["60000.00"])
