"""Registration of providers and their papers, over HTTP."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.examples import (
    HASH,
    Authority,
    a_paper,
    a_provider,
    a_provider_body,
    an_authority,
    every_paper,
    published,
    verified,
)
from tests.support.world import World


@pytest.fixture(scope="module")
async def authority(world: World) -> Authority:
    return await an_authority(world)


@pytest.mark.clause("ZH21-3.1", "accepts")
@pytest.mark.parametrize("register", ["city_civil_affairs", "district_civil_affairs"])
async def test_an_organisation_of_city_or_district_is_registered(
    world: World, authority: Authority, register: str
) -> None:
    answer = await authority.enters.post("registry", "/v1/providers", a_provider_body(registered_with=register))

    assert "ZH21-3.1" in [found["clause"] for found in answer.ok()["explain"]]
    [event] = await published(world, "provider_registered", about=UUID(answer.json["id"]))
    assert (event["kind"], event["verified"]) == ("social_organisation", False)


@pytest.mark.clause("ZH21-3.1", "refuses")
async def test_an_organisation_without_number_is_registered_for_bureaus_and_no_provider_of_a_street(
    authority: Authority,
) -> None:
    """ZH21-3.1 is asked of who provides to towns and streets, at each award; national law asks for no register."""
    body = a_provider_body(registration_number=None)

    provider = (await authority.enters.post("registry", "/v1/providers", body)).ok()

    asked = f"/v1/providers/{provider['id']}/eligibility"
    there = (await authority.enters.get("registry", asked, rulebook="zhuhai-2021")).ok()
    refusing = [(found["clause"], found["code"]) for found in there["findings"]]
    assert ("ZH21-3.1", "registration_missing") in refusing
    assert {found["clause"] for found in provider["explain"]} == {"D102-6.1", "D102-8.1"}


@pytest.mark.clause("ZH21-3.2", "accepts")
async def test_a_filed_community_organisation_needs_no_credit_code(authority: Authority) -> None:
    body = a_provider_body(
        kind="community_social_organisation", form=None, credit_code=None, registered_with="town_street_filing"
    )

    answer = await authority.enters.post("registry", "/v1/providers", body)

    assert "ZH21-3.2" in [found["clause"] for found in answer.ok()["explain"]]
    assert answer.json["credit_code"] is None


@pytest.mark.clause("ZH21-3.2", "refuses")
async def test_an_unfiled_community_organisation_is_not_registered(authority: Authority) -> None:
    body = a_provider_body(
        kind="community_social_organisation",
        form=None,
        credit_code=None,
        registered_with=None,
        registration_number=None,
    )

    (await authority.enters.post("registry", "/v1/providers", body)).refused("ZH21-3.2", "registration_missing")


@pytest.mark.clause("D102-6.1", "accepts")
async def test_an_enterprise_is_registered_in_zhuhai_by_national_law(authority: Authority) -> None:
    """Towns and streets may not buy from it (ZH21-3.3, at each award); bureaus may."""
    body = a_provider_body(kind="enterprise", form=None, registered_with="industry_commerce")

    answer = await authority.enters.post("registry", "/v1/providers", body)

    assert "D102-6.1" in [found["clause"] for found in answer.ok()["explain"]]


@pytest.mark.clause("ZH21-3.3", "refuses")
async def test_who_no_text_lets_provide_is_refused_by_the_nearest(authority: Authority) -> None:
    body = a_provider_body(kind="administrative_organ", form=None, registered_with=None)

    (await authority.enters.post("registry", "/v1/providers", body)).refused("ZH21-3.3", "provider_kind_not_listed")


@pytest.mark.clause("CD17-3.4", "accepts")
@pytest.mark.parametrize(
    ("kind", "form"),
    [("social_organisation", "foundation"), ("enterprise", None), ("class2_institution", None)],
)
async def test_the_same_enterprise_provides_in_chengdu(world: World, kind: str, form: str | None) -> None:
    authority = await an_authority(world, "5101")
    body = a_provider_body("5101", kind=kind, form=form, registered_with="industry_commerce")

    answer = await authority.enters.post("registry", "/v1/providers", body)

    assert "CD17-3.4" in [found["clause"] for found in answer.ok()["explain"]]


@pytest.mark.clause("CD17-3.4", "refuses")
async def test_an_administrative_organ_provides_nothing(world: World) -> None:
    authority = await an_authority(world, "5101")
    body = a_provider_body("5101", kind="administrative_organ", form=None)

    (await authority.enters.post("registry", "/v1/providers", body)).refused("CD17-3.4")


IN_CHANGCHUN = (
    ("social_organisation", "foundation", "city_civil_affairs", "CC14-4.1.1a"),
    ("social_organisation", "foundation", "state_council_exemption", "CC14-4.1.1b"),
    ("enterprise", None, "industry_commerce", "CC14-4.1.2"),
    ("agency", None, "industry_regulator", "CC14-4.1.2"),
    ("other_registered_body", None, "industry_commerce", "CC14-4.1.2"),
    ("class2_institution", None, "institution_register", "CC14-4.1.3"),
)
"""Kind, form and register, and the clause by which the body may provide."""


@pytest.mark.parametrize(
    ("kind", "form", "register", "clause"),
    [pytest.param(*one, marks=pytest.mark.clause(one[-1], "accepts")) for one in IN_CHANGCHUN],
)
async def test_changchun_takes_registered_bodies_and_institutions(
    world: World, kind: str, form: str | None, register: str, clause: str
) -> None:
    authority = await an_authority(world, "2201")
    body = a_provider_body("2201", kind=kind, form=form, registered_with=register)

    answer = await authority.enters.post("registry", "/v1/providers", body)

    assert clause in [found["clause"] for found in answer.ok()["explain"]]


@pytest.mark.parametrize(
    ("clause", "registered", "body"),
    [
        pytest.param(
            "CC14-4.1.1a",
            True,
            {"kind": "social_organisation", "registered_with": "industry_commerce"},
            marks=pytest.mark.clause("CC14-4.1.1a", "refuses"),
        ),
        pytest.param(
            "CC14-4.1.2",
            True,
            {"kind": "enterprise", "form": None, "registered_with": "city_civil_affairs"},
            marks=pytest.mark.clause("CC14-4.1.2", "refuses"),
        ),
        pytest.param(
            "CC14-4.1.3",
            False,
            {"kind": "institution_with_admin_functions", "form": None, "registered_with": None},
            marks=pytest.mark.clause("CC14-4.1.3", "refuses"),
        ),
    ],
)
async def test_and_neither_an_unregistered_body_nor_one_that_administers(
    world: World, clause: str, registered: bool, body: dict[str, Any]
) -> None:
    """Whom national law lets provide is registered; the city's text is asked at each purchase that is bound to it."""
    authority = await an_authority(world, "2201")

    answer = await authority.enters.post("registry", "/v1/providers", a_provider_body("2201", **body))

    if not registered:
        answer.refused(clause)
        return
    asked = f"/v1/providers/{answer.ok()['id']}/eligibility"
    there = (await authority.enters.get("registry", asked, rulebook="changchun-2014")).ok()
    assert clause in {found["clause"] for found in there["findings"]}


