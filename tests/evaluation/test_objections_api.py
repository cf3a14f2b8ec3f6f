from datetime import date, timedelta
from typing import Any

import pytest

from tests.evaluation.examples import (
    ACCEPTOR,
    CHENGDU,
    a_chengdu_contract,
    assessed,
    entries,
    events,
    of_provider,
    officer,
    opened_assessment,
)
from tests.support.world import Person, World

OBJECTION = {"statement": "canary: twelve visits were not counted", "evidence": ["0f" * 32]}
UPHELD = {"upheld": True, "verification": "the register shows them", "corrected_score": "91"}
REJECTED = {"upheld": False, "verification": "the register does not show them"}


async def a_notified_result(world: World, *, score: str = "84") -> tuple[Person, Person, dict[str, Any]]:
    """Who assessed, who may object for the provider, and the assessment."""
    contract = await a_chengdu_contract(world)
    assessor = await officer(world, contract, ACCEPTOR | {"answer_objection"})
    return assessor, await of_provider(world, contract), await assessed(assessor, contract, score=score)


async def another_officer(world: World) -> Person:
    return await world.person(duties={"answer_objection"}, organisation=world.office, jurisdiction=CHENGDU)


async def filed(provider: Person, assessment: dict[str, Any]) -> dict[str, Any]:
    answer = await provider.post("evaluation", f"/v1/assessments/{assessment['id']}/objections", OBJECTION)
    return dict(answer.ok())


@pytest.mark.clause("CD17-27.3", "refuses")
@pytest.mark.parametrize("missing", ["statement", "evidence"])
async def test_an_objection_without_statement_or_evidence_is_refused(world: World, missing: str) -> None:
    _, provider, assessment = await a_notified_result(world)
    body = {name: given for name, given in OBJECTION.items() if name != missing}

    answer = await provider.post("evaluation", f"/v1/assessments/{assessment['id']}/objections", body)

    answer.refused("CD17-27.3", "objection_incomplete")


