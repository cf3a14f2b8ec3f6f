import json
from typing import Any

import pytest

from services.evaluation.conclusions.rules import SATISFACTION
from shared.events.contracts import ContractSigned
from tests.evaluation.examples import (
    EVALUATOR,
    a_chengdu_contract,
    a_closed_survey,
    a_third_party,
    a_zhuhai_contract,
    both_opinions,
    entries,
    events,
    of_provider,
    officer,
)
from tests.support.world import Person, World

TARGETS = {
    "performance_goal": "residents find counselling near home",
    "indicators": [{"name": "consultations", "unit": "times", "target": "600"}],
}
ATTAINED = {"consultations": "318"}
REPORT: dict[str, Any] = {"report_fields": ["quality", "quantity", "effect", "cost"], "report_sha256": "ab" * 32}
ITEMS = {
    "within_duties": "CD17-32.2",
    "method_suitable": "CD17-32.3",
    "process_regular": "CD17-32.3",
    "need_clear": "CD17-32.4",
    "need_complete": "CD17-32.4",
    "need_compliant": "CD17-32.4",
    "assessment_and_acceptance": "CD17-32.5",
    "funds_input": "CD17-32.6",
    "funds_use": "CD17-32.6",
    "objective_attainment": "CD17-32.7",
    "target_completion": "CD17-32.7",
    "effect": "CD17-32.7",
}
"""What is judged in Chengdu beside the satisfaction of the beneficiaries, and by which clause."""
JUDGED = dict.fromkeys(ITEMS, "met")


async def opened(person: Person, contract: ContractSigned, **body: Any) -> str:
    path = f"/v1/contracts/{contract.contract_id}/evaluations"
    return f"/v1/evaluations/{(await person.post('evaluation', path, body)).ok()['id']}"


async def with_parts(person: Person, third_party: Person, path: str, purchaser: str, third: str) -> None:
    own = {"part": "purchaser", "score": purchaser}
    (await person.post("evaluation", f"{path}/parts", own)).ok()
    reported = {"part": "third_party", "score": third, **REPORT}
    (await third_party.post("evaluation", f"{path}/parts", reported)).ok()


async def ready_in_zhuhai(
    world: World, contract: ContractSigned, *, targets: bool = True, opinions: bool = True
) -> tuple[Person, str, str]:
    """The counselling contract with everything but the conclusion: officer, the evaluation's path, the survey."""
    person = await officer(world, contract, EVALUATOR)
    if targets:
        (await person.post("evaluation", f"/v1/contracts/{contract.contract_id}/targets", TARGETS)).ok()
    third_party = await a_third_party(world, person, contract)
    survey = await a_closed_survey(person, contract, satisfied=61)
    path = await opened(person, contract)
    await with_parts(person, third_party, path, "51", "51")
    if opinions:
        await both_opinions(person, path)
    return person, path, survey


async def ready_in_chengdu(world: World, contract: ContractSigned, **body: Any) -> tuple[Person, str, str]:
    person = await officer(world, contract, EVALUATOR)
    third_party = await a_third_party(world, person, contract)
    survey = await a_closed_survey(person, contract, satisfied=90)
    path = await opened(person, contract, **body)
    await with_parts(person, third_party, path, "91", "89")
    return person, path, survey


