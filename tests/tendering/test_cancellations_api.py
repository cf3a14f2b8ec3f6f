"""A procurement that has no result yet is ended by two persons; the module's clock only goes forward."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.support.world import World
from tests.tendering.examples import (
    CHENGDU,
    Purchase,
    a_noticed_procurement,
    an_open_procurement,
    close_by_clock,
    sweep,
)
from tests.tendering.rounds import (
    a_bid,
    a_closed_procurement,
    a_proposed_award,
    a_provider,
    an_announced_award,
    cleared,
)

FAULTY = {"ground": "faulty_file", "reason": "公告把截止日期写成了 2099 年，改好后重新采购"}
CANCELLED = {"ground": "task_cancelled", "reason": "场地因征收不再可用，任务取消"}


async def ends(purchase: Purchase, body: dict[str, Any]) -> dict[str, Any]:
    """Proposed by the officer, confirmed by the colleague."""
    (await purchase.officer.post("tendering", f"{purchase.path}/cancellation", body)).ok()
    confirmed: dict[str, Any] = (
        await purchase.colleague.post("tendering", f"{purchase.path}/cancellation/confirm")
    ).ok()
    return confirmed


async def opened_again(purchase: Purchase, method: str) -> Any:
    body = {"project_id": str(purchase.project_id), "method": method, "reason": "重新采购"}
    return await purchase.officer.post("tendering", "/v1/procurements", body)


@pytest.mark.clause("D87-25.1", "accepts")
async def test_a_notice_with_a_wrong_day_is_ended_and_the_project_bought_again(world: World) -> None:
    purchase = await a_noticed_procurement(world, city=CHENGDU)
    (await opened_again(purchase, "open_tender")).problem(409, "wrong_state")

    ended = await ends(purchase, FAULTY)

    assert (ended["state"], ended["failure_code"], ended["failure_clause"]) == ("failed", "faulty_file", "D87-25.1")
    stranger = await world.person("stranger", duties=set(), organisation=uuid4())
    shown = (await stranger.get("tendering", purchase.path)).ok()
    assert shown["cancellation_reason"] == FAULTY["reason"]
    (await opened_again(purchase, "open_tender")).ok()
    await close_by_clock(world, purchase)
    await sweep(world)
    assert await purchase.state() == "failed"


@pytest.mark.clause("C214-34.1", "accepts")
async def test_with_bids_and_without_the_answer_is_the_same(world: World) -> None:
    empty, full = await a_noticed_procurement(world), await a_noticed_procurement(world)
    bidder = await a_provider(world)
    (await bidder.submits(full, a_bid())).ok()

    answers = [await ends(purchase, FAULTY) for purchase in (empty, full)]

    same = ("state", "failure_code", "failure_clause", "bids", "closed_at")
    assert [[a[name] for name in same] for a in answers] == [["failed", "faulty_file", "C214-34.1", None, None]] * 2
    [told] = (await bidder.person.get("tendering", "/v1/notices")).ok()
    assert (told["kind"], told["facts"]["code"]) == ("procurement_failed", "faulty_file")


@pytest.mark.clause("C214-34.1", "accepts")
async def test_an_unlawful_act_ends_a_consultation(world: World) -> None:
    purchase = await a_noticed_procurement(world)

    assert (await ends(purchase, {**FAULTY, "ground": "unlawful_act"}))["failure_clause"] == "C214-34.1"


@pytest.mark.clause("GPL-36.1", "accepts")
async def test_it_ends_an_open_tender_too(world: World) -> None:
    purchase = await a_noticed_procurement(world, city=CHENGDU)

    assert (await ends(purchase, {**FAULTY, "ground": "unlawful_act"}))["failure_clause"] == "GPL-36.1"


async def test_what_is_only_proposed_ends_nothing_and_tells_nobody_why(world: World) -> None:
    purchase = await a_noticed_procurement(world)

    proposed = (await purchase.officer.post("tendering", f"{purchase.path}/cancellation", FAULTY)).ok()

    assert (proposed["state"], proposed["cancellation_reason"]) == ("noticed", None)
    assert await purchase.events("procurement_failed") == []


@pytest.mark.clause("IC12-33.2", "refuses")
async def test_one_person_alone_ends_no_procurement(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    (await purchase.officer.post("tendering", f"{purchase.path}/cancellation", FAULTY)).ok()

    answer = await purchase.officer.post("tendering", f"{purchase.path}/cancellation/confirm")

    answer.refused("IC12-33.2", "confirmer_is_proposer")


async def test_nothing_is_confirmed_that_nobody_proposed(world: World) -> None:
    purchase = await an_open_procurement(world)

    (await purchase.colleague.post("tendering", f"{purchase.path}/cancellation/confirm")).problem(409, "wrong_state")


@pytest.mark.clause("D87-29.1", "accepts")
async def test_a_cancelled_task_ends_an_open_tender_before_its_notice_too(world: World) -> None:
    purchase = await an_open_procurement(world, city=CHENGDU)

    assert (await ends(purchase, CANCELLED))["failure_clause"] == "D87-29.1"


@pytest.mark.clause("C214-35.1", "accepts")
async def test_an_opening_under_way_ends_with_its_procurement(world: World) -> None:
    purchase = (await a_closed_procurement(world)).purchase
    (await purchase.officer.post("tendering", f"{purchase.path}/opening")).ok()

    assert (await ends(purchase, CANCELLED))["failure_clause"] == "C214-35.1"

    acts = "SELECT id FROM tendering.private_opening_acts WHERE procurement_id = $1"
    assert await world.rows(acts, UUID(purchase.procurement_id)) == []


async def test_the_answer_to_a_round_comes_too_late_once_its_procurement_has_ended(world: World) -> None:
    award = await a_proposed_award(world)
    await ends(award.round.purchase, CANCELLED)

    await cleared(world, award)

    assert (await award.state(), await award.round.purchase.state()) == ("withdrawn", "failed")
    assert await award.round.purchase.events("award_announced") == []


@pytest.mark.clause("C214-34.1", "refuses")
async def test_an_announced_result_is_not_undone_by_a_fault_of_the_file(world: World) -> None:
    purchase = (await an_announced_award(world)).round.purchase

    (await purchase.officer.post("tendering", f"{purchase.path}/cancellation", FAULTY)).refused(
        "C214-34.1", "result_announced"
    )
    assert (await ends(purchase, CANCELLED))["state"] == "failed"


@pytest.mark.clause("D87-25.1", "refuses")
async def test_nor_is_that_of_an_open_tender(world: World) -> None:
    purchase = (await an_announced_award(world, city=CHENGDU)).round.purchase

    (await purchase.officer.post("tendering", f"{purchase.path}/cancellation", FAULTY)).refused(
        "D87-25.1", "result_announced"
    )


async def test_a_confirmed_award_is_not_cancelled_but_goes_on_to_its_contract(world: World) -> None:
    award = await an_announced_award(world)
    purchase = award.round.purchase
    (await purchase.colleague.post("tendering", f"{award.path}/confirm")).ok()

    (await purchase.officer.post("tendering", f"{purchase.path}/cancellation", CANCELLED)).problem(409, "wrong_state")
