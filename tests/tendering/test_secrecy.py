"""Before the closing nothing tells that, when, or by whom a bid is made; afterwards nothing is left untold."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.events.registry import ProviderBarred
from shared.web.http import SealedRoute
from shared.work import refusals
from shared.work.refusals import Summaries
from tests.abuse.surface import application
from tests.shared.test_road_health import counted
from tests.support.world import Person, World
from tests.tendering.examples import Purchase, a_noticed_procurement, close_by_clock, sweep
from tests.tendering.rounds import Provider, a_bid, a_provider, stands


async def test_what_a_bidder_does_is_in_no_metric(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    before = counted()

    receipt = (await provider.submits(purchase, a_bid())).ok()
    (await provider.person.get("tendering", f"{purchase.path}/bids")).ok()
    (await provider.person.get("tendering", f"{purchase.path}/files")).ok()
    (await provider.person.post("tendering", f"/v1/bids/{receipt['id']}/withdraw")).ok()
    (await provider.person.post("tendering", f"/v1/bids/{receipt['id']}/withdraw")).problem(409)
    (await provider.hands_in(purchase, receipt["id"])).problem(404)

    assert counted() == before


def test_every_route_on_a_bidders_way_is_sealed() -> None:
    """A new route of these matters has to be put here, or said to be none of a bidder's."""
    sealed = {
        (method, route.path)
        for route in application("tendering").routes
        if isinstance(route, SealedRoute)
        for method in route.methods or ()
    }
    procurement = "/v1/procurements/{procurement_id}"

    assert sealed == {
        *(("POST", f"{procurement}{end}") for end in ("/envelopes", "/seal", "/bids")),
        *(("GET", f"{procurement}{end}") for end in ("/bids", "/files", "/opening-key")),
        *(
            ("GET", f"/v1/{one}")
            for one in ("bids/{bid_id}", "files/{file_id}", "documents", "documents/{document_id}/content")
        ),
        ("POST", "/v1/bids/{bid_id}/withdraw"),
    }


async def waiting(world: World, purchase: Purchase) -> tuple[int, int]:
    """How many entries wait for the relay, and how many under this purchase's seal."""
    [row] = await world.rows(
        "SELECT (SELECT count(*) FROM tendering.queue) AS queue,"
        " (SELECT count(*) FROM tendering.sealed_queue WHERE seal = $1) AS sealed",
        UUID(purchase.procurement_id),
    )
    return row["queue"], row["sealed"]


async def bids_and_tries(world: World) -> tuple[Purchase, list[Provider]]:
    """Three bids, of which one was replaced and one withdrawn, and one that was refused, all waiting under the seal."""
    purchase = await a_noticed_procurement(world)
    providers = [await a_provider(world) for _ in range(3)]
    barred = await a_provider(world)
    await stands(world, barred, ProviderBarred, effect="bar")
    await world.pump()
    before = await waiting(world, purchase)
    for provider in providers:
        receipt = (await provider.submits(purchase, a_bid())).ok()
    (await providers[0].submits(purchase, a_bid("190000.00"))).ok()
    (await providers[2].person.post("tendering", f"/v1/bids/{receipt['id']}/withdraw")).ok()
    (await barred.submits(purchase, a_bid())).refused(code="provider_barred")
    assert await waiting(world, purchase) == (before[0], before[1] + 6)
    return purchase, providers


async def by_the_sweeper(world: World, purchase: Purchase) -> None:
    await sweep(world)


async def by_whoever_asks_first(world: World, purchase: Purchase) -> None:
    await purchase.officer.post("tendering", f"{purchase.path}/opening")


@pytest.mark.parametrize("end", [by_the_sweeper, by_whoever_asks_first])
async def test_what_was_sealed_gets_its_positions_when_the_list_is_frozen(
    world: World, end: Callable[[World, Purchase], Awaitable[None]]
) -> None:
    purchase, _ = await bids_and_tries(world)
    await close_by_clock(world, purchase)

    await end(world, purchase)

    assert (await waiting(world, purchase))[1] == 0
    await world.pump()
    of_this = "(subject = $1 OR subject IN (SELECT id FROM tendering.bids WHERE procurement_id = $1))"
    unplaced = f"SELECT FROM tendering.journal j WHERE {of_this} AND id NOT IN (SELECT entry FROM tendering.ledger)"
    assert await world.rows(unplaced, UUID(purchase.procurement_id)) == []
    placed = (
        "SELECT key, version FROM tendering.journal j JOIN tendering.ledger l ON l.entry = j.id WHERE kind = 'event'"
    )
    rows = await world.rows(f"{placed} ORDER BY position")
    versions: dict[UUID, list[int]] = {}
    for row in rows:
        versions.setdefault(row["key"], []).append(row["version"])
    assert all(each == sorted(each) for each in versions.values())


