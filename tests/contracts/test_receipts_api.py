"""A slip in a receipt loses no money: a return takes two persons, and another person corrects what was entered."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.errands.dispatches import NotSure
from shared.fields.text import told_apart_by
from tests.contracts.examples import (
    Desk,
    a_contract_in_force,
    a_desk,
    a_second,
    ask_and_approve,
    came_back,
    chengdu_award,
    line_state,
    lines_of,
    movements,
    receipt,
    returned,
    row_of,
)
from tests.contracts.test_money_after_the_end_api import completed, corrected, cost, tasks_of, told
from tests.contracts.test_orders_api import Treasury, an_order
from tests.support.examples import an_assessment
from tests.support.world import Person, Reply, World

SLIP = "回单看错了一行"


async def payments_of(world: World, line: UUID) -> list[UUID]:
    rows = await world.rows("SELECT id FROM contracts.payments WHERE line_id = $1 ORDER BY number", line)
    return [row["id"] for row in rows]


async def correct(
    who: Person, world: World, line: UUID, settled: bool, reference: str | None = None, of: int = 0
) -> Reply:
    payment = (await payments_of(world, line))[of]
    body = {"settled": settled, "treasury_reference": reference, "reason": SLIP}
    return await who.post("contracts", f"/v1/payment-lines/{line}/receipts/{payment}/correction", body)


async def entered(desk: Desk, line: UUID) -> list[dict[str, Any]]:
    return list((await desk.asks.get("contracts", f"/v1/payment-lines/{line}/receipts")).ok())


# --- what came back


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_one_person_alone_says_no_order_back(world: World) -> None:
    desk, line = await an_order(world)

    said = (await receipt(desk, line, settled=False)).ok()

    assert (said["state"], said["return_waits"]) == ("released", str((await payments_of(world, line))[0]))
    (await receipt(desk, line, settled=False)).refused("IC12-12.1", "returned_alone")
    (await desk.asks.post("contracts", f"/v1/payment-lines/{line}/request", {})).problem(409, "wrong_state")
    second = await a_second(world, desk, line)
    kinds = [t["task"] for t in (await second.get("contracts", "/v1/tasks")).ok() if t["subject"] == str(line)]
    assert sorted(kinds) == ["confirm_return", "record_receipt"]
    assert "confirm_return" not in await tasks_of(desk, line)


@pytest.mark.clause("IC12-12.1", "accepts")
async def test_another_person_confirms_that_an_order_came_back(world: World) -> None:
    desk, line = await an_order(world)

    confirmed = await returned(world, desk, line)

    assert (confirmed["state"], confirmed["paid"], confirmed["return_waits"]) == ("returned", "0.00", None)
    [row] = await world.rows(
        "SELECT * FROM contracts.receipts WHERE payment_id = $1", (await payments_of(world, line))[0]
    )
    assert row["recorded_by"] == desk.receives.id != row["confirmed_by"]


async def test_another_person_may_say_that_it_was_paid_instead(world: World) -> None:
    desk, line = await an_order(world)
    (await receipt(desk, line, settled=False)).ok()
    second = await a_second(world, desk, line)

    body = {"settled": True, "treasury_reference": f"GK-{line}"}
    paid = (await second.post("contracts", f"/v1/payment-lines/{line}/receipts", body)).ok()

    assert (paid["state"], paid["return_waits"]) == ("settled", None)


async def test_a_program_of_the_treasury_says_it_alone(world: World) -> None:
    _, line = await an_order(world)
    post: dict[str, Any] = {"duties": {"record_receipt"}, "organisation": world.finance_zh}
    program = await world.person("treasury", machine=True, **post)

    assert (await program.post(*came_back(line))).ok()["state"] == "returned"


async def test_what_was_said_of_an_order_before_it_was_sent_confirms_nothing_after(world: World) -> None:
    treasury, (desk, line) = Treasury(world), await an_order(world)
    (await receipt(desk, line, settled=False)).ok()
    await treasury.connect()
    second, third = await a_second(world, desk, line), await a_second(world, desk, line)

    again = (await second.post(*came_back(line))).ok()

    assert again["state"] == "released"
    assert (await third.post(*came_back(line))).ok()["state"] == "returned"


async def test_an_order_perhaps_taken_is_not_said_back_without_naming_it(world: World) -> None:
    treasury, (desk, line) = Treasury(world), await an_order(world)
    treasury.answers = NotSure("no answer")
    await treasury.connect()

    (await receipt(desk, line, settled=False)).problem(409, "wrong_state")
    assert (await returned(world, desk, line, paid_by="order"))["state"] == "returned"


async def test_the_database_keeps_no_return_of_one_person(world: World) -> None:
    desk, line = await an_order(world)
    await returned(world, desk, line)
    [payment] = (await payments_of(world, line))[:1]

    with pytest.raises(asyncpg.CheckViolationError):
        await world.rows("UPDATE contracts.receipts SET confirmed_by = recorded_by WHERE payment_id = $1", payment)


# --- corrected


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_nobody_corrects_what_they_entered_themselves(world: World) -> None:
    desk, line = await an_order(world)
    (await receipt(desk, line, reference=f"GK-{line}")).ok()

    (await correct(desk.receives, world, line, True, f"GK-2-{line}")).refused("IC12-12.1", "corrected_alone")


@pytest.mark.clause("IC12-12.1", "accepts")
async def test_a_mistyped_reference_is_corrected_and_free_for_the_payment_it_belongs_to(world: World) -> None:
    (desk, line), (other, theirs) = await an_order(world), await an_order(world)
    (await receipt(desk, line, reference=f"GK-{theirs}")).ok()
    (await receipt(other, theirs, reference=f"GK-{theirs}")).problem(409, "conflict")
    second = await a_second(world, desk, line)

    assert (await correct(second, world, line, True, f"GK-{line}")).ok()["state"] == "settled"

    assert (await receipt(other, theirs, reference=f"GK-{theirs}")).ok()["state"] == "settled"
    (await correct(desk.receives, world, line, True, f"gk-{theirs}")).problem(409, "conflict")
    [now] = await entered(desk, line)
    [before] = now["corrections"]
    assert (now["treasury_reference"], now["recorded_by"]) == (f"GK-{line}", str(second.id))
    assert (before["was_reference"], before["was_by"]) == (f"GK-{theirs}", str(desk.receives.id))
    assert (before["reason"], before["corrected_by"]) == (SLIP, str(second.id))
    [entry] = await world.rows(
        "SELECT entry FROM contracts.journal WHERE subject = $1 AND type LIKE '%receipt_corrected%'", line
    )
    said = json.loads(entry["entry"])["event"]
    assert (said["was_reference"], said["treasury_reference"]) == (f"GK-{theirs}", f"GK-{line}")
    assert SLIP not in entry["entry"]


async def test_what_was_not_paid_after_all_is_asked_for_and_paid_anew(world: World) -> None:
    treasury, (desk, line) = Treasury(world), await an_order(world)
    (await receipt(desk, line, reference=f"GK-{line}")).ok()

    corrected_line = (await correct(await a_second(world, desk, line), world, line, False)).ok()

    assert (corrected_line["state"], corrected_line["paid"]) == ("returned", "0.00")
    await ask_and_approve(desk, line)
    await treasury.connect()
    assert treasury.of(line) == [f"payment/{line}/3"]
    assert (await receipt(desk, line, reference=f"GK-{line}")).ok()["state"] == "settled"


async def test_a_return_that_was_a_slip_counts_again(world: World) -> None:
    treasury, (desk, line) = Treasury(world), await an_order(world)
    await treasury.connect()
    await returned(world, desk, line)
    (await desk.asks.post("contracts", f"/v1/payment-lines/{line}/request", {})).ok()

    mended = (await correct(desk.approves, world, line, True, f"GK-{line}")).problem(403)
    assert mended["duty"] == "record_receipt"
    mended = (await correct(await a_second(world, desk, line), world, line, True, f"GK-{line}")).ok()

    assert (mended["state"], mended["paid"]) == ("settled", "80000.00")
    assert [kind for kind, _ in await movements(world, line)] == ["release", "return", "reinstate"]
    (await desk.approves.post("contracts", f"/v1/payment-lines/{line}/approve")).problem(409, "wrong_state")
    assert treasury.of(line) == [f"payment/{line}/1"]


async def test_a_slip_in_the_correction_of_a_slip_is_corrected_as_often_as_it_takes(world: World) -> None:
    desk, line = await an_order(world)
    await returned(world, desk, line)
    second, third = await a_second(world, desk, line), await a_second(world, desk, line)

    (await correct(second, world, line, True, "GK-1")).ok()
    (await correct(third, world, line, False)).ok()
    assert await line_state(world, line) == ("returned", "0.00")
    (await correct(second, world, line, True, "GK-2")).ok()
    assert await line_state(world, line) == ("settled", "80000.00")
    (await correct(third, world, line, False)).ok()

    assert await line_state(world, line) == ("returned", "0.00")
    kinds = [kind for kind, _ in await movements(world, line)]
    assert kinds == ["release", "return", "reinstate", "return", "reinstate", "return"]
    await ask_and_approve(desk, line)
    (await receipt(desk, line, reference="GK-3")).ok()
    assert await line_state(world, line) == ("settled", "80000.00")


async def test_what_was_demanded_back_of_an_order_that_never_moved_is_not_owed(world: World) -> None:
    award = chengdu_award(world).model_copy(update={"organisation": uuid4()})
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    line, *_ = await lines_of(world, contract)
    good = an_assessment(await row_of(world, contract), line, score="95.00")
    await told(world, good)
    await ask_and_approve(desk, line, good.assessment_id)
    await told(world, corrected(good, "85.00"))
    [(_, whole), (kind, owed)] = await movements(world, line)
    assert kind == "refund"

    release, refund = await payments_of(world, line)
    back = await returned(world, desk, line, payment_id=str(release))

    assert (back["state"], back["paid"]) == ("returned", "0.00")
    assert (await movements(world, line))[2:] == [("reinstate", owed), ("return", whole)]
    assert "record_receipt" not in await tasks_of(desk, line)
    late = await receipt(desk, line, reference="GK-1", payment_id=str(refund))
    assert late.problem(409, "wrong_state")["state"] == "returned"
    await ask_and_approve(desk, line, good.assessment_id)
    assert (await movements(world, line))[-1] == ("release", str(Decimal(whole) - Decimal(owed)))


async def test_an_order_that_came_back_is_due_on_the_day_on_which_it_was(world: World) -> None:
    desk, line = await an_order(world)
    [before] = await world.rows("SELECT due_on FROM contracts.payment_lines WHERE id = $1", line)
    await returned(world, desk, line)

    await world.today_is(before["due_on"] + timedelta(days=1))
    await world.pump()

    told = [row["kind"] for row in await world.rows("SELECT kind FROM contracts.notices WHERE subject = $1", line)]
    assert told.count("payment_overdue") == 2
    [task] = [
        task
        for task in (await desk.countersigns.get("contracts", "/v1/tasks")).ok()
        if task["subject"] == str(line) and task["task"] == "watch_overdue_payment"
    ]
    assert (task["last_day"], task["overdue"]) == (str(before["due_on"]), True)


@pytest.mark.parametrize(
    ("first", "other", "one"),
    [
        ("GK-2022-77", "GK\u20102022\u201077", True),
        ("GK-2022-78", "gk\u20142022\u201478", True),
        ("GK-2022-79", "GK\u22122022\u221279", True),
        ("GK-2022-80", "「GK-2022-80」。", True),
        ("GK-2022-81", "GK-2022-8 1", True),
        ("GK-2022-82", "GK-20228-2", False),
        ("GK-1-12", "GK-11-2", False),
    ],
)
def test_a_reference_is_one_however_it_was_typed(first: str, other: str, one: bool) -> None:
    assert (told_apart_by(first) == told_apart_by(other)) == one


@pytest.mark.parametrize("reference", ["—", "。。", "\ufe0f", "（）"])
async def test_a_reference_that_tells_nothing_apart_settles_nothing(world: World, reference: str) -> None:
    desk, line = await an_order(world)

    answer = await receipt(desk, line, reference=reference)

    assert [error["field"] for error in answer.problem(422, "field")["errors"]] == ["body.treasury_reference"]
    assert await line_state(world, line) == ("released", "80000.00")


async def test_money_that_moved_twice_is_demanded_back(world: World) -> None:
    treasury, (desk, line) = Treasury(world), await an_order(world)
    await treasury.connect()
    await returned(world, desk, line)
    await ask_and_approve(desk, line)
    await treasury.connect()
    second = await a_second(world, desk, line)
    early = (await correct(second, world, line, True, f"GK-1-{line}")).problem(409, "wrong_state")
    assert early["state"] == "ordered_again"
    (await receipt(desk, line, reference=f"GK-2-{line}")).ok()

    mended = (await correct(second, world, line, True, f"GK-1-{line}")).ok()

    assert (mended["state"], mended["paid"]) == ("released", "80000.00")
    assert [kind for kind, _ in await movements(world, line)] == ["release", "return", "release", "refund", "reinstate"]
    assert await tasks_of(desk, line) == {"record_receipt"}
    notices = await world.rows("SELECT kind, facts FROM contracts.notices WHERE subject = $1", line)
    asked = [n["facts"]["amount"] for n in notices if n["kind"] == "refund_demanded"]
    assert asked == ["80000.00", "80000.00"]
    assert (await receipt(desk, line, reference=f"GK-3-{line}")).ok()["state"] == "settled"


async def test_a_refund_that_had_not_come_in_is_waited_for_again(world: World) -> None:
    desk, _, (_, line), event = await completed(world, date(2023, 3, 2), "92")
    await told(world, corrected(event, "70"))
    (await receipt(desk, line, reference=f"GK-{line}")).ok()
    second = await a_second(world, desk, line)

    assert (await correct(second, world, line, False, of=1)).ok()["state"] == "reduced"

    assert await tasks_of(desk, line) == {"record_receipt"}
    assert (await correct(desk.receives, world, line, True, f"GK-{line}", of=1)).ok()["state"] == "settled"
    assert await movements(world, line) == [("release", "228000.00"), ("refund", "114000.00")]


async def test_what_was_never_paid_of_a_completed_contract_is_paid_after_it(world: World) -> None:
    desk, contract, (first, _), _ = await completed(world, date(2023, 5, 2), "92")
    second = await a_second(world, desk, first)

    (await correct(second, world, first, False)).ok()

    assert await line_state(world, first) == ("returned", "0.00")
    assert await cost(world, contract) == ("228000.00", "228000.00")
    [row] = await world.rows("SELECT result_id FROM contracts.payment_lines WHERE id = $1", first)
    assert (await ask_and_approve(desk, first, row["result_id"]))["state"] == "released"
    assert (await receipt(desk, first)).ok()["state"] == "settled"
    assert (await row_of(world, contract))["state"] == "completed"


async def test_what_nobody_entered_or_is_entered_just_so_is_not_corrected(world: World) -> None:
    desk, line = await an_order(world)
    second = await a_second(world, desk, line)
    (await correct(second, world, line, True, "X")).problem(404)
    (await receipt(desk, line, reference=f"GK-{line}")).ok()

    (await correct(second, world, line, True, f"GK-{line}")).problem(409, "wrong_state")


# --- a request that is not approved


async def test_who_would_approve_refuses_for_a_reason_that_who_asked_reads(world: World) -> None:
    desk, line = await an_order(world)
    await returned(world, desk, line)
    (await desk.asks.post("contracts", f"/v1/payment-lines/{line}/request", {})).ok()

    refused = await desk.approves.post("contracts", f"/v1/payment-lines/{line}/refuse", {"reason": "发票未到"})

    assert refused.ok()["state"] == "planned"
    [why] = (await desk.asks.get("contracts", f"/v1/payment-lines/{line}/reasons")).ok()
    assert (why["reason"], why["given_by"]) == ("发票未到", str(desk.approves.id))
    assert (await ask_and_approve(desk, line))["state"] == "released"


async def test_only_who_asked_takes_a_request_back_and_only_before_it_is_approved(world: World) -> None:
    desk, line = await an_order(world)
    path = f"/v1/payment-lines/{line}"
    (await desk.asks.post("contracts", f"{path}/withdraw")).problem(409, "wrong_state")
    (await desk.approves.post("contracts", f"{path}/refuse", {"reason": "?"})).problem(409, "wrong_state")
    await returned(world, desk, line)
    (await desk.asks.post("contracts", f"{path}/request", {})).ok()
    [row] = await world.rows(
        "SELECT c.organisation FROM contracts.contracts c JOIN contracts.payment_lines l ON l.contract_id = c.id"
        " WHERE l.id = $1",
        line,
    )
    other = await world.person("other", duties={"request_payment"}, organisation=row["organisation"])

    (await other.post("contracts", f"{path}/withdraw")).problem(409, "wrong_state")
    assert (await desk.asks.post("contracts", f"{path}/withdraw")).ok()["state"] == "planned"
