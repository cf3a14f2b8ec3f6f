"""A consultation whose last day was a slip is withdrawn by another person than the one who opened it. The clock goes
forward in the last test."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from tests.catalog.examples import CHENGDU, FINALISE, Desks, a_consultation, a_project, a_requirement, desks
from tests.support.world import Person, World

SLIP = {"reason": "截止日误填为次年，另行征求意见"}
FAR, NEAR, AFTER = "2023-02-20", "2022-03-20", date(2022, 4, 1)


@pytest.fixture(scope="module")
async def chengdu(world: World) -> Desks:
    return await desks(world, CHENGDU)


async def a_colleague(world: World, at: Desks) -> Person:
    duties, organisation = {"write_requirement"}, at.writer.organisation
    return await world.person("colleague", duties=duties, organisation=organisation, jurisdiction=CHENGDU)


def withdrawal_of(consultation: dict[str, Any]) -> str:
    return f"/v1/consultations/{consultation['id']}/withdrawal"


async def test_a_requirement_whose_only_consultation_was_withdrawn_has_asked_nobody(
    world: World, chengdu: Desks
) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    slip = await a_consultation(chengdu, requirement, FAR)
    (await (await a_colleague(world, chengdu)).post("catalog", withdrawal_of(slip), SLIP)).ok()

    review = await chengdu.need_reviewer.post("catalog", f"/v1/requirements/{requirement['id']}/review", FINALISE)

    review.refused("CD17-15.1", "consultation_not_closed")


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_who_opened_a_consultation_does_not_withdraw_it(chengdu: Desks) -> None:
    slip = await a_consultation(chengdu, await a_requirement(chengdu, await a_project(chengdu)), FAR)

    answer = await chengdu.writer.post("catalog", withdrawal_of(slip), SLIP)

    answer.refused("IC12-12.1", "opener_withdraws")


async def test_nobody_answers_what_was_withdrawn_and_nobody_withdraws_it_again(world: World, chengdu: Desks) -> None:
    slip = await a_consultation(chengdu, await a_requirement(chengdu, await a_project(chengdu)), FAR)
    colleague = await a_colleague(world, chengdu)
    (await colleague.post("catalog", withdrawal_of(slip), SLIP)).ok()
    resident = await world.person("resident", duties=set(), organisation=uuid4())

    answer = await resident.post("catalog", f"/v1/consultations/{slip['id']}/feedback", {"content": "希望周末送餐"})

    answer.problem(409, "wrong_state")
    (await colleague.post("catalog", withdrawal_of(slip), SLIP)).problem(409, "wrong_state")


async def test_a_withdrawn_consultation_holds_up_no_requirement_and_both_stay_readable(
    world: World, chengdu: Desks
) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    slip = await a_consultation(chengdu, requirement, FAR)
    meant = await a_consultation(chengdu, requirement, NEAR)

    withdrawn = await (await a_colleague(world, chengdu)).post("catalog", withdrawal_of(slip), SLIP)

    assert withdrawn.ok()["withdrawal_reason"] == SLIP["reason"]
    listed = (await chengdu.writer.get("catalog", f"/v1/projects/{slip['project_id']}/consultations")).ok()
    assert {row["id"]: row["withdrawal_reason"] for row in listed} == {slip["id"]: SLIP["reason"], meant["id"]: None}
    await world.today_is(AFTER)
    review = await chengdu.need_reviewer.post("catalog", f"/v1/requirements/{requirement['id']}/review", FINALISE)
    assert review.ok()["state"] == "finalised"
