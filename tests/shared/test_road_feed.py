"""The journal over HTTP: every position once, others' entries as a hash alone, and a chain that anybody can check."""

import asyncio
import json
import time
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.registry import PostGiven, PurchaserRegistered
from shared.work.journal import GENESIS, chain
from tests.support.examples import a_payment_line, a_signed_contract
from tests.support.world import Person, World


def public_event() -> PurchaserRegistered:
    return PurchaserRegistered(
        jurisdiction="4404/440402", organisation=uuid4(), title="香湾街道办事处", kind="street_office"
    )


def event_for_services(organisation: UUID) -> PostGiven:
    return PostGiven(
        jurisdiction="4404/440402",
        organisation=organisation,
        post_id=uuid4(),
        person_id=uuid4(),
        duties=["request_payment"],
        valid_from=date(2022, 3, 1),
    )


@pytest.fixture
async def reader(world: World) -> Person:
    return await world.person("reader", duties={"request_payment"})


async def positions(world: World) -> None:
    """Gives everything in the queue its position."""
    await world.pump()


async def whole_feed(person: Person, *, limit: int = 50, service: str = "registry") -> list[dict[str, Any]]:
    """Every page until nothing more comes."""
    items: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = (await person.get(service, "/v1/events", limit=limit, **after)).ok()
        if not page["items"]:
            return items
        items += page["items"]
        after = {"after": page["next"]}


def entry_of(item: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(item["entry"]))


@pytest.mark.parametrize("limit", [1, 7, 200])
async def test_every_position_comes_exactly_once(world: World, reader: Person, limit: int) -> None:
    for _ in range(9):
        await world.emit("registry", public_event())
        await world.emit("registry", event_for_services(uuid4()))
    await positions(world)

    items = await whole_feed(reader, limit=limit)

    [row] = await world.rows("SELECT count(*) AS n FROM registry.ledger")
    assert [item["position"] for item in items] == list(range(1, row["n"] + 1))


async def test_a_cursor_goes_on_where_it_stood_when_more_was_written(world: World, reader: Person) -> None:
    await world.emit("registry", public_event())
    await positions(world)
    seen = await whole_feed(reader)
    page = (await reader.get("registry", "/v1/events", limit=200)).ok()

    await world.emit("registry", public_event())
    await positions(world)
    later = (await reader.get("registry", "/v1/events", after=page["next"])).ok()

    assert [item["position"] for item in later["items"]] == [len(seen) + 1]


async def test_anothers_entry_is_a_position_and_a_hash(world: World, reader: Person) -> None:
    await world.emit("registry", event_for_services(uuid4()))
    await positions(world)

    last = (await whole_feed(reader))[-1]

    assert set(last) - {"entry"} == {"position", "hash"}
    assert last["entry"] is None


async def test_ones_own_entry_is_whole(world: World, reader: Person) -> None:
    mine = event_for_services(reader.organisation)
    await world.emit("registry", mine)
    await positions(world)

    last = (await whole_feed(reader))[-1]

    assert entry_of(last)["event"]["post_id"] == str(mine.post_id)


async def test_oversight_reads_its_jurisdiction_and_no_other(world: World) -> None:
    here = await world.person("auditor", duties={"audit"}, organisation=uuid4(), jurisdiction="4404")
    elsewhere = await world.person("auditor", duties={"audit"}, organisation=uuid4(), jurisdiction="5101")
    await world.emit("registry", event_for_services(uuid4()))
    await positions(world)

    assert (await whole_feed(here))[-1]["entry"] is not None
    assert (await whole_feed(elsewhere))[-1]["entry"] is None


async def test_a_refusal_is_never_shown(world: World) -> None:
    contract = await a_signed_contract(world, signed=False)
    line = await a_payment_line(world, contract, kind="advance", planned="80000.00", gate="contract")
    asks = await world.person("asks", duties={"request_payment", "audit"})
    (await asks.post("contracts", f"/v1/payment-lines/{line}/request", {})).refused()
    await positions(world)

    last = (await whole_feed(asks, service="contracts"))[-1]

    [row] = await world.rows(
        "SELECT j.kind FROM contracts.ledger l JOIN contracts.journal j ON j.id = l.entry"
        " ORDER BY position DESC LIMIT 1"
    )
    assert (row["kind"], last["entry"]) == ("refusal", None)


