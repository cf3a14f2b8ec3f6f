"""Persons, accounts and posts over HTTP."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.web.issuer import ISSUER
from tests.registry.examples import ZHUHAI, published
from tests.support.world import Person, World


async def an_administrator(world: World, jurisdiction: str = "4404") -> Person:
    return await world.person("admin", duties={"administer_posts"}, organisation=uuid4(), jurisdiction=jurisdiction)


async def an_audit_body(world: World, jurisdiction: str = ZHUHAI) -> UUID:
    return await world.organisation("audit_body", jurisdiction)


def a_person_body(organisation: UUID, **changes: Any) -> dict[str, Any]:
    body = {
        "organisation": str(organisation),
        "jurisdiction": ZHUHAI,
        "issuer": ISSUER,
        "account": f"officer-{uuid4().hex[:8]}",
    }
    return {**body, **changes}


async def a_person(admin: Person, **changes: Any) -> dict[str, Any]:
    """Somebody of an audit body."""
    organisation = await an_audit_body(admin.world, changes.get("jurisdiction", ZHUHAI))
    return dict((await admin.post("registry", "/v1/persons", a_person_body(organisation, **changes))).ok())


def audits(person: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A post in the person's own organisation."""
    return a_post(UUID(person["organisation"]), "audit", **changes)


def a_post(organisation: UUID, *duties: str, **changes: Any) -> dict[str, Any]:
    return {"organisation": str(organisation), "jurisdiction": ZHUHAI, "duties": list(duties), **changes}


async def known_here(person: Person, jurisdiction: str) -> None:
    """The registry's own row of somebody who was seeded with a post."""
    about = {"jurisdiction": jurisdiction, "organisation": person.organisation, "state": "registered"}
    await person.world.insert("registry", "persons", {"id": person.id, "key": person.id, "version": 1, **about})
    await person.world.insert("registry", "keys", {"key": person.id, "version": 0})


async def logged_in(world: World, person: dict[str, Any]) -> Person:
    account = person["accounts"][0]["account"]
    token = world.issuer.token(account, audience=world.settings.audience)
    return Person(world, UUID(person["id"]), UUID(person["organisation"]), token)


async def test_a_person_with_a_post_acts_in_every_service(world: World) -> None:
    admin = await an_administrator(world)
    person = await a_person(admin)

    given = (await admin.post("registry", f"/v1/persons/{person['id']}/posts", audits(person))).ok()
    await world.pump()

    somebody = await logged_in(world, person)
    assert given["posts"][0]["duties"] == ["audit"]
    assert (await somebody.get("registry", "/v1/me")).ok()["posts"][0]["organisation"] == person["organisation"]
    rows = await world.rows("SELECT duties FROM contracts.posts WHERE person_id = $1", UUID(person["id"]))
    assert [row["duties"] for row in rows] == [["audit"]]


async def test_a_name_is_kept_apart_from_everything_published(world: World) -> None:
    admin = await an_administrator(world)
    name = {"text": "李晓晴", "keep_until": "2032-12-31"}

    person = await a_person(admin, display_name=name)

    assert person["display_name"] == "李晓晴"
    entries = await world.rows("SELECT entry FROM registry.journal WHERE key = $1", UUID(person["id"]))
    assert entries
    assert all("李晓晴" not in row["entry"] for row in entries)


async def test_a_person_is_seen_by_administrators_and_by_nobody_else(world: World) -> None:
    admin, elsewhere = await an_administrator(world), await an_administrator(world, "5101")
    person = await a_person(admin)

    assert (await admin.get("registry", f"/v1/persons/{person['id']}")).ok()["id"] == person["id"]
    assert (await (await logged_in(world, person)).get("registry", f"/v1/persons/{person['id']}")).status == 200
    (await elsewhere.get("registry", f"/v1/persons/{person['id']}")).problem(404, "not_found")


async def test_only_administrators_of_the_jurisdiction_register_persons(world: World) -> None:
    elsewhere = await an_administrator(world, "5101")
    officer = await world.person(duties={"request_payment"})
    body = a_person_body(await an_audit_body(world))

    for person in (elsewhere, officer):
        (await person.post("registry", "/v1/persons", body)).problem(403, "not_allowed")


async def test_an_administrator_gives_himself_no_post(world: World) -> None:
    organisation = await world.organisation("registration_authority", "4404")
    himself = await world.person("admin", duties={"administer_posts"}, organisation=organisation, jurisdiction="4404")
    await known_here(himself, "4404")
    post = a_post(organisation, "register_provider")

    answer = await himself.post("registry", f"/v1/persons/{himself.id}/posts", post)

    assert answer.problem(403, "not_allowed")["duty"] == "another_administrator"
    rows = await world.rows("SELECT duties FROM registry.posts WHERE person_id = $1", himself.id)
    assert [row["duties"] for row in rows] == [["administer_posts"]]


async def test_a_duty_that_nobody_knows_is_refused(world: World) -> None:
    admin = await an_administrator(world)
    person = await a_person(admin)

    answer = await admin.post(
        "registry", f"/v1/persons/{person['id']}/posts", a_post(UUID(person["organisation"]), "do_anything")
    )

    assert answer.problem(422, "field")["errors"][0]["field"].startswith("body.duties")


