"""A price clearly below the others: the panel asks about it, or finds with reasons that there is no need to."""

from typing import Any

import asyncpg
import pytest

from tests.support.world import Person, World
from tests.tendering.examples import CHENGDU
from tests.tendering.rounds import Round, a_bid, a_formed_panel, a_provider, a_reviewed_procurement, a_sheet
from tests.tendering.test_explanations_api import a_low_bid, ask, explain, judge, qualified


async def look(round_: Round, member: Person, bid: int = 0, *, needless: bool = True) -> Any:
    body = {"bid_id": round_.bid_of(bid), "needless": needless, "reason": "志愿者承担人工，成本可信"}
    return await member.post("tendering", f"{round_.purchase.path}/price-looks", body)


async def score(round_: Round, member: Person, **more: Any) -> Any:
    left = await qualified(round_)
    sheet = a_sheet(round_, *[("40", "20")] * len(round_.receipts))
    scores = [one for one in sheet["scores"] if one["bid_id"] in left]
    return await member.post("tendering", f"{round_.purchase.path}/scores", {"scores": scores, **more})


async def low(round_: Round, reader: Person) -> dict[str, bool]:
    """The low prices, each with whether it was looked at."""
    shown = (await reader.get("tendering", f"{round_.purchase.path}/dossier")).ok()
    return {one["bid_id"]: one["price_looked_at"] for one in shown["offers"] if one["low_price"]}


@pytest.mark.parametrize(
    ("prices", "finding"),
    [
        (("70000.00", "130000.00", "220000.00"), None),
        (("69999.99", "130000.00", "220000.00"), "price_far_below_mean"),
        (("100000.00", "200000.00", "200000.00"), None),
        (("99999.99", "200000.00", "200000.00"), "price_far_below_next"),
    ],
    ids=["half the mean", "a cent below half the mean", "half the next", "a cent below half the next"],
)
async def test_a_price_below_half_of_the_mean_or_of_the_next_is_looked_at_before_anybody_scores(
    world: World, prices: tuple[str, ...], finding: str | None
) -> None:
    providers = [await a_provider(world) for _ in prices]
    bids = tuple(a_bid(price) for price in prices)
    round_ = await a_reviewed_procurement(world, city=CHENGDU, providers=providers, bids=bids)
    members = await a_formed_panel(world, round_.purchase)

    scored = await score(round_, members[0])

    if finding is None:
        assert (scored.ok()["scored"], await low(round_, members[0])) == (1, {})
    else:
        assert scored.refused("D87-60.1", finding)["facts"]["bids"] == round_.bid_of(0)
        assert await low(round_, members[0]) == {round_.bid_of(0): False}


@pytest.mark.clause("D87-60.1", "refuses")
@pytest.mark.clause("D87-60.1", "accepts")
async def test_once_the_majority_found_no_need_to_ask_the_bids_are_scored(world: World) -> None:
    round_, members = await a_low_bid(world)

    for member in members[:2]:
        assert (await look(round_, member)).ok()["needless"]
        (await score(round_, members[0])).refused("D87-60.1", "price_far_below_mean")
    (await look(round_, members[2])).ok()

    assert await low(round_, round_.purchase.officer) == {round_.bid_of(0): True}
    for member in members:
        (await score(round_, member)).ok()
    assert await round_.purchase.state() == "scored"
    (await look(round_, members[0], needless=False)).problem(409, "wrong_state")


async def test_what_a_member_said_of_a_price_is_set_right_and_both_are_read(world: World) -> None:
    round_, members = await a_low_bid(world)
    for member in members[:3]:
        (await look(round_, member)).ok()
    (await score(round_, members[0])).ok()

    assert (await look(round_, members[2], needless=False)).ok()["number"] == 2

    (await score(round_, members[1])).refused("D87-60.1", "price_far_below_mean")
    path = f"{round_.purchase.path}/price-looks"
    said = [one for one in (await members[4].get("tendering", path)).ok() if one["person_id"] == str(members[2].id)]
    assert [(one["number"], one["needless"]) for one in said] == [(1, True), (2, False)]


