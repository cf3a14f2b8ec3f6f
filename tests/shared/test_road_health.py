"""Health is a word for everybody; figures are for those who operate the deployment."""

import pytest
from prometheus_client import generate_latest

from shared.events import SERVICES
from shared.process.settings import Settings
from tests.support.world import World


@pytest.mark.parametrize("service", SERVICES)
async def test_whoever_asks_is_told_that_a_service_is_ready_and_no_number(world: World, service: str) -> None:
    ready = await world.clients[service].get("/readyz")

    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_an_event_that_is_parked_degrades_a_service(world: World) -> None:
    await world.rows(
        "INSERT INTO contracts.held (event, source, key, version, type, state, reason, value, held_at)"
        " VALUES (gen_random_uuid(), 'registry', gen_random_uuid(), 1, 'x', 'parked', 'x', '', now())"
    )

    ready = await world.clients["contracts"].get("/readyz")

    await world.rows("DELETE FROM contracts.held")
    assert ready.json() == {"status": "degraded"}


@pytest.mark.parametrize("state", ["waits", "behind"])
@pytest.mark.parametrize(("seconds", "word", "stuck"), [(590, "ready", 0), (610, "degraded", 1)])
async def test_an_event_that_rests_for_too_long_degrades_a_service_as_a_parked_one_does(
    world: World, state: str, seconds: int, word: str, stuck: int
) -> None:
    """What it waits for may never come: a line that was never planned, a version that was lost."""
    operator = await world.person("operator", duties={"operate"}, jurisdiction="000000")
    await world.rows(
        "INSERT INTO contracts.held (event, source, key, version, type, state, reason, value, held_at)"
        " VALUES (gen_random_uuid(), 'evaluation', gen_random_uuid(), 2, 'x', $1, 'x', '',"
        " clock.now() - make_interval(secs => $2))",
        state,
        float(seconds),
    )

    ready = await world.clients["contracts"].get("/readyz")
    road = (await operator.get("contracts", "/v1/road")).ok()

    await world.rows("DELETE FROM contracts.held")
    assert (ready.json(), road["stuck"]) == ({"status": word}, stuck)


@pytest.mark.parametrize("service", SERVICES)
async def test_metrics_are_not_on_the_port_of_the_api(world: World, service: str) -> None:
    assert (await world.clients[service].get("/metrics")).status_code == 404
    assert Settings().metrics_host == "127.0.0.1"


async def test_the_figures_of_the_road_are_for_those_who_operate_it(world: World) -> None:
    operator = await world.person("operator", duties={"operate"}, jurisdiction="000000")
    elsewhere = await world.person("operator", duties={"operate"}, jurisdiction="4404")

    shown = (await operator.get("contracts", "/v1/road")).ok()

    assert set(shown) == {"unsent", "events", "copies", "parked", "waiting", "stuck", "overdue"}
    (await elsewhere.get("contracts", "/v1/road")).problem(403, "not_allowed")
    assert (await world.clients["contracts"].get("/v1/road")).status_code == 401


def counted() -> str:
    """The figures of all requests so far."""
    lines = generate_latest().decode().splitlines()
    return "\n".join(line for line in lines if line.startswith(("goufu_request", "goufu_refusals")))


async def test_an_ordinary_request_is_counted(world: World) -> None:
    person = await world.person("reader", duties={"audit"})
    before = counted()

    await person.get("tendering", "/v1/procurements")

    assert counted() != before