async def test_a_post_is_not_given_backwards(world: World) -> None:
    admin = await an_administrator(world)
    person = await a_person(admin)
    backwards = audits(person, valid_from="2022-02-28")

    answer = await admin.post("registry", f"/v1/persons/{person['id']}/posts", backwards)

    assert answer.problem(422, "field")["errors"][0]["code"] == "in_the_past"


async def test_a_post_ended_at_once_is_over_at_once(world: World) -> None:
    admin = await an_administrator(world)
    person = await a_person(admin)
    given = (await admin.post("registry", f"/v1/persons/{person['id']}/posts", audits(person))).ok()
    somebody = await logged_in(world, person)

    (await admin.post("registry", f"/v1/posts/{given['posts'][0]['id']}/end", {})).ok()

    assert (await somebody.get("registry", "/v1/me")).ok()["posts"] == []
    [ended] = await published(world, "post_ended", about=UUID(person["id"]))
    [today] = await world.rows("SELECT (clock.now() AT TIME ZONE 'Asia/Shanghai')::date AS day")
    assert date.fromisoformat(ended["valid_until"]) == today["day"] - timedelta(days=1)


async def test_a_post_lasts_through_its_last_day(world: World) -> None:
    admin = await an_administrator(world)
    person = await a_person(admin)
    given = (await admin.post("registry", f"/v1/persons/{person['id']}/posts", audits(person))).ok()
    somebody = await logged_in(world, person)

    (await admin.post("registry", f"/v1/posts/{given['posts'][0]['id']}/end", {"last_day": "2022-03-10"})).ok()

    await world.today_is(date(2022, 3, 10), 23, 59, 59)
    assert (await somebody.get("registry", "/v1/me")).ok()["posts"]
    await world.today_is(date(2022, 3, 11), 0, 0, 1)
    assert (await somebody.get("registry", "/v1/me")).ok()["posts"] == []


async def linked_by_two(world: World, admin: Person, person: dict[str, Any], account: dict[str, str]) -> Any:
    path = f"/v1/persons/{person['id']}/accounts"
    (await admin.post("registry", path, account)).ok()
    return (await (await an_administrator(world)).post("registry", f"{path}/confirm", account)).ok()


async def test_those_who_administer_where_a_person_holds_a_post_see_the_person(world: World) -> None:
    above, beside = await an_administrator(world, "4404"), await an_administrator(world, "4404/440403")
    person = await a_person(await an_administrator(world, "4404/440402"))
    (await beside.get("registry", f"/v1/persons/{person['id']}")).problem(404, "not_found")
    there = await world.organisation("purchaser", "4404/440403")
    post = {**a_post(there, "request_payment"), "jurisdiction": "4404/440403"}

    (await above.post("registry", f"/v1/persons/{person['id']}/posts", post)).ok()

    seen = (await beside.get("registry", f"/v1/persons/{person['id']}")).ok()
    assert [one["organisation"] for one in seen["posts"]] == [str(there)]


async def test_a_disabled_account_is_nobody_at_once(world: World) -> None:
    admin = await an_administrator(world)
    person = await a_person(admin)
    (await admin.post("registry", f"/v1/persons/{person['id']}/posts", audits(person))).ok()
    somebody = await logged_in(world, person)
    account = {"issuer": ISSUER, "account": person["accounts"][0]["account"]}

    (await admin.post("registry", f"/v1/persons/{person['id']}/accounts/disable", account)).ok()

    assert (await somebody.get("registry", "/v1/me")).ok() == {"person_id": None, "posts": []}
    (await admin.post("registry", f"/v1/persons/{person['id']}/accounts/disable", account)).problem(409)
    await linked_by_two(world, admin, person, account)
    assert (await somebody.get("registry", "/v1/me")).ok()["person_id"] == person["id"]


async def test_one_person_may_have_several_accounts_and_an_account_one_person(world: World) -> None:
    admin = await an_administrator(world)
    one, other = await a_person(admin), await a_person(admin)
    second = {"issuer": ISSUER, "account": f"second-{uuid4().hex[:8]}"}

    linked = await linked_by_two(world, admin, one, second)
    taken = await admin.post("registry", f"/v1/persons/{other['id']}/accounts", second)

    assert len(linked["accounts"]) == 2
    assert taken.problem(409, "wrong_state")["state"] == "linked_to_another_person"


async def test_a_stale_version_changes_nothing(world: World) -> None:
    admin = await an_administrator(world)
    person = await a_person(admin)
    path = f"/v1/persons/{person['id']}/posts"
    (await admin.post("registry", path, audits(person))).ok()

    (await admin.post("registry", path, audits(person), etag='"1"')).problem(412, "changed")


async def test_posts_carry_the_version_of_their_persons_key(world: World) -> None:
    admin = await an_administrator(world)
    person = await a_person(admin)
    (await admin.post("registry", f"/v1/persons/{person['id']}/posts", audits(person))).ok()
    await world.pump()

    for schema in ("registry", "tendering"):
        [post] = await world.rows(f"SELECT source_version FROM {schema}.posts WHERE person_id = $1", UUID(person["id"]))
        assert post["source_version"] == 2


async def test_the_vocabulary_is_told(world: World) -> None:
    somebody = await world.person(duties=set())

    duties = (await somebody.get("registry", "/v1/duties")).ok()

    assert {"name": "audit", "side": "overseeing", "weighty": False, "zh": "审计", "en": "audit"} in duties
