"""Callers are counted: who asks too much is told when to come again, and nobody else feels it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest

from shared.web import limits
from shared.web.limits import Buckets, Places, TooMany
from tests.support.world import Person, World


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_at_once_and_its_rate_in_the_long_run() -> None:
    clock = Clock()
    buckets = Buckets(rate=2, burst=10, clock=clock)

    for _ in range(10):
        buckets.take("a")
    with pytest.raises(TooMany) as told:
        buckets.take("a")
    buckets.take("b", 10)
    clock.now += told.value.seconds
    buckets.take("a", 2)

    with pytest.raises(TooMany):
        buckets.take("a")


def test_what_costs_more_than_a_bucket_holds_waits_for_a_full_one() -> None:
    clock = Clock()
    buckets = Buckets(rate=1, burst=2, clock=clock)

    buckets.take("a", 5)
    with pytest.raises(TooMany) as told:
        buckets.take("a", 5)

    assert told.value.seconds == 5


def test_any_number_of_callers_takes_bounded_memory_and_the_busiest_are_not_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MOST_CALLERS", 100)
    buckets = Buckets(rate=1, burst=50, clock=Clock())
    buckets.take("busy", 50)

    for number in range(10_000):
        buckets.take(number)

    assert len(buckets._full_at) <= 101
    with pytest.raises(TooMany):
        buckets.take("busy")


def test_places_are_given_back_whatever_ends_them() -> None:
    places = Places(each=1, all_together=2)

    with places.taken("a"), places.taken("b"), pytest.raises(TooMany), places.taken("c"):
        pass
    with pytest.raises(KeyError), places.taken("a"):
        raise KeyError
    with places.taken("a"), pytest.raises(TooMany), places.taken("a"):
        pass


@pytest.fixture
def narrow(world: World) -> Iterator[None]:
    """Contracts' API as a city has it, with a small bucket."""
    given = world.services["contracts"].app.state.limits
    kept = given.callers, given.strangers, given.waiting
    given.callers, given.strangers = Buckets(rate=0.5, burst=10), Buckets(rate=0.5, burst=3)
    given.waiting = Places(each=2, all_together=3)
    yield
    given.callers, given.strangers, given.waiting = kept


@pytest.mark.usefixtures("narrow")
async def test_who_asks_too_much_is_told_when_to_come_again_and_another_is_served(world: World) -> None:
    busy, other = await world.person(duties={"a"}), await world.person(duties={"a"})

    answers = [await busy.get("contracts", "/v1/notices") for _ in range(11)]

    assert [answer.status for answer in answers] == [200] * 10 + [429]
    assert answers[-1].problem(429, "too_many")["title"].startswith("Too many requests")
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 2
    (await other.get("contracts", "/v1/notices")).ok()


@pytest.mark.usefixtures("narrow")
async def test_a_write_takes_as_much_as_five_queries_and_one_turned_away_keeps_no_key(world: World) -> None:
    person, key = await world.person(duties={"request_payment"}), uuid4().hex
    path = f"/v1/payment-lines/{uuid4()}/request"

    tried = [(await person.post("contracts", path, {"papers": None})).status for _ in range(2)]
    away = await person.post("contracts", path, {"papers": None}, key=key)

    assert 429 not in tried
    away.problem(429, "too_many")
    assert not await world.rows("SELECT 1 FROM contracts.idempotency WHERE body LIKE '%too_many%'")


@pytest.mark.usefixtures("narrow")
async def test_guesses_at_tokens_are_turned_away_and_a_good_one_from_the_same_address_is_not(world: World) -> None:
    person = await world.person(duties={"a"})
    guesser = Person(world, uuid4(), uuid4(), "not-a-token")

    answers = [(await guesser.get("contracts", "/v1/notices")).status for _ in range(5)]

    assert answers == [401, 401, 401, 429, 429]
    (await person.get("contracts", "/v1/notices")).ok()


@pytest.fixture
async def waiting(world: World, narrow: None) -> AsyncIterator[Person]:
    """Somebody who holds both places in which one may wait."""
    person = await world.person(duties={"a"})
    path = f"/v1/trace/{uuid4()}"
    polls = [asyncio.create_task(person.get("contracts", path, wait=5)) for _ in range(2)]
    taken = world.services["contracts"].app.state.limits.waiting._taken
    for _ in range(200):
        await asyncio.sleep(0.01)
        if taken.total() == 2:
            break
    yield person
    for poll in polls:
        poll.cancel()
    await asyncio.gather(*polls, return_exceptions=True)
    assert not taken


async def test_one_person_may_wait_twice_at_once_and_ask_without_waiting(world: World, waiting: Person) -> None:
    other = await world.person(duties={"a"})
    path = f"/v1/trace/{uuid4()}"

    (await waiting.get("contracts", path, wait=1)).problem(429, "too_many")
    (await waiting.get("contracts", path)).ok()
    (await other.get("contracts", path, wait=1)).ok()


@pytest.mark.parametrize("service", ["catalog", "registry", "tendering", "contracts", "evaluation"])
def test_every_route_says_that_it_may_answer_429_and_after_what_time(world: World, service: str) -> None:
    paths = world.services[service].app.openapi()["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]

    assert operations
    for operation in operations:
        assert operation["responses"]["429"]["headers"] == {
            "Retry-After": {"description": "seconds after which to try again", "schema": {"type": "integer"}}
        }
