"""Who may act is known from a copy of the registry's posts. When that copy is older than five seconds, every act that
moves money, standing or somebody's rights is refused until it is fresh again; drafting goes on."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import SERVICES
from shared.work.weight import LIGHT, RECENT_LOGIN
from tests.abuse.surface import WRITES, Route, a_body, every_duty, named
from tests.evaluation.examples import ACCEPTOR, a_zhuhai_contract, officer
from tests.support.examples import a_payment_line, a_signed_contract
from tests.support.world import Person, Reply, World

OPERATIONS = {route.operation for route in WRITES}
AT_REST = ("journal", "queue", "idempotency", "keys")


@pytest.fixture(scope="module")
async def everybody(world: World) -> Person:
    return await world.person("everybody", duties=every_duty(), jurisdiction="000000")


async def silent_for(world: World, seconds: float) -> None:
    """Nothing of the registry has been heard for so long."""
    for service in SERVICES:
        await world.rows(
            f"UPDATE {service}.sources SET fresh_at = clock_timestamp() - make_interval(secs => $1)"
            " WHERE source = 'registry'",
            seconds,
        )


async def at_rest(world: World, service: str) -> list[int]:
    return [(await world.rows(f"SELECT count(*) AS n FROM {service}.{table}"))[0]["n"] for table in AT_REST]


async def sent(person: Person, route: Route) -> Reply:
    return await person.post(route.service, route.address(), _BODIES.get(route.operation) or a_body(route))


_OBSERVERS = {"observers": [{"kind": "beneficiary", "channel": "phone", "person_id": str(uuid4())}]}
_BODIES: dict[str, Any] = {
    "notify_acceptance_observers": _OBSERVERS,
    "notify_assessment_observers": _OBSERVERS,
    "import_answers": {"answers": [{"respondent": str(uuid4()), "satisfied": True}]},
    "propose_correction": {"purchaser_score": "80.00", "reason": "added up wrongly"},
}
"""Bodies of which the schema does not tell everything."""


@pytest.mark.parametrize("route", WRITES, ids=named)
async def test_on_old_posts_a_heavy_act_is_refused_and_a_light_one_is_not(
    world: World, route: Route, everybody: Person
) -> None:
    await silent_for(world, 10)
    before = await at_rest(world, route.service)

    answer = await sent(everybody, route)

    light = route.operation in LIGHT or route.service == "registry"
    if light:
        assert answer.status != 503, answer
    else:
        answer.problem(503, "stale")
        assert answer.headers["retry-after"] == "1"
        assert await at_rest(world, route.service) == before


def test_what_is_named_light_or_asks_for_a_recent_login_is_there() -> None:
    assert LIGHT.keys() | RECENT_LOGIN.keys() <= OPERATIONS
    assert not LIGHT.keys() & RECENT_LOGIN.keys()
    assert all(reason.strip() for reason in (*LIGHT.values(), *RECENT_LOGIN.values()))


async def dismissed(world: World, person: Person) -> None:
    """The registry has disabled the account; nobody else has heard of it."""
    await world.rows("UPDATE registry.accounts SET enabled = false WHERE person_id = $1", person.id)


async def test_ten_seconds_after_a_dismissal_that_the_bus_did_not_carry_nothing_is_accepted(world: World) -> None:
    await silent_for(world, 0)
    contract = await a_zhuhai_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    line = {"line_id": str(contract.lines[1].line_id)}
    opened = (await person.post("evaluation", f"/v1/contracts/{contract.contract_id}/acceptances", line)).ok()
    await dismissed(world, person)
    await silent_for(world, 10)

    answer = await person.post("evaluation", f"/v1/acceptances/{opened['id']}/conclusion", {"passed": False})

    answer.problem(503, "stale")
    rows = await world.rows("SELECT state FROM evaluation.acceptances WHERE id = $1", UUID(opened["id"]))
    assert rows == [{"state": "open"}]


@pytest.mark.parametrize(("seconds", "status"), [(4, 200), (6, 503)])
async def test_posts_of_five_seconds_are_fresh(world: World, seconds: float, status: int) -> None:
    line = await a_payment_line(world, await a_signed_contract(world))
    person = await world.person("asks", duties={"request_payment"})
    await silent_for(world, seconds)

    answer = await person.post("contracts", f"/v1/payment-lines/{line}/request", {})

    assert answer.status == status, answer


async def test_an_answer_given_before_is_given_again_however_old_the_posts_are(world: World) -> None:
    line = await a_payment_line(world, await a_signed_contract(world))
    person = await world.person("asks", duties={"request_payment"})
    await silent_for(world, 0)
    path, key = f"/v1/payment-lines/{line}/request", uuid4().hex
    first = await person.post("contracts", path, {}, key=key)
    await silent_for(world, 10)

    again = await person.post("contracts", path, {}, key=key)

    assert (again.status, again.body) == (200, first.body)


@pytest.mark.parametrize("of_the_caller", [True, False])
async def test_a_post_whose_end_came_but_rests_is_not_fresh(world: World, of_the_caller: bool) -> None:
    """An event that is parked counts as received; whose event it is may not act on."""
    line = await a_payment_line(world, await a_signed_contract(world))
    person = await world.person("asks", duties={"request_payment"})
    await silent_for(world, 0)
    held = {"event": uuid4(), "source": "registry", "key": person.id if of_the_caller else uuid4(), "version": 3}
    held |= {"type": "goufu.registry.post_ended.v1", "state": "parked", "reason": "x", "value": b"{}"}
    [now] = await world.rows("SELECT clock.now() AS held_at")
    await world.insert("contracts", "held", {**held, **now})

    answer = await person.post("contracts", f"/v1/payment-lines/{line}/request", {})

    assert answer.status == (503 if of_the_caller else 200), answer
