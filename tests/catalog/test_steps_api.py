"""Steps that residents take elsewhere: recorded in their order, corrected by another person, every entry readable."""

from typing import Any

import asyncpg
import pytest

from tests.catalog.examples import APPROVAL, ZHUHAI, Desks, a_project, a_voted_project, desks, zhuhai_proposal
from tests.support.world import Person, World


@pytest.fixture(scope="module")
async def zhuhai(world: World) -> Desks:
    return await desks(world, ZHUHAI)


@pytest.fixture(scope="module")
async def colleague(world: World, zhuhai: Desks) -> Person:
    return await world.person("colleague", duties={"propose_project"}, organisation=zhuhai.organisation)


def of(project: dict[str, Any], step: str) -> str:
    return f"/v1/projects/{project['id']}/{step}"


def vote(votes_for: int, votes_against: int, day: str = "2022-02-27", **reason: str) -> dict[str, Any]:
    return {"occurred_on": day, "votes_for": votes_for, "votes_against": votes_against, **reason}


async def test_figures_typed_the_wrong_way_round_do_not_end_a_project(zhuhai: Desks, colleague: Person) -> None:
    project = await a_voted_project(zhuhai, votes=(19, 87))

    put_right = vote(87, 19, reason="赞成与反对票数录反。")
    corrected = (await colleague.post("catalog", of(project, "vote"), put_right)).ok()
    pooled = (await zhuhai.reviewer.post("catalog", of(project, "review"), APPROVAL)).ok()
    entries = (await zhuhai.planner.get("catalog", of(project, "steps"))).ok()

    assert [project["state"], corrected["state"], pooled["state"]] == ["declined", "voted", "pooled"]
    votes = [(e["number"], e["votes_for"], e["corrects"], e["reason"]) for e in entries if e["step"] == "vote"]
    assert votes == [(1, 19, None, None), (2, 87, 1, "赞成与反对票数录反。")]
    assert entries[-1]["recorded_by"] != entries[-2]["recorded_by"]


async def test_a_vote_corrected_to_a_lost_one_ends_the_project(zhuhai: Desks, colleague: Person) -> None:
    project = await a_voted_project(zhuhai)

    corrected = (await colleague.post("catalog", of(project, "vote"), vote(19, 87, reason="录反"))).ok()

    assert corrected["state"] == "declined"


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_who_recorded_a_vote_does_not_replace_it(zhuhai: Desks) -> None:
    project = await a_voted_project(zhuhai)

    answer = await zhuhai.planner.post("catalog", of(project, "vote"), vote(152, 31, reason="重新计票"))

    assert answer.refused("IC12-12.1")["code"] == "corrector_recorded_step"
    assert (await zhuhai.planner.get("catalog", f"/v1/projects/{project['id']}")).ok()["votes_for"] == 87


@pytest.mark.parametrize("step", ["deliberation", "vote"])
async def test_a_second_entry_says_why(zhuhai: Desks, colleague: Person, step: str) -> None:
    project = await a_voted_project(zhuhai)
    body = vote(52, 31) if step == "vote" else {"occurred_on": "2022-02-21"}

    answer = await colleague.post("catalog", of(project, step), body)

    assert [error["code"] for error in answer.problem(422, "field")["errors"]] == ["reason_needed"]


async def test_nothing_is_corrected_once_the_project_is_reviewed(zhuhai: Desks, colleague: Person) -> None:
    project = await a_voted_project(zhuhai)
    (await zhuhai.reviewer.post("catalog", of(project, "review"), APPROVAL)).ok()

    answer = await colleague.post("catalog", of(project, "vote"), vote(19, 87, reason="录反"))

    answer.problem(409, "wrong_state")


@pytest.mark.parametrize(
    ("day", "taken"), [("1900-01-01", False), ("2022-02-13", False), ("2022-02-14", True), ("2022-02-27", True)]
)
async def test_a_deliberation_lies_between_the_proposal_and_the_vote(
    zhuhai: Desks, colleague: Person, day: str, taken: bool
) -> None:
    leads = {"leads": ["party_organisation", "residents_committee"], "marks": {"inclusive": "面向全体居民"}}
    project = await a_voted_project(zhuhai, details={**leads, "initiated_on": "2022-02-14"})

    answer = await colleague.post("catalog", of(project, "deliberation"), {"occurred_on": day, "reason": "日期录错"})

    if taken:
        assert (answer.ok()["state"], answer.ok()["deliberated_on"]) == ("voted", day)
    else:
        assert answer.refused("ZH21-19.2b")["code"] == "step_out_of_order"


