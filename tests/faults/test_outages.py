"""What stops and comes back: the broker, PostgreSQL. Nothing acknowledged is lost, nothing is paid twice."""

import asyncio
import os
import signal
import time
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from deploy.local.kafka import PrivateKafka
from deploy.local.postgres import PrivatePostgres
from shared.web.issuer import DevelopmentIssuer
from tests.support.examples import a_payment_line, a_signed_contract, an_evaluation
from tests.support.journey import Journey, persistent
from tests.support.paying import an_approved_line, payments_of
from tests.support.terminator import Load, a_load, cut, processes, under_load


@pytest.mark.long
async def test_commands_go_on_while_the_broker_is_down_and_events_arrive_after(
    fragile: Journey, own_kafka: PrivateKafka
) -> None:
    contract, line = await an_approved_line(fragile)
    await asyncio.to_thread(own_kafka.kill)

    _, other = await an_approved_line(fragile)
    await fragile.emit("evaluation", an_evaluation(contract, line, score="85", grade="fair"))
    await asyncio.sleep(5)
    assert await payments_of(fragile, line) == []
    await asyncio.to_thread(own_kafka.start)

    await fragile.eventually(lambda: payments_of(fragile, line), ["60000.00"], seconds=90)
    assert await payments_of(fragile, other) == []


@pytest.mark.long
async def test_a_restart_of_postgres_loses_nothing_that_was_answered(
    fragile: Journey, own_postgres: PrivatePostgres
) -> None:
    contract, line = await an_approved_line(fragile)
    asks = await fragile.person("asks", duties={"request_payment"})
    other = await a_signed_contract(fragile, rulebook="national-procurement@1")
    lines = [await a_payment_line(fragile, other, number=n, planned="1000.00") for n in range(2, 12)]
    await fragile.admin.close()

    async def ask(number: int) -> int:
        await asyncio.sleep(number * 0.15)
        reply = await asks.post("contracts", f"/v1/payment-lines/{lines[number]}/request", {}, key=f"k{number}")
        return reply.status

    restart = asyncio.create_task(asyncio.to_thread(own_postgres.restart, "immediate"))
    statuses = await asyncio.gather(*(ask(n) for n in range(len(lines))))
    await restart
    await fragile.reconnect()

    assert set(statuses) <= {200, 503}
    for number, status in enumerate(statuses):
        if status == 200:
            [row] = await fragile.rows("SELECT state FROM contracts.payment_lines WHERE id = $1", lines[number])
            assert row["state"] == "requested"
    await fragile.emit("evaluation", an_evaluation(contract, line, score="85", grade="fair"))
    await fragile.eventually(lambda: payments_of(fragile, line), ["60000.00"], seconds=60)


@pytest.mark.long
async def test_two_apis_with_clocks_four_hours_apart_keep_the_order_of_a_key(fragile: Journey) -> None:
    contract = await a_signed_contract(fragile)
    lines = [await a_payment_line(fragile, contract, number=n, planned="1000.00") for n in range(1, 17)]
    asks = await fragile.person("asks", duties={"request_payment"})
    asks.token = long_valid_token(fragile, asks.account)
    slow, fast = [await fragile.deployment.add_api("contracts", GOUFU_CLOCK_SHIFT=by) for by in ("-7200", "7200")]

    for place, line in enumerate(lines):
        api = fast if place % 2 else slow
        path = f"{api}/v1/payment-lines/{line}/request"
        (await persistent(partial(asks.post, "contracts", path, {}, key=path))).ok()

    async def placed() -> list[tuple[int, UUID]]:
        rows = await fragile.rows(
            "SELECT j.version, j.subject FROM contracts.journal j JOIN contracts.ledger l ON l.entry = j.id"
            " WHERE j.key = $1 ORDER BY l.position",
            contract["key"],
        )
        return [(row["version"], row["subject"]) for row in rows]

    await fragile.eventually(placed, list(enumerate(lines, 2)))


def long_valid_token(journey: Journey, account: str) -> str:
    """A token that processes two hours before and after now both take: issued four hours ago, for twelve."""
    folder = journey.deployment.folder / "issuer"
    earlier = DevelopmentIssuer(folder, sandbox=True, clock=lambda: time.time() - 4 * 3600)
    return earlier.token(account, audience=journey.deployment.settings.audience, lifetime=timedelta(hours=12))


@pytest.fixture(scope="module")
async def load(fragile: Journey) -> Load:
    """Turns the clock: whoever comes after lives in 2022."""
    return await a_load(fragile)


@pytest.mark.long
async def test_connections_cut_under_load_end_no_process_and_answer_no_500(fragile: Journey, load: Load) -> None:
    before = processes(fragile)

    async def trouble() -> None:
        assert await cut(fragile, 100, 4.0) == 100

    await under_load(load, trouble)

    await sound(load, before)


@pytest.mark.long
async def test_restarts_and_hundreds_of_cuts_end_no_process_and_answer_no_500(
    fragile: Journey, load: Load, own_postgres: PrivatePostgres
) -> None:
    before = processes(fragile)

    async def trouble() -> None:
        assert await cut(fragile, 300, 15.0) == 300
        await fragile.admin.close()
        for way in (own_postgres.restart, lambda: own_postgres.restart("immediate"), own_postgres.kill):
            await asyncio.to_thread(way)
            await asyncio.sleep(1)
        before.update(await started_anew(fragile))
        await asyncio.to_thread(own_postgres.start)
        await fragile.deployment.ready("contracts")
        await fragile.reconnect()
        await asyncio.sleep(2)

    await under_load(load, trouble)

    await sound(load, before)


async def started_anew(journey: Journey) -> dict[str, int | None]:
    """A worker and an API that begin while PostgreSQL is away."""
    for name in ("catalog-worker", "contracts-api"):
        await journey.deployment.kill(name)
    journey.deployment.start_worker("catalog")
    journey.deployment.start_api("contracts")
    await asyncio.sleep(3)
    return processes(journey)


async def sound(load: Load, before: dict[str, int | None]) -> None:
    """Nothing ended, nothing was lost or done twice, and the road goes on."""
    journey, ids = load.journey, list(load.ids.values())
    assert load.wrong == []
    assert processes(journey) == before
    assert load.statuses[201] > 20, load.statuses
    organisation = load.planner.organisation
    there = await journey.rows("SELECT id FROM catalog.projects WHERE organisation = $1", organisation)
    assert sorted(row["id"] for row in there) == sorted(filter(None, ids))
    told = "SELECT count(*) AS n FROM catalog.journal WHERE subject = ANY($1)"
    assert await journey.rows(told, ids) == [{"n": len(ids)}]
    await journey.eventually(lambda: journey.rows("SELECT count(*) AS n FROM catalog.queue"), [{"n": 0}])


@pytest.mark.long
async def test_a_second_worker_takes_over_from_a_frozen_one(fragile: Journey, load: Load) -> None:
    first = fragile.deployment.pid("catalog-worker")
    os.kill(first, signal.SIGSTOP)
    try:
        fragile.deployment.add_worker("catalog")
        await load.make()
        unplaced = "SELECT count(*) AS n FROM catalog.queue"
        await fragile.eventually(lambda: fragile.rows(unplaced), [{"n": 0}], seconds=25)
    finally:
        os.kill(first, signal.SIGCONT)
    await load.make()
    await fragile.eventually(lambda: fragile.rows(unplaced), [{"n": 0}])
    ledger = "SELECT count(*) = max(position) AS gapless FROM catalog.ledger"
    assert await fragile.rows(ledger) == [{"gapless": True}]
