"""How contracts end; the module's clock only goes forward."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.tendering import AwardConfirmed
from tests.contracts.examples import (
    Desk,
    a_cleared_contract,
    a_contract_in_force,
    a_desk,
    ask_and_approve,
    line_state,
    lines_of,
    movements,
    receipt,
    row_of,
    zhuhai_award,
)
from tests.support.examples import an_acceptance, an_evaluation
from tests.support.world import World

HARM = {"ground": "public_interest_harm", "reason": "场地已被征用"}


async def a_contract(world: World, **changes: Any) -> tuple[Desk, UUID]:
    award: AwardConfirmed = zhuhai_award(world, **changes)
    desk = await a_desk(world, award)
    return desk, await a_contract_in_force(world, desk, award)


async def a_contract_paid_in_time(world: World, grade: str, **changes: Any) -> tuple[Desk, UUID]:
    """Every line asked for, decided and, where released, settled."""
    desk, contract = await a_contract(world, **changes)
    row, lines = await row_of(world, contract), await lines_of(world, contract)
    for line in lines:
        await ask_and_approve(desk, line)
    await world.emit("evaluation", an_acceptance(row, lines[1], passed=True))
    await world.emit("evaluation", an_evaluation(row, lines[2], score="54", grade=grade))
    await world.pump()
    for line in lines:
        if (await line_state(world, line))[0] == "released":
            (await receipt(desk, line)).ok()
    return desk, contract


async def event_of(world: World, contract: UUID, name: str) -> dict[str, Any]:
    [row] = await world.rows(
        "SELECT entry::jsonb -> 'event' AS event FROM contracts.journal WHERE subject = $1 AND type = $2",
        contract,
        f"goufu.contracts.{name}.v1",
    )
    event: dict[str, Any] = row["event"]
    return event


@pytest.mark.clause("GPL-50.1", "refuses")
async def test_one_person_alone_does_not_end_a_contract(world: World) -> None:
    desk, contract = await a_contract(world)
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/terminations", HARM)).ok()

    answer = await desk.signs.post("contracts", f"/v1/contracts/{contract}/terminations/confirm")

    answer.refused("GPL-50.1", "ended_alone")


@pytest.mark.clause("GPL-50.1", "accepts")
async def test_two_persons_end_a_contract_and_its_open_lines(world: World) -> None:
    desk, contract = await a_contract(world)
    advance, middle, final = await lines_of(world, contract)
    await ask_and_approve(desk, advance)
    other = await world.person("other", duties={"sign_contract"})
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/terminations", HARM)).ok()

    ended = (await other.post("contracts", f"/v1/contracts/{contract}/terminations/confirm")).ok()

    assert ended["state"] == "terminated"
    assert [(await line_state(world, line))[0] for line in (advance, middle, final)] == [
        "released",
        "cancelled",
        "cancelled",
    ]
    event = await event_of(world, contract, "contract_terminated")
    assert (event["reason"], event["by_fault_of_provider"]) == ("public_interest_harm", False)
    assert "征用" not in str(event)


async def test_an_ending_by_agreement_is_confirmed_by_the_provider(world: World) -> None:
    desk, contract = await a_contract(world)
    agreement = {"ground": "agreement", "reason": "双方协商一致"}
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/terminations", agreement)).ok()
    other = await world.person("other", duties={"sign_contract"})

    (await other.post("contracts", f"/v1/contracts/{contract}/terminations/confirm")).problem(403, "not_allowed")
    confirmed = await desk.countersigns.post("contracts", f"/v1/contracts/{contract}/terminations/confirm")

    assert confirmed.ok()["state"] == "terminated"


async def test_a_breach_by_the_provider_is_told_to_those_who_keep_its_standing(world: World) -> None:
    desk, contract = await a_contract(world)
    breach = {"ground": "provider_breach", "reason": "三个月未提供服务"}
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/terminations", breach)).ok()
    other = await world.person("other", duties={"sign_contract"})

    (await other.post("contracts", f"/v1/contracts/{contract}/terminations/confirm")).ok()

    assert (await event_of(world, contract, "contract_terminated"))["by_fault_of_provider"] is True


async def test_nothing_is_confirmed_that_nobody_proposed(world: World) -> None:
    desk, contract = await a_contract(world)

    answer = await desk.signs.post("contracts", f"/v1/contracts/{contract}/terminations/confirm")

    answer.problem(409, "wrong_state")


async def test_after_the_end_no_payment_is_asked_for(world: World) -> None:
    desk, contract = await a_contract(world)
    advance, *_ = await lines_of(world, contract)
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/terminations", HARM)).ok()
    other = await world.person("other", duties={"sign_contract"})
    (await other.post("contracts", f"/v1/contracts/{contract}/terminations/confirm")).ok()

    answer = await desk.asks.post("contracts", f"/v1/payment-lines/{advance}/request", {})

    answer.problem(409, "wrong_state")


async def test_a_contract_past_its_term_and_settled_completes_by_itself(world: World) -> None:
    _, contract = await a_contract_paid_in_time(world, "good", ends_on=date(2022, 6, 30))
    assert (await row_of(world, contract))["state"] in ("filed", "running")

    await world.today_is(date(2022, 7, 1), hour=0)
    await world.pump()

    assert (await row_of(world, contract))["state"] == "completed"
    event = await event_of(world, contract, "contract_completed")
    assert (event["paid"], event["withheld"], event["returned"]) == ("200000.00", "0.00", [])


async def test_the_last_receipt_completes_a_contract_past_its_term(world: World) -> None:
    dates = {"starts_on": date(2022, 7, 2), "ends_on": date(2022, 8, 31)}
    desk, contract = await a_contract(world, **dates)
    row, lines = await row_of(world, contract), await lines_of(world, contract)
    for line in lines:
        await ask_and_approve(desk, line)
    await world.emit("evaluation", an_acceptance(row, lines[1], passed=True))
    await world.emit("evaluation", an_evaluation(row, lines[2], score="88", grade="good"))
    await world.today_is(date(2022, 9, 1), hour=0)
    await world.pump()

    states = []
    for line in lines:
        (await receipt(desk, line)).ok()
        states.append((await row_of(world, contract))["state"])

    assert states[-1] == "completed"
    assert "completed" not in states[:-1]


async def test_withheld_money_returns_to_its_sources_when_the_contract_is_closed(world: World) -> None:
    dates = {"starts_on": date(2022, 9, 2), "ends_on": date(2022, 10, 31)}
    desk, contract = await a_contract_paid_in_time(world, "poor", **dates)
    await world.today_is(date(2022, 11, 1), hour=0)
    await world.pump()
    assert (await row_of(world, contract))["state"] != "completed"

    closed = (await desk.signs.post("contracts", f"/v1/contracts/{contract}/close")).ok()

    assert (closed["state"], closed["paid"]) == ("completed", "140000.00")
    event = await event_of(world, contract, "contract_completed")
    assert (event["paid"], event["withheld"]) == ("140000.00", "60000.00")
    assert {part["kind"]: part["amount"] for part in event["returned"]} == {
        "fiscal": "54545.45",
        "charity": "5454.55",
    }


async def test_a_contract_is_not_closed_before_its_term_or_with_open_lines(world: World) -> None:
    dates = {"starts_on": date(2022, 11, 2), "ends_on": date(2022, 12, 31)}
    desk, contract = await a_contract(world, **dates)
    early = await desk.signs.post("contracts", f"/v1/contracts/{contract}/close")
    await world.today_is(date(2023, 1, 1), hour=0)
    await world.pump()

    open_lines = await desk.signs.post("contracts", f"/v1/contracts/{contract}/close")

    early.problem(409, "wrong_state")
    assert "1, 2, 3" in open_lines.problem(409, "wrong_state")["detail"]


async def test_a_correction_after_the_close_orders_nothing_by_itself(world: World) -> None:
    dates = {"starts_on": date(2023, 1, 2), "ends_on": date(2023, 2, 28)}
    desk, contract = await a_contract_paid_in_time(world, "poor", **dates)
    row, lines = await row_of(world, contract), await lines_of(world, contract)
    await world.today_is(date(2023, 3, 1), hour=0)
    await world.pump()
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/close")).ok()

    await world.emit(
        "evaluation", an_evaluation(row, lines[2], score="80", grade="good", version=2, evaluation_id=uuid4())
    )
    await world.pump()

    assert await line_state(world, lines[2]) == ("planned", "0.00")
    assert await movements(world, lines[2]) == []


@pytest.mark.parametrize("filed", [False, True])
async def test_a_contract_ends_before_it_is_filed_and_while_it_runs(world: World, filed: bool) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)
    acts = [(desk.signs, "sign"), (desk.countersigns, "countersign"), (desk.files, "file")]
    for who, act in acts if filed else acts[:2]:
        (await who.post("contracts", f"/v1/contracts/{contract}/{act}")).ok()
    assert (await row_of(world, contract))["state"] == ("running" if filed else "signed")

    other = await world.person("other", duties={"sign_contract"})
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/terminations", HARM)).ok()
    ended = (await other.post("contracts", f"/v1/contracts/{contract}/terminations/confirm")).ok()

    assert ended["state"] == "terminated"