async def test_a_deliberation_does_not_follow_the_vote(zhuhai: Desks, colleague: Person) -> None:
    project = await a_voted_project(zhuhai)

    after = {"occurred_on": "2022-02-28", "reason": "日期录错"}
    answer = await colleague.post("catalog", of(project, "deliberation"), after)

    assert answer.refused("ZH21-19.2b")["code"] == "step_out_of_order"


@pytest.mark.parametrize(("day", "taken"), [("1900-01-01", False), ("2021-03-31", False), ("2021-04-01", True)])
async def test_no_step_is_older_than_the_text_that_orders_it(zhuhai: Desks, day: str, taken: bool) -> None:
    project = await a_project(zhuhai)

    answer = await zhuhai.planner.post("catalog", of(project, "deliberation"), {"occurred_on": day})

    assert answer.status == (200 if taken else 422)


@pytest.mark.parametrize(("day", "taken"), [("2022-03-01", True), ("2022-03-02", False)])
async def test_residents_do_not_propose_a_project_tomorrow(zhuhai: Desks, day: str, taken: bool) -> None:
    proposal = await zhuhai_proposal(zhuhai)
    details = {**proposal["details"], "initiated_on": day}

    answer = await zhuhai.planner.post("catalog", "/v1/projects", {**proposal, "details": details})

    assert answer.status == (201 if taken else 422)


async def test_a_step_of_another_project_is_withdrawn_the_last_one_first(zhuhai: Desks, colleague: Person) -> None:
    project = await a_voted_project(zhuhai, votes=(19, 87))
    why = {"reason": "误录为本项目"}

    early = await colleague.post("catalog", of(project, "deliberation/withdraw"), why)
    own = await zhuhai.planner.post("catalog", of(project, "vote/withdraw"), why)
    voted = (await colleague.post("catalog", of(project, "vote/withdraw"), why)).ok()
    bare = (await colleague.post("catalog", of(project, "deliberation/withdraw"), why)).ok()
    again = await colleague.post("catalog", of(project, "vote/withdraw"), why)

    early.problem(409, "wrong_state")
    own.refused("IC12-12.1")
    assert [voted["state"], voted["voted_on"], bare["state"], bare["deliberated_on"]] == [
        "deliberated",
        None,
        "proposed",
        None,
    ]
    again.problem(409, "wrong_state")


async def test_a_step_recorded_for_a_plan_does_not_keep_it_from_the_choice(
    world: World, zhuhai: Desks, colleague: Person
) -> None:
    project = await a_project(zhuhai, way="social_org_pool", proposer=str(zhuhai.organisation))
    (await zhuhai.reviewer.post("catalog", of(project, "consent"))).ok()

    recorded = (await zhuhai.planner.post("catalog", of(project, "deliberation"), {"occurred_on": "2022-02-20"})).ok()

    assert recorded["state"] == "consented"


async def test_the_database_keeps_one_person_from_two_entries_of_a_step(world: World, zhuhai: Desks) -> None:
    project = await a_voted_project(zhuhai)
    again = (
        "INSERT INTO project_steps (id, key, version, jurisdiction, organisation, project_id, step, number,"
        " occurred_on, votes_for, votes_against, recorded_by, recorded_on, corrects, corrects_by, reason)"
        " SELECT gen_random_uuid(), key, 1, jurisdiction, organisation, project_id, step, 2, occurred_on, 1, 0,"
        " recorded_by, recorded_on, 1, {by}, 'x' FROM project_steps WHERE project_id = $1 AND step = 'vote'"
    )
    connection = await world.services["catalog"].database.connect()

    for by, constraint in (("recorded_by", "two_persons"), ("gen_random_uuid()", "fk_project_steps_corrects")):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=constraint):
            await connection.execute(again.format(by=by), project["id"])
    await connection.close()
