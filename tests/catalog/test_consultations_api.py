"""Public consultations over HTTP: asking, answering, deciding, and what waits for them."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.web.issuer import ISSUER
from shared.work.identity import login_of
from tests.catalog.examples import (
    CHENGDU,
    FINALISE,
    ZHUHAI,
    Desks,
    a_consultation,
    a_project,
    a_requirement,
    desks,
)
from tests.support.world import Person, Reply, World


class Days:
    """Days of this module, each later than the last: the sandbox clock only goes forward."""

    def __init__(self) -> None:
        self.today = date(2022, 3, 1)

    async def pass_by(self, world: World, days: int) -> None:
        self.today += timedelta(days=days)
        await world.today_is(self.today)

    def ahead(self, days: int) -> str:
        return (self.today + timedelta(days=days)).isoformat()


@pytest.fixture(scope="module")
def days() -> Days:
    return Days()


@pytest.fixture(scope="module")
async def chengdu(world: World) -> Desks:
    return await desks(world, CHENGDU)


@pytest.fixture(scope="module")
async def zhuhai(world: World) -> Desks:
    return await desks(world, ZHUHAI)


async def a_resident(world: World) -> Person:
    return await world.person("resident", duties=set(), organisation=uuid4())


async def answer_of(person: Person, consultation: dict[str, Any]) -> dict[str, Any]:
    path = f"/v1/consultations/{consultation['id']}/feedback"
    receipt: dict[str, Any] = (await person.post("catalog", path, {"content": "希望周末也能送餐，我住三栋"})).ok()
    return receipt


@pytest.mark.clause("CD17-15.1", "accepts")
@pytest.mark.clause("CD17-15.2", "accepts")
@pytest.mark.clause("CD17-15.3", "accepts")
async def test_a_class_3_requirement_stands_when_the_public_was_asked_and_heard(
    world: World, chengdu: Desks, days: Days
) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    consultation = await a_consultation(chengdu, requirement, days.ahead(7))
    feedback = await answer_of(await a_resident(world), consultation)
    decision = {"adopted": False, "reason": "超出预算"}
    (await chengdu.writer.post("catalog", f"/v1/feedback/{feedback['id']}/disposition", decision)).ok()
    await days.pass_by(world, 8)

    answer = await chengdu.need_reviewer.post("catalog", f"/v1/requirements/{requirement['id']}/review", FINALISE)

    finalised = answer.ok()
    assert finalised["state"] == "finalised"
    assert {"CD17-15.1", "CD17-15.3"} <= {finding["clause"] for finding in finalised["explain"]}
    assert "CD17-15.2" in {finding["clause"] for finding in consultation["explain"]}


@pytest.mark.clause("CD17-15.1", "refuses")
async def test_a_class_3_requirement_waits_for_the_last_second_of_the_consultation(
    world: World, chengdu: Desks, days: Days
) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    path = f"/v1/requirements/{requirement['id']}/review"
    before = await chengdu.need_reviewer.post("catalog", path, FINALISE)
    await a_consultation(chengdu, requirement, days.ahead(7))
    await days.pass_by(world, 7)
    await world.today_is(days.today, 23, 59, 0)

    during = await chengdu.need_reviewer.post("catalog", path, FINALISE)
    await days.pass_by(world, 1)
    after = await chengdu.need_reviewer.post("catalog", path, FINALISE)

    assert before.refused("CD17-15.1")["code"] == "consultation_not_closed"
    assert during.refused("CD17-15.1")["code"] == "consultation_not_closed"
    after.ok()


@pytest.mark.clause("CD17-15.3", "refuses")
async def test_an_answer_nobody_decided_on_holds_the_requirement(world: World, chengdu: Desks, days: Days) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    consultation = await a_consultation(chengdu, requirement, days.ahead(7))
    await answer_of(await a_resident(world), consultation)
    await days.pass_by(world, 8)

    answer = await chengdu.need_reviewer.post("catalog", f"/v1/requirements/{requirement['id']}/review", FINALISE)

    assert answer.refused("CD17-15.3")["facts"] == {"undecided": "1"}


@pytest.mark.clause("CD17-15.3", "refuses")
async def test_an_answer_is_not_set_aside_without_a_reason(world: World, chengdu: Desks, days: Days) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    feedback = await answer_of(await a_resident(world), await a_consultation(chengdu, requirement, days.ahead(7)))

    answer = await chengdu.writer.post("catalog", f"/v1/feedback/{feedback['id']}/disposition", {"adopted": False})

    assert answer.refused("CD17-15.3")["code"] == "reason_missing"


@pytest.mark.clause("CD17-15.2", "accepts")
@pytest.mark.clause("CD17-15.2", "refuses")
async def test_a_consultation_opens_through_the_named_channels_or_another_with_a_reason(
    chengdu: Desks, days: Days
) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    path = f"/v1/requirements/{requirement['id']}/consultations"

    async def opened(*channels: str, reason: str | None = None) -> Reply:
        body = {"channels": list(channels), "channel_reason": reason, "closes_on": days.ahead(7)}
        return await chengdu.writer.post("catalog", path, body)

    for channel in ("sichuan_procurement_network", "department_official_media", "questionnaire"):
        (await opened(channel)).ok()
    (await opened("residents_meeting", reason="老年居民不上网")).ok()
    assert (await opened("residents_meeting")).refused("CD17-15.2")["code"] == "channel_without_reason"
    assert (await opened()).refused("CD17-15.2")["code"] == "channel_missing"


async def test_a_consultation_that_ends_today_cannot_open(chengdu: Desks, days: Days) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    path = f"/v1/requirements/{requirement['id']}/consultations"

    answer = await chengdu.writer.post("catalog", path, {"channels": ["questionnaire"], "closes_on": days.ahead(0)})

    [error] = answer.problem(422)["errors"]
    assert (error["field"], error["code"]) == ("body.closes_on", "too_near")
    (await chengdu.writer.post("catalog", path, {"channels": ["questionnaire"], "closes_on": days.ahead(1)})).ok()


async def test_a_consultation_that_would_never_end_cannot_open(chengdu: Desks, days: Days) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    path = f"/v1/requirements/{requirement['id']}/consultations"

    async def until(day: str) -> Reply:
        return await chengdu.writer.post("catalog", path, {"channels": ["questionnaire"], "closes_on": day})

    for day in (days.ahead(367), "2199-04-07"):
        assert (await until(day)).problem(422, "field")["errors"][0]["field"] == "body.closes_on"
    (await until(days.ahead(366))).ok()


async def test_nobody_answers_after_the_end(world: World, chengdu: Desks, days: Days) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    consultation = await a_consultation(chengdu, requirement, days.ahead(1))
    resident = await a_resident(world)
    await days.pass_by(world, 2)

    answer = await resident.post("catalog", f"/v1/consultations/{consultation['id']}/feedback", {"content": "太晚了"})

    answer.problem(409, "wrong_state")


async def test_every_resident_reads_what_is_proposed_and_nobody_what_others_wrote(
    world: World, chengdu: Desks, days: Days
) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    consultation = await a_consultation(chengdu, requirement, days.ahead(7))
    resident, neighbour = await a_resident(world), await a_resident(world)
    await answer_of(resident, consultation)

    read = (await neighbour.get("catalog", f"/v1/consultations/{consultation['id']}")).ok()
    others = await neighbour.get("catalog", f"/v1/consultations/{consultation['id']}/feedback")
    own = (await chengdu.writer.get("catalog", f"/v1/consultations/{consultation['id']}/feedback")).ok()

    assert read["content"] == requirement["content"]
    others.problem(404, "not_found")
    assert [feedback["content"] for feedback in own] == ["希望周末也能送餐，我住三栋"]


async def test_what_a_resident_wrote_is_in_no_entry(world: World, chengdu: Desks, days: Days) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    feedback = await answer_of(await a_resident(world), await a_consultation(chengdu, requirement, days.ahead(7)))
    decision = {"adopted": False, "reason": "三栋已有配送点"}
    (await chengdu.writer.post("catalog", f"/v1/feedback/{feedback['id']}/disposition", decision)).ok()

    entries = await world.rows("SELECT entry FROM catalog.journal WHERE subject = $1", UUID(feedback["id"]))

    assert len(entries) == 2
    assert not any("三栋" in entry["entry"] for entry in entries)
    (kept,) = await world.rows(
        "SELECT purpose, keep_until FROM catalog.private_feedback WHERE id = $1", UUID(feedback["id"])
    )
    assert kept == {"purpose": "public_consultation", "keep_until": date(2037, 12, 31)}


async def test_an_answer_decided_on_is_not_decided_again(world: World, chengdu: Desks, days: Days) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    feedback = await answer_of(await a_resident(world), await a_consultation(chengdu, requirement, days.ahead(7)))
    path = f"/v1/feedback/{feedback['id']}/disposition"
    (await chengdu.writer.post("catalog", path, {"adopted": True})).ok()

    answer = await chengdu.writer.post("catalog", path, {"adopted": False, "reason": "改变主意"})

    answer.problem(409, "wrong_state")


async def test_only_the_purchaser_decides_on_answers(world: World, chengdu: Desks, days: Days) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    resident = await a_resident(world)
    feedback = await answer_of(resident, await a_consultation(chengdu, requirement, days.ahead(7)))

    answer = await resident.post("catalog", f"/v1/feedback/{feedback['id']}/disposition", {"adopted": True})

    answer.problem(403, "not_allowed")


@pytest.mark.clause("GPL-42.1", "shows", keep_until="2037-12-31")
async def test_who_answers_is_told_how_long_the_answer_is_kept(world: World, chengdu: Desks, days: Days) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    consultation = await a_consultation(chengdu, requirement, days.ahead(7))

    receipt = await answer_of(await a_resident(world), consultation)

    assert receipt["keep_until"] == "2037-12-31"


@pytest.mark.clause("GPR-15.1", "refuses")
@pytest.mark.clause("GPR-15.1", "accepts")
async def test_where_the_city_is_silent_the_public_is_asked_about_procurement_for_it(
    world: World, zhuhai: Desks, days: Days
) -> None:
    requirement = await a_requirement(zhuhai, await a_project(zhuhai, in_central_directory=True))
    path = f"/v1/requirements/{requirement['id']}/review"

    before = await zhuhai.need_reviewer.post("catalog", path, FINALISE)
    await a_consultation(zhuhai, requirement, days.ahead(1))
    during = await zhuhai.need_reviewer.post("catalog", path, FINALISE)
    await days.pass_by(world, 2)
    after = await zhuhai.need_reviewer.post("catalog", path, FINALISE)

    assert before.refused("GPR-15.1")["code"] == "consultation_not_closed"
    assert during.refused("GPR-15.1")["code"] == "consultation_not_closed"
    assert "GPR-15.1" in {finding["clause"] for finding in after.ok()["explain"]}


async def test_the_consultations_of_a_project_are_listed(chengdu: Desks, days: Days) -> None:
    project = await a_project(chengdu)
    consultation = await a_consultation(chengdu, await a_requirement(chengdu, project), days.ahead(7))

    listed = (await chengdu.writer.get("catalog", f"/v1/projects/{project['id']}/consultations")).ok()

    assert [(row["id"], row["channels"]) for row in listed] == [(consultation["id"], ["questionnaire"])]


async def test_who_answers_again_is_heard_once_with_the_latest_and_nobody_has_decided_on_it(
    world: World, chengdu: Desks, days: Days
) -> None:
    consultation = await a_consultation(chengdu, await a_requirement(chengdu, await a_project(chengdu)), days.ahead(7))
    path = f"/v1/consultations/{consultation['id']}/feedback"
    resident, neighbour = await a_resident(world), await a_resident(world)
    first = await answer_of(resident, consultation)
    await answer_of(neighbour, consultation)
    (await chengdu.writer.post("catalog", f"/v1/feedback/{first['id']}/disposition", {"adopted": True})).ok()

    again = (await resident.post("catalog", path, {"content": "周日也可以"})).ok()

    listed = (await chengdu.writer.get("catalog", path)).ok()
    assert again["id"] == first["id"]
    assert [(row["content"], row["adopted"]) for row in listed] == [
        ("周日也可以", None),
        ("希望周末也能送餐，我住三栋", None),
    ]


async def test_a_login_that_nobody_knows_is_heard_once_in_each_consultation(
    world: World, chengdu: Desks, days: Days
) -> None:
    stranger = Person(world, uuid4(), uuid4(), world.issuer.token("a-resident", audience=world.settings.audience))
    project = await a_project(chengdu)
    asked = [await a_consultation(chengdu, await a_requirement(chengdu, project), days.ahead(7)) for _ in range(2)]

    ids = {(await answer_of(stranger, each))["id"] for each in (*asked, *asked)}

    assert len(ids) == 2


@pytest.mark.parametrize("whose", ["the same person's", "another person's"])
async def test_one_person_with_two_logins_is_heard_once(world: World, chengdu: Desks, days: Days, whose: str) -> None:
    """The second login was linked after the first answer or before: who answers is the person."""
    resident, neighbour = await a_resident(world), await a_resident(world)
    account = f"second-{uuid4()}"
    second = Person(world, uuid4(), uuid4(), world.issuer.token(account, audience=world.settings.audience))
    consultation = await a_consultation(chengdu, await a_requirement(chengdu, await a_project(chengdu)), days.ahead(7))
    first = await answer_of(resident, consultation)
    owner = resident if whose == "the same person's" else neighbour
    await world.rows(
        "INSERT INTO catalog.accounts VALUES ($1, $2, $3, true, 1)", ISSUER, login_of(ISSUER, account), owner.id
    )

    again = await answer_of(second, consultation)

    assert (again["id"] == first["id"]) is (whose == "the same person's")


async def test_many_answers_are_read_by_pages_and_decided_on_together_all_or_none(
    world: World, chengdu: Desks, days: Days
) -> None:
    requirement = await a_requirement(chengdu, await a_project(chengdu))
    consultation = await a_consultation(chengdu, requirement, days.ahead(7))
    other = await a_consultation(chengdu, requirement, days.ahead(7))
    ids = [(await answer_of(await a_resident(world), consultation))["id"] for _ in range(5)]
    foreign = (await answer_of(await a_resident(world), other))["id"]
    path = f"/v1/consultations/{consultation['id']}"

    async def decide(feedback: list[str], **decision: Any) -> Reply:
        body = {"feedback": feedback, "adopted": False, "reason": "超出预算", **decision}
        return await chengdu.writer.post("catalog", f"{path}/dispositions", body)

    first = await chengdu.writer.get("catalog", f"{path}/feedback", limit=3)
    rest = await chengdu.writer.get("catalog", f"{path}/feedback", limit=3, after=first.headers["goufu-next"])
    (await decide([*ids, foreign])).problem(404, "not_found")
    (await decide(ids, reason=None)).refused("CD17-15.3", "reason_missing")
    none = (await chengdu.writer.get("catalog", f"{path}/feedback")).ok()
    (await decide(ids[:4])).ok()
    twice = await decide(ids)
    await decide(ids[4:])
    every = (await chengdu.writer.get("catalog", f"{path}/feedback")).ok()

    assert [row["id"] for row in (*first.ok(), *rest.ok())] == ids
    assert "goufu-next" not in rest.headers
    assert {row["adopted"] for row in none} == {None}
    twice.problem(409, "wrong_state")
    assert [(row["adopted"], row["reason"]) for row in every] == [(False, "超出预算")] * 5
    entries = await world.rows(
        "SELECT subject FROM catalog.journal WHERE type LIKE '%feedback_disposed%' AND subject = ANY($1)",
        [UUID(each) for each in ids],
    )
    assert len(entries) == 5