@pytest.mark.clause("D102-6.1", "accepts")
@pytest.mark.clause("D102-8.1", "accepts")
async def test_where_no_city_speaks_national_law_names_the_providers(world: World) -> None:
    authority = await an_authority(world, "6501")
    kinds = {
        "social_organisation": "foundation",
        "enterprise": None,
        "class2_institution": None,
        "business_institution": None,
        "rural_collective": None,
        "self_governing_organisation": None,
    }

    for kind, form in kinds.items():
        answer = await authority.enters.post("registry", "/v1/providers", a_provider_body("6501", kind=kind, form=form))

        assert [found["clause"] for found in answer.ok()["explain"]] == ["D102-6.1", "D102-8.1"], kind


@pytest.mark.clause("D102-6.1", "refuses")
@pytest.mark.clause("D102-8.1", "refuses")
async def test_national_law_keeps_out_what_the_state_pays_for_anyway(world: World) -> None:
    authority = await an_authority(world, "6501")

    for kind in ("class1_institution", "group_organisation"):
        answer = await authority.enters.post("registry", "/v1/providers", a_provider_body("6501", kind=kind, form=None))

        answer.refused("D102-6.1", "provider_kind_not_listed")
        answer.refused("D102-8.1", "provider_kind_excluded")


async def test_a_credit_code_is_registered_once_and_the_answer_says_by_whom(authority: Authority) -> None:
    body = a_provider_body()
    first = (await authority.enters.post("registry", "/v1/providers", body)).ok()

    again = await authority.enters.post("registry", "/v1/providers", {**body, "title": "另一个中心"})

    said = again.problem(409, "conflict")
    assert (said["constraint"], said["fields"]) == ("uq_providers_credit_code", ["credit_code"])
    assert said["record"] == first["id"]
    assert said["detail"] == "A provider with this credit code is registered; use that one."
    assert body["credit_code"] not in again.body.decode()


