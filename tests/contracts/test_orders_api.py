"""One order, one payment: whatever is done by hand, at once or late, the treasury pays no line a second time."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from services.contracts.app import create_app
from shared.errands.dispatches import Dispatcher, NotSure, NotTaken, close_dispatch, lock_dispatch
from shared.events.contracts import TreasuryOrder
from shared.events.tendering import AwardConfirmed
from shared.process.telemetry import LATE_DISPATCHES, OLDEST_DISPATCH
from tests.contracts.examples import (
    Desk,
    a_contract_in_force,
    a_desk,
    ask_and_approve,
    lines_of,
    receipt,
    returned,
    zhuhai_award,
)
from tests.support.world import Person, World

_places = count(50)


class Treasury:
    """A treasury that is connected when a test says so: what it received, and how it answers."""

    def __init__(self, world: World) -> None:
        self._service = world.services["contracts"]
        self.received: list[dict[str, Any]] = []
        self.answers: Exception | str | None = None
        self.holds: asyncio.Event | None = None
        self.reached = asyncio.Event()
        self.seconds = 0.0

    async def _take(self, business_key: str, order: dict[str, Any]) -> str | None:
        self.reached.set()
        await asyncio.sleep(self.seconds)
        if self.holds:
            await self.holds.wait()
        if isinstance(self.answers, NotTaken):
            raise self.answers
        self.received.append(order)
        if isinstance(self.answers, Exception):
            raise self.answers
        return self.answers

    def of(self, line: UUID) -> list[str]:
        return [order["business_key"] for order in self.received if order["line_id"] == str(line)]

    async def connect(self) -> None:
        """Everything that waits is due, and is sent."""
        connection = await self._service.database.connect()
        try:
            await connection.execute(
                "UPDATE dispatches SET next_at = clock_timestamp()"
                " WHERE state = 'waiting' AND next_at > clock_timestamp()"
            )
            await Dispatcher(self._service.database, {"treasury": self._take}).send_waiting(connection)
        finally:
            await connection.close()

    @contextlib.asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """While the block runs, the treasury has what waits and has not answered yet."""
        self.holds = asyncio.Event()
        task = asyncio.create_task(self.connect())
        await self.reached.wait()
        try:
            yield
        finally:
            self.holds.set()
            await task


@pytest.fixture
def treasury(world: World) -> Treasury:
    return Treasury(world)


async def an_order(world: World, made: Any = zhuhai_award) -> tuple[Desk, UUID]:
    """An advance that was approved, so that its order waits."""
    award = made(world).model_copy(update={"organisation": uuid4()})
    desk = await a_desk(world, award)
    line, *_ = await lines_of(world, await a_contract_in_force(world, desk, award))
    await ask_and_approve(desk, line)
    return desk, line


async def state_of(world: World, line: UUID) -> str:
    [row] = await world.rows("SELECT state FROM contracts.dispatches WHERE business_key = $1", f"payment/{line}/1")
    return str(row["state"])


async def two_operators(world: World) -> tuple[Person, Person]:
    nation = {"duties": {"operate"}, "jurisdiction": "000000"}
    return await world.person("one", **nation), await world.person("two", **nation)  # type: ignore[arg-type]


async def path_of(operator: Person, line: UUID) -> str:
    rows = (await operator.get("contracts", "/v1/dispatches")).ok()
    [found] = [row["id"] for row in rows if row["business_key"] == f"payment/{line}/1"]
    return f"/v1/dispatches/{found}"


async def cancelled(world: World, line: UUID) -> tuple[Person, str]:
    operators = await two_operators(world)
    path = await path_of(operators[0], line)
    for operator in operators:
        (await operator.post("contracts", f"{path}/cancel", {"reason": "paid on paper"})).ok()
    return operators[0], path


# --- settled by hand


async def test_a_treasury_connected_late_gets_no_order_for_what_was_paid_by_hand(
    world: World, treasury: Treasury
) -> None:
    (desk, by_hand), (_, still_open) = await an_order(world), await an_order(world)
    (await receipt(desk, by_hand)).ok()

    await treasury.connect()

    assert (treasury.of(by_hand), treasury.of(still_open)) == ([], [f"payment/{still_open}/1"])
    assert await state_of(world, by_hand) == "closed"


async def test_an_order_that_failed_for_days_is_closed_by_a_receipt_too(world: World, treasury: Treasury) -> None:
    desk, line = await an_order(world)
    treasury.answers = NotTaken("the treasury answered 500")
    for _ in range(14):
        await treasury.connect()
    (await receipt(desk, line)).ok()

    treasury.answers = None
    await treasury.connect()

    assert treasury.of(line) == []


async def test_what_the_treasury_returned_is_ordered_again_under_another_key(world: World, treasury: Treasury) -> None:
    desk, line = await an_order(world)
    await returned(world, desk, line)
    await ask_and_approve(desk, line)

    await treasury.connect()

    assert treasury.of(line) == [f"payment/{line}/3"]


async def test_no_worker_takes_an_order_whose_receipt_is_being_entered(world: World, treasury: Treasury) -> None:
    (_, line), (_, other) = await an_order(world), await an_order(world)
    service, key = world.services["contracts"], f"payment/{line}/1"

    async with service.database.system_transaction(service.writer) as tx:
        taken = await lock_dispatch(tx, key)
        assert taken is not None
        assert taken.state == "waiting"
        await treasury.connect()
        await close_dispatch(tx, key)
    await treasury.connect()

    assert (treasury.of(line), treasury.of(other)) == ([], [f"payment/{other}/1"])


async def test_no_receipt_by_hand_settles_an_order_that_is_being_sent(world: World, treasury: Treasury) -> None:
    desk, line = await an_order(world)

    async with treasury.sending():
        refused = await receipt(desk, line)
        by_hand = await receipt(desk, line, paid_by="hand")

    assert refused.problem(409, "wrong_state")["state"] == "sending"
    by_hand.problem(409, "wrong_state")
    assert (treasury.of(line), await state_of(world, line)) == ([f"payment/{line}/1"], "sent")


async def test_the_treasurys_own_program_may_be_faster_than_its_answer(world: World, treasury: Treasury) -> None:
    _, line = await an_order(world)
    post = {"duties": {"record_receipt"}, "organisation": world.finance_zh}
    program = await world.person("treasury", machine=True, **post)  # type: ignore[arg-type]
    body = {"settled": True, "treasury_reference": f"GK-{line}"}

    async with treasury.sending():
        settled = await program.post("contracts", f"/v1/payment-lines/{line}/receipts", body)
    await treasury.connect()

    assert settled.ok()["state"] == "settled"
    assert (treasury.of(line), await state_of(world, line)) == ([f"payment/{line}/1"], "closed")


@pytest.mark.parametrize(("answer", "status"), [(NotSure("no answer"), 409), (NotTaken("no route"), 200)])
async def test_what_the_treasury_may_have_taken_is_not_paid_by_hand(
    world: World, treasury: Treasury, answer: Exception, status: int
) -> None:
    desk, line = await an_order(world)
    treasury.answers = answer

    await treasury.connect()

    assert (await receipt(desk, line, paid_by="hand")).status == status


async def test_an_order_perhaps_taken_is_settled_as_the_treasurys_or_cancelled_first(
    world: World, treasury: Treasury
) -> None:
    (desk, told), (other, cleared) = await an_order(world), await an_order(world)
    treasury.answers = NotSure("no answer")
    await treasury.connect()

    (await receipt(desk, told)).problem(409, "wrong_state")
    assert (await receipt(desk, told, paid_by="order")).ok()["state"] == "settled"
    await cancelled(world, cleared)
    assert (await receipt(other, cleared, paid_by="hand")).ok()["state"] == "settled"


async def test_what_the_treasury_took_under_its_reference_is_settled_under_no_other(
    world: World, treasury: Treasury
) -> None:
    desk, line = await an_order(world)
    treasury.answers = f"GK-{line}"
    await treasury.connect()

    (await receipt(desk, line, paid_by="hand", reference=f"GK-{line}")).problem(409, "wrong_state")
    refused = (await receipt(desk, line, reference="GK-elsewhere")).problem(409, "wrong_state")
    assert refused["state"] == "taken_under_another_reference"
    assert (await receipt(desk, line, reference=f"gk-{line}")).ok()["state"] == "settled"


async def test_of_sixteen_receipts_by_hand_and_a_treasury_at_once_one_pays(world: World, treasury: Treasury) -> None:
    """Through two API processes; of every second line the order is on its way already."""
    treasury.seconds, lines = 0.01, []
    app = create_app(world.settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://contracts") as second:
            for turn in range(4):
                desk, line = await an_order(world)
                treasury.holds = asyncio.Event() if turn % 2 else None
                sending = asyncio.create_task(treasury.connect())
                if treasury.holds:
                    await asyncio.wait_for(treasury.reached.wait(), 5)
                clients = (world.clients["contracts"], second)
                calls = [_by_hand(clients[n % 2], desk, line, n) for n in range(16)]
                statuses = [reply.status_code for reply in await asyncio.gather(*calls)]
                if treasury.holds:
                    treasury.holds.set()
                await sending
                treasury.reached.clear()

                assert set(statuses) <= {200, 409}
                assert statuses.count(200) + len(treasury.of(line)) == 1
                lines.append(line)
    await treasury.connect()
    paid_by_hand = [await state_of(world, line) == "closed" for line in lines]
    assert paid_by_hand == [treasury.of(line) == [] for line in lines]


async def _by_hand(client: httpx.AsyncClient, desk: Desk, line: UUID, number: int) -> httpx.Response:
    headers = {
        "authorization": f"Bearer {desk.receives.token}",
        "idempotency-key": f"{line}-{number}",
        "if-match": "*",
    }
    body = {"settled": True, "treasury_reference": f"HAND-{line}-{number}", "paid_by": "hand"}
    return await client.post(f"/v1/payment-lines/{line}/receipts", json=body, headers=headers)


# --- one reference, one payment


@pytest.mark.parametrize("typed", ["GK-2022-{}", " gk-2022-{}", "ＧＫ－２０２２－{}", "GK-2022 -{}"])
async def test_a_reference_settles_one_payment_in_whatever_contract(world: World, typed: str) -> None:
    (desk, one), (other, two) = await an_order(world), await an_order(world)
    (await receipt(desk, one, reference=f"GK-2022-{one}")).ok()

    refused = (await receipt(other, two, reference=typed.format(one))).problem(409, "conflict")

    assert (refused["fields"], refused["record"]) == (["treasury_reference"], str(one))
    assert (await receipt(other, two, reference=f"GK-2022-{two}")).ok()["state"] == "settled"


async def test_another_citys_treasury_counts_for_itself(world: World) -> None:
    (desk, one), (other, two) = await an_order(world), await an_order(world, in_guangzhou)
    (await receipt(desk, one, reference=f"GK-{one}")).ok()

    assert (await receipt(other, two, reference=f"GK-{one}")).ok()["state"] == "settled"


def in_guangzhou(world: World) -> AwardConfirmed:
    return zhuhai_award(world).model_copy(update={"jurisdiction": "4401/440103"})


async def test_one_reference_for_sixteen_payments_at_once_settles_one(world: World) -> None:
    orders = [await an_order(world) for _ in range(6)]
    reference = f"GK-{uuid4()}"

    replies = await asyncio.gather(*(receipt(desk, line, reference=reference) for desk, line in orders))

    assert sorted(reply.status for reply in replies) == [200, 409, 409, 409, 409, 409]
    assert {reply.json["code"] for reply in replies if reply.status == 409} == {"conflict"}
    assert all("treasury_reference" in reply.json["fields"] for reply in replies if reply.status == 409)


# --- the second fence


async def test_the_database_sends_no_order_that_has_its_receipt(world: World) -> None:
    (desk, paid), (_, waits) = await an_order(world), await an_order(world)
    (await receipt(desk, paid)).ok()

    async with world.services["contracts"].database.connection() as connection:
        for state in ("waiting", "sending", "cancelled"):
            with pytest.raises(asyncpg.PostgresError):
                await connection.execute(
                    "UPDATE dispatches SET state = $2 WHERE business_key = $1", f"payment/{paid}/1", state
                )
        [payment] = await connection.fetch("SELECT id FROM payments WHERE line_id = $1", waits)
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await connection.execute(
                "INSERT INTO receipts"
                " (payment_id, settled, treasury_reference, recorded_by, recorded_at, order_key, city)"
                " VALUES ($1, true, 'X', $1, now(), $2, '4404')",
                payment["id"],
                f"payment/{waits}/1",
            )


# --- operators


async def test_one_operator_alone_cancels_nothing(world: World, treasury: Treasury) -> None:
    _, line = await an_order(world)
    operator, _ = await two_operators(world)
    path = await path_of(operator, line)

    for _ in range(2):
        answer = await operator.post("contracts", f"{path}/cancel", {"reason": "paid on paper"})
        assert answer.ok()["state"] == "cancel_asked"
    await treasury.connect()

    assert treasury.of(line) == [f"payment/{line}/1"]


async def test_two_operators_cancel_an_order_and_the_line_is_settled_by_hand(world: World, treasury: Treasury) -> None:
    desk, line = await an_order(world)

    operator, path = await cancelled(world, line)
    await treasury.connect()

    assert (treasury.of(line), await state_of(world, line)) == ([], "cancelled")
    assert (await receipt(desk, line)).ok()["state"] == "settled"
    (await operator.post("contracts", f"{path}/retry", {"reason": "after all"})).problem(409, "wrong_state")


@pytest.mark.clause("GPR-9.1", "refuses")
@pytest.mark.parametrize(("act", "names_contract"), [("cancel", True), ("retry", True), ("cancel", False)])
async def test_an_operator_of_the_payee_neither_cancels_nor_sends_its_order(
    world: World, act: str, names_contract: bool
) -> None:
    _, line = await an_order(world)
    if not names_contract:  # as before orders said whose they are
        unnamed = "UPDATE contracts.dispatches SET payload = payload - 'contract_id' WHERE business_key = $1"
        await world.rows(unnamed, f"payment/{line}/1")
    operator, other = await two_operators(world)
    path = await path_of(operator, line)
    [contract] = await world.rows(
        "SELECT c.provider_id FROM contracts.contracts c JOIN contracts.payment_lines l ON l.contract_id = c.id"
        " WHERE l.id = $1",
        line,
    )
    await world.post_for(operator, {"maintain_provider"}, contract["provider_id"])

    answer = await operator.post("contracts", f"{path}/{act}", {"reason": "paid on paper"})

    answer.refused("GPR-9.1", "person_interested")
    (await other.post("contracts", f"{path}/{act}", {"reason": "paid on paper"})).ok()


async def test_a_cancelled_order_is_sent_after_all_by_two(world: World, treasury: Treasury) -> None:
    _, line = await an_order(world)
    operator, path = await cancelled(world, line)
    other, _ = await two_operators(world)

    for each in (other, operator):
        (await each.post("contracts", f"{path}/retry", {"reason": "the treasury is back"})).ok()
    await treasury.connect()

    assert treasury.of(line) == [f"payment/{line}/1"]


async def test_each_step_of_two_operators_is_on_record(world: World) -> None:
    _, line = await an_order(world)
    _, path = await cancelled(world, line)

    rows = await world.rows(
        "SELECT type, entry FROM contracts.journal WHERE key = $1 ORDER BY version", UUID(path.rpartition("/")[2])
    )

    assert [row["type"].split(".")[2] for row in rows] == ["dispatch_cancel_asked", "dispatch_cancelled"]
    told = json.loads(rows[1]["entry"])["event"]
    assert (told["business_key"], told["asked_because"]) == (f"payment/{line}/1", "paid on paper")
    assert told["asked_by"] != told["confirmed_by"]


@pytest.mark.parametrize("act", ["retry", "cancel"])
async def test_what_the_treasury_has_is_neither_sent_again_nor_cancelled(
    world: World, treasury: Treasury, act: str
) -> None:
    _, line = await an_order(world)
    operator, _ = await two_operators(world)
    path = await path_of(operator, line)
    await treasury.connect()

    (await operator.post("contracts", f"{path}/{act}", {"reason": "why"})).problem(409, "wrong_state")


async def test_orders_are_for_operators(world: World) -> None:
    nobody = await world.person("nobody", duties={"record_receipt"}, jurisdiction="000000")
    path = f"/v1/dispatches/{uuid4()}"

    assert (await nobody.get("contracts", "/v1/dispatches")).problem(403)["duty"] == "operate"
    for act in ("retry", "cancel"):
        answer = await nobody.post("contracts", f"{path}/{act}", {"reason": "why"})
        assert answer.problem(403)["duty"] == "operate"


# --- what is seen


async def test_finance_sees_an_order_that_was_not_taken_within_an_hour(world: World, treasury: Treasury) -> None:
    award = zhuhai_award(world).model_copy(
        update={"organisation": uuid4(), "jurisdiction": f"4404/4404{next(_places)}"}
    )
    desk = await a_desk(world, award)
    line, *_ = await lines_of(world, await a_contract_in_force(world, desk, award))
    await ask_and_approve(desk, line)

    async def seen() -> set[str]:
        return {task["task"] for task in (await desk.receives.get("contracts", "/v1/tasks")).ok()}

    assert await seen() == {"record_receipt"}
    await world.admin.execute("UPDATE contracts.dispatches SET since = since - interval '61 minutes'")
    assert await seen() == {"record_receipt", "see_to_order"}
    await treasury.connect()
    assert await seen() == {"record_receipt"}


async def test_the_gauges_say_how_many_failed_often_and_how_old_the_oldest_is(world: World) -> None:
    _, line = await an_order(world)
    service = world.services["contracts"]
    await world.admin.execute("UPDATE contracts.dispatches SET state = 'sent' WHERE state = 'waiting'")
    await world.admin.execute(
        "UPDATE contracts.dispatches SET state = 'waiting', attempts = 12, since = clock.now() - interval '3 hours'"
        " WHERE business_key = $1",
        f"payment/{line}/1",
    )

    await Dispatcher(service.database, {}).measure(service.writer)

    assert LATE_DISPATCHES.labels("contracts")._value.get() == 1
    age = timedelta(seconds=OLDEST_DISPATCH.labels("contracts")._value.get())
    assert timedelta(hours=3) <= age < timedelta(hours=4)


async def test_the_treasury_learns_whom_to_pay_what_for_and_from_which_money(world: World, treasury: Treasury) -> None:
    _, line = await an_order(world)
    await treasury.connect()

    [sent] = [order for order in treasury.received if order["line_id"] == str(line)]

    order = TreasuryOrder.model_validate(sent)
    [row] = await world.rows(
        "SELECT c.*, p.id AS payment_id FROM contracts.contracts c JOIN contracts.payments p ON p.contract_id = c.id"
        " WHERE p.line_id = $1",
        line,
    )
    assert (order.payee.provider_id, order.payee.title) == (row["provider_id"], row["provider_title"])
    assert (order.purchaser_id, order.contract_id, order.project_id) == (row["organisation"], row["id"], row["key"])
    assert (sent["amount"], sent["currency"], order.payment_id) == ("80000.00", "CNY", row["payment_id"])
    assert sum(order.parts.values()) == order.amount
    assert order.purpose == f"{row['reference']} 第1期预付款"
