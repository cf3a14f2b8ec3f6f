"""The three ways into the pool over HTTP, and the purchaser's review."""

from typing import Any
from uuid import uuid4

import pytest

from tests.catalog.examples import (
    APPROVAL,
    CHENGDU,
    ZHUHAI,
    Desks,
    a_pooled_project,
    a_project,
    a_voted_project,
    desks,
)
from tests.support.world import Person, World


@pytest.fixture(scope="module")
async def zhuhai(world: World) -> Desks:
    return await desks(world, ZHUHAI)


@pytest.fixture(scope="module")
async def chengdu(world: World) -> Desks:
    return await desks(world, CHENGDU)


CRITERIA = ("budget", "community_need", "overall_development")


async def a_providers_plan(world: World, at: Desks) -> tuple[dict[str, Any], Person]:
    provider = await world.person("provider", duties={"propose_project"}, organisation=uuid4())
    by = Desks(at.jurisdiction, at.organisation, provider, *[at.reviewer] * 5)
    project = await a_project(by, way="social_org_pool", proposer=str(provider.organisation))
    return project, provider


@pytest.mark.clause("ZH21-19.2b", "accepts")
@pytest.mark.clause("ZH21-19.2c", "accepts")
@pytest.mark.clause("ZH21-20.1", "accepts")
@pytest.mark.clause("ZH21-11.0", "accepts")
async def test_a_project_voted_through_is_fixed_by_the_street(zhuhai: Desks) -> None:
    project = await a_voted_project(zhuhai, votes=(87, 19))

    pooled = (await zhuhai.reviewer.post("catalog", f"/v1/projects/{project['id']}/review", APPROVAL)).ok()

    assert (pooled["state"], pooled["votes_for"], pooled["votes_against"]) == ("pooled", 87, 19)
    clauses = [finding["clause"] for finding in pooled["explain"]]
    assert list(dict.fromkeys(clauses)) == ["ZH21-11.0", "ZH21-19.2b", "ZH21-19.2c", "ZH21-20.1"]


@pytest.mark.clause("ZH21-19.2b", "refuses")
async def test_a_vote_before_the_deliberation_is_refused(zhuhai: Desks) -> None:
    project = await a_project(zhuhai)
    vote = {"occurred_on": "2022-02-27", "votes_for": 87, "votes_against": 19}

    answer = await zhuhai.planner.post("catalog", f"/v1/projects/{project['id']}/vote", vote)

    assert answer.refused("ZH21-19.2b")["code"] == "step_out_of_order"


async def test_a_lost_vote_ends_the_project(zhuhai: Desks) -> None:
    project = await a_voted_project(zhuhai, votes=(19, 87))

    answer = await zhuhai.reviewer.post("catalog", f"/v1/projects/{project['id']}/review", APPROVAL)

    assert project["state"] == "declined"
    answer.problem(409, "wrong_state")


@pytest.mark.clause("ZH21-19.2b", "refuses")
async def test_the_street_does_not_fix_what_was_not_voted_on(zhuhai: Desks) -> None:
    project = await a_project(zhuhai)

    answer = await zhuhai.reviewer.post("catalog", f"/v1/projects/{project['id']}/review", APPROVAL)

    assert answer.refused("ZH21-19.2b")["code"] == "step_missing"


@pytest.mark.clause("ZH21-20.1", "refuses")
@pytest.mark.parametrize(
    "changes",
    [
        *({"criteria": {name: "可" for name in CRITERIA if name != absent}} for absent in CRITERIA),
        {"available_money": "219999.99"},
    ],
)
async def test_a_review_short_of_a_judgement_or_of_money_is_refused(zhuhai: Desks, changes: dict[str, Any]) -> None:
    project = await a_voted_project(zhuhai)

    answer = await zhuhai.reviewer.post("catalog", f"/v1/projects/{project['id']}/review", {**APPROVAL, **changes})

    answer.refused("ZH21-20.1")


@pytest.mark.clause("ZH21-11.0", "refuses")
async def test_the_proposer_does_not_review_whatever_posts_they_hold(world: World, zhuhai: Desks) -> None:
    project = await a_voted_project(zhuhai)
    await world.post_for(zhuhai.planner, {"review_project"}, zhuhai.organisation)

    answer = await zhuhai.planner.post("catalog", f"/v1/projects/{project['id']}/review", APPROVAL)

    assert answer.refused("ZH21-11.0")["code"] == "confirmed_by_declarer"


async def test_somebody_of_another_street_does_not_review(world: World, zhuhai: Desks) -> None:
    project = await a_voted_project(zhuhai)
    stranger = await world.person("stranger", duties={"review_project"}, organisation=uuid4())

    answer = await stranger.post("catalog", f"/v1/projects/{project['id']}/review", APPROVAL)

    answer.problem(403, "not_allowed")


@pytest.mark.clause("ZH21-19.3a", "accepts")
@pytest.mark.clause("ZH21-19.3b", "accepts")
async def test_a_providers_plan_comes_into_the_pool_by_consent_choice_and_review(world: World, zhuhai: Desks) -> None:
    project, _ = await a_providers_plan(world, zhuhai)
    community = await world.person("committee", duties={"choose_project"}, organisation=uuid4())
    path = f"/v1/projects/{project['id']}"

    consented = (await zhuhai.reviewer.post("catalog", f"{path}/consent")).ok()
    choice = {"community": str(community.organisation)}
    chosen = (await community.post("catalog", f"{path}/choice", choice)).ok()
    pooled = (await zhuhai.reviewer.post("catalog", f"{path}/review", APPROVAL)).ok()

    assert [consented["state"], chosen["state"], pooled["state"]] == ["consented", "chosen", "pooled"]
    assert "ZH21-19.3a" in {finding["clause"] for finding in consented["explain"]}
    assert "ZH21-19.3b" in {finding["clause"] for finding in chosen["explain"]}