async def test_a_member_who_sees_a_need_still_asks_and_nobody_looks_any_more(world: World) -> None:
    round_, members = await a_low_bid(world)
    for member in members[:3]:
        (await look(round_, member)).ok()
    asked = (await ask(round_, members[3])).ok()

    (await look(round_, members[4])).problem(409, "wrong_state")
    (await score(round_, members[0])).problem(409, "wrong_state")
    (await explain(round_, asked)).ok()
    for member in members[:3]:
        (await judge(member, asked, proven=True)).ok()

    assert await low(round_, members[0]) == {round_.bid_of(0): True}
    (await score(round_, members[0])).ok()


@pytest.mark.parametrize("again", [True, False], ids=["low too", "near the others"])
async def test_no_ranking_comes_before_a_price_that_is_low_beside_those_left(world: World, again: bool) -> None:
    """When a bid leaves, another may be clearly below those that stay: the sheets wait until it was looked at."""
    prices = ("30000.00", "80000.00" if again else "180000.00", "200000.00", "200000.00", "200000.00")
    providers = [await a_provider(world) for _ in prices]
    bids = tuple(a_bid(price) for price in prices)
    round_ = await a_reviewed_procurement(world, city=CHENGDU, providers=providers, bids=bids)
    members = await a_formed_panel(world, round_.purchase)
    for member in members[:3]:
        (await look(round_, member)).ok()
    for member in members[:4]:
        (await score(round_, member)).ok()
    asked = (await ask(round_, members[4])).ok()
    (await explain(round_, asked)).ok()
    for member in members[:3]:
        (await judge(member, asked, proven=False)).ok()

    last = await score(round_, members[4])

    if again:
        assert last.refused("D87-60.1", "price_far_below_next")["facts"]["bids"] == round_.bid_of(1)
        assert await round_.purchase.state() == "reviewed"
        for member in members[:3]:
            (await look(round_, member, bid=1)).ok()
        (await score(round_, members[4])).ok()
    assert await round_.purchase.state() == "scored"


async def test_only_the_panel_looks_at_low_prices_alone_and_no_bidder_reads(world: World) -> None:
    round_, members = await a_low_bid(world)
    (await look(round_, round_.purchase.officer)).problem(403)
    (await look(round_, members[0], bid=1)).problem(409, "wrong_state")
    (await look(round_, members[0])).ok()

    bidder = round_.providers[0].person
    (await bidder.get("tendering", f"{round_.purchase.path}/price-looks")).problem(404)
    with pytest.raises(asyncpg.CheckViolationError, match="with_reason"):
        await world.admin.execute("UPDATE tendering.price_looks SET reason = ' '")
    entries = await world.rows("SELECT audience FROM tendering.journal WHERE type LIKE '%low_price_looked_at%'")
    assert {row["audience"] for row in entries} == {"internal"}


async def test_who_has_not_declared_or_has_an_interest_looks_at_no_price(world: World) -> None:
    providers = [await a_provider(world) for _ in range(3)]
    bids = (a_bid("60000.00"), a_bid("200000.00"), a_bid("210000.00"))
    round_ = await a_reviewed_procurement(world, city=CHENGDU, providers=providers, bids=bids)
    members = await a_formed_panel(world, round_.purchase, declared=False)
    await world.post_for(members[1], {"submit_bid"}, providers[1].id)

    (await look(round_, members[0])).refused("GPR-9.1", "declaration_missing")
    (await look(round_, members[1])).refused("GPR-9.1", "person_interested")


async def test_the_word_of_a_member_who_withdrew_counts_no_more(world: World) -> None:
    round_, members = await a_low_bid(world)
    for member in members[:3]:
        (await look(round_, member)).ok()
    interests = {"interests": [{"provider_id": str(round_.providers[1].id), "ground": "kinship"}]}
    (await members[0].post("tendering", f"{round_.purchase.path}/panel/declaration", interests)).ok()

    assert await low(round_, members[1]) == {round_.bid_of(0): False}
