from datetime import date
from typing import Any

import pytest

from shared.events.contracts import ContractSigned
from tests.evaluation.examples import (
    ACCEPTOR,
    CHENGDU,
    EVALUATOR,
    a_chengdu_contract,
    a_line,
    a_third_party,
    assessed,
    entries,
    events,
    of_provider,
    officer,
    opened_assessment,
    three_users,
)
from tests.support.world import Person, World


async def listed(person: Person, contract: ContractSigned, **parameters: str) -> list[dict[str, Any]]:
    path = f"/v1/contracts/{contract.contract_id}/assessments"
    return list((await person.get("evaluation", path, **parameters)).ok())


@pytest.mark.clause("CD17-27.1", "shows", kind="assessment_result", score="84.00")
@pytest.mark.clause("CD17-27.2", "shows", kind="assessment_result", score="84.00")
async def test_a_result_is_told_to_the_provider_in_writing_with_its_window(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    provider = await of_provider(world, contract)

    path = await opened_assessment(person, contract, modes=["daily", "random"])
    result = (await person.post("evaluation", f"{path}/result", {"score": "84"})).ok()

    assert (result["state"], result["score"], result["objections_until"]) == ("notified", "84.00", "2022-03-08")
    assert {"CD17-17.3", "CD17-25.2", "CD17-25.3", "CD17-27.1", "CD17-27.2", "CD17-27.3"} <= {
        f["clause"] for f in result["explain"]
    }
    [notice] = [n for n in (await provider.get("evaluation", "/v1/notices")).ok() if n["subject"] == result["id"]]
    assert notice["facts"] == {"score": "84.00", "period": "1", "objections_until": "2022-03-08"}
    [event] = await events(world, result["id"], "assessment_notified")
    assert (event["score"], event["objections_until"]) == ("84.00", "2022-03-08")
    duties = (await person.get("evaluation", f"/v1/contracts/{contract.contract_id}/duties")).ok()
    assert [d["state"] for d in duties if d["number"] == 1] == ["notified"]


async def test_assessments_are_listed_by_mode(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    await opened_assessment(person, contract, 0, modes=["daily", "special"])
    await opened_assessment(person, contract, 1, modes=["departmental_supervision"])

    assert [a["period"] for a in await listed(person, contract, mode="special")] == [1]
    assert [a["period"] for a in await listed(person, contract, mode="departmental_supervision")] == [2]
    assert len(await listed(person, contract)) == 2


@pytest.mark.clause("CD17-26.2", "accepts")
@pytest.mark.clause("CD17-26.3", "accepts")
@pytest.mark.clause("CD17-26.4", "accepts")
@pytest.mark.clause("CD17-26.5", "accepts")
async def test_every_way_of_assessing_that_the_text_names_is_open(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    ways = {
        "daily": "CD17-26.2",
        "special": "CD17-26.2",
        "random": "CD17-26.2",
        "departmental_supervision": "CD17-26.2",
        "media_verification": "CD17-26.3",
        "complaint_verification": "CD17-26.3",
        "professional": "CD17-26.4",
        "citizen_rating": "CD17-26.4",
        "independent_professional": "CD17-26.5",
    }
    asked = {"line_id": str(contract.lines[0].line_id), "modes": list(ways)}

    opened = (await person.post("evaluation", f"/v1/contracts/{contract.contract_id}/assessments", asked)).ok()

    cited = {f["facts"]["mode"]: f["clause"] for f in opened["explain"] if f["code"] == "mode_not_listed"}
    assert cited == ways


@pytest.mark.clause("CD17-26.2", "refuses")
async def test_an_unknown_mode_without_a_reason_is_refused(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    asked = {"line_id": str(contract.lines[0].line_id), "modes": ["telepathy"]}

    answer = await person.post("evaluation", f"/v1/contracts/{contract.contract_id}/assessments", asked)

    assert answer.refused("CD17-26.2", "mode_not_listed")["facts"] == {"mode": "telepathy"}


@pytest.mark.clause("CD17-17.3", "refuses")
async def test_the_signer_of_the_contract_does_not_assess_it_either(world: World) -> None:
    signer = await world.person(duties=ACCEPTOR, organisation=world.office, jurisdiction=CHENGDU)
    contract = await a_chengdu_contract(world, signer=signer.id)
    colleague = await officer(world, contract, ACCEPTOR)
    path = await opened_assessment(colleague, contract)
    asked = {"line_id": str(contract.lines[1].line_id), "modes": ["daily"]}

    opening = await signer.post("evaluation", f"/v1/contracts/{contract.contract_id}/assessments", asked)
    result = await signer.post("evaluation", f"{path}/result", {"score": "100"})

    opening.refused("CD17-17.3", "acceptor_signed_contract")
    result.refused("CD17-17.3", "acceptor_signed_contract")


@pytest.mark.clause("CD17-25.2", "refuses")
async def test_an_assessment_that_is_an_acceptance_needs_its_observers_too(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened_assessment(person, contract, observers=False)

    (await person.post("evaluation", f"{path}/result", {"score": "84"})).refused("CD17-25.2", "too_few_observers")


@pytest.mark.clause("CD17-25.1", "accepts")
async def test_an_entrusted_third_party_assesses(world: World) -> None:
    contract = await a_chengdu_contract(world)
    third_party = await a_third_party(world, await officer(world, contract, EVALUATOR), contract)

    result = await assessed(third_party, contract, score="90", modes=["independent_professional"])

    assert (result["organiser"], result["state"]) == ("entrusted_third_party", "notified")


async def test_a_service_that_is_not_public_has_no_window_and_its_result_stands_at_once(world: World) -> None:
    contract = await a_chengdu_contract(world, service_class=1)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened_assessment(person, contract, observers=False, purchaser_is_user=True)

    result = (await person.post("evaluation", f"{path}/result", {"score": "75"})).ok()

    assert (result["state"], result["objections_until"]) == ("confirmed", None)
    assert await entries(world, result["id"]) == ["assessment_opened", "assessment_notified", "assessment_confirmed"]


@pytest.mark.parametrize("score", ["100.01", "-1", "84.001", "1e1"])
async def test_points_are_of_a_hundred_with_two_places(world: World, score: str) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened_assessment(person, contract)

    (await person.post("evaluation", f"{path}/result", {"score": score})).problem(422, "field")


async def test_a_period_has_one_assessment_at_a_time(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    await opened_assessment(person, contract)
    asked = {"line_id": str(contract.lines[0].line_id), "modes": ["daily"]}

    again = await person.post("evaluation", f"/v1/contracts/{contract.contract_id}/assessments", asked)

    again.problem(409, "wrong_state")


async def test_a_line_that_waits_for_another_gate_has_no_assessment(world: World) -> None:
    contract = await a_chengdu_contract(world, lines=[a_line(1, "acceptance")], nature="deliverable")
    person = await officer(world, contract, ACCEPTOR)
    asked = {"line_id": str(contract.lines[0].line_id), "modes": ["daily"]}

    answer = await person.post("evaluation", f"/v1/contracts/{contract.contract_id}/assessments", asked)

    assert answer.problem(409, "wrong_state")["needed"] == ["gated_by_assessment"]


async def test_observers_are_notified_before_and_not_after_the_result(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    result = await assessed(person, contract, score="84")

    answer = await person.post("evaluation", f"/v1/assessments/{result['id']}/observers", three_users())

    answer.problem(409, "wrong_state")


async def test_the_result_stands_when_the_last_day_for_objections_is_over(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    result = await assessed(person, contract, score="84")
    last_day = date.fromisoformat(result["objections_until"])

    await world.today_is(last_day, 23, 59, 30)
    await world.pump()
    on_the_last_day = [a["state"] for a in await listed(person, contract)]
    await world.today_is(date.fromordinal(last_day.toordinal() + 1), 0, 0, 1)
    await world.pump()
    await world.pump()

    assert on_the_last_day == ["notified"]
    [event] = await events(world, result["id"], "assessment_confirmed")
    assert (event["score"], event["result_version"], event["period"]) == ("84.00", 1, 1)
    assert event["line_id"] == str(contract.lines[0].line_id)
    duties = (await person.get("evaluation", f"/v1/contracts/{contract.contract_id}/duties")).ok()
    assert [d["state"] for d in duties if d["number"] == 1] == ["concluded"]


async def test_a_period_for_which_nothing_is_paid_is_assessed_again_and_the_result_counts_up(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    first = await assessed(person, contract, score="69.99")
    await world.today_is(date(2022, 4, 1))
    await world.pump()

    second = await assessed(person, contract, score="70.00")
    await world.today_is(date(2022, 4, 20))
    await world.pump()

    [event] = await events(world, second["id"], "assessment_confirmed")
    assert (first["attempt"], event["result_version"], event["score"]) == (1, 2, "70.00")
    asked = {"line_id": str(contract.lines[0].line_id), "modes": ["daily"]}
    third = await person.post("evaluation", f"/v1/contracts/{contract.contract_id}/assessments", asked)
    third.problem(409, "wrong_state")


async def test_an_end_beyond_the_last_known_year_is_provisional_and_confirms_nothing(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    await world.today_is(date(2026, 12, 30))
    result = await assessed(person, contract, score="84")

    await world.today_is(date(2027, 3, 1))
    await world.pump()

    assert result["window_provisional"] is True
    assert [a["state"] for a in await listed(person, contract)] == ["notified"]


async def test_a_period_assessed_in_time_is_not_overdue_while_objections_may_come(world: World) -> None:
    contract = await a_chengdu_contract(world, starts_on=date(2027, 1, 1), ends_on=date(2027, 3, 31))
    person = await officer(world, contract, ACCEPTOR)
    await world.today_is(date(2027, 3, 2))
    await assessed(person, contract, score="84")

    await world.today_is(date(2027, 3, 3))
    await world.pump()

    [duty, *_] = (await person.get("evaluation", f"/v1/contracts/{contract.contract_id}/duties")).ok()
    assert (duty["due_on"], duty["state"], duty["overdue"]) == ("2027-03-02", "notified", False)
    assert await entries(world, duty["id"]) == ["duty_planned"]
