"""A decision on an answer that was a slip is set right by another person, with a reason; both stay readable."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from tests.catalog.examples import CHENGDU, Desks, a_consultation, a_project, a_requirement, desks
from tests.support.world import Person, World

REFUSED = {"adopted": False, "reason": "超出本项目范围"}
MEANT = {"adopted": True, "why": "勾选有误，该意见已采纳"}


@pytest.fixture(scope="module")
async def chengdu(world: World) -> Desks:
    return await desks(world, CHENGDU)


@pytest.fixture(scope="module")
async def colleague(world: World, chengdu: Desks) -> Person:
    duties, organisation = {"write_requirement"}, chengdu.writer.organisation
    return await world.person("colleague", duties=duties, organisation=organisation, jurisdiction=CHENGDU)


async def an_answer(world: World, at: Desks) -> str:
    """The path of an answer that is not decided on."""
    consultation = await a_consultation(at, await a_requirement(at, await a_project(at)), "2022-03-20")
    resident = await world.person("resident", duties=set(), organisation=uuid4())
    given = await resident.post("catalog", f"/v1/consultations/{consultation['id']}/feedback", {"content": "周末送餐"})
    return f"/v1/feedback/{given.ok()['id']}/disposition"


async def a_refused_answer(world: World, at: Desks) -> str:
    path = await an_answer(world, at)
    (await at.writer.post("catalog", path, REFUSED)).ok()
    return path


@pytest.mark.clause("IC12-12.1", "accepts")
async def test_another_person_corrects_the_decision_and_both_stay_readable(
    world: World, chengdu: Desks, colleague: Person
) -> None:
    path = await a_refused_answer(world, chengdu)

    corrected: dict[str, Any] = (await colleague.post("catalog", f"{path}/correction", MEANT)).ok()

    assert (corrected["adopted"], corrected["reason"]) == (True, None)
    (kept,) = (await chengdu.writer.get("catalog", f"{path}/corrections")).ok()
    assert (kept["was_adopted"], kept["was_reason"], kept["was_by"]) == (
        False, REFUSED["reason"], str(chengdu.writer.id),
    )  # fmt: skip
    assert (kept["adopted"], kept["why"], kept["corrected_by"]) == (True, MEANT["why"], str(colleague.id))


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_who_decided_does_not_correct_the_decision(world: World, chengdu: Desks) -> None:
    path = await a_refused_answer(world, chengdu)

    answer = await chengdu.writer.post("catalog", f"{path}/correction", MEANT)

    answer.refused("IC12-12.1", "disposer_corrects")
    assert (await chengdu.writer.get("catalog", f"{path}/corrections")).ok() == []


async def test_a_correction_that_adopts_nothing_has_a_reason_like_any_decision(
    world: World, chengdu: Desks, colleague: Person
) -> None:
    path = await an_answer(world, chengdu)
    (await chengdu.writer.post("catalog", path, {"adopted": True})).ok()

    answer = await colleague.post("catalog", f"{path}/correction", {"adopted": False, "why": "勾选有误"})

    answer.refused("CD17-15.3", "reason_missing")


async def test_what_is_undecided_or_would_stay_the_same_is_not_corrected(
    world: World, chengdu: Desks, colleague: Person
) -> None:
    path = await an_answer(world, chengdu)

    (await colleague.post("catalog", f"{path}/correction", MEANT)).problem(409, "wrong_state")
    (await chengdu.writer.post("catalog", path, REFUSED)).ok()
    (await colleague.post("catalog", f"{path}/correction", {**REFUSED, "why": "同前"})).problem(409, "wrong_state")


async def test_no_row_says_that_who_decided_corrected_themselves(world: World, chengdu: Desks) -> None:
    path = await a_refused_answer(world, chengdu)
    row = {"feedback_id": path.split("/")[3], "number": 1, "was_adopted": False, "adopted": True, "why": "x"}
    by = {
        "was_by": chengdu.writer.id,
        "corrected_by": chengdu.writer.id,
        "corrected_on": date(2022, 3, 1),
    }

    with pytest.raises(Exception, match="ck_disposition_corrections_two_persons"):
        await world.insert("catalog", "disposition_corrections", {**row, **by})