async def test_what_was_sealed_is_told_though_the_procurement_fails(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    (await (await a_provider(world)).submits(purchase, a_bid())).ok()
    await close_by_clock(world, purchase)

    await sweep(world)

    assert await purchase.state() == "failed"
    assert (await waiting(world, purchase))[1] == 0


async def test_a_later_closing_keeps_the_seal(world: World) -> None:
    purchase, _ = await bids_and_tries(world)
    before = await waiting(world, purchase)
    [row] = await world.rows(
        "SELECT closes_at FROM tendering.procurements WHERE id = $1", UUID(purchase.procurement_id)
    )
    later = {"closes_at": (row["closes_at"] + timedelta(days=20)).isoformat()}

    (await purchase.officer.post("tendering", f"{purchase.path}/closing-change", later)).ok()
    (await purchase.colleague.post("tendering", f"{purchase.path}/closing-change/confirm")).ok()

    assert (await waiting(world, purchase))[1] == before[1]


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE tendering.procurements SET state = 'closed', bids = 0, receipts_hash = 'x' WHERE id = $1",
        "DELETE FROM tendering.seals WHERE subject = $1",
        "INSERT INTO tendering.seals SELECT gen_random_uuid(), now() WHERE $1::uuid IS NOT NULL",
    ],
    ids=["closed under its seal", "open without one", "sealed for nothing"],
)
async def test_the_database_keeps_a_seal_as_long_as_bids_may_come_and_no_longer(world: World, act: str) -> None:
    purchase = await a_noticed_procurement(world)

    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await world.rows(act, UUID(purchase.procurement_id))


async def test_those_who_oversee_see_who_was_refused_once_bidding_is_closed(world: World) -> None:
    purchase, _ = await bids_and_tries(world)
    auditor = await world.person("auditor", duties={"audit", "supervise"}, organisation=uuid4(), jurisdiction="4404")

    before = (await auditor.get("tendering", "/v1/refusals")).ok()
    await close_by_clock(world, purchase)
    await sweep(world)
    after = (await auditor.get("tendering", "/v1/refusals")).ok()

    assert [r for r in before if r["subject"] == purchase.procurement_id] == []
    [refusal] = [r for r in after if r["subject"] == purchase.procurement_id]
    assert refusal["codes"] == ["provider_kept_out", "provider_barred"]


async def test_a_refusal_after_the_closing_waits_under_no_seal(world: World) -> None:
    purchase, providers = await bids_and_tries(world)
    envelope = (await providers[1].uploads(purchase, await providers[1].seals(purchase, a_bid()))).ok()
    await close_by_clock(world, purchase)
    await sweep(world)
    await world.pump()

    (await providers[1].hands_in(purchase, envelope["id"])).refused("C214-13.1")

    assert await waiting(world, purchase) == (1, 0)


