"""Projects over HTTP: proposals and lists."""

import csv
import io
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.catalog.examples import (
    CHENGDU,
    ZHUHAI,
    Desks,
    a_project,
    a_purchaser,
    chengdu_proposal,
    desks,
    zhuhai_proposal,
)
from tests.support.law import bound_in
from tests.support.world import World


@pytest.fixture(scope="module")
async def zhuhai(world: World) -> Desks:
    return await desks(world, ZHUHAI)


@pytest.fixture(scope="module")
async def chengdu(world: World) -> Desks:
    return await desks(world, CHENGDU)


def clauses(answer: dict[str, Any]) -> set[str]:
    return {finding["clause"] for finding in answer["explain"]}


@pytest.mark.clause("ZH21-2.1", "accepts")
@pytest.mark.clause("ZH21-5.1", "accepts")
@pytest.mark.clause("ZH21-8.0", "accepts")
@pytest.mark.clause("ZH21-19.2a", "accepts")
@pytest.mark.clause("D102-9.1", "accepts")
@pytest.mark.clause("D102-14.1", "accepts")
async def test_party_organisation_and_committee_propose_together(world: World, zhuhai: Desks) -> None:
    answer = await zhuhai.planner.post("catalog", "/v1/projects", await zhuhai_proposal(zhuhai))

    project = answer.ok()
    assert (project["state"], project["rulebook"], project["service_class"]) == ("proposed", bound_in("4404"), 2)
    assert project["reference"].startswith("4404-2022-")
    assert {"ZH21-5.1", "ZH21-8.2", "ZH21-11.1", "ZH21-19.2a", "D102-10.5", "D102-14.1"} <= clauses(project)
    (entry,) = await world.rows(
        "SELECT audience, entry::jsonb->'event'->>'way' AS way FROM catalog.journal WHERE subject = $1",
        UUID(project["id"]),
    )
    assert entry == {"audience": "public", "way": "community_vote"}


@pytest.mark.clause("CD17-3.1", "accepts")
@pytest.mark.clause("CD17-3.2", "accepts")
@pytest.mark.clause("CD17-3.3", "accepts")
@pytest.mark.clause("CD17-3.7", "accepts")
@pytest.mark.clause("CD17-3.8", "accepts")
async def test_a_class_3_service_is_proposed_in_chengdu(chengdu: Desks) -> None:
    project = await a_project(chengdu)

    assert (project["service_class"], project["need_origin"]) == (3, "public_service")
    assert {"CD17-3.1", "CD17-3.2", "CD17-3.3", "CD17-3.7", "CD17-3.8"} <= clauses(project)


@pytest.mark.parametrize(
    ("clause", "changes"),
    [
        pytest.param("CD17-3.1", {"need_origin": None}, marks=pytest.mark.clause("CD17-3.1", "refuses")),
        pytest.param("CD17-3.5", {"service_class": 1}, marks=pytest.mark.clause("CD17-3.5", "refuses")),
        pytest.param("CD17-3.6", {"service_class": 2}, marks=pytest.mark.clause("CD17-3.6", "refuses")),
        pytest.param("CD17-3.7", {"details": {"field": "health"}}, marks=pytest.mark.clause("CD17-3.7", "refuses")),
        pytest.param("CD17-3.8", {"service_class": None}, marks=pytest.mark.clause("CD17-3.8", "refuses")),
        pytest.param("CD17-3.8", {"service_class": 4}, marks=pytest.mark.clause("CD17-3.8", "refuses")),
        pytest.param("D102-14.1", {"item": "B99"}, marks=pytest.mark.clause("D102-14.1", "refuses")),
    ],
)
async def test_a_proposal_short_of_the_chengdu_rules_is_refused(
    chengdu: Desks, clause: str, changes: dict[str, Any]
) -> None:
    answer = await chengdu.planner.post("catalog", "/v1/projects", await chengdu_proposal(chengdu, **changes))

    answer.refused(clause)


@pytest.mark.clause("CD17-3.7", "accepts")
@pytest.mark.clause("CD17-3.7", "refuses")
async def test_a_field_of_class_3_that_the_text_does_not_name_needs_a_reason(chengdu: Desks) -> None:
    people = {"beneficiaries": "辖区居民"}
    for field in ("facilities", "environment", "education", "health", "culture"):
        assert "CD17-3.7" in clauses(await a_project(chengdu, details={**people, "field": field}))

    further = await chengdu_proposal(chengdu, details={**people, "field": "home_elderly_care"})
    answer = await chengdu.planner.post("catalog", "/v1/projects", further)

    assert answer.refused("CD17-3.7")["code"] == "class_3_field_without_reason"