@pytest.mark.clause("ZH21-25.1", "accepts")
@pytest.mark.clause("ZH21-27.2", "accepts")
@pytest.mark.clause("ZH21-27.3", "accepts")
@pytest.mark.clause("ZH21-27.1", "accepts")
@pytest.mark.clause("ZH21-27.5", "accepts")
async def test_the_counselling_contract_is_evaluated_with_54_points_and_is_poor(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    person, path, survey = await ready_in_zhuhai(world, contract)

    body = {"attained": ATTAINED, "survey_id": survey, "reasons": "318 of 600 consultations"}
    concluded = (await person.post("evaluation", f"{path}/conclusion", body)).ok()

    assert (concluded["score"], concluded["grade"], concluded["result_version"]) == ("54.00", "poor", 1)
    assert {"ZH21-25.1", "ZH21-27.1", "ZH21-27.2", "ZH21-27.3", "ZH21-27.5"} <= {
        f["clause"] for f in concluded["explain"]
    }
    [event] = await events(world, concluded["id"], "evaluation_concluded")
    final = contract.lines[2].line_id
    assert (event["score"], event["grade"], event["line_id"], event["kind"]) == ("54.00", "poor", str(final), "final")
    duties = (await person.get("evaluation", f"/v1/contracts/{contract.contract_id}/duties")).ok()
    assert [d["state"] for d in duties if d["kind"] == "evaluation"] == ["concluded"]


async def test_the_provider_is_told_the_result_in_writing(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    provider = await of_provider(world, contract)
    person, path, survey = await ready_in_zhuhai(world, contract)
    concluded = await person.post("evaluation", f"{path}/conclusion", {"attained": ATTAINED, "survey_id": survey})

    notices = (await provider.get("evaluation", "/v1/notices")).ok()

    [notice] = [n for n in notices if n["subject"] == concluded.ok()["id"]]
    assert notice["facts"] == {"score": "54.00", "grade": "poor", "result_version": "1"}


@pytest.mark.clause("CD17-32.1", "accepts")
@pytest.mark.clause("CD17-32.2", "accepts")
@pytest.mark.clause("CD17-32.3", "accepts")
@pytest.mark.clause("CD17-32.4", "accepts")
@pytest.mark.clause("CD17-32.5", "accepts")
@pytest.mark.clause("CD17-32.6", "accepts")
@pytest.mark.clause("CD17-32.7", "accepts")
@pytest.mark.clause("CD17-32.8", "accepts")
@pytest.mark.clause("CD17-31.1", "accepts")
async def test_in_chengdu_all_items_are_judged_and_no_payment_line_is_concerned(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person, path, survey = await ready_in_chengdu(world, contract)

    concluded = (
        await person.post("evaluation", f"{path}/conclusion", {"judgements": JUDGED, "survey_id": survey})
    ).ok()

    assert (concluded["score"], concluded["grade"]) == ("90.10", "good")
    [event] = await events(world, concluded["id"], "evaluation_concluded")
    assert event["line_id"] is None
    cited = {f["clause"] for f in concluded["explain"]}
    assert {"IC12-12.1", "CD17-31.1", *(f"CD17-32.{n}" for n in range(1, 9))} <= cited
    judged = {f["facts"]["item"]: f["clause"] for f in concluded["explain"] if f["code"] == "item_not_judged"}
    assert judged == {**ITEMS, SATISFACTION: "CD17-32.8"}


@pytest.mark.clause("CD17-32.1", "refuses")
async def test_in_chengdu_three_parties_evaluate_a_public_service_together(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, EVALUATOR)
    path = await opened(person, contract)

    answer = await person.post("evaluation", f"{path}/conclusion", {"judgements": JUDGED})

    missing = [f for f in answer.problem(422)["findings"] if f["code"] == "part_missing"]
    assert {f["facts"]["part"]: f["clause"] for f in missing} == {
        "purchaser": "CD17-32.1",
        "beneficiary": "CD17-32.1",
        "third_party": "CD17-32.1",
    }


@pytest.mark.clause("CD17-32.1", "accepts")
async def test_in_chengdu_the_purchaser_alone_evaluates_what_is_no_public_service(world: World) -> None:
    contract = await a_chengdu_contract(world, service_class=2)
    person = await officer(world, contract, EVALUATOR)
    path = await opened(person, contract)
    (await person.post("evaluation", f"{path}/parts", {"part": "purchaser", "score": "85"})).ok()

    concluded = (await person.post("evaluation", f"{path}/conclusion", {})).ok()

    assert concluded["score"] == "85.00"
    assert [f["facts"]["part"] for f in concluded["explain"] if f["code"] == "part_missing"] == ["purchaser"]


@pytest.mark.clause("CD17-32.2", "refuses")
@pytest.mark.clause("CD17-32.3", "refuses")
@pytest.mark.clause("CD17-32.4", "refuses")
@pytest.mark.clause("CD17-32.5", "refuses")
@pytest.mark.clause("CD17-32.6", "refuses")
@pytest.mark.clause("CD17-32.7", "refuses")
async def test_without_judgements_every_named_item_is_refused_by_its_clause(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person, path, survey = await ready_in_chengdu(world, contract)

    answer = await person.post("evaluation", f"{path}/conclusion", {"survey_id": survey})

    findings = answer.problem(422)["findings"]
    assert {f["facts"]["item"]: f["clause"] for f in findings} == ITEMS


@pytest.mark.clause("CD17-32.8", "refuses")
@pytest.mark.clause("CD17-32.1", "refuses")
async def test_satisfaction_is_not_typed_in_but_comes_from_a_closed_survey(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person, path, _ = await ready_in_chengdu(world, contract)
    typed = {**JUDGED, SATISFACTION: "met"}

    answer = await person.post("evaluation", f"{path}/conclusion", {"judgements": typed})

    answer.refused("CD17-32.8", "item_not_judged")
    assert answer.refused("CD17-32.1", "part_missing")["facts"] == {"part": "beneficiary"}


@pytest.mark.clause("CD17-32.9", "refuses")
async def test_an_item_added_to_the_scheme_is_judged_too(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person, path, survey = await ready_in_chengdu(world, contract, added_items=["volunteers"])
    body = {"judgements": JUDGED, "survey_id": survey}

    (await person.post("evaluation", f"{path}/conclusion", body)).refused("CD17-32.9", "item_not_judged")


@pytest.mark.clause("CD17-32.9", "accepts")
async def test_an_added_item_that_is_judged_is_part_of_the_evaluation(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person, path, survey = await ready_in_chengdu(world, contract, added_items=["volunteers"])
    judged = {**JUDGED, "volunteers": "partly_met"}

    concluded = await person.post("evaluation", f"{path}/conclusion", {"judgements": judged, "survey_id": survey})

    assert "CD17-32.9" in {f["clause"] for f in concluded.ok()["explain"]}


@pytest.mark.clause("ZH21-27.2", "refuses")
@pytest.mark.clause("ZH21-27.3", "refuses")
async def test_without_the_two_opinions_there_is_no_conclusion(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    person, path, survey = await ready_in_zhuhai(world, contract, opinions=False)

    answer = await person.post("evaluation", f"{path}/conclusion", {"attained": ATTAINED, "survey_id": survey})

    assert answer.refused("ZH21-27.2")["facts"] == {"side": "committee"}
    assert answer.refused("ZH21-27.3")["facts"] == {"side": "residents"}


@pytest.mark.clause("ZH21-25.1", "refuses")
@pytest.mark.parametrize(("targets", "code"), [(True, "target_without_value"), (False, "target_missing")])
async def test_the_evaluation_goes_by_the_indicators_set_before_the_start(
    world: World, targets: bool, code: str
) -> None:
    contract = await a_zhuhai_contract(world)
    person, path, survey = await ready_in_zhuhai(world, contract, targets=targets)

    answer = await person.post("evaluation", f"{path}/conclusion", {"survey_id": survey})

    answer.refused("ZH21-25.1", code)


@pytest.mark.clause("CD17-31.1", "refuses")
async def test_the_provider_begins_no_evaluation_of_itself(world: World) -> None:
    contract = await a_chengdu_contract(world)
    provider = await of_provider(world, contract, EVALUATOR)

    answer = await provider.post("evaluation", f"/v1/contracts/{contract.contract_id}/evaluations", {})

    assert answer.refused("CD17-31.1")["facts"] == {"organiser": "provider"}
    [entry] = await world.rows(
        "SELECT audience, actor, version FROM evaluation.journal WHERE kind = 'refusal' AND subject = $1",
        contract.contract_id,
    )
    assert (entry["audience"], entry["actor"], entry["version"]) == ("internal", provider.id, None)


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_the_signer_of_a_chengdu_contract_does_not_conclude_its_evaluation(world: World) -> None:
    signer = await world.person(duties=EVALUATOR, organisation=world.office, jurisdiction="5101/510104")
    contract = await a_chengdu_contract(world, signer=signer.id)
    _, path, survey = await ready_in_chengdu(world, contract)

    answer = await signer.post("evaluation", f"{path}/conclusion", {"judgements": JUDGED, "survey_id": survey})

    answer.refused("IC12-12.1", "evaluator_signed_contract")


@pytest.mark.clause("CD17-26.6", "refuses")
@pytest.mark.parametrize("missing", ["quality", "quantity", "effect", "cost"])
async def test_a_third_partys_report_that_leaves_one_out_is_refused(world: World, missing: str) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, EVALUATOR)
    third_party = await a_third_party(world, person, contract)
    path = await opened(person, contract)
    fields = [field for field in REPORT["report_fields"] if field != missing]
    given = {"part": "third_party", "score": "80", **REPORT, "report_fields": fields}

    answer = await third_party.post("evaluation", f"{path}/parts", given)

    assert answer.refused("CD17-26.6")["facts"] == {"field": missing}


@pytest.mark.clause("CD17-26.6", "accepts")
async def test_a_third_party_gives_its_points_with_a_complete_report(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, EVALUATOR)
    third_party = await a_third_party(world, person, contract)
    path = await opened(person, contract)

    given = await third_party.post("evaluation", f"{path}/parts", {"part": "third_party", "score": "80", **REPORT})

    assert "CD17-26.6" in {f["clause"] for f in given.ok()["explain"]}


async def test_the_purchaser_does_not_give_the_third_partys_points(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    person = await officer(world, contract, EVALUATOR)
    path = await opened(person, contract)

    answer = await person.post("evaluation", f"{path}/parts", {"part": "third_party", "score": "80", **REPORT})

    answer.refused(code="part_of_another")


async def test_a_line_that_waits_for_no_evaluation_has_none(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    person = await officer(world, contract, EVALUATOR)
    path = f"/v1/contracts/{contract.contract_id}/evaluations"

    answer = await person.post("evaluation", path, {"line_id": str(contract.lines[1].line_id)})

    answer.problem(404)


async def test_a_contract_has_one_final_evaluation(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    person = await officer(world, contract, EVALUATOR)
    await opened(person, contract)

    answer = await person.post("evaluation", f"/v1/contracts/{contract.contract_id}/evaluations", {})

    answer.problem(409, "wrong_state")


@pytest.mark.clause("ZH21-27.4", "shows", published_on="2022-03-01", score="54.00", grade="poor")
async def test_a_published_evaluation_is_read_by_everybody_and_names_nobody(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    person, path, survey = await ready_in_zhuhai(world, contract)
    (await person.post("evaluation", f"{path}/conclusion", {"attained": ATTAINED, "survey_id": survey})).ok()
    reader = await world.person(duties=set(), organisation=world.provider, jurisdiction="4403")
    public = path.replace("/evaluations/", "/published-evaluations/")
    (await reader.get("evaluation", public)).problem(404)

    published = (await person.post("evaluation", f"{path}/publication")).ok()

    assert "ZH21-27.4" in {f["clause"] for f in published["explain"]}
    shown = (await reader.get("evaluation", public)).ok()
    assert (shown["score"], shown["grade"], shown["reference"]) == ("54.00", "poor", contract.reference)
    assert {p["part"]: p["score"] for p in shown["parts"]} == {
        "purchaser": "51.00",
        "beneficiary": "61.00",
        "third_party": "51.00",
    }
    assert [(o["side"], o["agrees"]) for o in shown["opinions"]] == [("committee", False), ("residents", False)]
    assert str(person.id) not in json.dumps(shown)
    assert await entries(world, published["id"]) == [
        "evaluation_opened",
        "evaluation_part_given",
        "evaluation_part_given",
        "opinion_recorded",
        "opinion_recorded",
        "evaluation_concluded",
        "evaluation_published",
    ]
    listed = (await reader.get("evaluation", "/v1/published-evaluations", provider_id=str(world.provider))).ok()
    assert published["id"] in {item["id"] for item in listed["items"]}


@pytest.mark.clause("CD17-33.1", "shows", published_on="2022-03-01", score="90.10", grade="good")
async def test_the_details_of_an_evaluation_are_for_the_parties_and_those_who_oversee_them(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person, path, survey = await ready_in_chengdu(world, contract)
    body = {"judgements": JUDGED, "survey_id": survey, "reasons": "good care"}
    (await person.post("evaluation", f"{path}/conclusion", body)).ok()
    published = (await person.post("evaluation", f"{path}/publication")).ok()
    auditor = await world.person(duties={"audit"}, organisation=world.finance_cd, jurisdiction="5101")
    stranger = await world.person(duties=EVALUATOR, organisation=world.street, jurisdiction="4404")

    details = (await auditor.get("evaluation", path)).ok()

    assert "CD17-33.1" in {f["clause"] for f in published["explain"]}
    public = path.replace("/evaluations/", "/published-evaluations/")
    shown = (await stranger.get("evaluation", public)).ok()
    assert (shown["published_on"], shown["score"], shown["grade"]) == ("2022-03-01", "90.10", "good")
    assert details["judgements"] == JUDGED
    assert details["reasons"] == "good care"
    assert [result["result_version"] for result in details["results"]] == [1]
    (await stranger.get("evaluation", path)).problem(404)


async def test_an_open_evaluation_is_not_published(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    person = await officer(world, contract, EVALUATOR)
    path = await opened(person, contract)

    (await person.post("evaluation", f"{path}/publication")).problem(409, "wrong_state")


async def test_two_editors_of_one_evaluation_do_not_overwrite_each_other(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    person = await officer(world, contract, EVALUATOR)
    path = await opened(person, contract)
    read = await person.get("evaluation", path)
    (await person.post("evaluation", f"{path}/parts", {"part": "purchaser", "score": "70"})).ok()

    late = await person.post(
        "evaluation", f"{path}/parts", {"part": "purchaser", "score": "90"}, etag=read.headers["etag"]
    )

    late.problem(412, "changed")
