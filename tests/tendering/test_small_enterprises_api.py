"""Small and medium enterprises: what the file states, what bids declare, who is admitted, by which price is scored."""

from datetime import date
from typing import Any

import pytest

from tests.support.world import Reply, World
from tests.tendering.examples import (
    CHENGDU,
    SMALL_ENTERPRISES,
    a_checked_file,
    a_drafted_file,
    a_tender_file,
    closing_in,
    now,
)
from tests.tendering.rounds import (
    EQUAL,
    Round,
    a_bid,
    a_formed_panel,
    a_reviewed_procurement,
    a_sheet,
    an_opened_procurement,
)
from tests.tendering.test_files_api import check_of

SMALL: dict[str, Any] = {"size": "small", "own_staff": True}
SIZES = ("small", "micro", "medium")
RESERVED = {"industry": "其他未列明行业", "reserved_by": "project", "no_upward_subcontract": True}


def said(**changed: Any) -> dict[str, Any]:
    return {"small_enterprises": {**SMALL_ENTERPRISES, **changed}}


@pytest.mark.clause("SME46-6.1", "accepts")
@pytest.mark.clause("SME46-7.1", "accepts")
@pytest.mark.clause("SME46-9.1", "accepts")
@pytest.mark.clause("SME46-12.1", "accepts")
async def test_a_file_that_states_all_is_checked(world: World) -> None:
    checked = (await check_of(world, **said())).ok()

    clauses = {found["clause"] for found in checked["explain"]}
    assert {"SME46-6.1", "SME46-7.1", "SME46-9.1", "SME46-12.1"} <= clauses


@pytest.mark.clause("SME46-7.1", "refuses")
async def test_what_is_small_enough_is_reserved(world: World) -> None:
    (await check_of(world, **said(unreserved=None))).refused("SME46-7.1", "not_reserved")


@pytest.mark.clause("SME46-6.1", "refuses")
async def test_only_a_listed_ground_leaves_it_unreserved(world: World) -> None:
    ground = {"ground": "urgent", "reason": "时间紧"}

    (await check_of(world, **said(unreserved=ground))).refused("SME46-6.1", "unreserved_ground_not_listed")


@pytest.mark.clause("SME46-9.1", "refuses")
@pytest.mark.parametrize(
    ("rate", "code"), [(None, "deduction_missing"), ("0.0599", "deduction_low"), ("0.1001", "deduction_high")]
)
async def test_the_rate_of_the_deduction_is_stated_within_its_bounds(world: World, rate: str | None, code: str) -> None:
    (await check_of(world, **said(deduction=rate))).refused("SME46-9.1", code)


@pytest.mark.clause("SME46-12.1", "refuses")
@pytest.mark.parametrize("left_out", [{"industry": None}, {"no_upward_subcontract": False}])
async def test_the_file_states_industry_and_that_nobody_subcontracts_upwards(world: World, left_out: Any) -> None:
    (await check_of(world, **said(**left_out))).refused("SME46-12.1", "file_field_missing")


@pytest.mark.clause("SME46-9.1", "accepts")
async def test_a_small_bidder_is_scored_by_the_price_after_the_deduction_and_awarded_at_its_own(world: World) -> None:
    bids = (a_bid("210000.00", declaration=SMALL), a_bid("200000.00"), a_bid("200000.00", declaration=None))
    reviewed = await a_reviewed_procurement(world, bids=bids)
    for member in await a_formed_panel(world, reviewed.purchase):
        last = (await member.post("tendering", f"{reviewed.purchase.path}/scores", a_sheet(reviewed, *EQUAL))).ok()

    ranking: Any = (await reviewed.purchase.officer.get("tendering", f"{reviewed.purchase.path}/ranking")).json
    first = ranking["ranking"][0]
    assert (first["bid_id"], first["price"], first["evaluated_price"]) == (
        reviewed.bid_of(0),
        "210000.00",
        "189000.00",
    )
    assert [(one["price"], one["evaluated_price"], one["points"]["price"]) for one in ranking["ranking"][1:]] == [
        ("200000.00", "200000.00", "18.90"),
        ("200000.00", "200000.00", "18.90"),
    ]
    assert "SME46-9.1" in {found["clause"] for found in last["explain"]}
    award = (await reviewed.purchase.officer.post("tendering", f"{reviewed.purchase.path}/awards", {})).ok()
    assert (award["bid_id"], award["amount"]) == (reviewed.bid_of(0), "210000.00")


