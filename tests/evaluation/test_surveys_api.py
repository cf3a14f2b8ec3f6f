from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.events.contracts import ContractSigned
from tests.evaluation.examples import (
    EVALUATOR,
    a_chengdu_contract,
    a_closed_survey,
    a_third_party,
    a_zhuhai_contract,
    entries,
    of_provider,
    officer,
)
from tests.support.world import Person, World


async def an_open_survey(runner: Person, contract: ContractSigned, invited: int = 3) -> str:
    asked = {"title": "people served", "invited": invited}
    opened = await runner.post("evaluation", f"/v1/contracts/{contract.contract_id}/surveys", asked)
    return f"/v1/surveys/{opened.ok()['id']}"


async def test_satisfaction_is_counted_from_the_answers(world: World) -> None:
    contract = await a_chengdu_contract(world)
    runner = await officer(world, contract, EVALUATOR)

    survey_id = await a_closed_survey(runner, contract, satisfied=61)

    survey = (await runner.get("evaluation", f"/v1/surveys/{survey_id}")).ok()
    assert (survey["answers"], survey["satisfied"], survey["satisfaction"]) == (100, 61, "61.00")
    assert await entries(world, survey_id) == ["survey_opened", "survey_answers_taken", "survey_closed"]


@pytest.mark.clause("ZH21-26.1", "refuses")
async def test_a_survey_without_answers_is_not_closed(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    runner = await officer(world, contract, EVALUATOR)
    path = await an_open_survey(runner, contract)

    answer = await runner.post("evaluation", f"{path}/close")

    answer.refused("ZH21-26.1", "nobody_answered")


@pytest.mark.clause("GPR-45.2", "accepts")
@pytest.mark.clause("GPR-45.2", "refuses")
async def test_where_no_city_speaks_national_law_asks_for_the_users_opinion(world: World) -> None:
    contract = await a_zhuhai_contract(world, rulebook="national-procurement@1", jurisdiction="6501")
    runner = await officer(world, contract, EVALUATOR)
    path = await an_open_survey(runner, contract, 6)

    silent = await runner.post("evaluation", f"{path}/close")
    answers = {"answers": [{"respondent": str(uuid4()), "satisfied": True} for _ in range(3)]}
    (await runner.post("evaluation", f"{path}/answers", answers)).ok()
    heard = await runner.post("evaluation", f"{path}/close")

    silent.refused("GPR-45.2", "nobody_answered")
    assert [f["clause"] for f in heard.ok()["explain"]] == ["GPR-45.2"]


@pytest.mark.clause("GPR-45.2", "refuses")
@pytest.mark.clause("GPR-45.2", "accepts")
async def test_half_of_those_who_were_asked_are_enough_without_a_reason(world: World) -> None:
    contract = await a_zhuhai_contract(world, rulebook="national-procurement@1", jurisdiction="6501")
    runner = await officer(world, contract, EVALUATOR)
    path = await an_open_survey(runner, contract, 100)
    said = [{"respondent": str(uuid4()), "satisfied": True} for _ in range(50)]

    (await runner.post("evaluation", f"{path}/answers", {"answers": said[:49]})).ok()
    (await runner.post("evaluation", f"{path}/close")).refused("GPR-45.2", "reason_missing")
    (await runner.post("evaluation", f"{path}/answers", {"answers": said[49:]})).ok()

    assert (await runner.post("evaluation", f"{path}/close")).ok()["thin"] is False


@pytest.mark.clause("GPR-45.2", "refuses")
async def test_one_answer_is_the_satisfaction_with_a_reason_alone(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    runner = await officer(world, contract, EVALUATOR)
    path = await an_open_survey(runner, contract, 1)
    answers = {"answers": [{"respondent": str(uuid4()), "satisfied": True}]}
    (await runner.post("evaluation", f"{path}/answers", answers)).ok()

    (await runner.post("evaluation", f"{path}/close")).refused("GPR-45.2", "reason_missing")
    (await runner.post("evaluation", f"{path}/close", {"reason": ""})).problem(422)
    closed = (await runner.post("evaluation", f"{path}/close", {"reason": "只服务一户"})).ok()

    assert (closed["thin"], closed["satisfaction"]) == (True, "100.00")
    with pytest.raises(asyncpg.CheckViolationError, match="thin_with_reason"):
        await world.admin.execute(
            "UPDATE evaluation.surveys SET reason_hash = NULL WHERE id = $1", UUID(path.split("/")[-1])
        )


async def test_a_dry_run_says_what_would_count_and_keeps_nothing(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    runner = await officer(world, contract, EVALUATOR)
    path = await an_open_survey(runner, contract)
    table = f"\ufeffrespondent,satisfied,remark\r\n{uuid4()},1,good\r\nnobody,1,\r\n{uuid4()},0,\r\n"

    tried = (await runner.post("evaluation", f"{path}/answers", {"csv": table, "dry_run": True})).ok()
    kept = (await runner.post("evaluation", f"{path}/answers", {"csv": table})).ok()

    assert (tried["given"], tried["taken"], tried["answers"]) == (3, 2, 0)
    assert tried["faults"] == [{"row": 2, "code": "respondent_unreadable"}]
    assert (kept["given"], kept["taken"], kept["answers"], kept["satisfied"]) == (3, 2, 2, 1)


async def test_a_second_answer_of_one_person_does_not_count(world: World) -> None:
    contract = await a_chengdu_contract(world)
    runner = await officer(world, contract, EVALUATOR)
    path = await an_open_survey(runner, contract)
    answer = {"answers": [{"respondent": str(uuid4()), "satisfied": True}]}
    (await runner.post("evaluation", f"{path}/answers", answer)).ok()

    again = (await runner.post("evaluation", f"{path}/answers", answer)).ok()

    assert (again["taken"], again["answers"]) == (0, 1)
    assert again["faults"] == [{"row": 1, "code": "answered_before"}]


async def test_answers_and_remarks_are_in_no_entry_and_no_answer(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    runner = await officer(world, contract, EVALUATOR)
    path = await an_open_survey(runner, contract)
    said = [{"respondent": str(uuid4()), "satisfied": True, "remark": "canary-remark"}]

    answer = await runner.post("evaluation", f"{path}/answers", {"answers": said})

    assert "canary" not in answer.body.decode()
    assert "canary" not in (await runner.get("evaluation", path)).body.decode()
    assert not await world.rows("SELECT 1 FROM evaluation.journal WHERE entry LIKE '%canary%'")
    [kept] = await world.rows(
        "SELECT purpose, keep_until FROM evaluation.private_answers WHERE remark = 'canary-remark'"
    )
    assert (kept["purpose"], kept["keep_until"].isoformat()) == ("evaluation/survey", "2037-12-31")


async def test_an_entrusted_third_party_runs_a_survey_and_the_provider_does_not(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    planner = await officer(world, contract, EVALUATOR)
    third_party = await a_third_party(world, planner, contract)
    provider = await of_provider(world, contract, EVALUATOR)
    asked = {"title": "people served", "invited": 5}
    path = f"/v1/contracts/{contract.contract_id}/surveys"

    (await third_party.post("evaluation", path, asked)).ok()
    refused = await provider.post("evaluation", path, asked)

    refused.problem(403, "not_allowed")


async def test_a_closed_survey_takes_no_more_answers(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    runner = await officer(world, contract, EVALUATOR)
    survey_id = await a_closed_survey(runner, contract, satisfied=1, answers=4)
    late = {"answers": [{"respondent": str(uuid4()), "satisfied": True}]}

    answer = await runner.post("evaluation", f"/v1/surveys/{survey_id}/answers", late)

    answer.problem(409, "wrong_state")


@pytest.mark.parametrize("body", [{}, {"answers": [], "csv": "respondent,satisfied"}])
async def test_a_batch_comes_in_one_form_or_the_other(world: World, body: dict[str, object]) -> None:
    contract = await a_zhuhai_contract(world)
    runner = await officer(world, contract, EVALUATOR)
    path = await an_open_survey(runner, contract)

    (await runner.post("evaluation", f"{path}/answers", body)).problem(422, "field")
