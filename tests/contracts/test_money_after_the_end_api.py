"""The end of a contract takes no money away that is owed, and gives none that is not."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.events.tendering import PaymentTerm
from tests.contracts.examples import (
    Desk,
    a_contract_in_force,
    a_desk,
    ask_and_approve,
    chengdu_award,
    line_state,
    lines_of,
    movements,
    receipt,
    returned,
    row_of,
)
from tests.contracts.test_endings_api import HARM, a_contract, event_of
from tests.support.examples import an_acceptance, an_assessment, an_evaluation
from tests.support.world import World


async def terminate(world: World, desk: Desk, contract: UUID) -> None:
    other = await world.person("other", duties={"sign_contract"})
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/terminations", HARM)).ok()
    (await other.post("contracts", f"/v1/contracts/{contract}/terminations/confirm")).ok()


async def told(world: World, *events: Any) -> None:
    for event in events:
        await world.emit("evaluation", event)
    await world.pump()


async def cost(world: World, contract: UUID) -> tuple[str, str] | None:
    """What the catalog was told last that the ended contract costs: paid, and owed."""
    rows = await world.rows(
        "SELECT entry::jsonb -> 'event' AS event FROM contracts.journal"
        " WHERE subject = $1 AND type LIKE '%contract_cost_moved%' ORDER BY version DESC LIMIT 1",
        contract,
    )
    return (rows[0]["event"]["paid"], rows[0]["event"]["owed"]) if rows else None


async def tasks_of(desk: Desk, line: UUID) -> set[str]:
    people = (desk.asks, desk.approves, desk.receives)
    found = [task for person in people for task in (await person.get("contracts", "/v1/tasks")).ok()]
    return {task["task"] for task in found if task["subject"] == str(line)}


# --- ended before its term


@pytest.mark.parametrize("passed", [True, False])
async def test_what_was_accepted_is_still_paid_after_the_end_and_what_failed_is_not(world: World, passed: bool) -> None:
    desk, contract = await a_contract(world)
    advance, middle, final = await lines_of(world, contract)
    await ask_and_approve(desk, advance)
    await told(world, an_acceptance(await row_of(world, contract), middle, passed=passed))

    await terminate(world, desk, contract)

    ended = await event_of(world, contract, "contract_terminated")
    assert (ended["paid"], ended["owed"]) == ("80000.00", "60000.00" if passed else "0.00")
    assert [await line_state(world, line) for line in (middle, final)] == [
        ("planned" if passed else "cancelled", "0.00"),
        ("cancelled", "0.00"),
    ]
    if passed:
        assert await tasks_of(desk, middle) == {"request_payment"}
        assert (await ask_and_approve(desk, middle))["state"] == "released"
        assert (await receipt(desk, middle)).ok()["state"] == "settled"
    else:
        (await desk.asks.post("contracts", f"/v1/payment-lines/{middle}/request", {})).problem(409, "wrong_state")


@pytest.mark.parametrize("asked", ["requested", "returned"])
async def test_a_line_on_its_way_to_be_paid_stays_on_it(world: World, asked: str) -> None:
    desk, contract = await a_contract(world)
    advance, middle, _ = await lines_of(world, contract)
    await ask_and_approve(desk, advance)
    (await receipt(desk, advance)).ok()
    await told(world, an_acceptance(await row_of(world, contract), middle, passed=True))
    if asked == "returned":
        await ask_and_approve(desk, middle)
        await returned(world, desk, middle)
    else:
        (await desk.asks.post("contracts", f"/v1/payment-lines/{middle}/request", {})).ok()

    await terminate(world, desk, contract)

    assert (await line_state(world, middle))[0] == asked
    if asked == "returned":
        await ask_and_approve(desk, middle)
    else:
        (await desk.approves.post("contracts", f"/v1/payment-lines/{middle}/approve")).ok()
    assert await line_state(world, middle) == ("released", "60000.00")


async def test_an_order_that_comes_back_after_the_end_is_asked_for_again(world: World) -> None:
    desk, contract = await a_contract(world)
    advance, *_ = await lines_of(world, contract)
    await ask_and_approve(desk, advance)
    await terminate(world, desk, contract)

    await returned(world, desk, advance)

    assert await line_state(world, advance) == ("returned", "0.00")
    assert await cost(world, contract) == ("0.00", "80000.00")
    assert await tasks_of(desk, advance) == {"request_payment"}
    await ask_and_approve(desk, advance)
    assert (await receipt(desk, advance)).ok()["state"] == "settled"
    assert (await row_of(world, contract))["state"] == "terminated"


async def test_an_acceptance_that_comes_after_the_end_opens_its_line_again(world: World) -> None:
    desk, contract = await a_contract(world)
    _, middle, _ = await lines_of(world, contract)
    await terminate(world, desk, contract)
    assert (await line_state(world, middle))[0] == "cancelled"

    await told(world, an_acceptance(await row_of(world, contract), middle, passed=True))

    assert await line_state(world, middle) == ("planned", "0.00")
    assert await cost(world, contract) == ("0.00", "60000.00")
    (await desk.asks.post("contracts", f"/v1/payment-lines/{middle}/request", {})).ok()


async def test_what_is_owed_after_the_end_becomes_overdue_too(world: World) -> None:
    desk, contract = await a_contract(world)
    _, middle, final = await lines_of(world, contract)
    await told(world, an_acceptance(await row_of(world, contract), middle, passed=True))
    await terminate(world, desk, contract)
    shown = (await desk.asks.get("contracts", f"/v1/payment-lines/{middle}")).ok()

    await world.today_is(date.fromisoformat(shown["due_on"]), hour=23)
    await world.rows("UPDATE contracts.deadlines SET due_at = clock.now() WHERE subject = $1", middle)
    await world.pump()

    assert shown["due_on"] is not None
    kinds = await world.rows("SELECT subject, kind FROM contracts.notices WHERE subject = ANY($1)", [middle, final])
    assert [row["subject"] for row in kinds if row["kind"] == "payment_overdue"] == [middle, middle]


# --- corrected after it was completed


async def completed(world: World, starts_on: date, score: str, **changes: Any) -> tuple[Desk, UUID, list[UUID], Any]:
    """A contract of two lines by assessment, the first paid in full, the second by this score; its term is over and it
    is completed. Also what was assessed of the second."""
    payments = [
        PaymentTerm(
            number=n,
            kind="instalment",
            amount=Decimal("228000.00"),
            gate="assessment",
            period=n,
            bands=((Decimal("90"), Decimal("1")), (Decimal("60"), Decimal("0.5")), (Decimal("0"), Decimal("0"))),
        )
        for n in (1, 2)
    ]
    ends_on = date(starts_on.year, starts_on.month, 28)
    award = chengdu_award(world, payments=payments, starts_on=starts_on, ends_on=ends_on, **changes)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    row, lines = await row_of(world, contract), await lines_of(world, contract)
    events = [an_assessment(row, line, score=given) for line, given in zip(lines, ("95", score), strict=True)]
    await told(world, *events)
    for line, event in zip(lines, events, strict=True):
        if (await ask_and_approve(desk, line, event.assessment_id))["state"] != "settled":
            (await receipt(desk, line)).ok()
    await world.today_is(date(starts_on.year, starts_on.month + 1, 1), hour=0)
    await world.pump()
    assert (await row_of(world, contract))["state"] == "completed"
    return desk, contract, lines, events[1]


def corrected(event: Any, score: str, version: int = 2) -> Any:
    return event.model_copy(update={"score": Decimal(score), "result_version": version})


async def test_a_better_result_after_completion_is_paid_when_it_is_asked_for_and_approved(world: World) -> None:
    desk, contract, (first, second), event = await completed(world, date(2022, 5, 2), "70")

    await told(world, corrected(event, "92"))

    assert await line_state(world, second) == ("planned", "114000.00")
    assert await line_state(world, first) == ("settled", "228000.00")
    assert await cost(world, contract) == ("342000.00", "114000.00")
    assert await tasks_of(desk, second) == {"request_payment"}
    notices = await world.rows("SELECT kind FROM contracts.notices WHERE subject = $1", second)
    assert [row["kind"] for row in notices].count("payment_due") == 4
    assert (await ask_and_approve(desk, second, event.assessment_id))["state"] == "released"
    assert await movements(world, second) == [("release", "114000.00"), ("supplement", "114000.00")]
    assert (await receipt(desk, second)).ok()["state"] == "settled"
    assert (await row_of(world, contract))["state"] == "completed"


async def test_a_worse_result_after_completion_is_demanded_back_from_the_provider(world: World) -> None:
    desk, contract, (_, second), event = await completed(world, date(2022, 7, 2), "92")

    await told(world, corrected(event, "70"))

    assert await movements(world, second) == [("release", "228000.00"), ("refund", "114000.00")]
    assert await cost(world, contract) == ("342000.00", "0.00")
    assert await tasks_of(desk, second) == {"record_receipt"}
    notices = await world.rows("SELECT * FROM contracts.notices WHERE subject = $1", second)
    asked = {n["recipient_organisation"] for n in notices if n["kind"] == "refund_demanded"}
    row = await row_of(world, contract)
    assert asked == {row["provider_id"], row["organisation"]}
    assert (await receipt(desk, second)).ok()["state"] == "settled"


async def test_a_better_result_that_is_taken_back_before_it_was_paid_owes_nothing(world: World) -> None:
    desk, contract, (_, second), event = await completed(world, date(2022, 9, 2), "70")
    await told(world, corrected(event, "92"))
    body = {"papers": str(event.assessment_id)}
    (await desk.asks.post("contracts", f"/v1/payment-lines/{second}/request", body)).ok()

    await told(world, corrected(event, "70", 3))

    assert await line_state(world, second) == ("settled", "114000.00")
    assert await cost(world, contract) == ("342000.00", "0.00")


async def test_what_was_withheld_until_the_close_is_owed_by_a_better_result(world: World) -> None:
    desk, contract = await a_contract(world, starts_on=date(2022, 11, 2), ends_on=date(2022, 11, 30))
    row, lines = await row_of(world, contract), await lines_of(world, contract)
    poor = an_evaluation(row, lines[2], score="54", grade="poor")
    await told(world, an_acceptance(row, lines[1], passed=True), poor)
    for line in lines:
        if (await ask_and_approve(desk, line))["state"] != "withheld":
            (await receipt(desk, line)).ok()
    await world.today_is(date(2022, 12, 1), hour=0)
    await world.pump()
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/close")).ok()

    await told(world, poor.model_copy(update={"result_version": 2, "score": Decimal("80"), "grade": "good"}))

    assert await line_state(world, lines[2]) == ("planned", "0.00")
    assert await cost(world, contract) == ("140000.00", "60000.00")


# --- a result that gives nothing


async def test_a_line_of_which_nothing_is_paid_ends_without_an_order(world: World) -> None:
    _, contract, (_, second), _ = await completed(world, date(2023, 1, 2), "50")

    assert await line_state(world, second) == ("settled", "0.00")
    assert await movements(world, second) == []
    assert (
        await world.rows("SELECT 1 FROM contracts.dispatches WHERE business_key LIKE $1", f"payment/{second}/%") == []
    )
    assert (await event_of(world, contract, "contract_completed"))["paid"] == "228000.00"
