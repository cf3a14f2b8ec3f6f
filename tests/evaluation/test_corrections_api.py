import pytest

from shared.events.contracts import ContractSigned
from tests.evaluation.examples import EVALUATOR, a_closed_survey, a_zhuhai_contract, events, officer
from tests.evaluation.test_conclusions_api import ATTAINED, ready_in_zhuhai
from tests.support.world import Person, World

WRONG = {"purchaser_score": "71", "reason": "points of another street were entered"}


async def a_poor_result(world: World, contract: ContractSigned | None = None) -> tuple[Person, Person, str]:
    """Concluded with 54.00: who proposes a correction, who approves it, and the evaluation's path."""
    contract = contract or await a_zhuhai_contract(world)
    person, path, survey = await ready_in_zhuhai(world, contract)
    (await person.post("evaluation", f"{path}/conclusion", {"attained": ATTAINED, "survey_id": survey})).ok()
    return person, await officer(world, contract, EVALUATOR), path


@pytest.mark.clause("IC12-12.1", "accepts")
async def test_a_correction_by_two_persons_gives_the_next_version_of_the_result(world: World) -> None:
    proposes, approves, path = await a_poor_result(world)
    correction = (await proposes.post("evaluation", f"{path}/corrections", WRONG)).ok()

    approved = (await approves.post("evaluation", f"/v1/corrections/{correction['id']}/approve")).ok()

    assert approved["state"] == "approved"
    sent = await events(world, path.rsplit("/", 1)[1], "evaluation_concluded")
    assert [(e["result_version"], e["score"], e["grade"]) for e in sent] == [(1, "54.00", "poor"), (2, "62.00", "fair")]
    details = (await approves.get("evaluation", path)).ok()
    assert [(r["result_version"], r["score"]) for r in details["results"]] == [(1, "54.00"), (2, "62.00")]
    assert details["state"] == "concluded"


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_who_proposed_a_correction_does_not_approve_it(world: World) -> None:
    proposes, _, path = await a_poor_result(world)
    correction = (await proposes.post("evaluation", f"{path}/corrections", WRONG)).ok()

    answer = await proposes.post("evaluation", f"/v1/corrections/{correction['id']}/approve")

    answer.refused("IC12-12.1", "corrector_approves")
    assert (await proposes.get("evaluation", path)).ok()["score"] == "54.00"


async def test_a_correction_is_taken_back_or_refused_and_changes_nothing(world: World) -> None:
    proposes, approves, path = await a_poor_result(world)
    for person in (proposes, approves):
        correction = (await proposes.post("evaluation", f"{path}/corrections", WRONG)).ok()
        at = f"/v1/corrections/{correction['id']}"

        assert (await person.post("evaluation", f"{at}/withdraw")).ok()["state"] == "withdrawn"

        (await approves.post("evaluation", f"{at}/approve")).problem(409, "wrong_state")
    assert (await proposes.get("evaluation", path)).ok()["score"] == "54.00"
    told = await events(world, path.rsplit("/", 1)[1], "correction_proposed")
    assert [event["withdrawn"] for event in told] == [False, True, False, True]


async def test_a_correction_of_a_published_result_is_published_again(world: World) -> None:
    proposes, approves, path = await a_poor_result(world)
    (await proposes.post("evaluation", f"{path}/publication")).ok()
    correction = (await proposes.post("evaluation", f"{path}/corrections", WRONG)).ok()

    (await approves.post("evaluation", f"/v1/corrections/{correction['id']}/approve")).ok()

    sent = await events(world, path.rsplit("/", 1)[1], "evaluation_published")
    assert [(e["score"], e["grade"]) for e in sent] == [("54.00", "poor"), ("62.00", "fair")]
    public = (await approves.get("evaluation", path.replace("/evaluations/", "/published-evaluations/"))).ok()
    assert (public["score"], public["result_version"]) == ("62.00", 2)


async def test_another_survey_corrects_the_beneficiaries_points(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    proposes, approves, path = await a_poor_result(world, contract)
    survey = await a_closed_survey(proposes, contract, satisfied=81)
    body = {"survey_id": survey, "reason": "answers of the wrong year"}
    correction = (await proposes.post("evaluation", f"{path}/corrections", body)).ok()

    (await approves.post("evaluation", f"/v1/corrections/{correction['id']}/approve")).ok()

    assert (await approves.get("evaluation", path)).ok()["score"] == "60.00"


async def test_a_value_of_an_indicator_is_corrected_and_the_former_stays_readable(world: World) -> None:
    proposes, approves, path = await a_poor_result(world)
    body = {"attained": {"consultations": "381"}, "reason": "two digits changed places"}
    correction = (await proposes.post("evaluation", f"{path}/corrections", body)).ok()

    (await approves.post("evaluation", f"/v1/corrections/{correction['id']}/approve")).ok()

    details = (await approves.get("evaluation", path)).ok()
    assert (details["attained"], details["score"]) == ({"consultations": "381.00"}, "54.00")
    (kept,) = (await approves.get("evaluation", f"{path}/corrections")).ok()
    assert kept["was_attained"] == {"consultations": "318.00"}
    assert [result["result_version"] for result in details["results"]] == [1, 2]


async def test_a_value_of_no_indicator_that_was_set_corrects_nothing(world: World) -> None:
    proposes, approves, path = await a_poor_result(world)
    body = {"attained": {"visits": "381"}, "reason": "another contract's"}
    correction = (await proposes.post("evaluation", f"{path}/corrections", body)).ok()

    answer = await approves.post("evaluation", f"/v1/corrections/{correction['id']}/approve")

    assert answer.status == 422
    assert (await approves.get("evaluation", path)).ok()["attained"] == {"consultations": "318.00"}


async def test_of_two_proposals_for_one_version_the_second_is_overtaken(world: World) -> None:
    proposes, approves, path = await a_poor_result(world)
    first = (await proposes.post("evaluation", f"{path}/corrections", WRONG)).ok()
    second = (await proposes.post("evaluation", f"{path}/corrections", WRONG)).ok()
    (await approves.post("evaluation", f"/v1/corrections/{first['id']}/approve")).ok()

    answer = await approves.post("evaluation", f"/v1/corrections/{second['id']}/approve")

    assert answer.problem(409, "wrong_state")["state"] == "overtaken"


async def test_a_correction_that_corrects_nothing_is_a_field_error(world: World) -> None:
    proposes, _, path = await a_poor_result(world)

    (await proposes.post("evaluation", f"{path}/corrections", {"reason": "?"})).problem(422, "field")
