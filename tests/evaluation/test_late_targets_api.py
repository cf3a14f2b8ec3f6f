"""Targets after the start of service, and in the place of others: with a reason that another person approves."""

from datetime import date
from typing import Any

import pytest

from shared.events.contracts import ContractSigned
from tests.evaluation.examples import EVALUATOR, a_zhuhai_contract, entries, events, of_provider, officer
from tests.evaluation.test_conclusions_api import ATTAINED, TARGETS, ready_in_zhuhai
from tests.support.world import Person, World

GOAL = {
    "performance_goal": "residents find counselling near home",
    "indicators": [{"name": "consultations", "unit": "times", "target": "600"}],
}
LATE = {**GOAL, "reason": "canary: the award was blocked and came a month late"}
FEWER = {**LATE, "indicators": [{"name": "consultations", "unit": "times", "target": "60"}]}
PLANNER = {"plan_evaluation"}


async def signed_late(world: World) -> tuple[ContractSigned, Person, Person]:
    """A contract that was signed after the first day of its service, and two who may plan its evaluation."""
    contract = await a_zhuhai_contract(world, starts_on=date(2022, 2, 1), ends_on=date(2022, 11, 30))
    return contract, await officer(world, contract, EVALUATOR), await officer(world, contract, PLANNER)


async def set_for(person: Person, contract: ContractSigned, body: dict[str, Any]) -> Any:
    return await person.post("evaluation", f"/v1/contracts/{contract.contract_id}/targets", body)


async def approved(person: Person, proposed: dict[str, Any]) -> Any:
    return await person.post("evaluation", f"/v1/targets/{proposed['id']}/approve")


async def standing(person: Person, contract: ContractSigned, **asked: Any) -> Any:
    return await person.get("evaluation", f"/v1/contracts/{contract.contract_id}/targets", **asked)


async def waits(person: Person, contract: ContractSigned) -> list[tuple[str, bool, str]]:
    tasks = (await person.get("evaluation", "/v1/tasks")).ok()
    mine = [task for task in tasks if task["about"] == str(contract.project_id) and "targets" in task["task"]]
    return [(task["task"], task["overdue"], task["clause"]) for task in mine]


@pytest.mark.clause("ZH21-25.1", "refuses")
async def test_after_the_start_targets_without_a_reason_are_refused(world: World) -> None:
    contract, planner, _ = await signed_late(world)

    answer = await set_for(planner, contract, GOAL)

    assert answer.refused("ZH21-25.1", "targets_after_start")["facts"]["starts_on"] == "2022-02-01"


@pytest.mark.clause("ZH21-25.1", "accepts")
async def test_after_the_start_another_person_approves_targets_with_a_reason(world: World) -> None:
    contract, planner, other = await signed_late(world)
    provider = await of_provider(world, contract)

    proposed = (await set_for(planner, contract, LATE)).ok()
    waiting = await standing(planner, contract)
    stood = (await approved(other, proposed)).ok()

    assert (proposed["state"], stood["state"], stood["reasoned"]) == ("proposed", "set", True)
    waiting.problem(404)
    shown = (await standing(provider, contract)).ok()
    assert (shown["reason"], shown["indicators"][0]["target"]) == (LATE["reason"], "600.00")
    assert await entries(world, proposed["id"]) == ["targets_proposed", "targets_set"]
    assert [event["reasoned"] for event in await events(world, proposed["id"], "targets_set")] == [True]
    assert "targets_set" in {notice["kind"] for notice in (await provider.get("evaluation", "/v1/notices")).ok()}
    assert not await world.rows("SELECT 1 FROM evaluation.journal WHERE entry LIKE '%canary%'")
    (await approved(other, proposed)).problem(409, "wrong_state")


@pytest.mark.clause("ZH21-25.1", "refuses")
async def test_who_proposes_late_targets_does_not_approve_them(world: World) -> None:
    contract, planner, _ = await signed_late(world)
    proposed = (await set_for(planner, contract, LATE)).ok()

    (await approved(planner, proposed)).refused("ZH21-25.1", "proposer_approves")

    (await standing(planner, contract)).problem(404)


async def test_what_was_proposed_is_replaced_by_what_is_proposed_next(world: World) -> None:
    contract, planner, other = await signed_late(world)
    first = (await set_for(planner, contract, LATE)).ok()

    second = (await set_for(planner, contract, FEWER)).ok()

    (await approved(other, first)).problem(409, "wrong_state")
    assert (await standing(other, contract, proposed=True)).ok()["indicators"][0]["target"] == "60.00"
    (await approved(other, second)).ok()
    (await standing(other, contract, proposed=True)).problem(404)


async def test_a_slip_in_targets_is_mended_by_two_until_an_evaluation_has_begun(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    planner, other = await officer(world, contract, EVALUATOR), await officer(world, contract, PLANNER)
    (await set_for(planner, contract, GOAL)).ok()

    proposed = (await set_for(planner, contract, FEWER)).ok()
    before = (await standing(planner, contract)).ok()
    (await approved(other, proposed)).ok()
    after = (await standing(planner, contract)).ok()
    third = (await set_for(planner, contract, LATE)).ok()
    opened = {"line_id": str(contract.lines[2].line_id)}
    (await planner.post("evaluation", f"/v1/contracts/{contract.contract_id}/evaluations", opened)).ok()

    assert [each["indicators"][0]["target"] for each in (before, after)] == ["600.00", "60.00"]
    (await approved(other, third)).problem(409, "wrong_state")
    assert await waits(other, contract) == []
    (await set_for(planner, contract, LATE)).problem(409, "wrong_state")


async def test_an_evaluation_that_was_opened_without_targets_still_gets_them(world: World) -> None:
    contract, planner, other = await signed_late(world)
    opened = {"line_id": str(contract.lines[2].line_id)}
    (await planner.post("evaluation", f"/v1/contracts/{contract.contract_id}/evaluations", opened)).ok()

    proposed = (await set_for(planner, contract, LATE)).ok()

    assert (await approved(other, proposed)).ok()["state"] == "set"


async def test_a_contract_whose_targets_came_late_is_evaluated_and_releases_its_last_line(world: World) -> None:
    contract, planner, other = await signed_late(world)
    late = {**TARGETS, "reason": "the award was blocked and came a month late"}
    person, path, survey = await ready_in_zhuhai(world, contract, targets=False)
    conclusion = {"attained": ATTAINED, "survey_id": survey, "reasons": "318 of 600 consultations"}

    without = await person.post("evaluation", f"{path}/conclusion", conclusion)
    (await approved(other, (await set_for(planner, contract, late)).ok())).ok()
    concluded = (await person.post("evaluation", f"{path}/conclusion", conclusion)).ok()

    without.refused("ZH21-25.1", "target_missing")
    [event] = await events(world, concluded["id"], "evaluation_concluded")
    assert event["line_id"] == str(contract.lines[2].line_id)


async def test_late_targets_wait_for_each_in_turn(world: World) -> None:
    contract, planner, other = await signed_late(world)

    assert await waits(other, contract) == [("set_targets", True, "ZH21-25.1")]
    proposed = (await set_for(planner, contract, LATE)).ok()
    assert await waits(planner, contract) == []
    assert await waits(other, contract) == [("approve_targets", True, "ZH21-25.1")]
    (await approved(other, proposed)).ok()
    assert await waits(other, contract) == []