@pytest.mark.clause("CD17-3.1", "accepts")
@pytest.mark.clause("CD17-3.5", "accepts")
@pytest.mark.clause("CD17-3.8", "accepts")
async def test_a_class_1_service_without_beneficiaries_is_accepted(chengdu: Desks) -> None:
    project = await a_project(chengdu, service_class=1, need_origin="government_own", details={})

    assert "CD17-3.5" in clauses(project)


@pytest.mark.clause("CD17-3.6", "accepts")
@pytest.mark.clause("CD17-3.8", "accepts")
async def test_a_class_2_service_with_its_duty_is_accepted(chengdu: Desks) -> None:
    project = await a_project(chengdu, service_class=2, details={"duty_ref": "市场监管职责第3项"})

    assert "CD17-3.6" in clauses(project)


@pytest.mark.parametrize(
    ("clause", "changes"),
    [
        pytest.param("ZH21-8.3", {"item": "3"}, marks=pytest.mark.clause("ZH21-8.3", "refuses")),
        pytest.param("D102-9.1", {"need_origin": None}, marks=pytest.mark.clause("D102-9.1", "refuses")),
        pytest.param("D102-14.1", {"item": "2.99"}, marks=pytest.mark.clause("D102-14.1", "refuses")),
    ],
)
async def test_a_proposal_short_of_the_zhuhai_rules_is_refused(
    zhuhai: Desks, clause: str, changes: dict[str, Any]
) -> None:
    answer = await zhuhai.planner.post("catalog", "/v1/projects", await zhuhai_proposal(zhuhai, **changes))

    answer.refused(clause)


@pytest.mark.clause("ZH21-5.1", "accepts")
async def test_one_mark_with_its_reason_is_enough(zhuhai: Desks) -> None:
    details = (await zhuhai_proposal(zhuhai))["details"]
    for mark in ("basic", "inclusive", "public_benefit"):
        project = await a_project(zhuhai, details={**details, "marks": {mark: "居民急需"}})
        assert "ZH21-5.1" in clauses(project)


async def test_a_project_without_a_mark_goes_on_and_says_that_it_has_none(zhuhai: Desks) -> None:
    details = {**(await zhuhai_proposal(zhuhai))["details"], "marks": {}}

    project = await a_project(zhuhai, details=details)

    [asked] = [found for found in project["explain"] if found["clause"] == "ZH21-5.1"]
    assert (asked["satisfied"], asked["effect"]) == (False, "reference")


@pytest.mark.clause("D102-9.1", "accepts")
async def test_a_need_of_the_government_itself_is_an_origin_too(zhuhai: Desks) -> None:
    assert "D102-9.1" in clauses(await a_project(zhuhai, need_origin="government_own"))


@pytest.mark.clause("ZH21-19.1", "accepts")
@pytest.mark.clause("ZH21-19.1", "refuses")
async def test_the_street_plans_a_project_from_policy_and_needs(zhuhai: Desks) -> None:
    details = {"marks": {"basic": "基本生活所需"}, "policy_ref": "珠字〔2019〕6号", "need_refs": ["2022-017"]}

    project = await a_project(zhuhai, way="planned_by_town_street", details=details)

    assert "ZH21-19.1" in clauses(project)
    for field in ("policy_ref", "need_refs"):
        short = {name: given for name, given in details.items() if name != field}
        proposal = await zhuhai_proposal(zhuhai, way="planned_by_town_street", details=short)
        answer = await zhuhai.planner.post("catalog", "/v1/projects", proposal)
        assert answer.refused("ZH21-19.1")["facts"] == {"field": field}


@pytest.mark.clause("ZH21-19.2a", "refuses")
@pytest.mark.parametrize(
    ("lead", "absent"),
    [("party_organisation", "residents_committee"), ("residents_committee", "party_organisation")],
)
async def test_one_lead_alone_does_not_start_a_community_project(zhuhai: Desks, lead: str, absent: str) -> None:
    proposal = await zhuhai_proposal(zhuhai)
    proposal["details"]["leads"] = [lead]

    answer = await zhuhai.planner.post("catalog", "/v1/projects", proposal)

    assert answer.refused("ZH21-19.2a")["facts"] == {"lead": absent}


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [
        pytest.param("town_government", True, marks=pytest.mark.clause("ZH21-2.1", "accepts")),
        pytest.param("street_office", True, marks=pytest.mark.clause("ZH21-2.1", "accepts")),
        pytest.param("administrative_organ", False),
    ],
)
async def test_towns_and_streets_alone_buy_under_the_zhuhai_measures(
    world: World, zhuhai: Desks, kind: str, theirs: bool
) -> None:
    purchaser = uuid4()
    row = {"id": purchaser, "jurisdiction": ZHUHAI, "title": "某单位", "kind": kind, "source_version": 1}
    await world.insert("catalog", "purchasers", row)
    planner = await world.person("planner", duties={"propose_project"}, organisation=purchaser)

    answer = await planner.post("catalog", "/v1/projects", await zhuhai_proposal(zhuhai, organisation=str(purchaser)))

    assert ("ZH21-2.1" in clauses(answer.ok())) is theirs
    assert ("D102-5.1" in clauses(answer.ok())) is not theirs


