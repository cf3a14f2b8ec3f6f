"""Bodies leave, and others take their place: by two persons with evidence, and nothing open is left to nobody."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.catalog import ProjectDeclined, ProjectProposed
from tests.registry.examples import Authority, a_provider, an_authority
from tests.registry.test_changes_api import STREET, change, confirmed, path
from tests.registry.test_persons_api import a_person, a_post
from tests.shared.test_audit import as_superuser, audited
from tests.support.world import Person, World


@dataclass(frozen=True, slots=True)
class Clerks:
    """Two who register purchasers and bodies of the city."""

    one: Person
    other: Person

    async def settled(self, organisation: object, **facts: Any) -> dict[str, Any]:
        return await confirmed(self.other, (await change(self.one, organisation, **facts)).ok())


@pytest.fixture(scope="module")
async def clerks(world: World) -> Clerks:
    duties, office = {"register_purchaser", "administer_posts"}, uuid4()
    one = await world.person("one", duties=duties, organisation=office, jurisdiction="4404")
    other = await world.person("other", duties=duties, organisation=office, jurisdiction="4404")
    third = await world.person("third", duties=duties, organisation=office, jurisdiction="4404")
    assert third.organisation == office
    return Clerks(one, other)


@pytest.fixture(scope="module")
async def authority(world: World) -> Authority:
    return await an_authority(world)


async def a_street(clerks: Clerks, **place: str) -> UUID:
    body = {"title": f"街道办事处{uuid4().hex[:6]}", **STREET, **place}
    return UUID((await clerks.one.post("registry", "/v1/purchasers", body)).ok()["id"])


def a_project(street: UUID, project: UUID) -> ProjectProposed:
    return ProjectProposed(
        jurisdiction="4404/440402",
        organisation=street,
        project_id=project,
        reference="ZH-2022-000001",
        title="社区照料",
        rulebook="zhuhai-2021",
        item="A0101",
        way="1",
    )


@pytest.mark.clause("GPL-50.1", "refuses")
@pytest.mark.clause("IC12-12.1", "refuses")
async def test_a_street_with_an_open_purchase_leaves_only_to_a_successor(world: World, clerks: Clerks) -> None:
    old, new = await a_street(clerks), await a_street(clerks)
    planner = await world.person("planner", duties={"propose_project"}, organisation=old)
    about = {"id": planner.id, "key": planner.id, "version": 1, "jurisdiction": "4404", "organisation": old}
    await world.insert("registry", "persons", {**about, "state": "registered"})
    await world.emit("catalog", a_project(old, uuid4()))
    await world.pump()

    early = await change(clerks.one, old, departure="merged")
    await clerks.settled(new, successor_of=str(old))
    proposed = (await change(clerks.one, old, departure="merged")).ok()
    alone = await clerks.one.post("registry", f"/v1/changes/{proposed['id']}/confirm")
    await confirmed(clerks.other, proposed)
    await world.pump()

    assert early.refused("GPL-50.1")["code"] == "left_without_successor"
    assert alone.refused("IC12-12.1")["code"] == "confirmer_proposed_change"
    assert (await clerks.one.get("registry", f"/v1/purchasers/{old}")).ok()["state"] == "left"
    assert (await planner.get("registry", "/v1/me")).ok()["posts"] == []
    for service in world.services:
        [known] = await world.rows(
            f"SELECT left_on IS NOT NULL AS gone FROM {service}.organisations WHERE id = $1", old
        )
        assert known["gone"], service


async def test_a_street_whose_purchases_have_ended_leaves_alone_and_comes_back(world: World, clerks: Clerks) -> None:
    title, project = f"街道办事处{uuid4().hex[:6]}", uuid4()
    body = {"title": title, **STREET}
    street = UUID((await clerks.one.post("registry", "/v1/purchasers", body)).ok()["id"])
    await world.emit("catalog", a_project(street, project))
    declined = ProjectDeclined(jurisdiction="4404/440402", organisation=street, project_id=project, ground="review")
    await world.emit("catalog", declined)
    await world.pump()

    await clerks.settled(street, departure="dissolved")
    gone = await change(clerks.one, street, title="别名")
    back = (await clerks.one.post("registry", "/v1/purchasers", body)).ok()
    await world.pump()

    gone.problem(409, "wrong_state")
    assert (back["id"], back["state"]) == (str(street), "registered")
    [known] = await world.rows("SELECT left_on FROM catalog.organisations WHERE id = $1", street)
    assert known["left_on"] is None


@pytest.mark.parametrize("succeeded", [False, True])
async def test_a_purchaser_comes_back_as_another_kind_by_two_persons_unless_another_took_its_place(
    clerks: Clerks, succeeded: bool
) -> None:
    street = await a_street(clerks)
    if succeeded:
        await clerks.settled(await a_street(clerks), successor_of=str(street))
    await clerks.settled(street, departure="dissolved")

    answer = await change(clerks.one, street, kind="town_government")

    if succeeded:
        answer.problem(409, "wrong_state")
    else:
        await confirmed(clerks.other, answer.ok())
        shown = (await clerks.one.get("registry", f"/v1/purchasers/{street}")).ok()
        assert (shown["state"], shown["kind"]) == ("registered", "town_government")


async def test_who_was_succeeded_does_not_come_back_beside_its_successor(clerks: Clerks) -> None:
    body = {"title": f"街道办事处{uuid4().hex[:6]}", **STREET}
    old = (await clerks.one.post("registry", "/v1/purchasers", body)).ok()["id"]
    await clerks.settled(await a_street(clerks), successor_of=old)
    await clerks.settled(old, departure="merged")

    (await clerks.one.post("registry", "/v1/purchasers", body)).problem(409, "wrong_state")


async def test_a_body_is_succeeded_by_one_of_its_kind_in_its_city(world: World, clerks: Clerks) -> None:
    names = {"title": f"财政局{uuid4().hex[:6]}", "jurisdiction": "4404/440402", "kind": "finance_bureau"}
    bureau = (await clerks.one.post("registry", "/v1/bodies", names)).ok()["id"]
    other = {**names, "title": f"民政局{uuid4().hex[:6]}", "kind": "registration_authority"}
    wrong = (await clerks.one.post("registry", "/v1/bodies", other)).ok()["id"]
    right = (await clerks.one.post("registry", "/v1/bodies", {**names, "title": f"{names['title']}二"})).ok()["id"]

    (await change(clerks.one, wrong, successor_of=bureau)).problem(422, "field")
    await clerks.settled(right, successor_of=bureau, manner="transfer")
    await clerks.settled(bureau, departure="dissolved")

    [succession] = (await clerks.one.get("registry", path(right))).ok()["successions"]
    assert (succession["predecessor"], succession["manner"]) == (bureau, "transfer")


async def test_a_succession_takes_the_duty_in_both_places(world: World, clerks: Clerks) -> None:
    here, there = await a_street(clerks), await world.organisation("purchaser", "5101/510104")
    await world.insert(
        "registry",
        "purchasers",
        {
            **{"id": there, "key": there, "version": 1, "jurisdiction": "5101/510104", "organisation": there},
            **{"state": "registered", "title": "外地", "title_folded": uuid4().hex, "kind": "street_office"},
            **{"attributes": [], "opts_in": False, "rulebook": "chengdu-2017", "registered_by": uuid4()},
        },
    )

    (await change(clerks.one, here, successor_of=str(there))).problem(403, "not_allowed")


async def test_no_circle_is_closed_in_however_many_steps(clerks: Clerks) -> None:
    first, second, third = [await a_street(clerks) for _ in range(3)]
    waiting = (await change(clerks.one, first, successor_of=str(third))).ok()
    await clerks.settled(second, successor_of=str(first))
    await clerks.settled(third, successor_of=str(second))

    late = await clerks.other.post("registry", f"/v1/changes/{waiting['id']}/confirm")
    direct = await change(clerks.one, first, successor_of=str(third))
    itself = await change(clerks.one, first, successor_of=str(first))

    for answer in (late, direct, itself):
        assert [error["code"] for error in answer.problem(422, "field")["errors"]] == ["circle"]


@pytest.mark.clause("D102-26.1", "refuses")
async def test_a_provider_hands_its_work_to_nobody(world: World, authority: Authority) -> None:
    old, new = await a_provider(world, authority), await a_provider(world, authority)

    passed_on = await change(authority.enters, new, successor_of=str(old), manner="transfer")

    assert passed_on.refused("D102-26.1")["code"] == "work_passed_on"


@pytest.mark.clause("CC14-6.5", "refuses")
@pytest.mark.clause("CC14-6.5", "accepts")
async def test_in_changchun_the_citys_own_text_keeps_work_from_being_passed_on(world: World) -> None:
    clerks = await an_authority(world, "2201")
    old, new = [await a_provider(world, clerks, jurisdiction="2201") for _ in range(2)]

    passed_on = await change(clerks.enters, new, successor_of=str(old), manner="transfer")
    merged = await change(clerks.enters, new, successor_of=str(old), manner="merger")

    assert passed_on.refused("CC14-6.5")["code"] == "work_passed_on"
    assert "CC14-6.5" in {finding["clause"] for finding in merged.ok()["explain"]}


@pytest.mark.clause("D102-26.1", "accepts")
@pytest.mark.parametrize("manner", ["merger", "division", "conversion"])
async def test_a_provider_is_succeeded_as_the_law_has_it(world: World, authority: Authority, manner: str) -> None:
    old, new = await a_provider(world, authority), await a_provider(world, authority)

    await confirmed(
        authority.verifies, (await change(authority.enters, new, successor_of=str(old), manner=manner)).ok()
    )
    await confirmed(authority.verifies, (await change(authority.enters, old, departure="merged")).ok())

    assert (await authority.enters.get("registry", f"/v1/providers/{old}")).ok()["state"] == "left"


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_an_overseer_comes_to_no_watched_duty_by_a_succession(world: World, clerks: Clerks) -> None:
    old = await a_street(clerks)
    new = await a_street(clerks, jurisdiction="4404/440403")
    both = await world.person("both", duties={"propose_project"}, organisation=new, jurisdiction="4404/440403")
    watch = await world.organisation("audit_body", "4404/440402")
    await world.post_for(both, {"audit"}, watch, "4404/440402")
    await clerks.settled(new, successor_of=str(old))

    answer = await change(clerks.one, old, departure="merged")

    assert answer.refused("IC12-12.1")["code"] == "oversight_apart"


async def test_a_departure_changes_nothing_else(clerks: Clerks) -> None:
    (await change(clerks.one, await a_street(clerks), departure="merged", title="别名")).problem(422)


async def test_nobody_gets_a_post_where_nobody_is_left(world: World, clerks: Clerks) -> None:
    street = await a_street(clerks)
    await clerks.settled(street, departure="dissolved")
    person = {"jurisdiction": "4404", "organisation": str(street), "account": uuid4().hex, "display_name": "张三"}

    answer = await clerks.one.post("registry", "/v1/persons", person)

    assert answer.status in (409, 422), answer.body


async def test_what_one_person_proposed_about_a_street_ends_with_it(world: World, clerks: Clerks) -> None:
    street, stays = await a_street(clerks), await a_street(clerks)
    for_street, for_other = [await given(clerks, each) for each in (street, stays)]
    renamed = (await change(clerks.one, street, kind="town_government")).ok()
    assert renamed["state"] == "proposed"

    await clerks.settled(street, departure="dissolved")
    await world.pump()

    states = await world.rows(
        "SELECT id, state FROM registry.post_proposals WHERE id = ANY($1)", [UUID(for_street), UUID(for_other)]
    )
    assert {str(row["id"]): row["state"] for row in states} == {for_street: "withdrawn", for_other: "proposed"}
    late = await clerks.other.post("registry", f"/v1/changes/{renamed['id']}/confirm")
    late.problem(409, "wrong_state")
    [kept] = await world.rows("SELECT state FROM registry.organisation_changes WHERE id = $1", UUID(renamed["id"]))
    assert kept["state"] == "withdrawn"
    async with as_superuser(world, "registry") as connection:
        findings = (await audited(connection, "registry")).findings
    assert [each for each in findings if renamed["id"] in each or for_street in each] == []


async def given(clerks: Clerks, street: UUID) -> str:
    """A weighty post in the street that one administrator proposed."""
    person = await a_person(clerks.one)
    at = f"/v1/persons/{person['id']}/posts"
    post = a_post(street, "approve_payment")
    return str((await clerks.one.post("registry", at, post)).ok()["proposed"][-1]["id"])


async def test_a_change_of_a_provider_that_is_taken_off_ends_with_it(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    waiting = (await change(authority.enters, provider, founded_on="2015-05-01")).ok()
    at = f"/v1/providers/{provider}/withdraw"
    (await authority.enters.post("registry", at)).ok()
    (await authority.verifies.post("registry", f"{at}/confirm")).ok()

    shown = (await authority.enters.get("registry", f"/v1/changes/{waiting['id']}")).ok()

    assert (waiting["state"], shown["state"]) == ("proposed", "withdrawn")
