"""Each desk of the catalog sees what waits for it, and by which clause."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import pytest

from tests.catalog.examples import (
    APPROVAL,
    CHENGDU,
    ZHUHAI,
    ZHUHAI_SHEET,
    Desks,
    a_consultation,
    a_pooled_project,
    a_project,
    a_requirement,
    a_submitted_budget,
    a_voted_project,
    an_approved_budget,
    desks,
    nothing_negative,
)
from tests.support.tasks import named, tasks_about
from tests.support.world import Person, World

Project = dict[str, Any]


@pytest.fixture(scope="module")
async def zhuhai(world: World) -> Desks:
    return await desks(world, ZHUHAI)


@pytest.fixture(scope="module")
async def chengdu(world: World) -> Desks:
    return await desks(world, CHENGDU)


async def waits(person: Person, project: Project) -> list[tuple[str, str | None]]:
    return [(task, clause) for task, _, clause in await named(person, "catalog", project["id"])]


async def another(world: World, at: Desks, duties: Iterable[str], *, jurisdiction: str | None = None) -> Person:
    """Somebody with the same duties in another organisation."""
    where = jurisdiction or at.jurisdiction
    return await world.person("another", duties=duties, organisation=uuid4(), jurisdiction=where)


async def do(person: Person, path: str, body: Any = None) -> Any:
    return (await person.post("catalog", path, body)).ok()


async def test_what_a_community_leads_is_deliberated_voted_on_and_reviewed(zhuhai: Desks) -> None:
    project = await a_project(zhuhai)
    path = f"/v1/projects/{project['id']}"
    assert await waits(zhuhai.planner, project) == [("record_deliberation", "ZH21-19.2b")]
    assert await waits(zhuhai.reviewer, project) == []

    await do(zhuhai.planner, f"{path}/deliberation", {"occurred_on": "2022-02-20"})
    assert await waits(zhuhai.planner, project) == [("record_vote", "ZH21-19.2b")]

    await do(zhuhai.planner, f"{path}/vote", {"occurred_on": "2022-02-27", "votes_for": 87, "votes_against": 19})
    assert await waits(zhuhai.planner, project) == []
    assert await waits(zhuhai.reviewer, project) == [("review_project", "ZH21-20.1")]

    await do(zhuhai.reviewer, f"{path}/review", APPROVAL)
    assert await waits(zhuhai.reviewer, project) == []


async def test_a_lost_vote_leaves_nothing_to_do(zhuhai: Desks) -> None:
    project = await a_voted_project(zhuhai, votes=(19, 87))

    assert await waits(zhuhai.planner, project) == await waits(zhuhai.reviewer, project) == []


async def test_a_providers_plan_waits_for_the_street_then_for_any_community(world: World, zhuhai: Desks) -> None:
    provider = await world.person("provider", duties={"propose_project"}, organisation=uuid4())
    community = await another(world, zhuhai, {"choose_project"})
    elsewhere = await another(world, zhuhai, {"choose_project"}, jurisdiction="4404/440403")
    by = Desks(zhuhai.jurisdiction, zhuhai.organisation, provider, *[zhuhai.reviewer] * 5)
    project = await a_project(by, way="social_org_pool", proposer=str(provider.organisation))
    assert await waits(zhuhai.reviewer, project) == [("consent_project", "ZH21-19.3a")]
    assert await waits(community, project) == []

    await do(zhuhai.reviewer, f"/v1/projects/{project['id']}/consent")
    assert await waits(community, project) == [("choose_project", "ZH21-19.3b")]
    assert await waits(elsewhere, project) == []

    await do(community, f"/v1/projects/{project['id']}/choice", {"community": str(community.organisation)})
    assert await waits(community, project) == []
    assert await waits(zhuhai.reviewer, project) == [("review_project", "ZH21-20.1")]


async def test_who_proposed_is_not_shown_the_review(world: World, chengdu: Desks) -> None:
    both = await world.person(
        "both",
        duties={"propose_project", "review_project"},
        organisation=chengdu.organisation,
        jurisdiction=chengdu.jurisdiction,
    )
    by = Desks(chengdu.jurisdiction, chengdu.organisation, both, *[chengdu.reviewer] * 5)
    project = await a_project(by)

    assert await waits(both, project) == []
    assert [task for task, _ in await waits(chengdu.reviewer, project)] == ["review_project"]


async def test_a_reviewer_of_another_street_sees_nothing_of_it(world: World, zhuhai: Desks) -> None:
    project = await a_voted_project(zhuhai)

    assert await waits(await another(world, zhuhai, {"review_project"}), project) == []


async def test_a_post_in_the_city_covers_the_street_of_its_own_organisation_only(world: World, zhuhai: Desks) -> None:
    project = await a_voted_project(zhuhai)
    of_the_street = await world.person(
        "city", duties={"review_project"}, organisation=zhuhai.organisation, jurisdiction="4404"
    )
    here_and_there = await another(world, zhuhai, {"review_project"})
    await world.post_for(here_and_there, {"review_project"}, zhuhai.organisation, "4404/440403")

    assert [task for task, _ in await waits(of_the_street, project)] == ["review_project"]
    assert await waits(here_and_there, project) == []


async def test_a_project_in_the_pool_waits_for_money_and_requirement(zhuhai: Desks) -> None:
    project = await a_pooled_project(zhuhai)
    assert await waits(zhuhai.accountant, project) == [("submit_budget", "D102-14.1")]
    [need] = await tasks_about(zhuhai.writer, "catalog", project["id"])
    assert (need["task"], need["kind"], need["path"]) == (
        "write_requirement",
        "project",
        f"/v1/projects/{project['id']}",
    )
    assert (need["reference"], need["title"]) == (project["reference"], project["title"])

    await a_submitted_budget(zhuhai, project)
    await a_requirement(zhuhai, project)

    assert await waits(zhuhai.accountant, project) == await waits(zhuhai.writer, project) == []


async def test_finance_of_the_same_level_reviews_the_budget(world: World, chengdu: Desks) -> None:
    project = await a_pooled_project(chengdu)
    of_the_city = await another(world, chengdu, {"review_budget"}, jurisdiction="5101")
    of_the_purchaser = await world.person(
        "own", duties={"review_budget"}, organisation=chengdu.organisation, jurisdiction=chengdu.jurisdiction
    )

    budget = await a_submitted_budget(chengdu, project)

    assert await waits(chengdu.finance, project) == [("review_budget", "CD17-8.1")]
    assert await waits(of_the_city, project) == await waits(of_the_purchaser, project) == []
    await do(chengdu.finance, f"/v1/budgets/{budget['id']}/review", {"verdict": "approve"})
    assert await waits(chengdu.finance, project) == []


async def test_a_budget_sent_back_waits_for_the_purchaser_again(zhuhai: Desks) -> None:
    project = await a_pooled_project(zhuhai)
    budget = await a_submitted_budget(zhuhai, project)

    await do(zhuhai.finance, f"/v1/budgets/{budget['id']}/review", {"verdict": "return", "reason": "资金来源不明"})

    assert [task for task, _ in await waits(zhuhai.accountant, project)] == ["submit_budget"]


async def test_an_approved_budget_is_asked_for_no_more(zhuhai: Desks) -> None:
    project = await a_pooled_project(zhuhai)

    await an_approved_budget(zhuhai, project)

    assert await waits(zhuhai.accountant, project) == await waits(zhuhai.finance, project) == []


async def test_who_wrote_a_requirement_is_not_shown_its_review(world: World, zhuhai: Desks) -> None:
    project = await a_pooled_project(zhuhai)
    await world.post_for(zhuhai.writer, {"review_requirement"}, zhuhai.organisation, zhuhai.jurisdiction)

    requirement = await a_requirement(zhuhai, project)

    assert await waits(zhuhai.writer, project) == []
    [task] = await tasks_about(zhuhai.need_reviewer, "catalog", project["id"])
    assert (task["task"], task["subject"]) == ("review_requirement", requirement["id"])
    assert task["path"] == f"/v1/requirements/{requirement['id']}"


async def test_while_the_public_is_asked_only_its_answers_wait(world: World, chengdu: Desks) -> None:
    project = await a_pooled_project(chengdu)
    requirement = await a_requirement(chengdu, project)
    assert await waits(chengdu.need_reviewer, project) == [("review_requirement", "CD17-17.1")]

    consultation = await a_consultation(chengdu, requirement, "2022-03-08")
    resident = await world.person("resident", duties=set(), organisation=uuid4())
    path = f"/v1/consultations/{consultation['id']}/feedback"
    feedback = await do(resident, path, {"content": "希望周末也能送餐"})

    assert await waits(chengdu.need_reviewer, project) == []
    assert await waits(chengdu.writer, project) == [("dispose_feedback", "CD17-15.3")]
    await do(chengdu.writer, f"/v1/feedback/{feedback['id']}/disposition", {"adopted": True})
    assert await waits(chengdu.writer, project) == []


async def test_an_edition_waits_for_another_person_of_the_same_bureau(world: World) -> None:
    bureau, duties = uuid4(), {"draft_directory", "publish_directory"}
    drafter = await world.person("drafter", duties=duties, organisation=bureau, jurisdiction="4404")
    publisher = await world.person("publisher", duties=duties, organisation=bureau, jurisdiction="4404")
    stranger = await world.person("stranger", duties=duties, organisation=uuid4(), jurisdiction="4404")
    body = {
        "jurisdiction": "4404",
        "organisation": str(bureau),
        "kind": "guidance",
        "title": "珠海市镇街购买社会组织服务目录",
        "valid_from": "2022-04-01",
        "sheet": ZHUHAI_SHEET,
        "negative_declaration": await nothing_negative(drafter, "4404"),
    }

    draft = await do(drafter, "/v1/directories", body)

    assert await named(publisher, "catalog", draft["id"]) == [("publish_directory", None, "ZH21-11.0")]
    assert await named(drafter, "catalog", draft["id"]) == await named(stranger, "catalog", draft["id"]) == []
    await do(publisher, f"/v1/directories/{draft['id']}/publish")
    assert await named(publisher, "catalog", draft["id"]) == []


async def test_who_holds_no_post_has_nothing_to_do(world: World, zhuhai: Desks) -> None:
    await a_voted_project(zhuhai)
    resident = await world.person("resident", duties=set(), organisation=zhuhai.organisation)

    assert (await resident.get("catalog", "/v1/tasks")).ok() == []