@pytest.mark.clause("ZH21-19.3b", "refuses")
async def test_a_community_does_not_choose_what_the_street_has_not_consented_to(world: World, zhuhai: Desks) -> None:
    project, _ = await a_providers_plan(world, zhuhai)
    community = await world.person("committee", duties={"choose_project"}, organisation=uuid4())

    answer = await community.post(
        "catalog", f"/v1/projects/{project['id']}/choice", {"community": str(community.organisation)}
    )

    assert answer.refused("ZH21-19.3b")["code"] == "not_in_pool"


@pytest.mark.clause("ZH21-19.3b", "refuses")
async def test_the_street_does_not_choose_in_the_communitys_place(world: World, zhuhai: Desks) -> None:
    project, _ = await a_providers_plan(world, zhuhai)
    (await zhuhai.reviewer.post("catalog", f"/v1/projects/{project['id']}/consent")).ok()
    street = await world.person("street", duties={"choose_project"}, organisation=zhuhai.organisation)

    answer = await street.post(
        "catalog", f"/v1/projects/{project['id']}/choice", {"community": str(zhuhai.organisation)}
    )

    assert answer.refused("ZH21-19.3b")["facts"] == {"body": "town_street"}


@pytest.mark.clause("ZH21-19.3b", "refuses")
async def test_a_consented_plan_that_no_community_chose_is_not_bought(world: World, zhuhai: Desks) -> None:
    project, _ = await a_providers_plan(world, zhuhai)
    path = f"/v1/projects/{project['id']}"
    (await zhuhai.reviewer.post("catalog", f"{path}/consent")).ok()

    review = await zhuhai.reviewer.post("catalog", f"{path}/review", APPROVAL)
    clearance = (await zhuhai.planner.get("catalog", f"{path}/clearance")).ok()

    assert review.refused("ZH21-19.3b")["code"] == "choice_missing"
    assert "approval_missing" in {f["code"] for f in clearance["findings"] if f["clause"] == "ZH21-19.3b"}


@pytest.mark.clause("ZH21-19.3a", "refuses")
async def test_a_providers_plan_is_not_fixed_without_consent(world: World, zhuhai: Desks) -> None:
    project, _ = await a_providers_plan(world, zhuhai)

    answer = await zhuhai.reviewer.post("catalog", f"/v1/projects/{project['id']}/review", APPROVAL)

    answer.refused("ZH21-19.3a")


async def test_the_provider_sees_its_plan_and_does_not_consent_to_it(world: World, zhuhai: Desks) -> None:
    project, provider = await a_providers_plan(world, zhuhai)

    answer = await provider.post("catalog", f"/v1/projects/{project['id']}/consent")

    answer.problem(403, "not_allowed")
    (await provider.get("catalog", f"/v1/projects/{project['id']}")).ok()


@pytest.mark.clause("ZH21-11.6", "refuses")
async def test_the_unsuited_is_not_kept_out_without_a_reason(zhuhai: Desks) -> None:
    project = await a_voted_project(zhuhai)
    decision = {"verdict": "decline", "negative_item": "unsuitable"}

    answer = await zhuhai.reviewer.post("catalog", f"/v1/projects/{project['id']}/review", decision)

    assert answer.refused("ZH21-11.6")["code"] == "reason_missing"


@pytest.mark.clause("ZH21-11.6", "accepts")
async def test_the_unsuited_is_kept_out_with_a_reason(zhuhai: Desks) -> None:
    project = await a_voted_project(zhuhai)
    decision = {"verdict": "decline", "negative_item": "unsuitable", "reason": "专业性过强"}

    declined = (await zhuhai.reviewer.post("catalog", f"/v1/projects/{project['id']}/review", decision)).ok()

    assert declined["state"] == "declined"
    assert "ZH21-11.6" in {finding["clause"] for finding in declined["explain"]}


@pytest.mark.clause("D102-10.0", "accepts")
async def test_a_chengdu_project_is_approved_by_another_person_of_the_purchaser(chengdu: Desks) -> None:
    pooled = await a_pooled_project(chengdu)

    assert pooled["state"] == "pooled"
    assert [finding["clause"] for finding in pooled["explain"]] == ["D102-10.0"]


async def test_a_project_changed_meanwhile_is_not_reviewed_blindly(zhuhai: Desks) -> None:
    project = await a_voted_project(zhuhai)

    stale = await zhuhai.reviewer.post(
        "catalog", f"/v1/projects/{project['id']}/review", APPROVAL, etag=f'"{project["version"] - 1}"'
    )

    stale.problem(412, "changed")


@pytest.mark.clause("ZH21-19.2c", "refuses")
@pytest.mark.clause("ZH21-19.2c", "accepts")
async def test_the_state_of_every_project_is_told_by_its_clearance(zhuhai: Desks) -> None:
    project = await a_voted_project(zhuhai)

    before = (await zhuhai.planner.get("catalog", f"/v1/projects/{project['id']}/clearance")).ok()
    (await zhuhai.reviewer.post("catalog", f"/v1/projects/{project['id']}/review", APPROVAL)).ok()
    after = (await zhuhai.planner.get("catalog", f"/v1/projects/{project['id']}/clearance")).ok()

    assert before["missing"] == ["approval", "budget", "requirement"]
    assert [finding["clause"] for finding in before["findings"]] == ["ZH21-19.2c", "D102-14.1"]
    assert after["missing"] == ["budget", "requirement"]
    assert [finding["clause"] for finding in after["findings"]] == ["D102-14.1"]
    assert [finding["clause"] for finding in after["explain"]] == ["ZH21-19.2c"]
