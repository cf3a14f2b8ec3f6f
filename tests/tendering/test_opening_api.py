import asyncio
import json
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.fields.strict_json import canonical
from shared.sealing.suites import CURRENT
from tests.support.world import World
from tests.tendering.examples import CHENGDU, DUTIES, a_noticed_procurement, close_by_clock, shares_are_given
from tests.tendering.rounds import (
    PRICES,
    a_bid,
    a_closed_procurement,
    a_provider,
    an_opened_procurement,
    open_all,
)


@pytest.mark.clause("D87-41.1", "accepts")
@pytest.mark.clause("D87-39.1", "accepts")
@pytest.mark.clause("GPR-9.1", "accepts")
async def test_two_persons_open_all_bids_in_one_act(world: World) -> None:
    closed = await a_closed_procurement(world, city=CHENGDU)
    first, second = closed.purchase.officer, closed.purchase.supervisor
    path = f"{closed.purchase.path}/opening"

    (await first.post("tendering", path)).ok()
    await shares_are_given(closed.purchase)
    opened = (await second.post("tendering", f"{path}/confirm")).ok()

    assert (opened["state"], opened["bids"]) == ("opened", 3)
    assert {"D87-39.1", "GPR-9.1"} <= {f["clause"] for f in opened["explain"]}
    minutes = (await closed.providers[0].person.get("tendering", path)).ok()
    assert [bid["price"] for bid in minutes["bids"]] == list(PRICES)
    assert [bid["bid_id"] for bid in minutes["bids"]] == [receipt["id"] for receipt in closed.receipts]
    assert minutes["openers"] == minutes["opened_with"] == [str(first.id), str(second.id)]
    assert (minutes["threshold"], minutes["of"]) == (2, 3)
    assert [bid["hash"] for bid in minutes["bids"]] == [receipt["hash"] for receipt in closed.receipts]
    assert "From this act on whoever runs this host is trusted" in minutes["trust"][0]
    [event] = await closed.purchase.events("bids_opened")
    assert (event["bids"], event["shares"]) == (3, 2)
    assert str(first.id) not in json.dumps(event)


async def test_the_closing_freezes_count_and_receipts(world: World) -> None:
    closed = await a_closed_procurement(world)

    [event] = await closed.purchase.events("bidding_closed")
    seen = (await closed.providers[0].person.get("tendering", closed.purchase.path)).ok()
    assert event["bids"] == seen["bids"] == 3
    assert event["receipts_hash"] == seen["receipts_hash"]


async def test_the_frozen_hash_can_be_computed_again_from_the_minutes(world: World) -> None:
    opened = await an_opened_procurement(world)

    minutes = (await opened.purchase.officer.get("tendering", f"{opened.purchase.path}/opening")).ok()

    listed = [
        [UUID(bid["bid_id"]), datetime.fromisoformat(bid["submitted_at"]), bid["hash"]]
        for bid in sorted(minutes["bids"], key=lambda bid: str(bid["bid_id"]))
    ]
    [event] = await opened.purchase.events("bidding_closed")
    assert CURRENT.hash(canonical(listed)) == minutes["receipts_hash"] == event["receipts_hash"]


