import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.support.examples import a_payment_line, a_signed_contract, an_acceptance, an_evaluation
from tests.support.papers import uploaded
from tests.support.world import Person, World

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    " AND query LIKE 'WITH k AS MATERIALIZED%'"
)


async def two_officers(world: World) -> tuple[Person, Person]:
    asks = await world.person("asks", duties={"request_payment"})
    approves = await world.person("approves", duties={"approve_payment", "request_payment"})
    return asks, approves


async def requested_and_approved(world: World, line_id: UUID) -> dict[str, str]:
    asks, approves = await two_officers(world)
    (await asks.post("contracts", f"/v1/payment-lines/{line_id}/request", {})).ok()
    return dict((await approves.post("contracts", f"/v1/payment-lines/{line_id}/approve")).ok())


async def state_of(world: World, line_id: UUID) -> tuple[str, str]:
    [row] = await world.rows("SELECT state, paid FROM contracts.payment_lines WHERE id = $1", line_id)
    return row["state"], str(row["paid"])


async def seen(world: World, line_id: UUID) -> dict[str, Any]:
    """The line as an officer reads it."""
    reader = await world.person("reads", duties={"request_payment"})
    return dict((await reader.get("contracts", f"/v1/payment-lines/{line_id}")).ok())


@pytest.mark.clause("ZH21-27.5", "accepts")
async def test_a_good_evaluation_releases_what_was_requested_and_approved(world: World) -> None:
    contract = await a_signed_contract(world)
    line = await a_payment_line(world, contract)
    assert (await requested_and_approved(world, line))["state"] == "approved"

    await world.emit("evaluation", an_evaluation(contract, line, score="85", grade="fair"))
    await world.pump()

    assert await state_of(world, line) == ("released", "60000.00")
    shown = await seen(world, line)
    assert [(f["code"], f["clause"]) for f in shown["explain"]] == [
        ("result_releases", "ZH21-27.5"),
        ("payment_overdue", "ZH21-23.4"),
    ]
    assert shown["findings"] == []


@pytest.mark.clause("ZH21-27.5", "refuses")
async def test_a_poor_evaluation_withholds_the_line_it_gates(world: World) -> None:
    contract = await a_signed_contract(world)
    line = await a_payment_line(world, contract)
    await requested_and_approved(world, line)

    await world.emit("evaluation", an_evaluation(contract, line, score="54.00", grade="poor"))
    await world.pump()

    assert await state_of(world, line) == ("withheld", "0.00")
    shown = await seen(world, line)
    assert [(f["code"], f["clause"]) for f in shown["findings"]] == [("result_withholds", "ZH21-27.5")]
    assert shown["explain"] == []


async def test_an_evaluation_never_releases_what_nobody_approved(world: World) -> None:
    contract = await a_signed_contract(world)
    line = await a_payment_line(world, contract)

    await world.emit("evaluation", an_evaluation(contract, line, score="95", grade="good"))
    await world.pump()

    assert await state_of(world, line) == ("planned", "0.00")


async def test_an_approval_after_the_evaluation_releases_at_once(world: World) -> None:
    contract = await a_signed_contract(world)
    line = await a_payment_line(world, contract)
    await world.emit("evaluation", an_evaluation(contract, line, score="95", grade="good"))
    await world.pump()

    assert (await requested_and_approved(world, line))["state"] == "released"


async def test_a_result_over_another_gate_moves_no_money(world: World) -> None:
    contract = await a_signed_contract(world)
    line = await a_payment_line(world, contract, gate="evaluation")
    await requested_and_approved(world, line)

    await world.emit("evaluation", an_acceptance(contract, line, passed=True))
    await world.pump()

    assert await state_of(world, line) == ("approved", "0.00")


@pytest.mark.clause("ZH21-23.1", "accepts")
async def test_an_advance_of_exactly_forty_percent_is_released(world: World) -> None:
    contract = await a_signed_contract(world, sources={"fiscal": "200000.00", "charity": "20000.00"})
    line = await a_payment_line(world, contract, kind="advance", planned="80000.00", gate="contract")

    assert (await requested_and_approved(world, line))["state"] == "released"
    [payment] = await world.rows("SELECT parts FROM contracts.payments WHERE line_id = $1", line)
    assert payment["parts"] == {"fiscal": "72727.27", "charity": "7272.73"}


@pytest.mark.clause("ZH21-23.1", "refuses")
async def test_an_advance_of_a_fen_more_is_refused(world: World) -> None:
    contract = await a_signed_contract(world)
    line = await a_payment_line(world, contract, kind="advance", planned="80000.01", gate="contract")
    asks, _ = await two_officers(world)

    answer = await asks.post("contracts", f"/v1/payment-lines/{line}/request", {})

    finding = answer.refused("ZH21-23.1")
    assert finding["facts"] == {"cap": "80000.0000", "asked": "80000.01", "ratio": "0.40"}
    assert await state_of(world, line) == ("planned", "0.00")
    [entry] = await world.rows("SELECT entry FROM contracts.journal WHERE kind = 'refusal' AND subject = $1", line)
    assert "advance_over_cap" in entry["entry"]


