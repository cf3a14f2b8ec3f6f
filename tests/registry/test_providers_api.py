"""Registration of providers, their papers and their eligibility, over HTTP."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.registry.providers.vocabulary import EVIDENCE
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
from tests.support.world import Person, World


async def eligibility(person: Person, provider: UUID, rulebook: str, **more: Any) -> dict[str, Any]:
    return dict((await person.get("registry", f"/v1/providers/{provider}/eligibility", rulebook=rulebook, **more)).ok())


def failed(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(f["clause"], f["facts"].get("condition", f["code"])) for f in answer["findings"] if not f["satisfied"]]


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
async def test_an_organisation_without_number_is_not(authority: Authority) -> None:
    body = a_provider_body(registration_number=None)

    (await authority.enters.post("registry", "/v1/providers", body)).refused("ZH21-3.1", "registration_missing")


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


@pytest.mark.clause("ZH21-3.3", "refuses")
async def test_an_enterprise_is_no_provider_in_zhuhai(authority: Authority) -> None:
    body = a_provider_body(kind="enterprise", form=None, registered_with="industry_commerce")

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


async def test_a_credit_code_is_registered_once(authority: Authority) -> None:
    body = a_provider_body()
    (await authority.enters.post("registry", "/v1/providers", body)).ok()

    again = await authority.enters.post("registry", "/v1/providers", {**body, "title": "另一个中心"})

    again.problem(409, "conflict")


@pytest.mark.parametrize(
    "code", ["52440400MJR100001X", "５２４４０４００MJR1000012", "52440400mjr1000012", "52440400", " "]
)
async def test_a_wrong_credit_code_is_a_wrong_field(authority: Authority, code: str) -> None:
    answer = await authority.enters.post("registry", "/v1/providers", a_provider_body(credit_code=code))

    assert answer.problem(422, "field")["errors"][0]["field"] == "body.credit_code"


async def test_a_registered_body_needs_its_credit_code(authority: Authority) -> None:
    answer = await authority.enters.post("registry", "/v1/providers", a_provider_body(credit_code=None))

    assert answer.problem(422, "field")["errors"][0]["code"] == "credit_code_needed"


async def test_a_provider_enters_its_own_papers_and_another_verifies_them(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    owner = await world.person(duties={"maintain_provider"}, organisation=provider, jurisdiction="4404")
    papers = [*every_paper(), a_paper("assessment_grade", result="4A", issuer_level="city")]
    entered = (await owner.post("registry", f"/v1/providers/{provider}/evidence", {"papers": papers})).ok()
    ids = [paper["id"] for paper in entered["evidence"]]

    seen = await authority.verifies.post("registry", f"/v1/providers/{provider}/verify", {"accepted": ids})

    assert seen.ok()["state"] == "verified"
    [event] = await published(world, "provider_verified", about=provider)
    assert event["assessment_grade"] == "4A"
    assert {"tax_paid", "no_major_violation", "independent_liability"} <= set(event["conditions"])


async def test_who_entered_a_paper_does_not_verify_it(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    path = f"/v1/providers/{provider}"
    entered = (await authority.enters.post("registry", f"{path}/evidence", {"papers": [a_paper("tax")]})).ok()
    [paper] = entered["evidence"]

    answer = await authority.enters.post("registry", f"{path}/verify", {"accepted": [paper["id"]]})

    answer.refused(code="verifier_entered_evidence")
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


async def test_eligibility_has_a_finding_for_every_condition(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await verified(authority, provider, [paper for paper in every_paper() if paper["kind"] != "tax"])
    officer = await world.person(duties=set())

    answer = await eligibility(officer, provider, "zhuhai-2021")

    assert failed(answer) == [("GPL-22.1", "tax_paid")]
    assert (answer["allowed"], answer["hypothetical"], answer["as_of"]) == (False, False, "2022-03-01")


async def test_a_rulebook_out_of_force_answers_only_hypothetically(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    path = f"/v1/providers/{provider}/eligibility"

    plain = await authority.enters.get("registry", path, rulebook="dongguan-2011")
    supposed = await authority.enters.get("registry", path, rulebook="dongguan-2011", hypothetical="true")

    assert plain.problem(422, "field")["errors"][0]["code"] == "not_in_force"
    assert supposed.ok()["hypothetical"] is True


async def test_a_rulebook_that_nobody_knows_is_a_wrong_field(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)

    answer = await authority.enters.get("registry", f"/v1/providers/{provider}/eligibility", rulebook="atlantis-2020")

    assert answer.problem(422, "field")["errors"][0]["code"] == "unknown_rulebook"


@pytest.mark.clause("DG11-7.1a", "accepts")
@pytest.mark.clause("DG11-7.2a", "accepts")
@pytest.mark.clause("DG11-7.2b", "accepts")
@pytest.mark.clause("DG11-7.2c", "accepts")
@pytest.mark.clause("DG11-7.3a", "accepts")
@pytest.mark.clause("DG11-7.3b", "accepts")
@pytest.mark.clause("DG11-7.4a", "accepts")
@pytest.mark.clause("DG11-7.4b", "accepts")
@pytest.mark.clause("DG11-7.4c", "accepts")
async def test_a_young_organisation_with_every_paper_qualifies_in_dongguan(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority, founded_on="2020-03-01")
    await verified(authority, provider, every_paper())

    answer = await eligibility(authority.enters, provider, "dongguan-2011", hypothetical="true")

    assert answer["allowed"] is True
    clauses = {f["clause"] for f in answer["findings"]}
    assert {f"DG11-7.{n}" for n in ("1a", "2a", "2b", "2c", "3a", "3b", "4a", "4b", "4c")} <= clauses


@pytest.mark.clause("DG11-7.1b", "refuses")
async def test_on_its_third_anniversary_it_needs_a_grade(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority, founded_on="2020-03-01")
    await verified(authority, provider, every_paper())

    before = await eligibility(authority.enters, provider, "dongguan-2011", hypothetical="true", as_of="2023-02-28")
    after = await eligibility(authority.enters, provider, "dongguan-2011", hypothetical="true", as_of="2023-03-01")

    assert failed(before) == []
    assert failed(after) == [("DG11-7.1b", "assessment_grade_too_low")]


@pytest.mark.clause("DG11-7.1b", "accepts")
async def test_an_old_organisation_with_3a_from_the_city_qualifies(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await verified(authority, provider, [*every_paper(), a_paper("assessment_grade", result="3A", issuer_level="city")])

    answer = await eligibility(authority.enters, provider, "dongguan-2011", hypothetical="true")

    assert answer["allowed"] is True
    assert "DG11-7.1b" in [f["clause"] for f in answer["findings"]]


@pytest.mark.clause("DG11-7.1c", "refuses")
async def test_3a_from_a_town_does_not_count(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await verified(authority, provider, [*every_paper(), a_paper("assessment_grade", result="3A", issuer_level="town")])

    answer = await eligibility(authority.enters, provider, "dongguan-2011", hypothetical="true")

    assert ("DG11-7.1c", "assessment_body_too_low") in failed(answer)


@pytest.mark.parametrize(
    ("bad", "clause"),
    [
        pytest.param(a_paper("registration_penalty"), "DG11-7.4a", marks=pytest.mark.clause("DG11-7.4a", "refuses")),
        pytest.param(
            a_paper("annual_inspection", result="failed"),
            "DG11-7.4b",
            marks=pytest.mark.clause("DG11-7.4b", "refuses"),
        ),
        pytest.param(
            a_paper("annual_inspection", result="omitted"),
            "DG11-7.4c",
            marks=pytest.mark.clause("DG11-7.4c", "refuses"),
        ),
    ],
)
async def test_a_bad_record_disqualifies_in_dongguan(
    world: World, authority: Authority, bad: dict[str, Any], clause: str
) -> None:
    provider = await a_provider(world, authority, founded_on="2020-03-01")
    await verified(authority, provider, [*every_paper(), bad])

    answer = await eligibility(authority.enters, provider, "dongguan-2011", hypothetical="true")

    assert [found for found, _ in failed(answer)] == [clause]


@pytest.mark.parametrize(
    ("missing", "clause"),
    [
        pytest.param(kind, clause, marks=pytest.mark.clause(clause, "refuses"))
        for kind, clause in {
            "charter": "DG11-7.2a",
            "operation_report": "DG11-7.2b",
            "development_finding": "DG11-7.2c",
            "professional_staff": "DG11-7.3a",
            "service_method": "DG11-7.3b",
        }.items()
    ],
)
async def test_a_missing_paper_disqualifies_by_its_clause(
    world: World, authority: Authority, missing: str, clause: str
) -> None:
    provider = await a_provider(world, authority, founded_on="2020-03-01")
    await verified(authority, provider, [paper for paper in every_paper() if paper["kind"] != missing])

    answer = await eligibility(authority.enters, provider, "dongguan-2011", hypothetical="true")

    assert set(failed(answer)) == {(clause, condition) for condition in EVIDENCE[missing]}


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

    await world.today_is(date(2022, 3, 31), 23, 59, 59)
    await world.pump()
    assert len(await published(world, "provider_verified", about=provider)) == 1
    await world.today_is(date(2022, 4, 1), 0, 0, 1)
    await world.pump()

    before, after = await published(world, "provider_verified", about=provider)
    assert set(before["conditions"]) - set(after["conditions"]) == {"tax_paid"}
    owner = await world.person(duties={"maintain_provider"}, organisation=provider, jurisdiction="4404")
    [notice] = (await owner.get("registry", "/v1/notices")).ok()
    assert notice["kind"] == "evidence_expired"
