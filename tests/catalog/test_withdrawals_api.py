"""A project of the pool is taken out of it by two persons."""

import pytest

from tests.catalog.examples import ZHUHAI, Desks, a_pooled_project, a_project, an_approved_budget, desks
from tests.catalog.test_consumers import opened, set_state, state_of
from tests.support.world import Person, World

REASON = {"reason": "资金另有安排，本年度不再采购"}


@pytest.fixture(scope="module")
async def zhuhai(world: World) -> Desks:
    return await desks(world, ZHUHAI)


async def another(world: World, at: Desks) -> Person:
    duties = {"review_project"}
    return await world.person("another", duties=duties, organisation=at.organisation, jurisdiction=at.jurisdiction)


async def test_two_persons_take_a_project_out_and_its_budget_goes_back(world: World, zhuhai: Desks) -> None:
    project = await a_pooled_project(zhuhai)
    budget = await an_approved_budget(zhuhai, project)
    path = f"/v1/projects/{project['id']}/withdrawal"
    (await zhuhai.reviewer.post("catalog", path, REASON)).ok()

    withdrawn = (await (await another(world, zhuhai)).post("catalog", f"{path}/confirm")).ok()

    assert withdrawn["state"] == "declined"
    [row] = await world.rows(
        "SELECT b.state, l.allotted FROM catalog.budgets b JOIN catalog.budget_lines l ON l.id = b.line_id"
        " WHERE b.id::text = $1",
        budget["id"],
    )
    assert (row["state"], row["allotted"]) == ("returned", 0)


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_one_person_alone_takes_no_project_out(zhuhai: Desks) -> None:
    project = await a_pooled_project(zhuhai)
    path = f"/v1/projects/{project['id']}/withdrawal"
    (await zhuhai.reviewer.post("catalog", path, REASON)).ok()

    (await zhuhai.reviewer.post("catalog", f"{path}/confirm")).refused("IC12-12.1", "confirmer_is_proposer")


async def test_nothing_is_confirmed_that_nobody_proposed(zhuhai: Desks) -> None:
    project = await a_pooled_project(zhuhai)

    answer = await zhuhai.reviewer.post("catalog", f"/v1/projects/{project['id']}/withdrawal/confirm")

    answer.problem(409, "wrong_state")


async def test_before_the_pool_a_project_is_declined_by_its_review_whatever_the_reason(zhuhai: Desks) -> None:
    project = await a_project(zhuhai)

    review = {"verdict": "decline", "reason": "与街道规划重复"}
    declined = (await zhuhai.reviewer.post("catalog", f"/v1/projects/{project['id']}/review", review)).ok()

    assert declined["state"] == "declined"


@pytest.mark.parametrize("by_proposer", [True, False], ids=["taken back", "refused"])
async def test_what_is_taken_back_takes_no_project_out_and_what_is_proposed_anew_does(
    world: World, zhuhai: Desks, by_proposer: bool
) -> None:
    project, other = await a_pooled_project(zhuhai), await another(world, zhuhai)
    path = f"/v1/projects/{project['id']}/withdrawal"
    (await zhuhai.reviewer.post("catalog", path, REASON)).ok()

    stays = (await (zhuhai.reviewer if by_proposer else other).post("catalog", f"{path}/revoke")).ok()

    assert stays["state"] == project["state"]
    for act in ("confirm", "revoke"):
        (await other.post("catalog", f"{path}/{act}")).problem(409, "wrong_state")
    (await zhuhai.reviewer.post("catalog", path, REASON)).ok()
    assert (await other.post("catalog", f"{path}/confirm")).ok()["state"] == "declined"


@pytest.mark.parametrize("bought", [False, True])
async def test_what_was_proposed_before_a_purchase_withdraws_nothing_after_it(
    world: World, zhuhai: Desks, bought: bool
) -> None:
    project = await a_pooled_project(zhuhai)
    path = f"/v1/projects/{project['id']}/withdrawal"
    (await zhuhai.reviewer.post("catalog", path, REASON)).ok()
    if bought:
        await set_state(world, project, "cleared")
        await world.emit("tendering", opened(project))
        await world.pump()
        assert await state_of(zhuhai, project) == "in_procurement"
        await set_state(world, project, "cleared")

    answer = await (await another(world, zhuhai)).post("catalog", f"{path}/confirm")

    if bought:
        answer.problem(409, "wrong_state")
    else:
        assert answer.ok()["state"] == "declined"
