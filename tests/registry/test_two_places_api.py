"""One person with one login and posts in two cities: each city gives and ends its own, and neither learns or ends what
is the other's."""

from typing import Any
from uuid import UUID, uuid4

from shared.web.issuer import ISSUER
from tests.registry.examples import CHENGDU, ZHUHAI
from tests.registry.test_persons_api import a_person, a_person_body, a_post, an_administrator, audits
from tests.registry.test_posts_api import an_account, confirm, me
from tests.support.tasks import tasks_about
from tests.support.world import Person, Reply, World


class Cities:
    """Somebody whom one city registered and gave a post, and administrators of both."""

    def __init__(self, here: Person, there: Person, person: dict[str, Any], office: UUID) -> None:
        self.here, self.there, self.person, self.office = here, there, person, office
        self.path = f"/v1/persons/{person['id']}"

    @property
    def login(self) -> dict[str, str]:
        return {"issuer": ISSUER, "account": str(self.person["accounts"][0]["account"])}

    async def found(self, **changes: Any) -> Reply:
        """The other city registers the same login."""
        body = {**a_person_body(self.office, jurisdiction=CHENGDU), **self.login, **changes}
        return await self.there.post("registry", "/v1/persons", body)

    async def given(self, *duties: str, **changes: Any) -> Reply:
        """A post of the other city, to the person whom it knows by that login."""
        post = {**a_post(self.office, *duties), "jurisdiction": CHENGDU, "login": self.login, **changes}
        return await self.there.post("registry", f"{self.path}/posts", post)


async def two_cities(world: World) -> Cities:
    here, there = await an_administrator(world), await an_administrator(world, CHENGDU)
    person = await a_person(here, display_name={"text": "王芳", "keep_until": "2032-12-31"})
    (await here.post("registry", f"/v1/persons/{person['id']}/posts", audits(person))).ok()
    return Cities(here, there, person, await world.organisation("purchaser", CHENGDU))


async def posts_of(world: World, login: dict[str, str]) -> set[str]:
    token = world.issuer.token(login["account"], audience=world.settings.audience)
    held = (await Person(world, uuid4(), uuid4(), token).get("registry", "/v1/me")).ok()["posts"]
    return {post["jurisdiction"] for post in held}


async def test_a_login_that_one_city_registered_is_found_by_another_which_gives_a_post_of_its_own(world: World) -> None:
    cities = await two_cities(world)

    found = await cities.found()
    (await cities.given("request_payment")).ok()

    assert (found.status, found.ok()["id"]) == (200, cities.person["id"])
    assert await posts_of(world, cities.login) == {ZHUHAI, CHENGDU}
    entries = await world.rows("SELECT 1 FROM registry.private_logins WHERE account = $1", cities.login["account"])
    assert len(entries) == 1


async def test_neither_city_learns_more_of_the_person_than_its_own_posts_and_the_logins(world: World) -> None:
    cities = await two_cities(world)

    found = (await cities.found()).ok()
    there = (await cities.given("request_payment")).ok()
    here = (await cities.here.get("registry", cities.path)).ok()

    for seen in (found, there):
        assert (seen["display_name"], seen["jurisdiction"], seen["organisation"]) == (None, None, None)
        assert [login["account"] for login in seen["accounts"]] == [cities.login["account"]]
    assert found["posts"] == []
    assert [post["jurisdiction"] for post in there["posts"]] == [CHENGDU]
    assert ([post["jurisdiction"] for post in here["posts"]], here["display_name"]) == ([ZHUHAI], "王芳")


async def test_who_found_a_login_sees_the_person_no_sooner_than_by_a_post(world: World) -> None:
    cities = await two_cities(world)
    (await cities.found()).ok()

    (await cities.there.get("registry", cities.path)).problem(404, "not_found")
    (await cities.given("request_payment")).ok()
    (await cities.there.get("registry", cities.path)).ok()


async def test_a_first_post_of_a_place_names_the_persons_login(world: World) -> None:
    cities, other = await two_cities(world), await two_cities(world)

    for login in (None, an_account(), other.login):
        (await cities.given("request_payment", login=login)).problem(403, "not_allowed")
    (await cities.given("request_payment")).ok()
    (await cities.given("submit_budget", login=None)).ok()