async def test_an_organisation_that_is_no_purchaser_is_told_to_register(world: World, zhuhai: Desks) -> None:
    stranger = uuid4()
    planner = await world.person("planner", duties={"propose_project"}, organisation=stranger)

    answer = await planner.post("catalog", "/v1/projects", await zhuhai_proposal(zhuhai, organisation=str(stranger)))

    (error,) = answer.problem(422, "field")["errors"]
    assert (error["field"], error["code"]) == ("body.organisation", "unknown_purchaser")


async def test_where_no_text_of_the_place_is_in_force_national_law_alone_governs(world: World) -> None:
    there = await desks(world, "4419/441900003", uuid4())
    await a_purchaser(world, there.organisation, there.jurisdiction, "street_office")

    answer = await there.planner.post("catalog", "/v1/projects", await chengdu_proposal(there))

    assert answer.ok()["rulebook"] == "national-procurement@1:2022-03-01"


async def test_nobody_proposes_for_an_organisation_where_they_hold_no_post(world: World, zhuhai: Desks) -> None:
    stranger = await world.person("stranger", duties={"propose_project"}, organisation=uuid4())

    answer = await stranger.post("catalog", "/v1/projects", await zhuhai_proposal(zhuhai))

    answer.problem(403, "not_allowed")


@pytest.mark.parametrize("field", ["budget", "state", "rulebook"])
async def test_an_unknown_field_is_refused(zhuhai: Desks, field: str) -> None:
    proposal = {**await zhuhai_proposal(zhuhai), field: "x"}

    answer = await zhuhai.planner.post("catalog", "/v1/projects", proposal)

    answer.problem(422, "field")


async def test_a_project_is_not_there_for_strangers(world: World, zhuhai: Desks) -> None:
    project = await a_project(zhuhai)
    stranger = await world.person("stranger", duties={"propose_project"}, organisation=uuid4())

    answer = await stranger.get("catalog", f"/v1/projects/{project['id']}")

    answer.problem(404, "not_found")


async def test_the_list_filters_and_pages_without_gap_or_repeat(world: World, chengdu: Desks, zhuhai: Desks) -> None:
    wanted = {(await a_project(zhuhai))["id"] for _ in range(3)}
    auditor = await world.person("auditor", duties={"audit"}, organisation=uuid4(), jurisdiction="4404")
    seen: list[str] = []
    after: dict[str, str] = {}

    while True:
        page = (
            await auditor.get("catalog", "/v1/projects", limit=2, state="proposed", jurisdiction="4404", **after)
        ).ok()
        seen += [project["id"] for project in page["items"]]
        assert {project["state"] for project in page["items"]} <= {"proposed"}
        if page["next"] is None:
            break
        after = {"after": page["next"]}

    assert len(seen) == len(set(seen))
    assert wanted <= set(seen)
    assert (await auditor.get("catalog", "/v1/projects", jurisdiction="5101")).ok()["items"] == []
    assert (await auditor.get("catalog", "/v1/projects", rulebook="chengdu-2017@1")).ok()["items"] == []


async def test_a_cursor_of_another_filter_is_refused(zhuhai: Desks) -> None:
    for _ in range(2):
        await a_project(zhuhai)
    page = (await zhuhai.planner.get("catalog", "/v1/projects", limit=1)).ok()

    answer = await zhuhai.planner.get("catalog", "/v1/projects", limit=1, state="pooled", after=page["next"])

    answer.problem(400, "bad_cursor")


async def test_the_export_holds_the_same_projects_with_formulas_made_harmless(zhuhai: Desks) -> None:
    project = await a_project(zhuhai, title="=SUM(A1:A9)")

    export = await zhuhai.planner.get("catalog", "/v1/projects.csv", state="proposed")

    rows = list(csv.DictReader(io.StringIO(export.body.decode("utf-8-sig"))))
    (row,) = [row for row in rows if row["reference"] == project["reference"]]
    assert (row["title"], row["estimate"]) == ("'=SUM(A1:A9)", "220000.00")


async def test_nobody_follows_a_project_they_may_not_see(chengdu: Desks, zhuhai: Desks) -> None:
    other = await a_project(chengdu)

    answer = await zhuhai.planner.post("catalog", "/v1/projects", await zhuhai_proposal(zhuhai, follows=other["id"]))

    answer.problem(404, "not_found")