async def test_the_chain_is_computed_again_from_what_the_public_reads(world: World, reader: Person) -> None:
    for _ in range(3):
        await world.emit("registry", public_event())
        await world.emit("registry", event_for_services(uuid4()))
    await positions(world)

    items = await whole_feed(reader)

    previous, computed = GENESIS, 0
    for item in items:
        if item["entry"] is not None:
            assert chain(previous, item["position"], item["entry"]).hex() == item["hash"]
            computed += 1
        previous = bytes.fromhex(item["hash"])
    assert computed >= 3


# --- waiting


async def test_a_waiting_reader_is_answered_when_something_comes(world: World, reader: Person) -> None:
    await whole_feed(reader)
    page = (await reader.get("registry", "/v1/events", limit=200)).ok()
    waiting = asyncio.create_task(reader.get("registry", "/v1/events", after=page["next"], wait=15))
    await asyncio.sleep(0.3)
    assert not waiting.done()

    await world.emit("registry", public_event())
    await positions(world)

    assert len((await asyncio.wait_for(waiting, 3)).ok()["items"]) == 1


async def test_readers_who_wait_take_no_connection_from_others(world: World, reader: Person) -> None:
    """The pool of a world has four; integrators wait by the dozen."""
    page = (await reader.get("registry", "/v1/events", limit=200)).ok()
    waiting = [asyncio.create_task(reader.get("registry", "/v1/events", after=page["next"], wait=3)) for _ in range(12)]
    await asyncio.sleep(0.5)

    began = time.monotonic()
    (await reader.get("registry", "/v1/rulebooks")).ok()

    assert time.monotonic() - began < 1
    assert [(await task).status for task in waiting] == [200] * 12


async def test_nothing_new_gives_an_empty_page_and_a_cursor_that_goes_on(world: World, reader: Person) -> None:
    page = (await reader.get("registry", "/v1/events", limit=200)).ok()

    empty = (await reader.get("registry", "/v1/events", after=page["next"], wait=0)).ok()

    assert empty["items"] == []
    assert (await reader.get("registry", "/v1/events", after=empty["next"])).ok()["items"] == []


# --- cursors


async def test_a_cursor_serves_only_whom_it_was_given_and_where(world: World, reader: Person) -> None:
    await world.emit("registry", public_event())
    await positions(world)
    cursor = (await reader.get("registry", "/v1/events", limit=1)).ok()["next"]
    other = await world.person("other", duties={"request_payment"})

    (await other.get("registry", "/v1/events", after=cursor)).problem(400, "bad_cursor")
    (await reader.get("catalog", "/v1/events", after=cursor)).problem(400, "bad_cursor")
    changed = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    (await reader.get("registry", "/v1/events", after=changed)).problem(400, "bad_cursor")


# --- what followed a request


async def test_a_trace_shows_what_a_request_led_to(world: World, reader: Person) -> None:
    line = await a_payment_line(world, await a_signed_contract(world))
    asked = await reader.post("contracts", f"/v1/payment-lines/{line}/request", {})

    steps = (await reader.get("contracts", f"/v1/trace/{asked.headers['goufu-correlation']}")).ok()

    assert [(step["type"], step["subject"]) for step in steps] == [("goufu.contracts.payment_requested.v1", str(line))]


async def test_a_trace_shows_nothing_of_others(world: World) -> None:
    mine = await world.person("mine", duties={"request_payment"})
    contract = await a_signed_contract(world, signed=False)
    line = await a_payment_line(world, contract, kind="advance", planned="80000.00", gate="contract")
    refused = await mine.post("contracts", f"/v1/payment-lines/{line}/request", {})

    steps = (await mine.get("contracts", f"/v1/trace/{refused.headers['goufu-correlation']}")).ok()

    assert steps == []