async def test_anothers_bid_is_as_one_that_is_not_there(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    receipt = (await (await a_provider(world)).submits(purchase, a_bid())).ok()
    rival = (await a_provider(world)).person

    for method, end in (("GET", ""), ("POST", "/withdraw")):
        headers = {"idempotency-key": uuid4().hex, "if-match": "*"} if method == "POST" else {}
        answers = [
            await rival.send("tendering", method, f"/v1/bids/{bid}{end}", headers=headers)
            for bid in (receipt["id"], uuid4())
        ]
        assert {(answer.status, answer.body) for answer in answers} == {(404, answers[0].body)}


async def test_a_bid_for_want_of_a_duty_is_recorded_under_the_seal(world: World) -> None:
    purchase, providers = await bids_and_tries(world)
    receipt = (await providers[1].person.get("tendering", f"{purchase.path}/bids")).ok()[0]
    colleague = await world.person("clerk", duties={"request_payment"}, organisation=providers[1].id)
    before = await waiting(world, purchase)

    tries = {"provider_id": str(providers[1].id), "envelope_id": receipt["id"]}
    (await colleague.post("tendering", f"{purchase.path}/bids", tries)).problem(403)
    (await colleague.post("tendering", f"/v1/bids/{receipt['id']}/withdraw")).problem(403)

    assert await waiting(world, purchase) == (before[0], before[1] + 2)


async def overseer(world: World, jurisdiction: str = "4404") -> Person:
    return await world.person("auditor", duties={"audit", "supervise"}, organisation=uuid4(), jurisdiction=jurisdiction)


async def read_by(auditor: Person, purchase: Purchase, **asked: str) -> list[dict[str, Any]]:
    """What those who oversee read of refusals about this purchase, of each page."""
    path = f"/v1/refusals?subject={purchase.procurement_id}&limit=200"
    answer = await auditor.get("tendering", path + "".join(f"&{name}={value}" for name, value in asked.items()))
    return list(answer.ok())


async def summarised(world: World) -> None:
    """The worker's turn a minute later."""
    state = world.services["tendering"]
    await world.rows("UPDATE tendering.refusal_counts SET waiting_since = waiting_since - interval '61 seconds'")
    await Summaries(state.database).turn(state.writer)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """So many refusals of a kind are kept whole."""
    monkeypatch.setattr(refusals, "WHOLE_AN_HOUR", refusals.WHOLE_OF_EQUALS)
    return refusals.WHOLE_OF_EQUALS


@pytest.mark.parametrize("kind", ["denied", "refusal"])
async def test_a_flood_under_the_seal_is_counted_and_is_told_with_its_number_once_bidding_is_closed(
    world: World, kind: str, few: int
) -> None:
    purchase, _ = await bids_and_tries(world)
    barred = await a_provider(world)
    await stands(world, barred, ProviderBarred, effect="bar")
    clerk = await world.person("clerk", duties={"request_payment"}, organisation=barred.id)
    who = clerk if kind == "denied" else barred.person
    envelope = (await barred.uploads(purchase, await barred.seals(purchase, a_bid()))).ok()["id"]
    tries, auditor = {"provider_id": str(barred.id), "envelope_id": envelope}, await overseer(world)
    before = await waiting(world, purchase)

    for _ in range(few + 5):
        answer = await who.post("tendering", f"{purchase.path}/bids", tries)
        assert answer.status == (403 if kind == "denied" else 422)
    await summarised(world)

    assert await waiting(world, purchase) == (before[0], before[1] + few)
    assert await read_by(auditor, purchase) == []
    await close_by_clock(world, purchase)
    await sweep(world)
    still_counted = await read_by(auditor, purchase, person=str(who.id))
    await summarised(world)
    summed_up = await read_by(auditor, purchase, person=str(who.id))
    for told in (still_counted, summed_up):
        assert sum(each["count"] for each in told) == few + 5
        assert {each["kind"] for each in told} == {kind}
    assert [each["count"] for each in summed_up if each["id"] is None] == []
    await world.pump()
    assert await waiting(world, purchase) == (0, 0)


async def test_what_was_refused_under_a_seal_thins_out_nothing_that_is_told_at_once(world: World, few: int) -> None:
    """Else the first that is counted instead of told whole would say how much was refused in secret."""
    purchase, _ = await bids_and_tries(world)
    barred = await a_provider(world)
    await stands(world, barred, ProviderBarred, effect="bar")
    envelope = (await barred.uploads(purchase, await barred.seals(purchase, a_bid()))).ok()["id"]
    for _ in range(few + 2):
        (await barred.hands_in(purchase, envelope)).refused(code="provider_barred")
    other = await a_noticed_procurement(world)
    later = (await barred.uploads(other, await barred.seals(other, a_bid()))).ok()["id"]
    before = await waiting(world, other)

    for _ in range(few):
        (await barred.hands_in(other, later)).refused(code="provider_barred")

    assert await waiting(world, other) == (before[0], before[1] + few)


@pytest.mark.parametrize("tried", ["refused by a rule", "without the duty", "before a byte is read"])
async def test_what_was_refused_to_somebody_from_elsewhere_is_read_where_the_purchase_lies(
    world: World, tried: str
) -> None:
    """A provider's post for the whole nation, and a person whose post lies in another city."""
    purchase, _ = await bids_and_tries(world)
    barred = await a_provider(world)
    await stands(world, barred, ProviderBarred, effect="bar")
    envelope = (await barred.uploads(purchase, await barred.seals(purchase, a_bid()))).ok()["id"]
    duties = {"submit_bid"} if tried == "refused by a rule" else {"request_payment"}
    place = "000000" if tried == "refused by a rule" else "5101"
    person = await world.person("stranger", duties=duties, organisation=barred.id, jurisdiction=place)
    if tried == "before a byte is read":
        headers = {"idempotency-key": uuid4().hex, "content-type": "application/octet-stream"}
        path = f"{purchase.path}/envelopes"
        answer = await person.send("tendering", "POST", path, content=b"sealed", headers=headers)
    else:
        answer = await person.post(
            "tendering", f"{purchase.path}/bids", {"provider_id": str(barred.id), "envelope_id": envelope}
        )
    assert answer.status == (422 if tried == "refused by a rule" else 403)
    here, elsewhere = await overseer(world), await overseer(world, "5101")

    assert await read_by(here, purchase, person=str(person.id)) == []
    await close_by_clock(world, purchase)
    await sweep(world)

    assert len(await read_by(here, purchase, person=str(person.id))) == 1
    assert await read_by(elsewhere, purchase, person=str(person.id)) == []