async def test_and_the_only_one_so_that_no_login_prepared_elsewhere_uses_it(world: World) -> None:
    cities, prepared = await two_cities(world), an_account()
    second = await an_administrator(world)
    (await cities.here.post("registry", f"{cities.path}/accounts", prepared)).ok()
    (await second.post("registry", f"{cities.path}/accounts/confirm", prepared)).ok()

    assert (await cities.given("request_payment")).problem(409, "wrong_state")["state"] == "other_logins"
    (await cities.here.post("registry", f"{cities.path}/accounts/disable", prepared)).ok()
    (await cities.given("request_payment")).ok()


async def test_a_weighty_post_takes_two_administrators_of_its_own_city(world: World) -> None:
    cities = await two_cities(world)
    given = (await cities.given("approve_payment")).ok()

    for one in (cities.here, await an_administrator(world)):
        (await confirm(one, given)).problem(403, "not_allowed")
    (await confirm(cities.there, given)).refused("IC12-12.1", "confirmed_by_proposer")
    (await confirm(await an_administrator(world, CHENGDU), given)).ok()

    assert await posts_of(world, cities.login) == {ZHUHAI, CHENGDU}


async def test_neither_city_ends_the_others_post_or_the_login(world: World) -> None:
    cities = await two_cities(world)
    theirs = (await cities.given("request_payment")).ok()["posts"][0]["id"]
    ours = (await cities.here.get("registry", cities.path)).ok()["posts"][0]["id"]

    (await cities.here.post("registry", f"/v1/posts/{theirs}/end", {})).problem(403, "not_allowed")
    (await cities.there.post("registry", f"/v1/posts/{ours}/end", {})).problem(403, "not_allowed")
    for one in (cities.here, cities.there):
        answer = await one.post("registry", f"{cities.path}/accounts/disable", cities.login)
        assert answer.problem(409, "wrong_state")["state"] == "used_elsewhere"
    assert await posts_of(world, cities.login) == {ZHUHAI, CHENGDU}

    (await cities.here.post("registry", f"/v1/posts/{ours}/end", {})).ok()
    assert await posts_of(world, cities.login) == {CHENGDU}
    (await cities.there.post("registry", f"{cities.path}/accounts/disable", cities.login)).ok()
    assert await me(world, cities.login["account"]) is None


async def test_a_further_login_takes_one_administrator_of_each_city(world: World) -> None:
    cities, login = await two_cities(world), an_account()
    (await cities.given("request_payment")).ok()
    path = f"{cities.path}/accounts"
    (await cities.here.post("registry", path, login)).ok()

    [task] = await tasks_about(cities.there, "registry", UUID(cities.person["id"]))
    (await (await an_administrator(world)).post("registry", f"{path}/confirm", login)).problem(403, "not_allowed")
    assert await me(world, login["account"]) is None
    (await cities.there.post("registry", f"{path}/confirm", login)).ok()

    assert task["task"] == "confirm_account"
    assert await posts_of(world, login) == {ZHUHAI, CHENGDU}


async def test_a_third_city_has_no_say_in_the_logins_and_posts_of_two(world: World) -> None:
    cities, third = await two_cities(world), await an_administrator(world, "4419")
    (await cities.given("request_payment")).ok()

    for act, body in (("accounts", an_account()), ("accounts/disable", cities.login)):
        (await third.post("registry", f"{cities.path}/{act}", body)).problem(403, "not_allowed")


async def test_who_moved_is_taken_into_use_again_by_the_new_city_alone(world: World) -> None:
    """The old city ended post and login; the same person comes back with the same login."""
    cities = await two_cities(world)
    ours = (await cities.here.get("registry", cities.path)).ok()["posts"][0]["id"]
    (await cities.here.post("registry", f"/v1/posts/{ours}/end", {})).ok()
    (await cities.here.post("registry", f"{cities.path}/accounts/disable", cities.login)).ok()
    assert [login["enabled"] for login in (await cities.found()).ok()["accounts"]] == [False]
    (await cities.given("request_payment")).ok()

    (await cities.there.post("registry", f"{cities.path}/accounts", cities.login)).ok()
    assert await me(world, cities.login["account"]) is None
    second = await an_administrator(world, CHENGDU)
    (await second.post("registry", f"{cities.path}/accounts/confirm", cities.login)).ok()

    assert await posts_of(world, cities.login) == {CHENGDU}


async def test_a_program_is_not_found_as_a_person_and_a_name_stays_where_it_was_given(world: World) -> None:
    cities = await two_cities(world)

    (await cities.found(machine=True)).problem(409, "wrong_state")
    named = await cities.found(display_name={"text": "王方", "keep_until": "2032-12-31"})

    assert named.problem(422, "field")["errors"][0]["code"] == "registered"
    assert (await cities.here.get("registry", cities.path)).ok()["display_name"] == "王芳"
