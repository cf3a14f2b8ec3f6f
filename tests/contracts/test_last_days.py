"""The last day to file a contract, when the schedule of the next year comes late; and days that passed unwatched."""

import json
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest

from tests.contracts.examples import (
    a_cleared_contract,
    a_contract_in_force,
    a_desk,
    ask_and_approve,
    chengdu_award,
    line_state,
    lines_of,
    zhuhai_award,
)
from tests.evaluation.examples import assessed
from tests.support.schedules import a_folder, begins_on
from tests.support.world import FIRST_DAY, World


async def test_the_last_day_to_file_is_counted_again_and_said(world: World, tmp_path: Path) -> None:
    await begins_on(world, date(2026, 12, 28))
    award = zhuhai_award(world)
    desk = await a_desk(world, award)

    async def to_file(contract: UUID) -> tuple[str, bool]:
        shown = (await desk.signs.get("contracts", f"/v1/contracts/{contract}")).ok()
        [due] = [due for due in shown["deadlines"] if due["kind"] == "contract_filing"]
        return due["last_day"], due["provisional"]

    with a_folder(tmp_path) as folder:
        contract = await a_cleared_contract(world, desk, award)
        (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()
        (await desk.countersigns.post("contracts", f"/v1/contracts/{contract}/countersign")).ok()
        before = await to_file(contract)
        folder.holds(2027)
        await world.pump()

        assert before == ("2027-01-06", True)
        assert await to_file(contract) == ("2027-01-07", False)
    [row] = await world.rows(
        "SELECT entry FROM contracts.journal WHERE subject = $1 AND type LIKE '%last_day_moved%'", contract
    )
    moved = json.loads(row["entry"])["event"]
    assert (moved["kind"], moved["last_day"], moved["provisional"]) == ("contract_filing", "2027-01-07", False)


async def test_what_fell_due_while_no_worker_ran_is_done_by_the_one_that_comes_later_each_in_its_turn(
    world: World,
) -> None:
    await begins_on(world, FIRST_DAY)
    award = zhuhai_award(world)
    contract = await a_contract_in_force(world, await a_desk(world, award), award)
    await world.rows("UPDATE contracts.contracts SET ends_on = starts_on + 3 * 365 - 1 WHERE id = $1", contract)
    [row] = await world.rows("SELECT starts_on, ends_on FROM contracts.contracts WHERE id = $1", contract)
    await world.rows(
        "UPDATE contracts.deadlines SET due_at = (($2::date + 365)::timestamp AT TIME ZONE 'Asia/Shanghai')"
        " WHERE kind = 'service_year' AND subject = $1",
        contract,
        row["starts_on"],
    )

    await world.today_is(row["ends_on"] + timedelta(days=100))
    await world.pump()

    ended = await world.rows(
        "SELECT entry::jsonb -> 'event' AS event FROM contracts.journal"
        " WHERE subject = $1 AND type = 'goufu.contracts.service_year_ended.v1' ORDER BY version",
        contract,
    )
    days = [each["event"]["ended_on"] for each in ended]
    assert [each["event"]["year"] for each in ended] == [1, 2, 3]
    assert days == sorted(days)
    assert days[-1] == str(row["ends_on"])


@pytest.mark.parametrize("known", [True, False], ids=["the schedule comes", "it does not come"])
async def test_a_payment_that_waits_for_a_window_over_new_year_is_paid_when_it_has_closed(
    world: World, tmp_path: Path, known: bool
) -> None:
    await begins_on(world, date(2026, 12, 21))
    award = chengdu_award(world)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    line = (await lines_of(world, contract))[0]
    acceptor = await world.person(
        "accepts", duties={"accept_service"}, organisation=award.organisation, jurisdiction=award.jurisdiction
    )
    provider = await world.person(
        "objects", duties={"file_objection"}, organisation=award.provider_id, jurisdiction=award.jurisdiction
    )

    with a_folder(tmp_path) as folder:
        await world.today_is(date(2026, 12, 28))
        of = SimpleNamespace(contract_id=contract, lines=[SimpleNamespace(line_id=line)])
        result = await assessed(acceptor, of, score="93.00")  # type: ignore[arg-type]
        await world.pump()
        await ask_and_approve(desk, line, UUID(result["id"]))
        if known:
            folder.holds(2027)
        await world.today_is(date(2027, 1, 5), hour=23)
        await world.pump()
        before = await line_state(world, line)
        await world.today_is(date(2027, 1, 6), hour=0)
        await world.pump()

    assert before == ("approved", "0.00")
    assert await line_state(world, line) == (("released", "152000.00") if known else before)
    objection = {"statement": "twelve visits were not counted", "evidence": ["0f" * 32]}
    answer = await provider.post("evaluation", f"/v1/assessments/{result['id']}/objections", objection)
    assert answer.status == (422 if known else 201)
