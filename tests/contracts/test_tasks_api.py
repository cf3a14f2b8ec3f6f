"""Each desk sees what waits for it, until when and by which clause."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from tests.contracts.examples import (
    Desk,
    a_cleared_contract,
    a_contract_in_force,
    a_desk,
    a_draft,
    a_written_contract,
    ask_and_approve,
    lines_of,
    put_to_signature,
    receipt,
    written_as,
    zhuhai_award,
)
from tests.support.world import Person, World

_districts = count(10)


async def a_street_of_its_own(world: World) -> tuple[Desk, Any]:
    """A purchase of another street, so that nothing else waits at its desks."""
    place = {"organisation": uuid4(), "provider_id": uuid4(), "jurisdiction": f"4404/4404{next(_districts)}"}
    award = zhuhai_award(world).model_copy(update=place)
    return await a_desk(world, award), award


async def tasks(person: Person) -> list[tuple[str, str | None, str | None]]:
    found = (await person.get("contracts", "/v1/tasks")).ok()
    return [(task["task"], task["last_day"], task["clause"]) for task in found]


async def test_a_contract_wanders_from_desk_to_desk(world: World) -> None:
    desk, award = await a_street_of_its_own(world)
    contract = await a_draft(world, award)
    assert await tasks(desk.drafts) == [("write_contract", "2022-03-31", "GPL-46.1")]
    assert await tasks(desk.signs) == []

    body = written_as(award)
    (await desk.drafts.post("contracts", f"/v1/contracts/{contract}/write", body)).ok()
    assert await tasks(desk.drafts) == []
    assert await tasks(desk.signs) == [("put_to_signature", "2022-03-31", "GPL-46.1")]

    await put_to_signature(world, desk, contract, award)
    assert await tasks(desk.signs) == [("sign_contract", "2022-03-31", "GPL-46.1")]
    assert await tasks(desk.countersigns) == [("countersign_contract", "2022-03-31", "GPL-46.1")]

    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()
    (await desk.countersigns.post("contracts", f"/v1/contracts/{contract}/countersign")).ok()
    assert await tasks(desk.countersigns) == []
    assert await tasks(desk.files) == [("file_contract", "2022-03-10", "GPL-47.1")]

    (await desk.files.post("contracts", f"/v1/contracts/{contract}/file")).ok()
    assert await tasks(desk.files) == []


async def test_the_next_payment_waits_for_who_asks_then_for_who_approves(world: World) -> None:
    desk, award = await a_street_of_its_own(world)
    contract = await a_contract_in_force(world, desk, award)
    advance, *_ = await lines_of(world, contract)

    [next_line] = (await desk.asks.get("contracts", "/v1/tasks")).ok()
    (await desk.asks.post("contracts", f"/v1/payment-lines/{advance}/request", {})).ok()
    to_approve = (await desk.approves.get("contracts", "/v1/tasks")).ok()

    assert (next_line["task"], next_line["subject"], next_line["line"]) == ("request_payment", str(advance), 1)
    assert [(task["task"], task["subject"]) for task in to_approve] == [("approve_payment", str(advance))]


async def test_who_asked_is_not_shown_the_approval(world: World) -> None:
    desk, award = await a_street_of_its_own(world)
    await world.post_for(desk.asks, {"approve_payment"}, award.organisation, award.jurisdiction)
    contract = await a_contract_in_force(world, desk, award)
    advance, *_ = await lines_of(world, contract)

    (await desk.asks.post("contracts", f"/v1/payment-lines/{advance}/request", {})).ok()

    assert [name for name, *_ in await tasks(desk.asks)] == ["request_payment"]


async def test_finance_sees_the_order_until_it_is_settled(world: World) -> None:
    desk, award = await a_street_of_its_own(world)
    contract = await a_contract_in_force(world, desk, award)
    advance, *_ = await lines_of(world, contract)
    await ask_and_approve(desk, advance)
    assert await tasks(desk.receives) == [("record_receipt", "2022-03-31", "ZH21-23.4")]

    (await receipt(desk, advance)).ok()

    assert await tasks(desk.receives) == []


async def test_the_treasurys_program_enters_its_receipt_and_approves_nothing(world: World) -> None:
    desk, award = await a_street_of_its_own(world)
    contract = await a_contract_in_force(world, desk, award)
    advance, second, *_ = await lines_of(world, contract)
    await ask_and_approve(desk, advance)
    (await desk.asks.post("contracts", f"/v1/payment-lines/{second}/request", {})).ok()
    post = {"organisation": world.finance_zh, "jurisdiction": award.jurisdiction}
    treasury = await world.person("treasury", duties={"record_receipt", "approve_payment"}, machine=True, **post)

    approved = await treasury.post("contracts", f"/v1/payment-lines/{second}/approve")
    settled = await receipt(replace(desk, receives=treasury), advance)

    assert approved.problem(403, "not_allowed")["duty"] == "end_user"
    assert settled.ok()["state"] == "settled"


async def test_a_proposed_ending_waits_for_another_person(world: World) -> None:
    desk, award = await a_street_of_its_own(world)
    contract = await a_contract_in_force(world, desk, award)
    other = await world.person(
        "other", duties={"sign_contract"}, organisation=award.organisation, jurisdiction=award.jurisdiction
    )

    harm = {"ground": "public_interest_harm", "reason": "场地已被征用"}
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/terminations", harm)).ok()

    assert await tasks(desk.signs) == []
    assert await tasks(other) == [("confirm_termination", None, "GPL-50.1")]


async def test_the_account_in_a_draft_that_is_given_up_waits_for_nobody(world: World) -> None:
    desk, award = await a_street_of_its_own(world)
    contract = await a_written_contract(world, desk, award)
    there = {"organisation": award.organisation, "jurisdiction": award.jurisdiction}
    other = await world.person("other", duties={"sign_contract"}, **there)
    path, harm = f"/v1/contracts/{contract}/withdrawals", {"ground": "public_interest_harm", "reason": "场地已被征用"}
    (await desk.signs.post("contracts", path, harm)).ok()

    (await other.post("contracts", f"{path}/confirm")).ok()

    assert await tasks(other) == []


async def test_nobody_sees_the_tasks_of_another_street(world: World) -> None:
    _, award = await a_street_of_its_own(world)
    await a_draft(world, award)
    stranger = await world.person(
        "stranger", duties={"draft_contract"}, organisation=uuid4(), jurisdiction=award.jurisdiction
    )

    assert await tasks(stranger) == []


async def test_the_district_sees_what_is_overdue(world: World) -> None:
    desk, award = await a_street_of_its_own(world)
    contract = await a_contract_in_force(world, desk, award)
    advance, *_ = await lines_of(world, contract)
    await ask_and_approve(desk, advance)
    district = await world.person(
        "district", duties={"supervise"}, organisation=uuid4(), jurisdiction=award.jurisdiction
    )
    assert await tasks(district) == []

    await world.today_is(date(2022, 4, 1), hour=0)
    await world.pump()

    [task] = (await district.get("contracts", "/v1/tasks")).ok()
    assert (task["task"], task["overdue"], task["clause"]) == ("watch_overdue_payment", True, "ZH21-23.4")
    assert UUID(task["subject"]) == advance


async def test_the_district_sees_a_contract_that_was_not_signed_or_filed_in_its_days(world: World) -> None:
    desk, award = await a_street_of_its_own(world)
    signed = await a_cleared_contract(world, desk, award)
    (await desk.signs.post("contracts", f"/v1/contracts/{signed}/sign")).ok()
    (await desk.countersigns.post("contracts", f"/v1/contracts/{signed}/countersign")).ok()
    place = {"organisation": award.organisation, "jurisdiction": award.jurisdiction}
    await a_draft(world, zhuhai_award(world).model_copy(update=place))
    [(_, file_by, _)] = await tasks(desk.files)
    [(_, sign_by, _)] = await tasks(desk.drafts)
    district = await world.person("watcher", duties={"audit"}, organisation=uuid4(), jurisdiction=award.jurisdiction)
    seen = []

    for last_day, passed in ((file_by, 0), (file_by, 1), (sign_by, 0), (sign_by, 1)):
        day = date.fromisoformat(str(last_day)) + timedelta(days=passed)
        await world.today_is(day)
        await world.pump()
        seen.append({task for task, *_ in await tasks(district)} - {"watch_overdue_payment"})

    filing, signature = {"watch_overdue_filing"}, {"watch_overdue_signature"}
    assert seen == [set(), filing, filing, filing | signature]
    (await desk.files.post("contracts", f"/v1/contracts/{signed}/file")).ok()
    assert filing & {task for task, *_ in await tasks(district)} == set()


async def test_a_last_day_that_is_provisional_is_shown_and_closes_nothing(world: World) -> None:
    desk, award = await a_street_of_its_own(world)
    contract = await a_draft(world, award)
    [before] = (await desk.drafts.get("contracts", "/v1/tasks")).ok()
    await world.rows("UPDATE contracts.deadlines SET provisional = true WHERE subject = $1", contract)

    await world.today_is(date.fromisoformat(before["last_day"]) + timedelta(days=1))

    [task] = (await desk.drafts.get("contracts", "/v1/tasks")).ok()
    assert (task["last_day"], task["overdue"]) == (before["last_day"], False)
