"""What is known of an organisation changes by dated versions with evidence, weighty facts by two persons."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.examples import HASH, LICENSED, Authority, a_credit_code, a_provider, a_provider_body, an_authority
from tests.registry.test_persons_api import a_person, an_administrator
from tests.support.world import Person, Reply, World

STREET = {"jurisdiction": "4404/440402", "kind": "street_office"}


@pytest.fixture(scope="module")
async def authority(world: World) -> Authority:
    return await an_authority(world)


@pytest.fixture(scope="module")
async def clerks(world: World) -> tuple[Person, Person]:
    """Two who register purchasers and bodies of the city."""
    duties, office = {"register_purchaser", "administer_posts"}, uuid4()
    one = await world.person("one", duties=duties, organisation=office, jurisdiction="4404")
    return one, await world.person("other", duties=duties, organisation=office, jurisdiction="4404")


def path(organisation: object) -> str:
    return f"/v1/organisations/{organisation}"


async def change(person: Person, organisation: object, **facts: Any) -> Reply:
    body = {"reason": "经登记机关核准变更。", "document_hash": HASH, **facts}
    return await person.post("registry", f"{path(organisation)}/changes", body)


async def confirmed(person: Person, changed: dict[str, Any]) -> dict[str, Any]:
    return dict((await person.post("registry", f"/v1/changes/{changed['id']}/confirm")).ok())


async def test_a_new_name_counts_from_its_day_and_the_old_one_is_found(world: World, authority: Authority) -> None:
    body = a_provider_body()
    provider = (await authority.enters.post("registry", "/v1/providers", body)).ok()["id"]
    new = f"{body['title']}（更名）"

    changed = (await change(authority.enters, provider, title=new, valid_from="2022-02-15")).ok()
    await world.pump()

    assert (changed["state"], changed["weighty"]) == ("confirmed", False)
    reader = authority.verifies
    on = {day: (await reader.get("registry", f"{path(provider)}/version", on=day)).ok() for day in DAYS}
    assert [each["facts"]["title"] for each in on.values()] == [body["title"], new]
    for name in (body["title"], new):
        [found] = (await reader.get("registry", "/v1/organisations", title=name)).ok()
        assert (found["id"], found["title"], len(found["versions"])) == (provider, new, 2)
    [copy] = await world.rows("SELECT title FROM tendering.providers WHERE id = $1", UUID(provider))
    assert copy["title"] == new


DAYS = ("2022-02-14", "2022-02-15")


async def test_a_slip_in_a_name_is_corrected_from_the_first_day_on(world: World, clerks: tuple[Person, Person]) -> None:
    registered = {"title": f"云奥街道办事处{uuid4().hex[:6]}", **STREET}
    purchaser = (await clerks[0].post("registry", "/v1/purchasers", registered)).ok()["id"]

    right = registered["title"].replace("云奥", "云澳")
    (await change(clerks[0], purchaser, title=right)).ok()

    before = (await clerks[1].get("registry", f"{path(purchaser)}/version", on="2021-01-01")).ok()
    assert before["facts"]["title"] == right
    assert (await clerks[1].get("registry", f"/v1/purchasers/{purchaser}")).ok()["title"] == right
    await world.pump()
    [copy] = await world.rows("SELECT title FROM catalog.purchasers WHERE id = $1", UUID(purchaser))
    assert copy["title"] == right


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_another_credit_code_takes_two_persons(world: World, authority: Authority) -> None:
    provider, code = await a_provider(world, authority), a_credit_code()

    proposed = (await change(authority.enters, provider, credit_code=code)).ok()
    alone = await authority.enters.post("registry", f"/v1/changes/{proposed['id']}/confirm")
    waits = (await authority.verifies.get("registry", "/v1/tasks")).ok()
    before = (await authority.enters.get("registry", f"/v1/providers/{provider}")).ok()["credit_code"]
    await confirmed(authority.verifies, proposed)

    assert alone.refused("IC12-12.1")["code"] == "confirmer_proposed_change"
    assert ("confirm_change", proposed["id"]) in {(task["task"], task["subject"]) for task in waits}
    after = (await authority.enters.get("registry", f"/v1/providers/{provider}")).ok()
    assert (before == code, after["credit_code"], after["code_licence"]) == (False, code, None)


async def test_a_code_as_the_licence_shows_it_is_marked(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    code = f"{LICENSED[:-2]}8{LICENSED[-1]}"

    await confirmed(authority.verifies, (await change(authority.enters, provider, credit_code=code)).ok())

    after = (await authority.enters.get("registry", f"/v1/providers/{provider}")).ok()
    assert (after["credit_code"], after["code_licence"]) == (code, HASH)


async def test_a_founding_day_typed_wrong_is_corrected_and_lies_in_no_future(
    world: World, authority: Authority
) -> None:
    provider = await a_provider(world, authority)

    future = await change(authority.enters, provider, founded_on="2022-03-02")
    await confirmed(authority.verifies, (await change(authority.enters, provider, founded_on="2006-05-01")).ok())

    assert future.status == 422
    assert (await authority.enters.get("registry", f"/v1/providers/{provider}")).ok()["founded_on"] == "2006-05-01"


@pytest.mark.clause("ZH21-3.3", "refuses")
async def test_a_kind_that_the_text_does_not_admit_is_no_correction(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)

    answer = await change(authority.enters, provider, kind="administrative_organ")

    assert answer.refused()["code"] == "provider_kind_not_listed"


async def test_two_changes_of_one_fact_do_not_overwrite_each_other(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    one = (await change(authority.enters, provider, founded_on="2010-01-01")).ok()
    other = (await change(authority.enters, provider, founded_on="2011-01-01")).ok()

    await confirmed(authority.verifies, one)
    late = await authority.verifies.post("registry", f"/v1/changes/{other['id']}/confirm")
    withdrawn = (await authority.verifies.post("registry", f"/v1/changes/{other['id']}/withdraw")).ok()

    late.problem(409, "wrong_state")
    assert withdrawn["state"] == "withdrawn"


async def test_a_street_that_is_merged_is_followed_by_its_successor(clerks: tuple[Person, Person]) -> None:
    names = [f"{name}街道办事处{uuid4().hex[:6]}" for name in ("东风", "红旗")]
    old, new = [
        (await clerks[0].post("registry", "/v1/purchasers", {"title": name, **STREET})).ok()["id"] for name in names
    ]

    proposed = (await change(clerks[0], new, successor_of=old, valid_from="2022-02-01")).ok()
    early = (await clerks[0].get("registry", path(old))).ok()["successions"]
    await confirmed(clerks[1], proposed)
    back = await change(clerks[0], old, successor_of=new)

    [succession] = (await clerks[0].get("registry", path(old))).ok()["successions"]
    assert early == []
    assert (succession["predecessor"], succession["successor"], succession["from_day"]) == (old, new, "2022-02-01")
    back.problem(422, "field")


async def test_a_body_keeps_a_kind_in_which_its_posts_have_their_duties(clerks: tuple[Person, Person]) -> None:
    body = {"title": f"市财政局{uuid4().hex[:6]}", "jurisdiction": "4404", "kind": "finance_bureau"}
    bureau = (await clerks[0].post("registry", "/v1/bodies", body)).ok()["id"]

    await confirmed(clerks[1], (await change(clerks[0], bureau, kind="registration_authority")).ok())
    wrong = await change(clerks[0], bureau, kind="enterprise")

    assert (await clerks[0].get("registry", f"/v1/bodies/{bureau}")).ok()["kind"] == "registration_authority"
    wrong.problem(422, "field")


async def test_a_place_is_changed_by_those_who_register_in_both(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)

    elsewhere = await change(authority.enters, provider, jurisdiction="5101")
    moved = (await change(authority.enters, provider, jurisdiction="4404/440402")).ok()
    await confirmed(authority.verifies, moved)
    await world.pump()

    elsewhere.problem(403, "not_allowed")
    [copy] = await world.rows("SELECT jurisdiction FROM contracts.organisations WHERE id = $1", provider)
    assert copy["jurisdiction"] == "4404/440402"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"attributes": ["fiscal_funding"]}, "not_of_this_kind"),
        ({"valid_from": "2022-03-02", "title": "明天"}, "in_the_future"),
        ({}, "nothing_changed"),
    ],
)
async def test_a_change_that_makes_no_sense_is_a_wrong_field(
    world: World, authority: Authority, facts: dict[str, Any], code: str
) -> None:
    answer = await change(authority.enters, await a_provider(world, authority), **facts)

    assert [error["code"] for error in answer.problem(422, "field")["errors"]] == [code]


async def test_a_stranger_changes_nothing_and_sees_no_change(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    stranger = await world.person("stranger", duties={"register_provider"}, organisation=uuid4(), jurisdiction="5101")
    proposed = (await change(authority.enters, provider, founded_on="2010-01-01")).ok()

    (await change(stranger, provider, title="别名")).problem(403, "not_allowed")
    (await stranger.get("registry", f"/v1/changes/{proposed['id']}")).problem(404)


async def test_who_heads_and_holds_a_provider_is_told_by_two_and_shown_to_no_stranger(
    world: World, authority: Authority
) -> None:
    daughter, mother = await a_provider(world, authority), await a_provider(world, authority)
    head = UUID((await a_person(await an_administrator(world)))["id"])
    told = {"head": str(head), "held_by": [str(mother)]}

    proposed = (await change(authority.enters, daughter, **told)).ok()
    alone = await authority.enters.post("registry", f"/v1/changes/{proposed['id']}/confirm")
    await confirmed(authority.verifies, proposed)
    await world.pump()

    alone.refused("IC12-12.1", "confirmer_proposed_change")
    copied = "SELECT head, held_by, managed_by FROM tendering.controls WHERE provider_id = $1"
    [copy] = await world.rows(copied, daughter)
    assert (copy["head"], copy["held_by"], copy["managed_by"]) == (head, [mother], [])
    [*_, last] = (await authority.verifies.get("registry", path(daughter))).ok()["versions"]
    assert (last["facts"]["held_by"], "head" in last["facts"]) == ([str(mother)], False)
    await confirmed(authority.verifies, (await change(authority.enters, daughter, held_by=[])).ok())
    await world.pump()
    [copy] = await world.rows(copied, daughter)
    assert (copy["head"], copy["held_by"]) == (head, [])


async def test_nobody_unknown_and_no_provider_itself_heads_or_holds_it(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)

    for told in ({"head": str(uuid4())}, {"held_by": [str(uuid4())]}, {"managed_by": [str(provider)]}):
        [field] = (await change(authority.enters, provider, **told)).problem(422, "field")["errors"]
        assert field["field"] == f"body.{next(iter(told))}"
