"""A purchase at a price that one standard fixes for all: it is no factor, and nobody asks another one."""

from typing import Any

import pytest

from tests.support.world import World
from tests.tendering.examples import a_drafted_file, an_open_procurement
from tests.tendering.rounds import a_bid, a_scored_procurement, an_opened_procurement
from tests.tendering.test_consents_api import WITHOUT_PRICE

FIXED = {"basis": "uniform_price", "amount": "200000.00"}
AT_ONE_PRICE: dict[str, Any] = {"factors": WITHOUT_PRICE, "fixed_price": FIXED}


@pytest.mark.clause("C214-24.1", "accepts")
async def test_at_one_price_for_all_the_bids_are_ranked_without_it(world: World) -> None:
    bids = tuple(a_bid("200000.00") for _ in range(3))
    points = (("25", "12"), ("60", "20"), ("25", "20"))

    scored = await a_scored_procurement(world, file=AT_ONE_PRICE, bids=bids, points=points)

    ranking: Any = (await scored.purchase.officer.get("tendering", f"{scored.purchase.path}/ranking")).json
    places = {place["bid_id"]: place for place in ranking["ranking"]}
    assert [places[scored.bid_of(n)]["rank"] for n in range(3)] == [3, 1, 2]
    assert [places[scored.bid_of(n)]["total"] for n in range(3)] == ["57.00", "100.00", "65.00"]


@pytest.mark.clause("C214-16.1", "shows", condition="fixed_price", clause="C214-16.1")
async def test_who_asks_a_fen_less_is_out(world: World) -> None:
    bids = (a_bid("200000.00"), a_bid("199999.99"), a_bid("200000.00"))
    opened = await an_opened_procurement(world, file=AT_ONE_PRICE, bids=bids)

    answer = await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/qualification", {"found": []})

    assert set(answer.ok()["qualified"]) == {opened.bid_of(0), opened.bid_of(2)}
    failed = [(each["bid_id"], each["condition"]) for each in answer.json["results"] if not each["met"]]
    assert failed == [(opened.bid_of(1), "fixed_price")]


@pytest.mark.clause("C214-24.1", "refuses")
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"basis": "fixed_price"}, "price_basis_not_listed"),
        ({"amount": "220000.01"}, "fixed_price_over_budget"),
    ],
)
async def test_neither_another_basis_nor_more_than_the_budget(world: World, changed: Any, code: str) -> None:
    purchase = await an_open_procurement(world)
    file_id = await a_drafted_file(purchase, factors=WITHOUT_PRICE, fixed_price={**FIXED, **changed})

    (await purchase.colleague.post("tendering", f"/v1/files/{file_id}/check")).refused("C214-24.1", code)
