"""Answers to proposed awards and signings, and the same question without effect."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import Event
from shared.events.tendering import ProcurementFailed
from tests.registry.examples import (
    Authority,
    a_paper,
    a_provider,
    a_signed_contract,
    a_signing,
    an_authority,
    an_award,
    an_evaluation,
    every_paper,
    happens,
    published,
    taken_off,
    verified,
)
from tests.support.world import World

AWARDS = ("award_cleared", "award_blocked")
SIGNINGS = ("signing_cleared", "signing_blocked")


@pytest.fixture(scope="module")
async def authority(world: World) -> Authority:
    return await an_authority(world)


async def answers(world: World, project: UUID, names: tuple[str, ...] = AWARDS) -> list[tuple[str, list[str]]]:
    found = await published(world, *names, about=project)
    return [(answer["name"], [f"{f['code']} {f['clause']}" for f in answer["findings"]]) for answer in found]


async def check(world: World, provider: UUID, rulebook: str, **more: Any) -> dict[str, Any]:
    officer = await world.person(duties=set())
    asked = {"action": "bid", "rulebook": rulebook, "hypothetical": "true", **more}
    return dict((await officer.get("registry", f"/v1/providers/{provider}/check", **asked)).ok())


def found(answer: dict[str, Any], code: str) -> dict[str, Any]:
    return next(f for f in answer["findings"] + answer["explain"] if f["code"] == code)


async def test_a_provider_with_a_clean_record_is_cleared_and_the_round_repeated(
    world: World, authority: Authority
) -> None:
    provider = await a_provider(world, authority)
    award = an_award(provider, lot=2, round_=3)

    await happens(world, award)

    [answer] = await published(world, *AWARDS, about=award.project_id)
    assert (answer["name"], answer["findings"]) == ("award_cleared", [])
    assert (answer["procurement_id"], answer["lot"], answer["round"]) == (str(award.procurement_id), 2, 3)
    assert answer["provider_id"] == str(provider)
    assert await world.parked() == []


@pytest.mark.clause("ZH21-27.6", "refuses")
async def test_a_poor_result_without_reason_blocks_the_award(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await happens(world, an_evaluation(provider, "poor"))
    award = an_award(provider)

    await happens(world, award)

    assert await answers(world, award.project_id) == [
        ("award_blocked", ["poor_result ZH21-27.6", "reason_missing ZH21-27.6"])
    ]
    answer = await check(world, provider, "zhuhai-2021", action="award", hypothetical="false")
    assert (answer["allowed"], found(answer, "reason_missing")["clause"]) == (False, "ZH21-27.6")


async def test_a_poor_result_with_its_reason_is_cleared(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await happens(world, an_evaluation(provider, "poor"))
    award = an_award(provider, acknowledged=["ZH21-27.6"])

    await happens(world, award)

    assert await answers(world, award.project_id) == [("award_cleared", ["poor_result ZH21-27.6"])]
    [entry] = await published(world, *AWARDS, about=award.project_id)
    assert "ZH21-27.6" in entry["clauses"]


async def test_a_poor_result_of_another_city_asks_for_no_reason(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await happens(world, an_evaluation(provider, "poor", rulebook="chengdu-2017@1", jurisdiction="5101/510104"))
    award = an_award(provider)

    await happens(world, award)

    assert await answers(world, award.project_id) == [("award_cleared", [])]


async def test_a_poor_result_of_another_district_does(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await happens(world, an_evaluation(provider, "poor", jurisdiction="4404/440403"))
    award = an_award(provider)

    await happens(world, award)

    assert [name for name, _ in await answers(world, award.project_id)] == ["award_blocked"]


async def test_a_result_after_the_clearance_blocks_it_in_the_same_transaction(
    world: World, authority: Authority
) -> None:
    provider = await a_provider(world, authority)
    award = an_award(provider)
    await happens(world, award)

    await happens(world, an_evaluation(provider, "poor"))

    assert await answers(world, award.project_id) == [
        ("award_cleared", []),
        ("award_blocked", ["poor_result ZH21-27.6", "reason_missing ZH21-27.6"]),
    ]
    rows = await world.rows(
        "SELECT DISTINCT xmin::text FROM registry.journal WHERE type LIKE '%award_blocked%' AND key = $1"
        " OR type LIKE '%provider_watched%' AND key = $2",
        award.project_id,
        provider,
    )
    assert len(rows) == 1


async def test_a_signed_contract_closes_the_clearance(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    award = an_award(provider)
    await happens(world, award)
    await happens(world, a_signed_contract(award))

    await happens(world, an_evaluation(provider, "poor"))

    assert [name for name, _ in await answers(world, award.project_id)] == ["award_cleared"]


async def test_a_failed_procurement_closes_the_clearance(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    award = an_award(provider)
    await happens(world, award)
    failed = ProcurementFailed(
        jurisdiction=award.jurisdiction,
        organisation=award.organisation,
        project_id=award.project_id,
        procurement_id=award.procurement_id,
        code="nobody_left",
        clause="GPL-36.1",
    )
    await happens(world, failed)

    await happens(world, an_evaluation(provider, "poor"))

    assert [name for name, _ in await answers(world, award.project_id)] == ["award_cleared"]


@pytest.mark.parametrize("heard", ["signed", "failed", "a new round"])
async def test_what_becomes_of_another_purchase_closes_no_clearance_of_this_one(
    world: World, authority: Authority, heard: str
) -> None:
    """A clearance that is closed lets a bar pass by."""
    provider = await a_provider(world, authority)
    award = an_award(provider)
    await happens(world, award)
    about: dict[str, Any] = {
        "jurisdiction": award.jurisdiction,
        "organisation": award.organisation,
        "project_id": uuid4(),
    }
    of_another: dict[str, Event] = {
        "signed": a_signed_contract(award).model_copy(update={"project_id": about["project_id"]}),
        "failed": ProcurementFailed(
            **about, procurement_id=award.procurement_id, code="nobody_left", clause="GPL-36.1"
        ),
        "a new round": award.model_copy(update={"project_id": about["project_id"], "round": 2}),
    }

    await happens(world, of_another[heard])
    held = [held["state"] for held in await world.parked() if held["service"] == "registry"]
    await world.rows("DELETE FROM registry.held")
    await happens(world, an_evaluation(provider, "poor"))

    assert held == ["parked"]
    assert [name for name, _ in await answers(world, award.project_id)] == ["award_cleared", "award_blocked"]


async def test_a_new_round_leaves_the_former_provider_alone(world: World, authority: Authority) -> None:
    first, second = await a_provider(world, authority), await a_provider(world, authority)
    award = an_award(first)
    await happens(world, award)
    await happens(world, an_award(second, project=award.project_id, procurement=award.procurement_id, round_=2))

    await happens(world, an_evaluation(first, "poor"))

    assert [name for name, _ in await answers(world, award.project_id)] == ["award_cleared", "award_cleared"]
    rows = await world.rows(
        "SELECT provider_id FROM registry.clearances WHERE subject = $1 AND state = 'open'", award.procurement_id
    )
    assert [row["provider_id"] for row in rows] == [second]


async def test_the_lots_of_a_procurement_are_cleared_each_for_itself(world: World, authority: Authority) -> None:
    provider, other = await a_provider(world, authority), await a_provider(world, authority)
    award = an_award(provider)
    await happens(world, award)
    await happens(world, an_award(other, project=award.project_id, procurement=award.procurement_id, lot=2))

    await happens(world, an_evaluation(provider, "poor"))

    blocked = await published(world, "award_blocked", about=award.project_id)
    assert [answer["lot"] for answer in blocked] == [1]


async def test_one_result_blocks_the_open_clearances_of_several_purchases(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    awards = [an_award(provider) for _ in range(3)]
    for award in awards:
        await happens(world, award)

    await happens(world, an_evaluation(provider, "poor"))

    for award in awards:
        assert [name for name, _ in await answers(world, award.project_id)] == ["award_cleared", "award_blocked"]


@pytest.mark.clause("ZH21-3.2", "refuses")
async def test_a_withdrawn_filing_blocks_what_was_cleared_and_what_comes(world: World, authority: Authority) -> None:
    provider = await a_provider(
        world,
        authority,
        kind="community_social_organisation",
        form=None,
        credit_code=None,
        registered_with="town_street_filing",
    )
    award, later = an_award(provider), an_award(provider)
    await happens(world, award)
    assert [name for name, _ in await answers(world, award.project_id)] == ["award_cleared"]

    await taken_off(authority, provider)
    await happens(world, later)

    assert (await answers(world, award.project_id))[-1] == ("award_blocked", ["registration_withdrawn ZH21-3.2"])
    assert await answers(world, later.project_id) == [("award_blocked", ["registration_withdrawn ZH21-3.2"])]
    asked = await check(world, provider, "zhuhai-2021", action="award", hypothetical="false")
    assert [(f["code"], f["clause"]) for f in asked["findings"]] == [("registration_withdrawn", "ZH21-3.2")]


async def test_a_penalty_seen_by_the_registry_blocks_what_was_cleared(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    award = an_award(provider)
    await happens(world, award)

    await verified(authority, provider, [a_paper("penalty", result="licence_revoked")])

    blocked = ("award_blocked", ["condition_not_met GPL-22.1", "major_violation GPR-19.1"])
    assert (await answers(world, award.project_id))[-1] == blocked


async def test_an_award_to_nobody_known_waits_for_its_registration(world: World) -> None:
    award = an_award(uuid4())

    await happens(world, award)

    assert await answers(world, award.project_id) == []
    assert [(held["service"], held["state"]) for held in await world.parked()] == [("registry", "waits")]
    await world.rows("DELETE FROM registry.held")


async def test_signing_with_a_poor_provider_needs_a_reason(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await happens(world, an_evaluation(provider, "poor"))
    silent, reasoned = a_signing(provider), a_signing(provider, acknowledged=["ZH21-27.6"])

    await happens(world, silent)
    await happens(world, reasoned)

    assert await answers(world, silent.project_id, SIGNINGS) == [
        ("signing_blocked", ["poor_result ZH21-27.6", "reason_missing ZH21-27.6"])
    ]
    assert await answers(world, reasoned.project_id, SIGNINGS) == [("signing_cleared", ["poor_result ZH21-27.6"])]


async def test_a_result_between_clearance_and_signature_blocks_the_signing(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    signing = a_signing(provider)
    await happens(world, signing)

    await happens(world, an_evaluation(provider, "poor"))

    assert [name for name, _ in await answers(world, signing.project_id, SIGNINGS)] == [
        "signing_cleared",
        "signing_blocked",
    ]


@pytest.mark.clause("DG11-7.4d", "refuses")
async def test_one_record_under_five_cities(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority, founded_on="2020-03-01")
    await happens(world, an_evaluation(provider, "poor"))

    cities = ("zhuhai-2021", "chengdu-2017", "changchun-2014", "dongguan-2011", "shanghai-2015")
    answer = {city: await check(world, provider, city) for city in cities}

    assert [answer[city]["allowed"] for city in cities] == [True, True, True, False, True]
    assert all(answer[city]["hypothetical"] for city in cities)
    assert answer["zhuhai-2021"]["reasons_needed"] == ["ZH21-27.6"]
    assert found(answer["chengdu-2017"], "result_shown_to_panel")["effect"] == "note"
    assert found(answer["changchun-2014"], "poor_result")["clause"] == "CC14-8.5"
    [refusing] = answer["dongguan-2011"]["findings"]
    assert (refusing["clause"], refusing["effect"]) == ("DG11-7.4d", "qualification")
    assert found(answer["shanghai-2015"], "preference")["facts"] == {"preferred": "false"}
    assert found(answer["shanghai-2015"], "provider_barred")["clause"] == "SH15-2.5.10"


@pytest.mark.parametrize(("grade", "preferred"), [("good", "true"), ("fair", "false")])
async def test_shanghai_prefers_the_best_grade_that_an_evaluation_gives(
    world: World, authority: Authority, grade: str, preferred: str
) -> None:
    provider = await a_provider(world, authority)
    await happens(world, an_evaluation(provider, grade))

    answer = await check(world, provider, "shanghai-2015")

    assert found(answer, "preference")["facts"] == {"preferred": preferred}


@pytest.mark.clause("ZH21-27.6", "accepts")
@pytest.mark.clause("CD17-33.3", "accepts")
@pytest.mark.clause("CC14-8.5", "accepts")
@pytest.mark.clause("SH15-2.4.17", "accepts")
@pytest.mark.clause("DG11-7.4d", "accepts")
async def test_a_fair_result_is_no_obstacle_in_any_of_the_five(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority, founded_on="2020-03-01")
    await happens(world, an_evaluation(provider, "fair"))
    results = {
        "zhuhai-2021": ("ZH21-27.6", "reference"),
        "chengdu-2017": ("CD17-33.3", "reference"),
        "changchun-2014": ("CC14-8.5", "reference"),
        "dongguan-2011": ("DG11-7.4d", "qualification"),
        "shanghai-2015": ("SH15-2.4.17", "reference"),
    }

    answer = {city: await check(world, provider, city, action="award") for city in results}

    assert all((each["allowed"], each["findings"]) == (True, []) for each in answer.values())
    told = {city: found(each, "poor_result") for city, each in answer.items()}
    assert {city: (f["clause"], f["effect"]) for city, f in told.items()} == results


@pytest.mark.clause("CD17-33.3", "refuses")
async def test_in_chengdu_an_award_after_a_poor_result_needs_its_reason(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await happens(world, an_evaluation(provider, "poor"))

    answer = await check(world, provider, "chengdu-2017", action="award")

    assert [(f["code"], f["clause"]) for f in answer["findings"]] == [
        ("poor_result", "CD17-33.3"),
        ("reason_missing", "CD17-33.3"),
    ]
    assert answer["allowed"] is False


@pytest.mark.parametrize(("founded_on", "findings"), [("2019-03-02", []), ("2019-03-01", ["DG11-7.1b"])])
async def test_the_grade_that_eligibility_asks_for_is_asked_of_every_act(
    world: World, authority: Authority, founded_on: str, findings: list[str]
) -> None:
    provider = await a_provider(world, authority, founded_on=founded_on)
    await verified(authority, provider, every_paper())

    for action in ("bid", "award"):
        answer = await check(world, provider, "dongguan-2011", action=action)
        assert [f["clause"] for f in answer["findings"]] == findings


async def test_a_newcomer_has_no_result_to_meet_in_dongguan(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority, founded_on="2020-03-01")

    answer = await check(world, provider, "dongguan-2011")

    assert answer["allowed"] is True
    assert not [f for f in answer["findings"] + answer["explain"] if f["clause"] == "DG11-7.4d"]


@pytest.mark.clause("ZH21-3.3", "refuses")
async def test_an_enterprise_of_chengdu_may_bid_there_and_not_in_zhuhai(world: World) -> None:
    chengdu = await an_authority(world, "5101")
    provider = await a_provider(
        world, chengdu, jurisdiction="5101", kind="enterprise", form=None, registered_with="industry_commerce"
    )

    here = await check(world, provider, "chengdu-2017", hypothetical="false")
    there = await check(world, provider, "zhuhai-2021", hypothetical="false")

    assert here["allowed"] is True
    assert (there["allowed"], found(there, "provider_kind_not_listed")["clause"]) == (False, "ZH21-3.3")


async def test_what_happened_later_does_not_count_for_an_earlier_day(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    await happens(world, an_evaluation(provider, "poor", day=date(2022, 2, 1)))

    before = await check(world, provider, "zhuhai-2021", hypothetical="false", as_of="2022-01-31")
    after = await check(world, provider, "zhuhai-2021", hypothetical="false", as_of="2022-02-01")

    assert (before["reasons_needed"], after["reasons_needed"]) == ([], ["ZH21-27.6"])


async def test_a_check_changes_nothing(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    before = await world.rows("SELECT count(*) FROM registry.journal")

    await check(world, provider, "dongguan-2011")

    assert await world.rows("SELECT count(*) FROM registry.journal") == before


async def test_a_check_of_nobody_is_not_found(world: World) -> None:
    officer = await world.person(duties=set())
    question = {"action": "bid", "rulebook": "zhuhai-2021"}

    (await officer.get("registry", f"/v1/providers/{uuid4()}/check", **question)).problem(404, "not_found")


async def test_a_question_with_an_unknown_word_is_a_wrong_field(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    path = f"/v1/providers/{provider}/check"

    for asked in ({"action": "marry"}, {"action": "bid", "colour": "red"}, {"action": "bid", "as_of": "soon"}):
        answer = await authority.enters.get("registry", path, rulebook="zhuhai-2021", **asked)
        answer.problem(422, "field")