async def test_a_value_that_is_not_allowed_is_answered_with_those_that_are(authority: Authority) -> None:
    body = a_provider_body(kind="church")
    asked = {"idempotency-key": "1", "accept-language": "zh"}

    answer = await authority.enters.send("registry", "POST", "/v1/providers", json=body, headers=asked)

    [error] = answer.problem(422, "field")["errors"]
    assert (error["field"], error["code"]) == ("body.kind", "literal_error")
    assert error["message"].startswith("须为以下值之一：social_organisation、")


@pytest.mark.parametrize(
    "code", ["52440400MJR100001X", "５２４４０４００MJR1000012", "52440400mjr1000012", "52440400", " "]
)
async def test_a_wrong_credit_code_is_a_wrong_field(authority: Authority, code: str) -> None:
    answer = await authority.enters.post("registry", "/v1/providers", a_provider_body(credit_code=code))

    assert answer.problem(422, "field")["errors"][0]["field"] == "body.credit_code"


async def test_a_registered_body_needs_its_credit_code(authority: Authority) -> None:
    answer = await authority.enters.post("registry", "/v1/providers", a_provider_body(credit_code=None))

    assert answer.problem(422, "field")["errors"][0]["code"] == "credit_code_needed"


@pytest.mark.clause("IC12-12.1", "accepts")
async def test_a_provider_enters_its_own_papers_and_another_verifies_them(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    owner = await world.person(duties={"maintain_provider"}, organisation=provider, jurisdiction="4404")
    papers = [*every_paper(), a_paper("assessment_grade", result="4A", issuer_level="city")]
    entered = (await owner.post("registry", f"/v1/providers/{provider}/evidence", {"papers": papers})).ok()
    ids = [paper["id"] for paper in entered["evidence"]]

    seen = await authority.verifies.post("registry", f"/v1/providers/{provider}/verify", {"accepted": ids})

    assert seen.ok()["state"] == "verified"
    assert [found["clause"] for found in seen.json["explain"]] == ["IC12-12.1"]
    [event] = await published(world, "provider_verified", about=provider)
    assert event["assessment_grade"] == "4A"
    assert {"tax_paid", "no_major_violation", "independent_liability"} <= set(event["conditions"])


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_who_entered_a_paper_does_not_verify_it(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    path = f"/v1/providers/{provider}"
    entered = (await authority.enters.post("registry", f"{path}/evidence", {"papers": [a_paper("tax")]})).ok()
    [paper] = entered["evidence"]

    answer = await authority.enters.post("registry", f"{path}/verify", {"accepted": [paper["id"]]})

    answer.refused("IC12-12.1", "verifier_entered_evidence")
    rows = await world.rows("SELECT state FROM registry.evidence WHERE provider_id = $1", provider)
    assert [row["state"] for row in rows] == ["entered"]


async def test_a_provider_enters_no_penalty_and_no_paper_of_another(world: World, authority: Authority) -> None:
    provider, other = await a_provider(world, authority), await a_provider(world, authority)
    owner = await world.person(duties={"maintain_provider"}, organisation=provider, jurisdiction="4404")
    penalty = {"papers": [a_paper("penalty", result="small_fine")]}

    (await owner.post("registry", f"/v1/providers/{provider}/evidence", penalty)).problem(403)
    (await owner.post("registry", f"/v1/providers/{other}/evidence", {"papers": [a_paper("tax")]})).problem(403)


async def test_a_rejected_paper_meets_no_condition(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    path = f"/v1/providers/{provider}"
    entered = (await authority.enters.post("registry", f"{path}/evidence", {"papers": [a_paper("tax")]})).ok()

    (await authority.verifies.post("registry", f"{path}/verify", {"rejected": [entered["evidence"][0]["id"]]})).ok()

    [event] = await published(world, "provider_verified", about=provider)
    assert "tax_paid" not in event["conditions"]


async def test_a_paper_is_seen_once_and_only_with_its_provider(world: World, authority: Authority) -> None:
    provider, other = await a_provider(world, authority), await a_provider(world, authority)
    answer = await verified(authority, provider, [a_paper("tax")])
    paper = answer["evidence"][0]["id"]

    again = await authority.verifies.post("registry", f"/v1/providers/{provider}/verify", {"accepted": [paper]})
    elsewhere = await authority.verifies.post("registry", f"/v1/providers/{other}/verify", {"accepted": [paper]})

    again.problem(409, "wrong_state")
    elsewhere.problem(404, "not_found")


@pytest.mark.parametrize(
    "paper",
    [
        a_paper("assessment_grade", result="6A"),
        a_paper("assessment_grade"),
        a_paper("tax", result="passed"),
        a_paper("tax", valid_until="2021-05-31"),
        a_paper("tax", document_hash="not a hash"),
        a_paper("tax", state="verified"),
    ],
)
async def test_a_paper_that_says_nonsense_is_a_wrong_field(
    world: World, authority: Authority, paper: dict[str, Any]
) -> None:
    provider = await a_provider(world, authority)

    answer = await authority.enters.post("registry", f"/v1/providers/{provider}/evidence", {"papers": [paper]})

    answer.problem(422, "field")


async def test_papers_are_shown_to_the_provider_and_its_authority_alone(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await verified(authority, provider, [a_paper("tax")])
    owner = await world.person(duties={"maintain_provider"}, organisation=provider, jurisdiction="4404")
    rival = await world.person(duties={"maintain_provider"}, organisation=uuid4(), jurisdiction="4404")

    assert (await owner.get("registry", f"/v1/providers/{provider}/evidence")).ok()[0]["document_hash"] == HASH
    assert (await authority.verifies.get("registry", f"/v1/providers/{provider}/evidence")).status == 200
    (await rival.get("registry", f"/v1/providers/{provider}/evidence")).problem(404, "not_found")


async def test_the_register_is_read_page_by_page(world: World) -> None:
    authority = await an_authority(world, "5134")
    for _ in range(3):
        await a_provider(world, authority, jurisdiction="5134")
    reader = await world.person(duties=set())

    first = (await reader.get("registry", "/v1/providers", jurisdiction="5134", limit=2)).ok()
    rest = (await reader.get("registry", "/v1/providers", jurisdiction="5134", limit=2, after=first["next"])).ok()

    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]
    (await reader.get("registry", "/v1/providers", color="red")).problem(422, "field")
    assert (await reader.get("registry", f"/v1/providers/{first['items'][0]['id']}")).headers["etag"] == '"1"'


async def test_when_a_paper_expires_the_conditions_are_told_anew(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await verified(authority, provider, [a_paper("tax", valid_until="2022-03-31"), a_paper("facilities")])

    await world.today_is(date(2022, 3, 31), 23, 55)
    await world.pump()
    assert len(await published(world, "provider_verified", about=provider)) == 1
    await world.today_is(date(2022, 4, 1), 0, 0, 1)
    await world.pump()

    before, after = await published(world, "provider_verified", about=provider)
    assert set(before["conditions"]) - set(after["conditions"]) == {"tax_paid"}
    owner = await world.person(duties={"maintain_provider"}, organisation=provider, jurisdiction="4404")
    [notice] = (await owner.get("registry", "/v1/notices")).ok()
    assert notice["kind"] == "evidence_expired"
