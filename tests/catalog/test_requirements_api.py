"""Requirements over HTTP: versions, review by another person, and the project they clear."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from services.catalog.requirements.store import hash_of
from tests.catalog.examples import (
    APPROVAL,
    CHENGDU,
    FIELDS,
    FINALISE,
    ZHUHAI,
    Desks,
    a_content,
    a_finalised_requirement,
    a_pooled_project,
    a_project,
    a_requirement,
    a_voted_project,
    an_approved_budget,
    desks,
    nothing_negative,
)
from tests.support.law import bound_in
from tests.support.world import Reply, World

OWN_NEED: dict[str, Any] = {"service_class": 1, "need_origin": "government_own", "details": {}}


@pytest.fixture(scope="module")
async def zhuhai(world: World) -> Desks:
    return await desks(world, ZHUHAI)


@pytest.fixture(scope="module")
async def chengdu(world: World) -> Desks:
    return await desks(world, CHENGDU)


def clauses(answer: dict[str, Any]) -> set[str]:
    return {finding["clause"] for finding in answer["explain"]}


async def write(at: Desks, project: dict[str, Any], **changes: Any) -> Reply:
    declaration = await nothing_negative(at.writer, at.jurisdiction)
    body = {"content": a_content(at, **changes), "negative_declaration": declaration}
    return await at.writer.post("catalog", f"/v1/projects/{project['id']}/requirements", body)


async def cleared(world: World, project: dict[str, Any]) -> list[dict[str, Any]]:
    rows = await world.rows(
        "SELECT entry::jsonb->'event' AS event FROM catalog.journal"
        " WHERE type LIKE '%.project_cleared.v1' AND subject = $1 ORDER BY version",
        UUID(project["id"]),
    )
    return [row["event"] for row in rows]


@pytest.mark.clause("CD17-11.2", "accepts")
@pytest.mark.clause("CD17-12.1", "accepts")
@pytest.mark.clause("CD17-12.2", "accepts")
@pytest.mark.clause("CD17-13.1", "accepts")
@pytest.mark.clause("CD17-13.2", "accepts")
@pytest.mark.clause("CD17-13.3", "accepts")
@pytest.mark.clause("CD17-13.4", "accepts")
@pytest.mark.clause("CD17-13.5", "accepts")
@pytest.mark.clause("CD17-13.6", "accepts")
@pytest.mark.clause("CD17-13.8", "accepts")
@pytest.mark.clause("CD17-13.9", "accepts")
@pytest.mark.clause("CD17-13.11", "accepts")
@pytest.mark.clause("CD17-13.12", "accepts")
@pytest.mark.clause("CD17-13.13", "accepts")
@pytest.mark.clause("CD17-17.1", "accepts")
async def test_another_person_finalises_a_whole_requirement(chengdu: Desks) -> None:
    project = await a_project(chengdu, **OWN_NEED)

    finalised = await a_finalised_requirement(chengdu, project)

    assert (finalised["state"], finalised["number"]) == ("finalised", 1)
    expected = {f"CD17-13.{n}" for n in (1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13)}
    assert expected | {"CD17-11.2", "CD17-12.1", "CD17-12.2", "CD17-17.1"} <= clauses(finalised)
    assert finalised["hash"] == hash_of(finalised["content"])


@pytest.mark.clause("CD17-13.7", "accepts")
async def test_a_deliverable_service_has_acceptance_standards(chengdu: Desks) -> None:
    project = await a_project(chengdu, nature="deliverable")

    written = await a_requirement(chengdu, project, standards={"acceptance": "按清单逐项验收"})

    assert "CD17-13.7" in clauses(written)


@pytest.mark.parametrize(
    ("clause", "changes"),
    [
        pytest.param(f"CD17-{clause}", changes, marks=pytest.mark.clause(f"CD17-{clause}", "refuses"))
        for clause, changes in [
            ("12.2", {"indicators": [{"name": "每月上门次数", "measurable": True}]}),
            ("13.6", {"standards": {"acceptance": "按清单逐项验收"}}),
            ("13.11", {"uncertainties": [{"explanation": "随季节变化", "responsible_party": "购买主体"}]}),
            ("13.11", {"uncertainties": [{"factor": "人数变化", "responsible_party": "购买主体"}]}),
            ("13.11", {"uncertainties": [{"factor": "人数变化", "explanation": "随季节变化"}]}),
            ("13.12", {"core_requirements": []}),
            ("13.12", {"core_requirements": [{"name": "助餐"}]}),
            ("13.13", {"result_payment": []}),
        ]
    ],
)
async def test_a_requirement_short_of_a_part_is_refused(chengdu: Desks, clause: str, changes: dict[str, Any]) -> None:
    project = await a_project(chengdu)

    answer = await write(chengdu, project, **changes)

    answer.refused(clause)


@pytest.mark.clause("CD17-13.10", "accepts")
async def test_a_further_requirement_counts_as_part_of_it(chengdu: Desks) -> None:
    fields = {**a_content(chengdu)["fields"], "emergency_drill": "每季度一次"}

    written = await a_requirement(chengdu, await a_project(chengdu), fields=fields)

    assert written["content"]["fields"]["emergency_drill"] == "每季度一次"
    further = [finding for finding in written["explain"] if finding["clause"] == "CD17-13.10"]
    assert [finding["facts"] for finding in further] == [{"fields": "emergency_drill"}]


@pytest.mark.clause("CD17-13.1", "refuses")
@pytest.mark.clause("CD17-13.2", "refuses")
@pytest.mark.clause("CD17-13.3", "refuses")
@pytest.mark.clause("CD17-13.4", "refuses")
@pytest.mark.clause("CD17-13.5", "refuses")
@pytest.mark.clause("CD17-13.8", "refuses")
@pytest.mark.clause("CD17-13.9", "refuses")
async def test_every_missing_field_is_named_at_once(chengdu: Desks) -> None:
    project = await a_project(chengdu)

    answer = await write(chengdu, project, fields={"remark": "无"})

    missing = [f for f in answer.problem(422)["findings"] if f["code"] == "need_field_missing"]
    assert {f["facts"]["field"] for f in missing} == set(FIELDS)
    for clause in ("13.1", "13.2", "13.3", "13.4", "13.5", "13.8", "13.9"):
        answer.refused(f"CD17-{clause}")


@pytest.mark.clause("CD17-13.7", "refuses")
async def test_a_deliverable_service_with_assessment_standards_only_is_refused(chengdu: Desks) -> None:
    project = await a_project(chengdu, nature="deliverable")

    answer = await write(chengdu, project)

    answer.refused("CD17-13.7")


@pytest.mark.clause("CD17-14.2", "refuses")
@pytest.mark.clause("CD17-14.2", "accepts")
async def test_procurement_is_argued_or_exempt_before_the_requirement_is_kept(chengdu: Desks) -> None:
    project = await a_project(chengdu, in_central_directory=True)

    bare = await write(chengdu, project, argumentation=None)
    exempt = await write(chengdu, project, argumentation={"exemption": "技术通用"})

    bare.refused("CD17-14.2")
    assert "CD17-14.2" in clauses(exempt.ok())


@pytest.mark.clause("CD17-14.3", "accepts")
async def test_another_purchase_goes_without_argumentation(chengdu: Desks) -> None:
    project = await a_project(chengdu, estimate="1000.00")

    written = (await write(chengdu, project, argumentation=None)).ok()

    assert "CD17-14.3" in clauses(written)


@pytest.mark.clause("ZH21-11.4", "refuses")
async def test_the_negative_list_is_declared_once_more_before_procurement(zhuhai: Desks) -> None:
    project = await a_project(zhuhai)
    declaration = {**await nothing_negative(zhuhai.writer, ZHUHAI), "cleaners": True}
    body = {"content": a_content(zhuhai), "negative_declaration": declaration}

    answer = await zhuhai.writer.post("catalog", f"/v1/projects/{project['id']}/requirements", body)

    answer.refused("ZH21-11.4")


@pytest.mark.clause("CD17-17.1", "refuses")
async def test_the_writer_does_not_review_whatever_posts_they_hold(world: World, chengdu: Desks) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu, **OWN_NEED))
    await world.post_for(chengdu.writer, {"review_requirement"}, chengdu.organisation, CHENGDU)

    answer = await chengdu.writer.post("catalog", f"/v1/requirements/{requirement['id']}/review", FINALISE)

    assert answer.refused("CD17-17.1")["code"] == "reviewer_is_writer"


@pytest.mark.clause("CD17-11.2", "refuses")
@pytest.mark.clause("CD17-12.1", "refuses")
async def test_an_unlawful_or_unclear_requirement_is_not_finalised(chengdu: Desks) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu, **OWN_NEED))
    doubts = {"verdict": "finalise", "compliant": False, "wording_clear": False}

    answer = await chengdu.need_reviewer.post("catalog", f"/v1/requirements/{requirement['id']}/review", doubts)

    answer.refused("CD17-11.2")
    answer.refused("CD17-12.1")


async def test_a_returned_requirement_is_written_anew_as_the_next_version(chengdu: Desks) -> None:
    project = await a_project(chengdu, **OWN_NEED)
    first = await a_requirement(chengdu, project)
    decision = {"verdict": "return", "compliant": True, "wording_clear": False, "reason": "表述不清"}
    (await chengdu.need_reviewer.post("catalog", f"/v1/requirements/{first['id']}/review", decision)).ok()

    await a_finalised_requirement(chengdu, project)

    versions = (await chengdu.writer.get("catalog", f"/v1/projects/{project['id']}/requirements")).ok()
    assert [(v["number"], v["state"]) for v in versions] == [(2, "finalised"), (1, "returned")]


async def test_the_last_of_approval_budget_and_requirement_clears_a_zhuhai_project(world: World, zhuhai: Desks) -> None:
    project = await a_pooled_project(zhuhai)
    await an_approved_budget(zhuhai, project)
    assert await cleared(world, project) == []

    requirement = await a_finalised_requirement(zhuhai, project)

    (event,) = await cleared(world, project)
    assert (event["budget"], event["rulebook"], event["service_class"]) == ("220000.00", bound_in("4404"), 2)
    assert (event["requirement_id"], event["requirement_version"]) == (requirement["id"], 1)
    assert event["requirement_hash"] == requirement["hash"]
    assert event["purchaser_kind"] == "street_office"
    assert "600" not in str(event)


@pytest.mark.clause("CD17-11.1", "refuses")
@pytest.mark.clause("CD17-4.1", "refuses")
async def test_a_chengdu_project_is_not_clear_before_money_and_requirement_stand(chengdu: Desks) -> None:
    project = await a_pooled_project(chengdu, **OWN_NEED)
    path = f"/v1/projects/{project['id']}/clearance"

    before = (await chengdu.planner.get("catalog", path)).ok()
    await an_approved_budget(chengdu, project)
    budgeted = (await chengdu.planner.get("catalog", path)).ok()
    await a_requirement(chengdu, project)
    written = (await chengdu.planner.get("catalog", path)).ok()

    assert [finding["clause"] for finding in before["findings"]] == ["CD17-4.1", "CD17-11.1"]
    for answer in (budgeted, written):
        assert [finding["code"] for finding in answer["findings"]] == ["requirement_not_finalised"]
        assert (answer["complete"], answer["missing"], clauses(answer)) == (False, ["requirement"], {"CD17-4.1"})


@pytest.mark.clause("CD17-11.1", "accepts")
async def test_finance_clears_a_chengdu_project_when_it_comes_last(world: World, chengdu: Desks) -> None:
    project = await a_pooled_project(chengdu, **OWN_NEED)
    await a_finalised_requirement(chengdu, project)

    budget = await an_approved_budget(chengdu, project)

    assert {"CD17-4.1", "CD17-11.1"} <= clauses(budget)
    assert len(await cleared(world, project)) == 1
    assert (await chengdu.planner.get("catalog", f"/v1/projects/{project['id']}")).ok()["state"] == "cleared"


async def test_the_street_clears_the_project_when_it_comes_last(world: World, zhuhai: Desks) -> None:
    project = await a_voted_project(zhuhai)
    await an_approved_budget(zhuhai, project)
    await a_finalised_requirement(zhuhai, project)
    assert await cleared(world, project) == []

    answer = await zhuhai.reviewer.post("catalog", f"/v1/projects/{project['id']}/review", APPROVAL)

    assert answer.ok()["state"] == "cleared"
    assert len(await cleared(world, project)) == 1


async def test_a_new_version_and_an_adjusted_budget_clear_the_project_anew(world: World, zhuhai: Desks) -> None:
    project = await a_pooled_project(zhuhai)
    budget = await an_approved_budget(zhuhai, project)
    await a_finalised_requirement(zhuhai, project)

    await a_finalised_requirement(zhuhai, project, fields={"content": "提供心理咨询500人次"})
    change = {"amount": "200000.00", "sources": [{"kind": "fiscal", "amount": "200000.00"}]}
    asked = (await zhuhai.accountant.post("catalog", f"/v1/budgets/{budget['id']}/adjustments", change)).ok()
    (await zhuhai.finance.post("catalog", f"/v1/budgets/{asked['id']}/review", {"verdict": "approve"})).ok()

    events = await cleared(world, project)
    assert [(e["requirement_version"], e["budget"]) for e in events] == [
        (1, "220000.00"),
        (2, "220000.00"),
        (2, "200000.00"),
    ]


async def test_nothing_is_rewritten_once_the_procurement_runs(world: World, zhuhai: Desks) -> None:
    project = await a_pooled_project(zhuhai)
    budget = await an_approved_budget(zhuhai, project)
    await world.admin.execute("UPDATE catalog.projects SET state = 'in_procurement' WHERE id = $1", UUID(project["id"]))
    change = {"amount": "1.00", "sources": [{"kind": "fiscal", "amount": "1.00"}]}

    requirement = await write(zhuhai, project)
    adjustment = await zhuhai.accountant.post("catalog", f"/v1/budgets/{budget['id']}/adjustments", change)

    requirement.problem(409, "wrong_state")
    adjustment.problem(409, "wrong_state")


async def test_the_provider_of_the_service_before_goes_with_the_clearance(world: World, zhuhai: Desks) -> None:
    before = await a_project(zhuhai)
    provider = uuid4()
    await world.admin.execute(
        "UPDATE catalog.projects SET provider_id = $2 WHERE id = $1", UUID(before["id"]), provider
    )
    project = await a_pooled_project(zhuhai, follows=before["id"])
    await an_approved_budget(zhuhai, project)

    await a_finalised_requirement(zhuhai, project)

    (event,) = await cleared(world, project)
    assert event["previous_provider_id"] == str(provider)


async def test_a_requirement_is_not_there_for_strangers(world: World, zhuhai: Desks) -> None:
    requirement = await a_requirement(zhuhai, await a_project(zhuhai))
    stranger = await world.person("stranger", duties={"write_requirement"}, organisation=uuid4())

    answer = await stranger.get("catalog", f"/v1/requirements/{requirement['id']}")

    answer.problem(404, "not_found")
