"""When a slip about an order is corrected, what the provider has is measured against what the result gives."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.contracts.examples import (
    Desk,
    a_contract_in_force,
    a_desk,
    a_second,
    ask_and_approve,
    chengdu_award,
    line_state,
    lines_of,
    movements,
    receipt,
    returned,
    row_of,
)
from tests.contracts.test_endings_api import a_contract
from tests.contracts.test_money_after_the_end_api import corrected, tasks_of, terminate, told
from tests.contracts.test_orders_api import an_order
from tests.contracts.test_receipts_api import correct, payments_of
from tests.support.examples import an_acceptance, an_assessment
from tests.support.world import World

WHOLE, LESS, LEAST = "152000.00", "144400.00", "136800.00"


async def assessed(world: World, score: str) -> tuple[Desk, UUID, Any]:
    """A line that was ordered by this score."""
    award = chengdu_award(world).model_copy(update={"organisation": uuid4()})
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    line, *_ = await lines_of(world, contract)
    event = an_assessment(await row_of(world, contract), line, score=score)
    await told(world, event)
    await ask_and_approve(desk, line, event.assessment_id)
    return desk, line, event


async def due_on(world: World, line: UUID) -> Any:
    return (await world.rows("SELECT due_on FROM contracts.payment_lines WHERE id = $1", line))[0]["due_on"]


@pytest.mark.parametrize("never_paid", ["second", "both"])
async def test_a_refund_of_money_that_moved_once_is_owed_no_more(world: World, never_paid: str) -> None:
    desk, line = await an_order(world)
    await returned(world, desk, line)
    await ask_and_approve(desk, line)
    (await receipt(desk, line, reference=f"GK-3-{line}")).ok()
    second, third = await a_second(world, desk, line), await a_second(world, desk, line)
    (await correct(second, world, line, True, f"GK-1-{line}")).ok()

    (await correct(second, world, line, False, of=2)).ok()
    assert await line_state(world, line) == ("settled", "80000.00")
    assert (await movements(world, line))[-2:] == [("reinstate", "80000.00"), ("return", "80000.00")]
    assert await tasks_of(desk, line) == set()

    if never_paid == "both":
        (await correct(third, world, line, False)).ok()
        assert await line_state(world, line) == ("returned", "0.00")
        assert await due_on(world, line) is not None


@pytest.mark.parametrize(("score", "state", "paid"), [("75", "reduced", LEAST), ("85", "settled", LESS)])
async def test_of_a_refund_only_that_part_is_void_that_never_moved(
    world: World, score: str, state: str, paid: str
) -> None:
    desk, line, event = await assessed(world, "85")
    (await receipt(desk, line)).ok()
    await told(world, corrected(event, "95", 2), corrected(event, score, 3))
    _, supplement, _ = await payments_of(world, line)

    await returned(world, desk, line, payment_id=str(supplement))

    assert await line_state(world, line) == (state, paid)
    demanded = [("refund", "7600.00")] if score == "75" else []
    assert [one for one in (await movements(world, line))[3:] if one[0] == "refund"] == demanded
    assert (await receipt(desk, line)).status == (200 if demanded else 409)
    assert await line_state(world, line) == ("settled", paid)


@pytest.mark.parametrize("passed", [False, True])
async def test_an_order_that_comes_back_is_due_only_as_far_as_its_result_pays(world: World, passed: bool) -> None:
    desk, contract = await a_contract(world)
    advance, middle, _ = await lines_of(world, contract)
    await ask_and_approve(desk, advance)
    accepted = an_acceptance(await row_of(world, contract), middle, passed=True)
    await told(world, accepted)
    await ask_and_approve(desk, middle)
    await told(world, accepted.model_copy(update={"passed": passed, "result_version": 2}))

    await returned(world, desk, middle, payment_id=str((await payments_of(world, middle))[0]))

    assert await line_state(world, middle) == ("returned" if passed else "withheld", "0.00")
    assert (await due_on(world, middle) is not None) == passed


async def test_what_is_owed_back_already_is_no_reason_to_keep_a_slip(world: World) -> None:
    desk, line, event = await assessed(world, "95")
    await returned(world, desk, line)
    await ask_and_approve(desk, line, event.assessment_id)
    (await receipt(desk, line)).ok()
    await told(world, corrected(event, "85"))

    (await correct(await a_second(world, desk, line), world, line, True, f"GK-1-{line}")).ok()

    assert await line_state(world, line) == ("reduced", LESS)
    assert (await movements(world, line))[3:] == [("refund", "7600.00"), ("refund", WHOLE), ("reinstate", WHOLE)]


async def test_what_a_better_result_gives_is_demanded_back_and_ordered_by_nobody(world: World) -> None:
    desk, line, event = await assessed(world, "85")
    await returned(world, desk, line)
    await ask_and_approve(desk, line, event.assessment_id)
    (await receipt(desk, line)).ok()
    await told(world, corrected(event, "95"))
    (await receipt(desk, line, reference=f"GK-4-{line}")).ok()

    (await correct(await a_second(world, desk, line), world, line, True, f"GK-1-{line}")).ok()

    assert await line_state(world, line) == ("released", WHOLE)
    assert (await movements(world, line))[4:] == [("refund", LESS), ("reinstate", LESS)]


@pytest.mark.parametrize("asked", [True, False])
async def test_what_nobody_has_approved_goes_to_no_treasury(world: World, asked: bool) -> None:
    desk, line, event = await assessed(world, "85")
    await returned(world, desk, line)
    await told(world, corrected(event, "95"))
    if asked:
        body = {"papers": str(event.assessment_id)}
        (await desk.asks.post("contracts", f"/v1/payment-lines/{line}/request", body)).ok()

    (await correct(await a_second(world, desk, line), world, line, True, f"GK-1-{line}")).ok()

    assert await line_state(world, line) == (("requested", LESS) if asked else ("released", WHOLE))
    if asked:
        (await desk.approves.post("contracts", f"/v1/payment-lines/{line}/approve")).ok()
    assert (await movements(world, line))[-1] == ("supplement", "7600.00")


async def test_a_program_of_the_treasury_closes_no_refund_without_naming_it(world: World) -> None:
    desk, line, event = await assessed(world, "95")
    (await receipt(desk, line)).ok()
    await told(world, corrected(event, "75", 2), corrected(event, "85", 3))

    (await receipt(desk, line, reference=f"GK-3-{line}", paid_by="order")).ok()

    assert await line_state(world, line) == ("reduced", LESS)
    (await receipt(desk, line, reference=f"GK-4-{line}", paid_by="order")).problem(409, "wrong_state")
    assert (await receipt(desk, line, reference=f"GK-2-{line}")).ok()["state"] == "settled"


@pytest.mark.parametrize("passed", [True, False])
async def test_a_result_told_again_after_the_end_leaves_what_is_owed_to_be_paid(world: World, passed: bool) -> None:
    desk, contract = await a_contract(world)
    _, middle, _ = await lines_of(world, contract)
    accepted = an_acceptance(await row_of(world, contract), middle, passed=True)
    await told(world, accepted)
    await terminate(world, desk, contract)

    await told(world, accepted.model_copy(update={"passed": passed, "result_version": 2}))

    assert await line_state(world, middle) == ("planned" if passed else "withheld", "0.00")


async def test_the_database_keeps_no_order_that_nobody_approved(world: World) -> None:
    _, line = await an_order(world)

    with pytest.raises(asyncpg.CheckViolationError, match="ck_payment_lines_approved"):
        await world.rows("UPDATE contracts.payment_lines SET approved_by = NULL WHERE id = $1", line)