async def test_replaced_and_withdrawn_bids_are_never_opened(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    providers = [await a_provider(world) for _ in range(4)]
    for provider in providers:
        (await provider.submits(purchase, a_bid("210000.00"))).ok()
    gone = (await providers[0].person.get("tendering", f"{purchase.path}/bids")).ok()[0]
    (await providers[0].person.post("tendering", f"/v1/bids/{gone['id']}/withdraw")).ok()
    (await providers[1].submits(purchase, a_bid("199000.00"))).ok()
    await close_by_clock(world, purchase)

    await open_all(purchase)

    minutes = (await purchase.officer.get("tendering", f"{purchase.path}/opening")).ok()
    assert sorted(bid["price"] for bid in minutes["bids"]) == ["199000.00", "210000.00", "210000.00"]
    offers = await world.rows(
        "SELECT count(*) AS n FROM tendering.private_offers o JOIN tendering.bids b ON b.id = o.bid_id"
        " WHERE b.procurement_id = $1",
        UUID(purchase.procurement_id),
    )
    assert offers == [{"n": 3}]


async def test_the_first_request_after_the_closing_closes_when_no_sweeper_has_been_by(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    for _ in range(3):
        (await (await a_provider(world)).submits(purchase, a_bid())).ok()
    await close_by_clock(world, purchase)

    (await purchase.officer.post("tendering", f"{purchase.path}/opening")).ok()

    assert await purchase.state() == "closed"
    [deadline] = await world.rows("SELECT state FROM tendering.deadlines WHERE key = $1", purchase.project_id)
    assert deadline["state"] == "met"


async def test_nothing_is_opened_before_the_closing(world: World) -> None:
    purchase = await a_noticed_procurement(world)

    (await purchase.officer.post("tendering", f"{purchase.path}/opening")).problem(409, "wrong_state")


@pytest.mark.parametrize(
    ("city", "bids", "clause"),
    [
        pytest.param(CHENGDU, 2, "D87-41.1", marks=pytest.mark.clause("D87-41.1", "refuses")),
        pytest.param("4404/440402", 1, "C214-21.1", marks=pytest.mark.clause("C214-21.1", "refuses")),
    ],
)
async def test_too_few_bids_fail_the_procurement_and_stay_sealed(
    world: World, city: str, bids: int, clause: str
) -> None:
    closed = await a_closed_procurement(world, city=city, bids=tuple(a_bid() for _ in range(bids)))

    assert await closed.purchase.state() == "failed"
    [event] = await closed.purchase.events("procurement_failed")
    assert (event["code"], event["clause"]) == ("too_few_bidders", clause)
    assert await closed.purchase.events("bids_opened") == []
    answer = await closed.purchase.officer.post("tendering", f"{closed.purchase.path}/opening")
    answer.refused(clause, "too_few_bidders")
    told = (await closed.providers[0].person.get("tendering", "/v1/notices")).ok()
    assert [(n["kind"], n["facts"]["clause"]) for n in told] == [("procurement_failed", clause)]


@pytest.mark.clause("C214-21.1", "accepts")
async def test_a_consultation_for_services_is_opened_with_two_offers(world: World) -> None:
    closed = await a_closed_procurement(world, city="4404/440402", bids=(a_bid(), a_bid()))

    answer = await closed.purchase.officer.post("tendering", f"{closed.purchase.path}/opening")

    assert "C214-21.1" in {found["clause"] for found in answer.ok()["explain"]}


async def test_after_a_failure_the_project_may_be_procured_again(world: World) -> None:
    closed = await a_closed_procurement(world, bids=())
    body = {"project_id": str(closed.purchase.project_id), "method": "competitive_consultation", "reason": "重新磋商"}

    again = (await closed.purchase.officer.post("tendering", "/v1/procurements", body)).ok()

    assert again["reference"].endswith("-P2")


@pytest.mark.clause("IC12-33.2", "refuses")
async def test_one_person_alone_opens_nothing(world: World) -> None:
    closed = await a_closed_procurement(world)
    first = closed.purchase.officer
    (await first.post("tendering", f"{closed.purchase.path}/opening")).ok()
    await shares_are_given(closed.purchase)

    answer = await first.post("tendering", f"{closed.purchase.path}/opening/confirm")

    answer.refused("IC12-33.2", "confirmer_is_proposer")
    assert await closed.purchase.state() == "closed"
    assert (
        await world.rows(
            "SELECT 1 FROM tendering.opened_bids WHERE procurement_id = $1", UUID(closed.purchase.procurement_id)
        )
        == []
    )


@pytest.mark.clause("GPR-9.1", "refuses")
async def test_a_person_of_a_bidder_opens_nothing(world: World) -> None:
    closed = await a_closed_procurement(world)
    both = await world.person("both", duties=DUTIES, organisation=closed.purchase.organisation)
    await world.post_for(both, {"report"}, closed.providers[0].id, "4404")

    (await both.post("tendering", f"{closed.purchase.path}/opening")).refused("GPR-9.1", "opener_of_bidder")


@pytest.mark.clause("D87-39.1", "refuses")
async def test_a_list_that_differs_from_the_frozen_one_is_not_opened(world: World) -> None:
    closed = await a_closed_procurement(world, city=CHENGDU)
    await world.admin.execute(
        "UPDATE tendering.envelopes SET envelope = envelope || '\\x00' WHERE provider_id = $1",
        closed.providers[0].id,
    )

    answer = await closed.purchase.officer.post("tendering", f"{closed.purchase.path}/opening")

    answer.refused("D87-39.1", "list_changed")


@pytest.mark.clause("C214-13.1", "refuses")
async def test_a_bid_that_was_given_to_another_bidder_is_not_opened(world: World) -> None:
    """The envelope names its bidder, and its signature holds that."""
    closed = await a_closed_procurement(world)
    other = await a_provider(world)
    moved = "UPDATE tendering.bids SET provider_id = $1 WHERE id = $2"
    await world.rows(moved, other.id, UUID(closed.bid_of(0)))

    answer = await closed.purchase.officer.post("tendering", f"{closed.purchase.path}/opening")

    answer.refused("C214-13.1", "list_changed")


async def test_another_purchaser_of_the_place_neither_opens_nor_gives_up_what_is_not_theirs(world: World) -> None:
    closed = await a_closed_procurement(world)
    purchase, path = closed.purchase, f"{closed.purchase.path}/opening"
    others = [await world.person("other", duties={"open_bids"}, organisation=uuid4(), jurisdiction="4404")] * 2
    acts = ("", "/confirm", "/abandonment", "/abandonment/confirm")

    for proposed in (False, True):
        for person, act in zip(others * 2, acts, strict=True):
            (await person.post("tendering", f"{path}{act}")).problem(403, "not_allowed")
        if not proposed:
            (await purchase.officer.post("tendering", path)).ok()
            (await purchase.officer.post("tendering", f"{path}/abandonment")).ok()

    (await others[0].get("tendering", f"{path}/act")).problem(403, "not_allowed")
    (await purchase.supervisor.post("tendering", f"{path}/abandonment/confirm")).ok()


async def test_opening_asks_for_a_fresh_login(world: World) -> None:
    closed = await a_closed_procurement(world)
    tired = await world.person("tired", duties={"open_bids"}, auth_age=timedelta(minutes=16))

    (await tired.post("tendering", f"{closed.purchase.path}/opening")).problem(401, "step_up")


async def test_after_the_opening_the_purchaser_still_sees_receipts_only_in_the_minutes(world: World) -> None:
    opened = await an_opened_procurement(world)
    stranger = await world.person("stranger", duties=set(), organisation=uuid4())

    (await stranger.get("tendering", f"/v1/bids/{opened.bid_of(0)}")).problem(404, "not_found")
    assert len((await stranger.get("tendering", f"{opened.purchase.path}/opening")).ok()["bids"]) == 3


async def test_the_closing_waits_for_a_submission_in_flight(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    for _ in range(3):
        (await (await a_provider(world)).submits(purchase, a_bid())).ok()
    await close_by_clock(world, purchase)

    async with world.admin.transaction():
        await world.admin.execute(
            "SELECT 1 FROM tendering.procurements WHERE id = $1 FOR SHARE", UUID(purchase.procurement_id)
        )
        closing = asyncio.create_task(purchase.officer.post("tendering", f"{purchase.path}/opening"))
        await asyncio.sleep(0.2)
        assert not closing.done()

    (await closing).ok()
    assert await purchase.state() == "closed"