@pytest.mark.clause("ZH21-23.2", "refuses")
async def test_an_advance_before_signing_is_refused(world: World) -> None:
    contract = await a_signed_contract(world, signed=False)
    line = await a_payment_line(world, contract, kind="advance", planned="80000.00", gate="contract")
    asks, _ = await two_officers(world)

    answer = await asks.post("contracts", f"/v1/payment-lines/{line}/request", {})

    answer.refused("ZH21-23.2")


@pytest.mark.clause("IC12-29.1", "refuses")
async def test_who_asked_for_a_payment_does_not_approve_it(world: World) -> None:
    contract = await a_signed_contract(world)
    line = await a_payment_line(world, contract)
    _, both = await two_officers(world)
    (await both.post("contracts", f"/v1/payment-lines/{line}/request", {})).ok()

    answer = await both.post("contracts", f"/v1/payment-lines/{line}/approve")

    answer.refused("IC12-29.1", "approver_is_requester")


async def test_the_same_key_gives_the_same_bytes_and_one_effect(world: World) -> None:
    contract = await a_signed_contract(world)
    line = await a_payment_line(world, contract)
    asks, _ = await two_officers(world)

    first = await asks.post("contracts", f"/v1/payment-lines/{line}/request", {}, key="k-1")
    second = await asks.post("contracts", f"/v1/payment-lines/{line}/request", {}, key="k-1")

    assert first.status == second.status == 200
    assert first.body == second.body
    entries = await world.rows("SELECT id FROM contracts.journal WHERE subject = $1", line)
    assert len(entries) == 1


async def test_an_evaluation_that_comes_before_the_contract_waits_for_it(world: World) -> None:
    contract = await a_signed_contract(world)
    line_id, later = UUID(int=7), uuid4()
    await world.rows("UPDATE contracts.contracts SET id = $1 WHERE id = $2", later, contract["id"])
    await world.emit("evaluation", an_evaluation(contract, line_id, score="85", grade="fair"))
    await world.pump()
    assert [held["state"] for held in await world.parked() if held["service"] == "contracts"] == ["waits"]

    await world.rows("UPDATE contracts.contracts SET id = $1 WHERE id = $2", contract["id"], later)
    row = await a_payment_line(world, contract)
    await world.rows("UPDATE contracts.payment_lines SET id = $1 WHERE id = $2", line_id, row)
    await world.emit("evaluation", an_evaluation(contract, None, score="85", grade="fair"))
    await world.pump()

    assert [held for held in await world.parked() if held["service"] == "contracts"] == []
    [line] = await world.rows("SELECT result_version FROM contracts.payment_lines WHERE id = $1", line_id)
    assert line["result_version"] == 1


async def test_two_lines_of_one_contract_that_are_paid_at_once_are_both_counted(world: World) -> None:
    contract = await a_signed_contract(world)
    lines = [
        await a_payment_line(world, contract, planned=planned, gate="contract", number=number)
        for number, planned in enumerate(("50000.00", "30000.00"), start=1)
    ]
    asks, approves = await two_officers(world)
    for line in lines:
        (await asks.post("contracts", f"/v1/payment-lines/{line}/request", {})).ok()
    database = world.services["contracts"].database
    async with database.connection() as connection, database.system_transaction(connection) as tx:
        await tx.lock(contract["key"])
        waiting = [
            asyncio.create_task(approves.post("contracts", f"/v1/payment-lines/{line}/approve")) for line in lines
        ]
        for _ in range(500):
            if await world.admin.fetchval(WAITING) == len(lines):
                break
            await asyncio.sleep(0.02)

    for answer in await asyncio.gather(*waiting):
        answer.ok()
    [row] = await world.rows("SELECT paid FROM contracts.contracts WHERE id = $1", contract["id"])
    assert row["paid"] == Decimal("80000.00")


@pytest.mark.clause("CC14-9.2.1d", "refuses")
@pytest.mark.clause("CC14-9.2.1d", "accepts")
async def test_changchun_pays_on_the_providers_papers(world: World) -> None:
    contract = await a_signed_contract(world, rulebook="changchun-2014@1:2022-03-01")
    line = await a_payment_line(world, contract, gate="contract")
    asks, _ = await two_officers(world)
    invoice, path = await uploaded(asks, "contracts"), f"/v1/payment-lines/{line}/request"

    (await asks.post("contracts", path, {})).refused("CC14-9.2.1d", "documents_missing")
    requested = (await asks.post("contracts", path, {"documents": [invoice["id"]]})).ok()

    assert "CC14-9.2.1d" in {finding["clause"] for finding in requested["explain"]}
