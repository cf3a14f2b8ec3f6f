from datetime import date
from decimal import Decimal

import pytest

from shared.events.contracts import ContractCompleted
from tests.evaluation.examples import (
    EVALUATOR,
    a_chengdu_contract,
    a_line,
    a_zhuhai_contract,
    entries,
    of_provider,
    officer,
)
from tests.support.world import World

GOAL = {
    "performance_goal": "residents find counselling near home",
    "indicators": [{"name": "consultations", "unit": "times", "target": "600"}],
}


async def test_a_signed_contract_brings_its_duties_with_their_days(world: World) -> None:
    contract = await a_chengdu_contract(world)
    reader = await officer(world, contract, EVALUATOR)

    duties = (await reader.get("evaluation", f"/v1/contracts/{contract.contract_id}/duties")).ok()

    assert [(d["kind"], d["number"], d["due_on"], d["clause"]) for d in duties] == [
        ("assessment", 1, "2022-07-30", "CD17-26.2"),
        ("assessment", 2, "2022-11-30", "CD17-26.2"),
        ("assessment", 3, "2023-03-30", "CD17-26.2"),
        ("evaluation", None, "2023-03-30", "CD17-31.1"),
    ]
    assert {d["state"] for d in duties} == {"planned"}
    assert await entries(world, duties[0]["id"]) == ["duty_planned"]
    assert await world.parked() == []


async def test_duties_are_shown_to_the_parties_and_to_nobody_else(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    stranger = await world.person(duties=EVALUATOR, organisation=world.office, jurisdiction="4404")
    provider = await of_provider(world, contract)
    path = f"/v1/contracts/{contract.contract_id}/duties"

    assert len((await provider.get("evaluation", path)).ok()) == 2
    (await stranger.get("evaluation", path)).problem(404)


@pytest.mark.clause("ZH21-25.1", "accepts")
async def test_targets_are_set_once_before_the_service_starts(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    planner = await officer(world, contract, EVALUATOR)
    path = f"/v1/contracts/{contract.contract_id}/targets"

    given = (await planner.post("evaluation", path, GOAL)).ok()

    assert given["indicators"] == [{"name": "consultations", "unit": "times", "target": "600.00"}]
    assert "ZH21-25.1" in {f["clause"] for f in given["explain"]}
    assert (await planner.get("evaluation", path)).ok()["performance_goal"] == GOAL["performance_goal"]
    (await planner.post("evaluation", path, GOAL)).problem(409, "wrong_state")


@pytest.mark.clause("ZH21-25.1", "refuses")
async def test_a_contract_without_indicators_is_refused_its_targets(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    planner = await officer(world, contract, EVALUATOR)

    answer = await planner.post(
        "evaluation", f"/v1/contracts/{contract.contract_id}/targets", {**GOAL, "indicators": []}
    )

    assert answer.refused("ZH21-25.1", "target_missing")["facts"] == {"target": "indicators"}


async def test_two_indicators_of_one_name_are_a_field_error(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    planner = await officer(world, contract, EVALUATOR)
    twice = [{"name": name, "unit": "times", "target": "1"} for name in ("Visits", "visits")]

    answer = await planner.post(
        "evaluation", f"/v1/contracts/{contract.contract_id}/targets", {**GOAL, "indicators": twice}
    )

    answer.problem(422, "field")


async def test_who_holds_no_duty_of_the_purchaser_sets_no_targets(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    provider = await of_provider(world, contract, EVALUATOR)

    answer = await provider.post("evaluation", f"/v1/contracts/{contract.contract_id}/targets", GOAL)

    answer.problem(403, "not_allowed")


async def test_open_duties_come_page_by_page_and_only_once(world: World) -> None:
    contract = await a_chengdu_contract(world)
    provider = await of_provider(world, contract)
    seen: list[str] = []
    after: dict[str, str] = {}

    while True:
        page = (await provider.get("evaluation", "/v1/duties", limit="3", **after)).ok()
        seen += [duty["id"] for duty in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}

    assert len(seen) == len(set(seen)) >= 4


async def test_an_auditor_of_the_city_sees_the_duties_of_its_districts_alone(world: World) -> None:
    await a_zhuhai_contract(world)
    contract = await a_chengdu_contract(world)
    auditor = await world.person(duties={"audit"}, organisation=world.finance_cd, jurisdiction="5101")

    page = (await auditor.get("evaluation", "/v1/duties")).ok()

    assert str(contract.contract_id) in {duty["contract_id"] for duty in page["items"]}
    rows = await world.rows("SELECT id FROM evaluation.duties WHERE jurisdiction LIKE '4404%'")
    assert not {str(row["id"]) for row in rows} & {duty["id"] for duty in page["items"]}


async def test_a_duty_is_overdue_the_day_after_its_day_and_says_so_once(world: World) -> None:
    contract = await a_chengdu_contract(world)
    reader = await officer(world, contract, EVALUATOR)
    path = f"/v1/contracts/{contract.contract_id}/duties"

    await world.today_is(date(2022, 7, 30), 23, 59, 30)
    await world.pump()
    on_the_day = (await reader.get("evaluation", path)).ok()[0]
    await world.today_is(date(2022, 7, 31), 0, 0, 1)
    await world.pump()
    await world.pump()
    after_it = (await reader.get("evaluation", path)).ok()[0]

    assert (on_the_day["overdue"], after_it["overdue"]) == (False, True)
    assert await entries(world, after_it["id"]) == ["duty_planned", "duty_overdue"]
    late = (await reader.get("evaluation", "/v1/duties", overdue="true")).ok()["items"]
    assert after_it["id"] in {duty["id"] for duty in late}
    assert {duty["overdue"] for duty in late} == {True}


@pytest.mark.parametrize(
    ("place", "rulebook", "state"),
    [
        ("4404/440402", "zhuhai-2021@1", "planned"),
        ("2201/220102", "changchun-2014@1", "dropped"),
        ("4404/440402", "zhuhai-2021@1:2021-04-01", "dropped"),
    ],
)
async def test_an_evaluation_that_nobody_can_conclude_is_owed_no_longer_than_the_contract(
    world: World, place: str, rulebook: str, state: str
) -> None:
    lines = [a_line(1, "contract"), a_line(2, "acceptance")]
    contract = await a_zhuhai_contract(world, jurisdiction=place, rulebook=rulebook, lines=lines)
    told = {"jurisdiction", "organisation", "project_id", "contract_id", "provider_id"}
    ended = ContractCompleted(**contract.model_dump(include=told), paid=Decimal("60000.00"), withheld=Decimal("0.00"))

    await world.emit("contracts", ended)
    await world.pump()

    rows = await world.rows("SELECT kind, state FROM evaluation.duties WHERE contract_id = $1", contract.contract_id)
    assert {row["kind"]: row["state"] for row in rows} == {"acceptance": "planned", "evaluation": state}
    assert await world.parked() == []
