"""Each desk of evaluation sees what waits for it, until when and by which clause."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import uuid4

from shared.events.contracts import ContractSigned
from tests.evaluation.examples import (
    ACCEPTOR,
    EVALUATOR,
    a_chengdu_contract,
    a_closed_survey,
    a_third_party,
    a_zhuhai_contract,
    assessed,
    both_opinions,
    of_provider,
    officer,
    opened_assessment,
)
from tests.evaluation.test_conclusions_api import ATTAINED, TARGETS, opened, ready_in_zhuhai, with_parts
from tests.support.tasks import named, tasks_about
from tests.support.world import Person, World

WHOLE_TERM, FIRST_PERIOD, SECOND_PERIOD = "2023-01-30", "2022-07-30", "2022-11-30"
"""Last days of the duties: 30 days after the period, as the demonstration's overlay sets them."""


async def waits(person: Person, contract: ContractSigned) -> list[tuple[str, str | None, str | None]]:
    return await named(person, "evaluation", contract.project_id)


async def of_acceptance(person: Person, contract: ContractSigned) -> list[str]:
    """Of what waits, the tasks about acceptance or assessment."""
    return [task for task, _, _ in await waits(person, contract) if "accept" in task or "assess" in task]


async def do(person: Person, path: str, body: Any = None) -> Any:
    return (await person.post("evaluation", path, body)).ok()


async def another(world: World, contract: ContractSigned, duties: Iterable[str]) -> Person:
    """Somebody with the same duties in another organisation of the same place."""
    return await world.person("another", duties=duties, organisation=uuid4(), jurisdiction=contract.jurisdiction)