async def test_no_price_is_evaluated_above_the_one_that_was_offered(world: World) -> None:
    reviewed = await a_reviewed_procurement(world, bids=tuple(a_bid("200000.00") for _ in range(3)))
    for member in await a_formed_panel(world, reviewed.purchase):
        (await member.post("tendering", f"{reviewed.purchase.path}/scores", a_sheet(reviewed, *EQUAL))).ok()

    for wrong in ("200000.01", "0.00"):
        with pytest.raises(Exception, match="ck_rankings_evaluated_price"):
            await world.admin.execute("UPDATE tendering.rankings SET evaluated_price = $1::text::numeric", wrong)
    await world.admin.execute("UPDATE tendering.rankings SET evaluated_price = 200000.00")


async def qualification(opened: Round) -> Any:
    path = f"{opened.purchase.path}/qualification"
    return (await opened.purchase.officer.post("tendering", path, {"found": []})).ok()


@pytest.mark.clause("SME46-2.1", "shows", condition="small_or_medium_enterprise", clause="SME46-2.1")
@pytest.mark.clause("SME46-10.1", "accepts")
async def test_a_reserved_purchase_goes_on_with_three_that_are_small_or_medium(world: World) -> None:
    linked = {**SMALL, "linked_to_large_by": ["direct_control"]}
    bids = (*(a_bid(declaration={**SMALL, "size": size}) for size in SIZES), a_bid(declaration=linked))
    opened = await an_opened_procurement(world, bids=bids, file={"small_enterprises": RESERVED})

    reviewed = await qualification(opened)

    assert set(reviewed["qualified"]) == {opened.bid_of(n) for n in range(3)}
    assert [(one["bid_id"], one["clause"]) for one in reviewed["results"] if not one["met"]] == [
        (opened.bid_of(3), "SME46-2.1")
    ]
    assert await opened.purchase.state() == "reviewed"


@pytest.mark.clause("SME46-11.1", "shows", condition="small_or_medium_enterprise", clause="SME46-11.1")
@pytest.mark.clause("SME46-10.1", "shows", code="too_few_qualified", clause="SME46-10.1")
async def test_who_declares_nothing_is_out_and_a_reserved_purchase_ends_with_two(world: World) -> None:
    bids = (a_bid(declaration=SMALL), a_bid(declaration={**SMALL, "size": "medium"}), a_bid())
    opened = await an_opened_procurement(world, city=CHENGDU, bids=bids, file={"small_enterprises": RESERVED})

    reviewed = await qualification(opened)

    failed = [(one["bid_id"], one["condition"], one["clause"]) for one in reviewed["results"] if not one["met"]]
    assert failed == [(opened.bid_of(2), "small_or_medium_enterprise", "SME46-11.1")]
    assert await opened.purchase.state() == "failed"
    [event] = await opened.purchase.events("procurement_failed")
    assert (event["code"], event["clause"]) == ("too_few_qualified", "SME46-10.1")
    again = {"project_id": str(opened.purchase.project_id), "method": "open_tender", "reason": "重新组织"}
    opened.purchase.procurement_id = (await opened.purchase.officer.post("tendering", "/v1/procurements", again)).ok()[
        "id"
    ]
    file_id = await a_drafted_file(opened.purchase, CHENGDU, **said(unreserved=None))
    (await opened.purchase.colleague.post("tendering", f"/v1/files/{file_id}/check")).ok()


LATER = {**a_tender_file(CHENGDU)["terms"], "starts_on": "2022-09-01", "ends_on": "2023-08-31"}


async def notice_of(world: World, rate: str, day: date) -> Reply:
    """The notice on that day of a file that was checked while it was the last of June."""
    purchase = await a_checked_file(world, city=CHENGDU, file={**said(deduction=rate), "terms": LATER})
    if (await now(world)).date() < day:
        await world.today_is(day)
    body = {"closes_at": await closing_in(world, 25)}
    return await purchase.officer.post("tendering", f"{purchase.path}/notice", body)


async def test_nine_per_cent_is_noticed_on_the_last_of_june(world: World) -> None:
    (await notice_of(world, "0.09", date(2022, 6, 30))).ok()


@pytest.mark.clause("SME46-9.2", "refuses")
async def test_nine_per_cent_is_not_noticed_from_july_on_though_it_was_checked_before(world: World) -> None:
    (await notice_of(world, "0.09", date(2022, 7, 1))).refused("SME46-9.2", "deduction_low")


@pytest.mark.clause("SME46-9.2", "accepts")
async def test_ten_per_cent_is_noticed_from_july_on(world: World) -> None:
    noticed = (
        await notice_of(
            world,
            "0.10",
            date(
                2022,
                7,
                1,
            ),
        )
    ).ok()

    assert "SME46-9.2" in {found["clause"] for found in noticed["explain"]}
