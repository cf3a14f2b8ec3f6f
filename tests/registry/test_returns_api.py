"""Providers that left come back as the same record, and a code that misses its check character is no bar."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.examples import (
    HASH,
    LICENSED,
    Authority,
    a_credit_code,
    a_paper,
    a_provider_body,
    an_authority,
    taken_off,
    verified,
)
from tests.registry.test_changes_api import change, confirmed
from tests.support.world import World


@pytest.fixture(scope="module")
async def authority(world: World) -> Authority:
    return await an_authority(world)


async def departures(world: World, provider: str) -> list[Any]:
    await world.pump()
    found = []
    for service in ("tendering", "contracts"):
        [row] = await world.rows(f"SELECT left_on FROM {service}.departures WHERE provider_id = $1", UUID(provider))
        found.append(row["left_on"])
    return found


async def test_who_left_comes_back_as_the_same_record(world: World, authority: Authority) -> None:
    body = a_provider_body()
    provider = (await authority.enters.post("registry", "/v1/providers", body)).ok()
    await verified(authority, UUID(provider["id"]), [a_paper("annual_inspection", result="failed")])
    await taken_off(authority, provider["id"])
    gone = await departures(world, provider["id"])

    renamed = {**body, "title": f"{body['title']}（新）"}
    back = (await authority.enters.post("registry", "/v1/providers", renamed)).ok()
    again = await authority.enters.post("registry", "/v1/providers", renamed)

    assert (back["id"], back["state"], back["title"]) == (provider["id"], "registered", renamed["title"])
    assert [paper["kind"] for paper in back["evidence"]] == ["annual_inspection"]
    assert (None in gone, await departures(world, provider["id"])) == (False, [None, None])
    assert again.status == 409


ELSEWHERE = {
    "place": {"jurisdiction": "5101"},
    "founding": {"founded_on": "2011-01-01"},
    "register": {"registered_with": "district_civil_affairs"},
    "name": {"title": "改名后的服务中心"},
}


@pytest.mark.parametrize("changed", ELSEWHERE)
async def test_who_left_comes_back_as_what_it_left_as_and_no_other_place_takes_it_over(
    world: World, authority: Authority, changed: str
) -> None:
    """A registrar of another city would have its record overwritten by one person: that is a change, by two."""
    body = a_provider_body()
    provider = (await authority.enters.post("registry", "/v1/providers", body)).ok()
    await taken_off(authority, provider["id"])
    there = await world.person("there", duties={"register_provider"}, organisation=uuid4(), jurisdiction="5101")
    registrar = there if changed == "place" else authority.enters

    back = await registrar.post("registry", "/v1/providers", {**body, **ELSEWHERE[changed]})

    if changed == "name":
        assert back.ok()["state"] == "registered"
    else:
        assert back.refused("IC12-12.1")["code"] == "comes_back_changed"
        shown = (await authority.enters.get("registry", f"/v1/providers/{provider['id']}")).ok()
        assert (shown["state"], shown["title"], shown["jurisdiction"]) == ("left", body["title"], body["jurisdiction"])


@pytest.mark.clause("IC12-12.1", "refuses")
@pytest.mark.parametrize("changed", ["place", "founding", "register"])
async def test_who_left_comes_back_with_other_facts_by_two_persons_and_in_both_places(
    world: World, authority: Authority, changed: str
) -> None:
    provider = (await authority.enters.post("registry", "/v1/providers", a_provider_body())).ok()
    await taken_off(authority, provider["id"])
    office, facts = uuid4(), ELSEWHERE[changed]
    duty, there = {"register_provider"}, facts.get("jurisdiction", "4404")
    one, other = [await world.person("clerk", duties=duty, organisation=office, jurisdiction=there) for _ in range(2)]
    elsewhere = await change(one, provider["id"], **facts)
    for clerk in (one, other):
        await world.post_for(clerk, duty, office, jurisdiction="4404")

    proposal = (await change(one, provider["id"], **facts)).ok()
    alone = await one.post("registry", f"/v1/changes/{proposal['id']}/confirm")
    still = (await one.get("registry", f"/v1/providers/{provider['id']}")).ok()["state"]
    await confirmed(other, proposal)
    back = (await one.get("registry", f"/v1/providers/{provider['id']}")).ok()

    assert elsewhere.status == (403 if changed == "place" else 201)
    assert alone.refused("IC12-12.1")["code"] == "confirmer_proposed_change"
    assert (still, back["state"]) == ("left", "registered")
    assert {name: back[name] for name in facts} == facts
    assert await departures(world, provider["id"]) == [None, None]


async def test_a_change_from_before_it_left_brings_nobody_back(authority: Authority) -> None:
    provider = (await authority.enters.post("registry", "/v1/providers", a_provider_body())).ok()
    proposal = (await change(authority.enters, provider["id"], founded_on="2011-01-01")).ok()
    await taken_off(authority, provider["id"])

    late = await authority.verifies.post("registry", f"/v1/changes/{proposal['id']}/confirm")

    late.problem(409, "wrong_state")


async def test_a_filed_organisation_without_a_code_comes_back_by_its_name(authority: Authority) -> None:
    kind: dict[str, Any] = {"kind": "community_social_organisation", "form": None, "credit_code": None}
    body = a_provider_body(**kind, registered_with="town_street_filing")
    provider = (await authority.enters.post("registry", "/v1/providers", body)).ok()
    await taken_off(authority, provider["id"])

    back = (await authority.enters.post("registry", "/v1/providers", body)).ok()

    assert (back["id"], back["state"]) == (provider["id"], "registered")


async def test_a_typo_in_a_code_is_refused_first(authority: Authority) -> None:
    answer = await authority.enters.post("registry", "/v1/providers", a_provider_body(credit_code=LICENSED))

    [error] = answer.problem(422, "field")["errors"]
    assert (error["field"], error["code"]) == ("body.credit_code", "credit_code_check")


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_two_persons_register_a_code_as_the_licence_shows_it(world: World, authority: Authority) -> None:
    body = a_provider_body(credit_code=LICENSED, licence_hash=HASH)

    proposed = (await authority.enters.post("registry", "/v1/providers", body)).ok()
    path = f"/v1/providers/{proposed['id']}"
    early = await authority.enters.post("registry", f"{path}/evidence", {"papers": [a_paper("financial_system")]})
    alone = await authority.enters.post("registry", f"{path}/confirm")
    waits = (await authority.verifies.get("registry", "/v1/tasks")).ok()
    confirmed = (await authority.verifies.post("registry", f"{path}/confirm")).ok()
    await world.pump()

    assert (proposed["state"], proposed["code_licence"]) == ("proposed", HASH)
    assert alone.refused("IC12-12.1")["code"] == "confirmer_entered_code"
    early.problem(409, "wrong_state")
    assert ("confirm_provider", proposed["id"]) in {(task["task"], task["subject"]) for task in waits}
    assert (confirmed["state"], confirmed["code_licence"]) == ("registered", HASH)
    assert await world.rows("SELECT 1 FROM tendering.providers WHERE id = $1", UUID(proposed["id"]))


async def test_a_code_that_fits_needs_no_second_person(authority: Authority) -> None:
    body = a_provider_body(credit_code=a_credit_code(), licence_hash=HASH)

    registered = (await authority.enters.post("registry", "/v1/providers", body)).ok()

    assert (registered["state"], registered["code_licence"]) == ("registered", None)


@pytest.mark.parametrize(
    ("title", "taken"),
    [
        ("?????", False),
        ("…—·1", False),
        ("æµ·", False),
        ("鐝犳捣", False),
        ("珠海市A区社工中心", True),
        ("Zhuhai Café für Bürger", True),
    ],
)
async def test_a_title_that_nobody_can_read_is_not_taken(authority: Authority, title: str, taken: bool) -> None:
    answer = await authority.enters.post("registry", "/v1/providers", a_provider_body(title=title))

    assert answer.status == (201 if taken else 422), answer.body


@pytest.mark.parametrize(
    ("day", "taken"),
    [("1900-01-01", False), ("1949-09-30", False), ("1949-10-01", True), ("2022-03-01", True), ("2022-03-02", False)],
)
async def test_nobody_was_registered_before_there_were_registers(authority: Authority, day: str, taken: bool) -> None:
    answer = await authority.enters.post("registry", "/v1/providers", a_provider_body(founded_on=day))

    assert answer.status == (201 if taken else 422)


@pytest.mark.parametrize(("day", "taken"), [("2022-03-01", True), ("2022-03-02", False)])
async def test_no_paper_was_issued_tomorrow(authority: Authority, day: str, taken: bool) -> None:
    provider = (await authority.enters.post("registry", "/v1/providers", a_provider_body())).ok()
    papers = {"papers": [a_paper("financial_system", issued_on=day)]}

    answer = await authority.enters.post("registry", f"/v1/providers/{provider['id']}/evidence", papers)

    assert answer.status == (201 if taken else 422)


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_a_penalty_of_somebody_else_is_annulled_by_another_person(world: World, authority: Authority) -> None:
    third = await world.person("third", duties={"verify_provider"}, organisation=uuid4(), jurisdiction="4404")
    provider = (await authority.enters.post("registry", "/v1/providers", a_provider_body())).ok()["id"]
    at = f"/v1/providers/{provider}"
    penalty = a_paper("penalty", result="stop_order", valid_until="2023-06-01")
    [paper] = (await verified(authority, UUID(provider), [penalty]))["evidence"]
    why = {"reason": "处罚决定书所列单位为另一家机构"}
    asked = {"rulebook": "zhuhai-2021"}

    before = (await third.get("registry", f"{at}/eligibility", **asked)).ok()["findings"]
    own = await authority.verifies.post("registry", f"{at}/evidence/{paper['id']}/annul", why)
    annulled = (await third.post("registry", f"{at}/evidence/{paper['id']}/annul", why)).ok()
    again = await third.post("registry", f"{at}/evidence/{paper['id']}/annul", why)
    after = (await third.get("registry", f"{at}/eligibility", **asked)).ok()["findings"]

    assert own.refused("IC12-12.1")["code"] == "annuller_verified_evidence"
    assert [one["state"] for one in annulled["evidence"]] == ["annulled"]
    again.problem(409, "wrong_state")
    assert [one["code"] for one in before].count("major_violation") == 1
    assert "major_violation" not in [one["code"] for one in after]
