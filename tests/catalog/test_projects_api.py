"""Projects over HTTP: proposals, lists, and their place in the pool as the purchase goes on."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.contracts import ContractCompleted, ContractSigned
from shared.events.evaluation import EvaluationConcluded
from shared.events.tendering import ProcurementFailed, ProcurementOpened
from tests.catalog.examples import CHENGDU, ZHUHAI, Desks, a_project, chengdu_proposal, desks, zhuhai_proposal
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
@pytest.mark.clause("ZH21-8.2", "accepts")
@pytest.mark.clause("ZH21-11.1", "accepts")
@pytest.mark.clause("ZH21-11.2", "accepts")
@pytest.mark.clause("ZH21-11.3", "accepts")
@pytest.mark.clause("ZH21-11.4", "accepts")
@pytest.mark.clause("ZH21-11.5", "accepts")
@pytest.mark.clause("ZH21-11.6", "accepts")
@pytest.mark.clause("ZH21-19.2a", "accepts")
@pytest.mark.clause("D102-14.1", "accepts")
async def test_party_organisation_and_committee_propose_together(world: World, zhuhai: Desks) -> None:
    answer = await zhuhai.planner.post("catalog", "/v1/projects", await zhuhai_proposal(zhuhai))

    project = answer.ok()
    assert (project["state"], project["rulebook"], project["service_class"]) == ("proposed", "zhuhai-2021@1", 2)
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
        pytest.param("CD17-3.7", {"details": {}}, marks=pytest.mark.clause("CD17-3.7", "refuses")),
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


@pytest.mark.clause("CD17-3.5", "accepts")
async def test_a_class_1_service_without_beneficiaries_is_accepted(chengdu: Desks) -> None:
    project = await a_project(chengdu, service_class=1, need_origin="government_own", details={})

    assert "CD17-3.5" in clauses(project)


@pytest.mark.clause("CD17-3.6", "accepts")
async def test_a_class_2_service_with_its_duty_is_accepted(chengdu: Desks) -> None:
    project = await a_project(chengdu, service_class=2, details={"duty_ref": "市场监管职责第3项"})

    assert "CD17-3.6" in clauses(project)


@pytest.mark.parametrize(
    ("clause", "item"),
    [
        pytest.param("ZH21-11.1", "equity_investment", marks=pytest.mark.clause("ZH21-11.1", "refuses")),
        pytest.param("ZH21-11.2", "community_debt_repayment", marks=pytest.mark.clause("ZH21-11.2", "refuses")),
        pytest.param("ZH21-11.3", "municipal_road_maintenance", marks=pytest.mark.clause("ZH21-11.3", "refuses")),
        pytest.param("ZH21-11.4", "cleaners", marks=pytest.mark.clause("ZH21-11.4", "refuses")),
        pytest.param("ZH21-11.5", "not_responsible_body", marks=pytest.mark.clause("ZH21-11.5", "refuses")),
        pytest.param("ZH21-11.6", "unsuitable", marks=pytest.mark.clause("ZH21-11.6", "refuses")),
        pytest.param("D102-10.5", "labour_dispatch", marks=pytest.mark.clause("D102-10.5", "refuses")),
    ],
)
async def test_a_declared_hit_is_refused_by_the_items_clause_and_nothing_is_kept(
    world: World, zhuhai: Desks, clause: str, item: str
) -> None:
    proposal = await zhuhai_proposal(zhuhai)
    proposal["negative_declaration"][item] = True
    before = await world.rows("SELECT count(*) AS n FROM catalog.projects")

    answer = await zhuhai.planner.post("catalog", "/v1/projects", proposal)

    assert answer.refused(clause)["facts"] == {"item": item}
    assert await world.rows("SELECT count(*) AS n FROM catalog.projects") == before


@pytest.mark.clause("CD17-3.2", "refuses")
@pytest.mark.clause("CD17-3.3", "refuses")
async def test_what_government_must_provide_itself_is_refused_in_chengdu(chengdu: Desks) -> None:
    proposal = await chengdu_proposal(chengdu)
    for item in ("must_be_provided_by_government", "unsuitable_for_social_forces_and_institutions"):
        proposal["negative_declaration"][item] = True

    answer = await chengdu.planner.post("catalog", "/v1/projects", proposal)

    answer.refused("CD17-3.2")
    answer.refused("CD17-3.3")


@pytest.mark.parametrize(
    ("clause", "changes"),
    [
        pytest.param("ZH21-5.1", {"details": {}}, marks=pytest.mark.clause("ZH21-5.1", "refuses")),
        pytest.param("ZH21-8.3", {"item": "3"}, marks=pytest.mark.clause("ZH21-8.3", "refuses")),
        pytest.param("ZH21-19.1", {"way": "planned_by_town_street"}, marks=pytest.mark.clause("ZH21-19.1", "refuses")),
        pytest.param("ZH21-19.2a", {"details": {}}, marks=pytest.mark.clause("ZH21-19.2a", "refuses")),
    ],
)
async def test_a_proposal_short_of_the_zhuhai_rules_is_refused(
    zhuhai: Desks, clause: str, changes: dict[str, Any]
) -> None:
    answer = await zhuhai.planner.post("catalog", "/v1/projects", await zhuhai_proposal(zhuhai, **changes))

    answer.refused(clause)


@pytest.mark.clause("ZH21-19.1", "accepts")
async def test_the_street_plans_a_project_from_policy_and_needs(zhuhai: Desks) -> None:
    details = {"marks": {"basic": "基本生活所需"}, "policy_ref": "珠字〔2019〕6号", "need_refs": ["2022-017"]}

    project = await a_project(zhuhai, way="planned_by_town_street", details=details)

    assert "ZH21-19.1" in clauses(project)


@pytest.mark.clause("ZH21-2.1", "refuses")
async def test_a_city_bureau_is_no_purchaser_under_the_zhuhai_measures(world: World, zhuhai: Desks) -> None:
    bureau = uuid4()
    await world.insert(
        "catalog",
        "purchasers",
        {"id": bureau, "jurisdiction": ZHUHAI, "title": "某局", "kind": "administrative_organ", "source_version": 1},
    )
    planner = await world.person("planner", duties={"propose_project"}, organisation=bureau)

    answer = await planner.post("catalog", "/v1/projects", await zhuhai_proposal(zhuhai, organisation=str(bureau)))

    answer.refused("ZH21-2.1")


async def test_an_organisation_that_is_no_purchaser_is_told_to_register(world: World, zhuhai: Desks) -> None:
    stranger = uuid4()
    planner = await world.person("planner", duties={"propose_project"}, organisation=stranger)

    answer = await planner.post("catalog", "/v1/projects", await zhuhai_proposal(zhuhai, organisation=str(stranger)))

    (error,) = answer.problem(422, "field")["errors"]
    assert (error["field"], error["code"]) == ("body.organisation", "unknown_purchaser")


async def test_where_nothing_is_in_force_the_national_rulebook_is_pointed_to(world: World, zhuhai: Desks) -> None:
    planner = await world.person(
        "planner", duties={"propose_project"}, organisation=zhuhai.organisation, jurisdiction="4419"
    )

    answer = await planner.post("catalog", "/v1/projects", await zhuhai_proposal(zhuhai, jurisdiction="4419"))

    (error,) = answer.problem(422, "field")["errors"]
    assert error["code"] == "no_rulebook_in_force"
    assert "national-procurement" in error["message"]


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


async def test_the_project_follows_the_purchase(world: World, zhuhai: Desks) -> None:
    project = await a_project(zhuhai)
    await set_state(world, project, "cleared")
    states = []

    for event in ((opened, "tendering"), (failed, "tendering"), (opened, "tendering"), (signed, "contracts")):
        await world.emit(event[1], event[0](project))
        await world.pump()
        states.append(await state_of(zhuhai, project))
    await world.emit("contracts", completed(project))
    await world.pump()

    assert states == ["in_procurement", "cleared", "in_procurement", "contracted"]
    assert await state_of(zhuhai, project) == "closed"


async def test_a_procurement_heard_of_after_its_contract_changes_nothing(world: World, zhuhai: Desks) -> None:
    project = await a_project(zhuhai)
    await set_state(world, project, "cleared")
    await world.emit("contracts", signed(project))
    await world.pump()

    await world.emit("tendering", opened(project))
    await world.pump()

    assert await state_of(zhuhai, project) == "contracted"


async def test_a_completed_contract_that_was_renewed_does_not_close_the_project(world: World, zhuhai: Desks) -> None:
    project = await a_project(zhuhai)
    await set_state(world, project, "cleared")
    first, second = signed(project), signed(project).model_copy(update={"contract_id": uuid4(), "renews": uuid4()})
    for event in (first, second):
        await world.emit("contracts", event)

    await world.emit("contracts", completed(project))
    await world.pump()

    assert await state_of(zhuhai, project) == "contracted"


async def test_events_of_a_purchase_unknown_here_rest_nowhere(world: World, zhuhai: Desks) -> None:
    await world.emit("tendering", opened({"id": str(uuid4())}))
    await world.pump()

    assert await world.rows("SELECT type, state, reason FROM catalog.held") == []


async def test_the_result_of_the_service_before_is_shown_to_who_plans_the_next(world: World, zhuhai: Desks) -> None:
    before = await a_project(zhuhai)
    await world.emit("evaluation", concluded(before))
    await world.pump()

    project = await a_project(zhuhai, follows=before["id"])

    (result,) = (await zhuhai.planner.get("catalog", f"/v1/projects/{project['id']}/results")).ok()
    assert (result["score"], result["grade"], result["project_id"]) == ("54.00", "poor", before["id"])


async def test_nobody_follows_a_project_they_may_not_see(chengdu: Desks, zhuhai: Desks) -> None:
    other = await a_project(chengdu)

    answer = await zhuhai.planner.post("catalog", "/v1/projects", await zhuhai_proposal(zhuhai, follows=other["id"]))

    answer.problem(404, "not_found")


CONTRACT, PROCUREMENT, PROVIDER = uuid4(), uuid4(), uuid4()


async def set_state(world: World, project: dict[str, Any], state: str) -> None:
    await world.admin.execute("UPDATE catalog.projects SET state = $2 WHERE id = $1", UUID(project["id"]), state)


async def state_of(at: Desks, project: dict[str, Any]) -> str:
    state: str = (await at.planner.get("catalog", f"/v1/projects/{project['id']}")).ok()["state"]
    return state


def about(project: dict[str, Any]) -> dict[str, Any]:
    return {"jurisdiction": ZHUHAI, "organisation": uuid4(), "project_id": UUID(project["id"])}


def opened(project: dict[str, Any]) -> ProcurementOpened:
    return ProcurementOpened(
        **about(project),
        procurement_id=PROCUREMENT,
        reference="ZH-2022-000001",
        method="competitive_consultation",
        procurement_project=False,
        budget=Decimal("220000.00"),
    )


def failed(project: dict[str, Any]) -> ProcurementFailed:
    return ProcurementFailed(**about(project), procurement_id=PROCUREMENT, code="too_few_bidders", clause="C214-21.1")


def signed(project: dict[str, Any]) -> ContractSigned:
    return ContractSigned(
        **about(project),
        contract_id=CONTRACT,
        reference="ZH-2022-000001",
        provider_id=PROVIDER,
        procurement_id=PROCUREMENT,
        price=Decimal("200000.00"),
        rulebook="zhuhai-2021@1",
        starts_on=date(2022, 4, 1),
        ends_on=date(2023, 3, 31),
        service_class=2,
        nature="deliverable",
        procurement_project=False,
        signed_by=uuid4(),
        lines=[],
    )


def completed(project: dict[str, Any]) -> ContractCompleted:
    return ContractCompleted(
        **about(project),
        contract_id=CONTRACT,
        provider_id=PROVIDER,
        paid=Decimal("140000.00"),
        withheld=Decimal("60000.00"),
    )


def concluded(project: dict[str, Any]) -> EvaluationConcluded:
    return EvaluationConcluded(
        **about(project),
        contract_id=CONTRACT,
        provider_id=PROVIDER,
        evaluation_id=uuid4(),
        rulebook="zhuhai-2021@1",
        kind="final",
        score=Decimal("54.00"),
        grade="poor",
        result_version=1,
        concluded_on=date(2022, 2, 1),
    )