async def test_a_delivery_is_opened_heard_and_accepted(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    acceptor = await officer(world, contract, ACCEPTOR)
    assert await waits(acceptor, contract) == [("open_acceptance", WHOLE_TERM, "ZH21-27.1")]

    line = {"line_id": str(contract.lines[1].line_id), "purchaser_is_user": True}
    acceptance = await do(acceptor, f"/v1/contracts/{contract.contract_id}/acceptances", line)
    path = f"/v1/acceptances/{acceptance['id']}"
    assert await waits(acceptor, contract) == [("give_acceptance_opinion", WHOLE_TERM, "ZH21-27.2")]

    await both_opinions(acceptor, path)
    [task] = await tasks_about(acceptor, "evaluation", contract.project_id)
    assert (task["task"], task["path"], task["line"]) == ("conclude_acceptance", path, 2)
    assert (task["reference"], task["contract_id"]) == (contract.reference, str(contract.contract_id))

    await do(acceptor, f"{path}/conclusion", {"passed": False})
    assert await waits(acceptor, contract) == []


async def test_who_signed_does_not_find_the_assessment_where_the_text_keeps_the_two_apart(world: World) -> None:
    signer = await world.person("signer", duties=ACCEPTOR, organisation=world.office, jurisdiction="5101/510104")
    contract = await a_chengdu_contract(world, signer=signer.id)
    acceptor = await officer(world, contract, ACCEPTOR)

    assert await waits(signer, contract) == []
    assert await waits(acceptor, contract) == [("open_assessment", FIRST_PERIOD, "CD17-26.2")]

    await opened_assessment(acceptor, contract)
    assert await of_acceptance(signer, contract) == []
    assert (await of_acceptance(acceptor, contract))[0] == "give_assessment_result"


async def test_the_acceptance_waits_for_another_than_who_signed(world: World) -> None:
    signer = await world.person("signer", duties=ACCEPTOR)
    contract = await a_zhuhai_contract(world, signer=signer.id)

    assert await of_acceptance(signer, contract) == []
    assert await of_acceptance(await officer(world, contract, ACCEPTOR), contract) == ["open_acceptance"]


async def test_nothing_is_accepted_before_the_service_begins(world: World) -> None:
    contract = await a_zhuhai_contract(world, starts_on=date(2022, 3, 2))

    assert await waits(await officer(world, contract, ACCEPTOR), contract) == []


async def test_another_organisation_sees_nothing_until_it_is_entrusted(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    stranger = await another(world, contract, ACCEPTOR)
    assert await waits(stranger, contract) == []

    entrusted = await a_third_party(world, await officer(world, contract, EVALUATOR), contract)

    assert await of_acceptance(entrusted, contract) == ["open_acceptance"]
    assert await waits(stranger, contract) == []


async def test_the_provider_may_object_and_another_than_the_assessor_answers(world: World) -> None:
    contract = await a_chengdu_contract(world)
    assessor, answers = await officer(world, contract, ACCEPTOR), await officer(world, contract, {"answer_objection"})
    await world.post_for(assessor, {"answer_objection"}, contract.organisation, contract.jurisdiction)
    provider, rival = await of_provider(world, contract), await another(world, contract, {"file_objection"})

    result = await assessed(assessor, contract, score="84")
    assert await waits(provider, contract) == [("file_objection", "2022-03-08", "CD17-27.3")]
    assert await waits(rival, contract) == []

    objection = {"statement": "两次上门未被计入", "evidence": ["ab" * 32]}
    await do(provider, f"/v1/assessments/{result['id']}/objections", objection)
    assert await waits(provider, contract) == []
    assert await waits(answers, contract) == [("answer_objection", "2022-03-08", "CD17-27.4")]
    assert "answer_objection" not in [task for task, _, _ in await waits(assessor, contract)]

    [task] = await tasks_about(answers, "evaluation", contract.project_id)
    answer = {"upheld": False, "verification": "已核对签到记录"}
    await do(answers, f"/v1/objections/{task['subject']}/answer", answer)
    assert await waits(answers, contract) == []


async def test_the_next_period_waits_once_this_one_is_told(world: World) -> None:
    contract = await a_chengdu_contract(world)
    assessor = await officer(world, contract, ACCEPTOR)
    [first] = await tasks_about(assessor, "evaluation", contract.project_id)

    await assessed(assessor, contract, score="84")

    [second] = await tasks_about(assessor, "evaluation", contract.project_id)
    assert (first["task"], first["line"]) == ("open_assessment", 1)
    assert (second["task"], second["line"], second["last_day"]) == ("open_assessment", 2, SECOND_PERIOD)


async def test_targets_wait_until_the_service_begins(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    planner = await officer(world, contract, {"plan_evaluation"})
    assert await waits(planner, contract) == [("set_targets", "2022-03-01", "ZH21-25.1")]

    await do(planner, f"/v1/contracts/{contract.contract_id}/targets", TARGETS)

    assert await waits(planner, contract) == []


async def test_targets_wait_for_nobody_where_no_text_asks_for_them(world: World) -> None:
    contract = await a_chengdu_contract(world)

    assert await waits(await officer(world, contract, {"plan_evaluation"}), contract) == []


async def test_an_evaluation_goes_from_its_parts_to_the_public(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    person = await officer(world, contract, EVALUATOR)
    await do(person, f"/v1/contracts/{contract.contract_id}/targets", TARGETS)
    third_party = await a_third_party(world, person, contract)
    assert await waits(person, contract) == [("open_evaluation", WHOLE_TERM, "ZH21-27.1")]

    path = await opened(person, contract)
    asked = [("give_evaluation_part", WHOLE_TERM, "ZH21-27.1"), ("give_evaluation_opinion", WHOLE_TERM, "ZH21-27.2")]
    assert await waits(person, contract) == asked
    assert set(asked) <= set(await waits(third_party, contract))

    await with_parts(person, third_party, path, "51", "51")
    await both_opinions(person, path)
    assert await waits(person, contract) == [("conclude_evaluation", WHOLE_TERM, "ZH21-27.1")]
    assert {task for task, _, _ in await waits(third_party, contract)} == {"open_acceptance"}

    survey = await a_closed_survey(person, contract, satisfied=61)
    await do(person, f"{path}/conclusion", {"attained": ATTAINED, "survey_id": survey})
    assert await waits(person, contract) == [("publish_evaluation", None, "ZH21-27.4")]

    await do(person, f"{path}/publication")
    assert await waits(person, contract) == []


async def test_a_correction_waits_for_another_person_than_its_proposer(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    proposes, path, survey = await ready_in_zhuhai(world, contract)
    approves, stranger = await officer(world, contract, EVALUATOR), await another(world, contract, EVALUATOR)
    await do(proposes, f"{path}/conclusion", {"attained": ATTAINED, "survey_id": survey})
    await do(proposes, f"{path}/publication")

    wrong = {"purchaser_score": "71", "reason": "points of another street were entered"}
    correction = await do(proposes, f"{path}/corrections", wrong)

    assert await waits(approves, contract) == [("approve_correction", None, "IC12-12.1")]
    assert await waits(proposes, contract) == await waits(stranger, contract) == []
    await do(approves, f"/v1/corrections/{correction['id']}/approve")
    assert await waits(approves, contract) == []


async def test_an_open_survey_waits_for_its_end(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    runner = await officer(world, contract, {"run_survey"})

    survey = await do(runner, f"/v1/contracts/{contract.contract_id}/surveys", {"title": "服务对象", "invited": 3})

    [task] = await tasks_about(runner, "evaluation", contract.project_id)
    assert (task["task"], task["title"], task["clause"]) == ("close_survey", "服务对象", "ZH21-26.1")
    assert task["path"] == f"/v1/surveys/{survey['id']}"


async def test_what_is_overdue_is_flagged_and_the_district_sees_it(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    acceptor = await officer(world, contract, ACCEPTOR)
    supervisor = await world.person("district", duties={"supervise"}, organisation=uuid4(), jurisdiction="4404")
    elsewhere = await world.person("elsewhere", duties={"supervise"}, organisation=uuid4(), jurisdiction="5101")
    assert await waits(supervisor, contract) == []

    await world.today_is(date(2023, 1, 31), hour=0)
    await world.pump()

    [task] = await tasks_about(acceptor, "evaluation", contract.project_id)
    assert (task["task"], task["last_day"], task["overdue"]) == ("open_acceptance", WHOLE_TERM, True)
    seen = await tasks_about(supervisor, "evaluation", contract.project_id)
    assert [(t["task"], t["overdue"]) for t in seen] == [("watch_overdue_duty", True)] * 2
    assert await waits(elsewhere, contract) == []