async def test_another_provider_does_not_object_and_nobody_before_the_notice(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened_assessment(person, contract)
    rival = await world.person(duties={"file_objection"}, organisation=world.street, jurisdiction=CHENGDU)
    provider = await of_provider(world, contract)

    too_early = await provider.post("evaluation", f"{path}/objections", OBJECTION)
    (await person.post("evaluation", f"{path}/result", {"score": "84"})).ok()
    foreign = await rival.post("evaluation", f"{path}/objections", OBJECTION)

    too_early.problem(409, "wrong_state")
    foreign.problem(403, "not_allowed")


async def test_statements_are_for_the_parties_and_in_no_entry(world: World) -> None:
    assessor, provider, assessment = await a_notified_result(world)
    objection = await filed(provider, assessment)

    details = (await assessor.get("evaluation", f"/v1/objections/{objection['id']}")).ok()
    stranger = await world.person(duties=ACCEPTOR, organisation=world.street)

    assert details["statement"] == OBJECTION["statement"]
    assert "canary" not in str(objection)
    assert not await world.rows("SELECT 1 FROM evaluation.journal WHERE entry LIKE '%canary%'")
    (await stranger.get("evaluation", f"/v1/objections/{objection['id']}")).problem(404)


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_the_assessor_does_not_answer_the_objection(world: World) -> None:
    assessor, provider, assessment = await a_notified_result(world)
    objection = await filed(provider, assessment)

    answer = await assessor.post("evaluation", f"/v1/objections/{objection['id']}/answer", REJECTED)

    answer.refused("IC12-12.1", "assessor_answers")


@pytest.mark.clause("CD17-27.4", "refuses")
async def test_an_answer_without_a_verification_is_refused(world: World) -> None:
    _, provider, assessment = await a_notified_result(world)
    objection = await filed(provider, assessment)
    answerer = await another_officer(world)

    answer = await answerer.post("evaluation", f"/v1/objections/{objection['id']}/answer", {"upheld": False})

    answer.refused("CD17-27.4", "verification_missing")


@pytest.mark.clause("CD17-27.5", "refuses")
async def test_an_objection_is_not_upheld_without_a_corrected_score(world: World) -> None:
    _, provider, assessment = await a_notified_result(world)
    objection = await filed(provider, assessment)
    answerer = await another_officer(world)
    body = {name: given for name, given in UPHELD.items() if name != "corrected_score"}

    answer = await answerer.post("evaluation", f"/v1/objections/{objection['id']}/answer", body)

    answer.refused("CD17-27.5", "correction_missing")


@pytest.mark.clause("CD17-27.5", "accepts")
async def test_a_rejected_objection_confirms_the_result_as_it_was(world: World) -> None:
    _, provider, assessment = await a_notified_result(world)
    objection = await filed(provider, assessment)
    answerer = await another_officer(world)

    answered = (await answerer.post("evaluation", f"/v1/objections/{objection['id']}/answer", REJECTED)).ok()

    assert answered["state"] == "rejected"
    [event] = await events(world, assessment["id"], "assessment_confirmed")
    assert (event["score"], event["result_version"]) == ("84.00", 1)
    again = await answerer.post("evaluation", f"/v1/objections/{objection['id']}/answer", REJECTED)
    again.problem(409, "wrong_state")


async def test_one_result_is_objected_to_once(world: World) -> None:
    _, provider, assessment = await a_notified_result(world)
    await filed(provider, assessment)

    again = await provider.post("evaluation", f"/v1/assessments/{assessment['id']}/objections", OBJECTION)

    again.problem(409, "wrong_state")


async def test_an_open_objection_keeps_the_result_from_standing_when_the_window_closes(world: World) -> None:
    _, provider, assessment = await a_notified_result(world)
    await filed(provider, assessment)

    await world.today_is(date(2022, 3, 12))
    await world.pump()

    assert await events(world, assessment["id"], "assessment_confirmed") == []


@pytest.mark.clause("CD17-27.3", "accepts")
async def test_an_objection_in_the_last_minute_of_the_last_day_is_in_time(world: World) -> None:
    _, provider, assessment = await a_notified_result(world)
    await world.today_is(date.fromisoformat(assessment["objections_until"]), 23, 59, 40)

    answer = await provider.post("evaluation", f"/v1/assessments/{assessment['id']}/objections", OBJECTION)

    assert "CD17-27.3" in {f["clause"] for f in answer.ok()["explain"]}


@pytest.mark.clause("CD17-27.3", "refuses")
@pytest.mark.parametrize("swept", [False, True])
async def test_an_objection_the_day_after_is_late_whether_the_result_stands_already_or_not(
    world: World, swept: bool
) -> None:
    _, provider, assessment = await a_notified_result(world)
    last_day = date.fromisoformat(assessment["objections_until"])
    await world.today_is(date.fromordinal(last_day.toordinal() + 1), 0, 0, 1)
    if swept:
        await world.pump()

    answer = await provider.post("evaluation", f"/v1/assessments/{assessment['id']}/objections", OBJECTION)

    assert answer.refused("CD17-27.3", "objection_late")["facts"]["objections_until"] == last_day.isoformat()


@pytest.mark.clause("CD17-27.4", "accepts")
@pytest.mark.clause("CD17-27.5", "accepts")
async def test_the_objection_of_28_september_is_due_on_10_october_and_pays_by_91(world: World) -> None:
    await world.today_is(date(2022, 9, 26))
    _, provider, assessment = await a_notified_result(world)
    await world.today_is(date(2022, 9, 28))
    objection = await filed(provider, assessment)
    await world.today_is(date(2022, 10, 10), 23, 59, 30)
    await world.pump()
    answerer = await another_officer(world)

    answered = (await answerer.post("evaluation", f"/v1/objections/{objection['id']}/answer", UPHELD)).ok()

    assert (objection["answer_due"], answered["state"], answered["overdue"]) == ("2022-10-10", "upheld", False)
    assert {"CD17-27.4", "CD17-27.5"} <= {f["clause"] for f in answered["explain"]}
    [confirmed] = await events(world, assessment["id"], "assessment_confirmed")
    assert (confirmed["score"], confirmed["result_version"]) == ("91.00", 1)
    assert (await entries(world, assessment["id"]))[-3:] == [
        "objection_filed",
        "objection_answered",
        "assessment_confirmed",
    ]
    shown = (await provider.get("evaluation", f"/v1/assessments/{assessment['id']}")).ok()
    assert (shown["score"], shown["corrected_score"], shown["state"]) == ("84.00", "91.00", "confirmed")


async def test_an_answer_a_day_late_is_overdue_told_once_and_still_given(world: World) -> None:
    await world.today_is(date(2022, 11, 7))
    _, provider, assessment = await a_notified_result(world)
    objection = await filed(provider, assessment)
    due = date.fromisoformat(objection["answer_due"])
    await world.today_is(date.fromordinal(due.toordinal() + 1), 0, 0, 1)
    await world.pump()
    await world.pump()

    shown = (await provider.get("evaluation", f"/v1/objections/{objection['id']}")).ok()
    answerer = await another_officer(world)
    (await answerer.post("evaluation", f"/v1/objections/{objection['id']}/answer", REJECTED)).ok()

    assert shown["overdue"] is True
    assert len(await events(world, assessment["id"], "objection_overdue")) == 1
    assert len(await events(world, assessment["id"], "assessment_confirmed")) == 1


async def withdrawn(provider: Person, objection: dict[str, Any]) -> dict[str, Any]:
    return dict((await provider.post("evaluation", f"/v1/objections/{objection['id']}/withdraw")).ok())


@pytest.mark.clause("CD17-27.3", "accepts")
async def test_an_objection_taken_back_leaves_the_result_notified_until_its_window_ends(world: World) -> None:
    _, provider, assessment = await a_notified_result(world)
    objection = await filed(provider, assessment)

    taken_back = await withdrawn(provider, objection)

    assert (taken_back["state"], taken_back["overdue"]) == ("withdrawn", False)
    path = f"/v1/assessments/{assessment['id']}"
    assert (await provider.get("evaluation", path)).ok()["state"] == "notified"
    another = await filed(provider, assessment)
    kept = (await provider.get("evaluation", f"{path}/objections")).ok()
    assert [(each["id"], each["state"]) for each in kept] == [(objection["id"], "withdrawn"), (another["id"], "open")]
    await withdrawn(provider, another)
    await world.today_is(date.fromisoformat(assessment["objections_until"]) + timedelta(days=21))
    await world.pump()
    assert (await provider.get("evaluation", path)).ok()["state"] == "confirmed"
    assert (await entries(world, assessment["id"]))[-2:] == ["objection_withdrawn", "assessment_confirmed"]


async def test_an_objection_taken_back_after_the_window_lets_the_result_stand(world: World) -> None:
    _, provider, assessment = await a_notified_result(world)
    objection = await filed(provider, assessment)
    await world.today_is(date.fromisoformat(assessment["objections_until"]) + timedelta(days=1))
    await world.pump()

    await withdrawn(provider, objection)

    confirmed = (await provider.get("evaluation", f"/v1/assessments/{assessment['id']}")).ok()
    assert (confirmed["state"], confirmed["corrected_score"]) == ("confirmed", None)
    answer = await provider.post("evaluation", f"/v1/assessments/{assessment['id']}/objections", OBJECTION)
    answer.refused("CD17-27.3", "objection_late")


async def test_only_the_provider_takes_its_objection_back_and_not_once_it_is_answered(world: World) -> None:
    assessor, provider, assessment = await a_notified_result(world)
    objection = await filed(provider, assessment)
    path = f"/v1/objections/{objection['id']}"

    (await assessor.post("evaluation", f"{path}/withdraw")).problem(403, "not_allowed")
    (await (await another_officer(world)).post("evaluation", f"{path}/answer", REJECTED)).ok()

    (await provider.post("evaluation", f"{path}/withdraw")).problem(409, "wrong_state")


async def an_answered_objection(world: World, answer: dict[str, Any]) -> tuple[Person, Person, dict[str, Any], str]:
    """Who assessed, who objected, the assessment, and the path of the objection, answered by an officer."""
    assessor, provider, assessment = await a_notified_result(world)
    path = f"/v1/objections/{(await filed(provider, assessment))['id']}"
    (await (await another_officer(world)).post("evaluation", f"{path}/answer", answer)).ok()
    return assessor, provider, assessment, path


@pytest.mark.clause("CD17-27.5", "accepts")
@pytest.mark.parametrize(
    ("given", "meant", "versions"),
    [(REJECTED, UPHELD, ["84.00", "91.00"]), (UPHELD, REJECTED, ["91.00", "84.00"])],
    ids=["upheld after all", "rejected after all"],
)
async def test_another_person_sets_an_answer_right_and_the_result_follows(
    world: World, given: dict[str, Any], meant: dict[str, Any], versions: list[str]
) -> None:
    _, provider, assessment, path = await an_answered_objection(world, given)
    third = await another_officer(world)

    corrected = (await third.post("evaluation", f"{path}/answer/correction", {**meant, "reason": "misread"})).ok()

    assert corrected["state"] == ("upheld" if meant["upheld"] else "rejected")
    contract = [row["contract_id"] for row in await world.rows(
        "SELECT contract_id FROM evaluation.assessments WHERE id = $1::uuid", assessment["id"]
    )]  # fmt: skip
    told = await world.rows(
        "SELECT entry::jsonb #>> '{event,score}' AS score, entry::jsonb #>> '{event,result_version}' AS version"
        " FROM evaluation.journal WHERE type LIKE '%assessment_confirmed%'"
        " AND entry::jsonb #>> '{event,contract_id}' = $1 ORDER BY version",
        str(contract[0]),
    )
    assert [(row["score"], row["version"]) for row in told] == list(zip(versions, ("1", "2"), strict=True))
    [kept] = (await provider.get("evaluation", f"{path}/answer/corrections")).ok()
    assert (kept["was_upheld"], kept["was_verification"], kept["reason"]) == (
        given["upheld"],
        given["verification"],
        "misread",
    )
    assert (await provider.get("evaluation", path)).ok()["verification"] == meant["verification"]


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_neither_who_answered_nor_who_assessed_sets_an_answer_right(world: World) -> None:
    assessor, provider, assessment = await a_notified_result(world)
    path = f"/v1/objections/{(await filed(provider, assessment))['id']}/answer"
    answerer, body = await another_officer(world), {**UPHELD, "reason": "misread"}
    (await answerer.post("evaluation", f"{path}/correction", body)).problem(409, "wrong_state")
    (await answerer.post("evaluation", path, REJECTED)).ok()

    (await answerer.post("evaluation", f"{path}/correction", body)).refused("IC12-12.1", "giver_corrects")
    (await assessor.post("evaluation", f"{path}/correction", body)).refused("IC12-12.1", "assessor_answers")
