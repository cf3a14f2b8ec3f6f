"""Which conditions of which text a provider meets: the question without effect, over HTTP."""

from typing import Any
from uuid import UUID

import pytest

from services.registry.providers.vocabulary import EVIDENCE
from tests.registry.examples import Authority, a_paper, a_provider, an_authority, every_paper, taken_off, verified
from tests.support.world import Person, World


async def eligibility(person: Person, provider: UUID, rulebook: str, **more: Any) -> dict[str, Any]:
    return dict((await person.get("registry", f"/v1/providers/{provider}/eligibility", rulebook=rulebook, **more)).ok())


def failed(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(f["clause"], f["facts"].get("condition", f["code"])) for f in answer["findings"]]


@pytest.fixture(scope="module")
async def authority(world: World) -> Authority:
    return await an_authority(world)


async def test_eligibility_has_a_finding_for_every_condition(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await verified(authority, provider, [paper for paper in every_paper() if paper["kind"] != "tax"])
    officer = await world.person(duties=set())

    answer = await eligibility(officer, provider, "zhuhai-2021")

    assert failed(answer) == [("GPL-22.1", "tax_paid")]
    assert (answer["allowed"], answer["hypothetical"], answer["as_of"]) == (False, False, "2022-03-01")


NATIONAL_CONDITIONS = {
    "independent_liability",
    "good_record",
    "financial_system",
    "facilities",
    "professional_ability",
    "tax_paid",
    "social_security_paid",
}
"""Those of GPL-22.1 that papers prove; the eighth is a record without major violation."""


@pytest.mark.clause("GPL-22.1", "accepts")
async def test_who_shows_every_paper_and_has_no_penalty_meets_the_national_conditions(
    world: World, authority: Authority
) -> None:
    provider = await a_provider(world, authority)
    await verified(authority, provider, every_paper())

    answer = await eligibility(authority.enters, provider, "zhuhai-2021")

    met = {f["facts"]["condition"] for f in answer["explain"] if f["clause"] == "GPL-22.1"}
    assert (answer["allowed"], met) == (True, {*NATIONAL_CONDITIONS, "no_major_violation"})


@pytest.mark.clause("GPL-22.1", "refuses")
async def test_who_shows_no_paper_meets_none_of_them(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)

    answer = await eligibility(authority.enters, provider, "zhuhai-2021")

    assert set(failed(answer)) == {("GPL-22.1", condition) for condition in NATIONAL_CONDITIONS}


@pytest.mark.clause("GPL-22.1", "refuses")
@pytest.mark.clause("GPR-19.1", "refuses")
@pytest.mark.parametrize("penalty", ["criminal_penalty", "stop_order", "licence_revoked", "large_fine"])
async def test_a_major_violation_counts_three_years_to_the_day(
    world: World, authority: Authority, penalty: str
) -> None:
    provider = await a_provider(world, authority)
    await verified(authority, provider, [*every_paper(), a_paper("penalty", result=penalty, issued_on="2020-06-01")])

    last = await eligibility(authority.enters, provider, "zhuhai-2021", as_of="2023-05-31")
    after = await eligibility(authority.enters, provider, "zhuhai-2021", as_of="2023-06-01")

    assert failed(last) == [("GPL-22.1", "no_major_violation"), ("GPR-19.1", "major_violation")]
    assert failed(after) == []


@pytest.mark.clause("GPR-19.1", "accepts")
async def test_a_violation_whose_ban_has_ended_keeps_nobody_out(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    banned = a_paper("penalty", result="large_fine", issued_on="2020-06-01", valid_until="2022-05-31")
    await verified(authority, provider, [*every_paper(), banned])

    last = await eligibility(authority.enters, provider, "zhuhai-2021", as_of="2022-05-31")
    after = await eligibility(authority.enters, provider, "zhuhai-2021", as_of="2022-06-01")

    assert [last["allowed"], after["allowed"]] == [False, True]
    assert "GPR-19.1" in [f["clause"] for f in after["explain"]]


async def test_a_small_fine_is_no_major_violation(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await verified(authority, provider, [*every_paper(), a_paper("penalty", result="small_fine")])

    assert failed(await eligibility(authority.enters, provider, "zhuhai-2021")) == []


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
@pytest.mark.clause("DG11-F1.3", "accepts")
@pytest.mark.clause("DG11-7.4a", "accepts")
@pytest.mark.clause("DG11-7.4b", "accepts")
@pytest.mark.clause("DG11-7.4c", "accepts")
async def test_a_young_organisation_with_every_paper_qualifies_in_dongguan(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority, founded_on="2020-03-01")
    await verified(authority, provider, every_paper())

    answer = await eligibility(authority.enters, provider, "dongguan-2011", hypothetical="true")

    assert answer["allowed"] is True
    clauses = {f["clause"] for f in answer["explain"]}
    assert "DG11-F1.3" in clauses
    assert {f"DG11-7.{n}" for n in ("1a", "2a", "2b", "2c", "3a", "3b", "4a", "4b", "4c")} <= clauses


@pytest.mark.clause("DG11-7.1a", "accepts")
@pytest.mark.clause("DG11-7.1a", "refuses")
@pytest.mark.parametrize("form", ["social_association", "private_non_enterprise", "foundation"])
async def test_each_form_provides_in_dongguan_as_long_as_it_is_registered(
    world: World, authority: Authority, form: str
) -> None:
    provider = await a_provider(world, authority, form=form, founded_on="2020-03-01")
    await verified(authority, provider, every_paper())

    before = await eligibility(authority.enters, provider, "dongguan-2011", hypothetical="true")
    await taken_off(authority, provider)
    after = await eligibility(authority.enters, provider, "dongguan-2011", hypothetical="true")

    forms = [f["facts"]["form"] for f in before["explain"] if f["clause"] == "DG11-7.1a" and "form" in f["facts"]]
    assert (before["allowed"], forms) == (True, [form])
    assert ("DG11-7.1a", "lawful_registration") in failed(after)


@pytest.mark.clause("DG11-7.1b", "refuses")
async def test_on_its_third_anniversary_it_needs_a_grade(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority, founded_on="2020-03-01")
    await verified(authority, provider, every_paper())

    before = await eligibility(authority.enters, provider, "dongguan-2011", hypothetical="true", as_of="2023-02-28")
    after = await eligibility(authority.enters, provider, "dongguan-2011", hypothetical="true", as_of="2023-03-01")

    assert failed(before) == []
    assert failed(after) == [("DG11-7.1b", "assessment_grade_too_low")]


@pytest.mark.clause("DG11-7.1b", "accepts")
@pytest.mark.clause("DG11-7.1c", "accepts")
async def test_an_old_organisation_with_3a_from_the_city_qualifies(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await verified(authority, provider, [*every_paper(), a_paper("assessment_grade", result="3A", issuer_level="city")])

    answer = await eligibility(authority.enters, provider, "dongguan-2011", hypothetical="true")

    assert answer["allowed"] is True
    assert {"DG11-7.1b", "DG11-7.1c"} <= {f["clause"] for f in answer["explain"]}


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
            "professional_ability": "DG11-7.3b",
            "legal_person_certificate": "DG11-F1.3",
        }.items()
    ],
)
async def test_a_missing_paper_disqualifies_by_its_clause(
    world: World, authority: Authority, missing: str, clause: str
) -> None:
    provider = await a_provider(world, authority, founded_on="2020-03-01")
    await verified(authority, provider, [paper for paper in every_paper() if paper["kind"] != missing])

    answer = await eligibility(authority.enters, provider, "dongguan-2011", hypothetical="true")

    of_law = {"independent_liability"}  # which binds beside the city's own list
    expected = {(clause, condition) for condition in set(EVIDENCE[missing]) - of_law}
    assert set(failed(answer)) == expected | {("GPL-22.1", one) for one in of_law & set(EVIDENCE[missing])}


CHANGCHUN_CONDITIONS = {
    "independent_liability": "CC14-4.2.1",
    "facilities": "CC14-4.2.2",
    "staff": "CC14-4.2.2",
    "professional_ability": "CC14-4.2.2",
    "internal_governance": "CC14-4.2.3",
    "financial_system": "CC14-4.2.3",
    "asset_management": "CC14-4.2.3",
    "good_record": "CC14-4.2.4",
    "tax_paid": "CC14-4.2.5a",
    "social_security_paid": "CC14-4.2.5b",
    "registration_authority_conditions": "CC14-4.2.6",
}
"""What Changchun asks of every provider, and by which clause."""


@pytest.mark.clause("CC14-4.2.1", "accepts")
@pytest.mark.clause("CC14-4.2.2", "accepts")
@pytest.mark.clause("CC14-4.2.3", "accepts")
@pytest.mark.clause("CC14-4.2.4", "accepts")
@pytest.mark.clause("CC14-4.2.5a", "accepts")
@pytest.mark.clause("CC14-4.2.5b", "accepts")
@pytest.mark.clause("CC14-4.2.6", "accepts")
async def test_who_shows_every_paper_qualifies_in_changchun(world: World) -> None:
    authority = await an_authority(world, "2201")
    provider = await a_provider(world, authority, jurisdiction="2201")
    await verified(authority, provider, every_paper())

    answer = await eligibility(authority.enters, provider, "changchun-2014")

    met = {f["facts"]["condition"]: f["clause"] for f in answer["explain"] if f["code"] == "condition_not_met"}
    assert (answer["findings"], met) == ([], {**CHANGCHUN_CONDITIONS, "no_major_violation": "GPL-22.1"})


@pytest.mark.clause("CC14-4.2.1", "refuses")
@pytest.mark.clause("CC14-4.2.2", "refuses")
@pytest.mark.clause("CC14-4.2.3", "refuses")
@pytest.mark.clause("CC14-4.2.4", "refuses")
@pytest.mark.clause("CC14-4.2.5a", "refuses")
@pytest.mark.clause("CC14-4.2.5b", "refuses")
@pytest.mark.clause("CC14-4.2.6", "refuses")
async def test_who_shows_none_and_owes_its_registration_authority_meets_nothing_in_changchun(world: World) -> None:
    authority = await an_authority(world, "2201")
    provider = await a_provider(world, authority, jurisdiction="2201")
    await verified(authority, provider, [a_paper("registration_demand")])

    answer = await eligibility(authority.enters, provider, "changchun-2014")

    assert {condition: clause for clause, condition in failed(answer)} == CHANGCHUN_CONDITIONS
