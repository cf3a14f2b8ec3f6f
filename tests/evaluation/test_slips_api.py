"""What one person accepted or assessed by a slip is set right by another, with a reason, and both stay readable."""

import pytest

from tests.evaluation.examples import (
    ACCEPTOR,
    a_chengdu_contract,
    assessed,
    events,
    of_provider,
    officer,
    opened_assessment,
    three_users,
)
from tests.evaluation.test_acceptance_api import a_delivery_contract, opened
from tests.evaluation.test_objections_api import OBJECTION, filed
from tests.support.world import Person, World

SLIP = "误点，现场记录为另一结果"


async def a_passed_acceptance(world: World) -> tuple[Person, Person, str]:
    """Passed by the first; the second is a colleague."""
    contract = await a_delivery_contract(world)
    first, second = await officer(world, contract, ACCEPTOR), await officer(world, contract, ACCEPTOR)
    path = await opened(first, contract)
    (await first.post("evaluation", f"{path}/observers", three_users())).ok()
    (await first.post("evaluation", f"{path}/conclusion", {"passed": True})).ok()
    return first, second, path


@pytest.mark.clause("IC12-12.1", "accepts")
async def test_an_acceptance_passed_by_a_slip_fails_by_the_next_version_of_its_result(world: World) -> None:
    _, second, path = await a_passed_acceptance(world)

    corrected = (await second.post("evaluation", f"{path}/correction", {"passed": False, "reason": SLIP})).ok()

    slip = (await second.get("evaluation", path)).ok()
    assert (slip["state"], corrected["state"], corrected["corrects"]) == ("passed", "failed", slip["id"])
    [event] = await events(world, corrected["id"], "acceptance_concluded")
    assert (event["line_id"], event["passed"], event["result_version"]) == (slip["line_id"], False, 2)
    read = (await second.get("evaluation", f"/v1/acceptances/{corrected['id']}")).ok()
    assert len(read["observers"]) == len(slip["observers"]) == 3


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_who_concluded_an_acceptance_does_not_correct_it(world: World) -> None:
    first, _, path = await a_passed_acceptance(world)

    answer = await first.post("evaluation", f"{path}/correction", {"passed": False, "reason": SLIP})

    answer.refused("IC12-12.1", "giver_corrects")


async def test_only_the_latest_result_is_corrected_and_only_to_another(world: World) -> None:
    first, second, path = await a_passed_acceptance(world)
    same = await second.post("evaluation", f"{path}/correction", {"passed": True, "reason": SLIP})
    same.problem(409, "wrong_state")
    corrected = (await second.post("evaluation", f"{path}/correction", {"passed": False, "reason": SLIP})).ok()

    again = await second.post("evaluation", f"{path}/correction", {"passed": False, "reason": SLIP})

    again.problem(409, "wrong_state")
    at = f"/v1/acceptances/{corrected['id']}"
    back = (await first.post("evaluation", f"{at}/correction", {"passed": True, "reason": SLIP})).ok()
    assert (back["state"], back["attempt"], f"/v1/acceptances/{back['corrects']}") == ("passed", 3, path)


async def test_a_score_set_right_is_told_anew_with_a_new_window_and_both_stay(world: World) -> None:
    contract = await a_chengdu_contract(world)
    slip = await assessed(await officer(world, contract, ACCEPTOR), contract, score="97")
    second, provider = await officer(world, contract, ACCEPTOR), await of_provider(world, contract)
    path = f"/v1/assessments/{slip['id']}"

    corrected = (await second.post("evaluation", f"{path}/correction", {"score": "79", "reason": SLIP})).ok()

    assert (corrected["state"], corrected["score"], corrected["corrects"]) == ("notified", "79.00", slip["id"])
    before = (await second.get("evaluation", path)).ok()
    assert (before["state"], before["score"]) == ("corrected", "97.00")
    told = [n for n in (await provider.get("evaluation", "/v1/notices")).ok() if n["subject"] == corrected["id"]]
    assert [n["facts"]["score"] for n in told] == ["79.00"]
    (await provider.post("evaluation", f"{path}/objections", OBJECTION)).problem(409, "wrong_state")
    assert (await filed(provider, corrected))["state"] == "open"


async def test_who_gave_a_score_does_not_correct_it(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    slip = await assessed(person, contract, score="97")

    answer = await person.post(
        "evaluation", f"/v1/assessments/{slip['id']}/correction", {"score": "79", "reason": SLIP}
    )

    answer.refused("IC12-12.1", "giver_corrects")


async def test_a_result_that_stood_at_once_is_corrected_by_the_next_version(world: World) -> None:
    contract = await a_chengdu_contract(world, service_class=1)
    first, second = await officer(world, contract, ACCEPTOR), await officer(world, contract, ACCEPTOR)
    path = await opened_assessment(first, contract, observers=False, purchaser_is_user=True)
    (await first.post("evaluation", f"{path}/result", {"score": "97"})).ok()

    corrected = (await second.post("evaluation", f"{path}/correction", {"score": "79", "reason": SLIP})).ok()

    [event] = await events(world, corrected["id"], "assessment_confirmed")
    assert (event["score"], event["result_version"]) == ("79.00", 2)


async def test_what_is_objected_to_is_answered_and_not_corrected(world: World) -> None:
    contract = await a_chengdu_contract(world)
    slip = await assessed(await officer(world, contract, ACCEPTOR), contract, score="97")
    await filed(await of_provider(world, contract), slip)
    second = await officer(world, contract, ACCEPTOR)

    answer = await second.post(
        "evaluation", f"/v1/assessments/{slip['id']}/correction", {"score": "79", "reason": SLIP}
    )

    answer.problem(409, "wrong_state")
