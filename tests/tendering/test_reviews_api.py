from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.registry import ProviderControlTold
from tests.support.world import World
from tests.tendering.examples import CHENGDU, CONDITIONS, tell
from tests.tendering.rounds import (
    STATUTORY,
    Provider,
    Round,
    a_bid,
    a_provider,
    a_reviewed_procurement,
    an_opened_procurement,
)

OWN = {"code": "counsellors_licensed", "text": "咨询师持证", "reason": "心理咨询由持证人员提供"}


@pytest.mark.clause("D87-41.1", "accepts")
async def test_every_bid_gets_a_finding_for_every_condition(world: World) -> None:
    opened = await an_opened_procurement(world, city=CHENGDU)

    answer = await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/qualification", {"found": []})

    review = answer.ok()
    assert len(review["results"]) == 3 * (len(STATUTORY) + 1)
    assert sorted(review["qualified"]) == sorted(receipt["id"] for receipt in opened.receipts)
    assert "D87-41.1" in {f["clause"] for f in review["explain"]}
    [event] = await opened.purchase.events("qualification_reviewed")
    assert (event["bids"], event["qualified"]) == (3, 3)


NO_TAX = tuple(each for each in STATUTORY if each != "tax_paid")


async def test_who_does_not_meet_what_the_law_asks_is_out_though_the_file_is_silent(world: World) -> None:
    providers = [await a_provider(world), await a_provider(world), await a_provider(world, conditions=NO_TAX)]
    reviewed = await a_reviewed_procurement(world, providers=providers)

    review = (await reviewed.purchase.officer.get("tendering", f"{reviewed.purchase.path}/qualification")).ok()

    failed = {(r["bid_id"], r["condition"], r["clause"]) for r in review["results"] if not r["met"]}
    assert "tax_paid" not in {condition["code"] for condition in CONDITIONS}
    assert failed == {(reviewed.bid_of(2), "tax_paid", "GPL-22.1")}
    assert await reviewed.purchase.state() == "reviewed"


@pytest.mark.clause("C214-21.1", "refuses")
async def test_a_review_that_leaves_a_condition_out_is_refused(world: World) -> None:
    opened = await an_opened_procurement(world, file={"conditions": [*CONDITIONS, OWN]})
    found = [{"bid_id": opened.bid_of(0), "condition": OWN["code"], "met": True}]

    answer = await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/qualification", {"found": found})

    assert answer.refused("C214-21.1", "review_incomplete")["facts"] == {"missing": "2"}


@pytest.mark.clause("C214-21.1", "accepts")
@pytest.mark.clause("C214-16.1", "shows", condition="over_price", clause="C214-16.1")
async def test_a_consultation_goes_on_with_two_qualified(world: World) -> None:
    bids = (a_bid("200000.00"), a_bid("205000.00"), a_bid("220000.01"))
    opened = await an_opened_procurement(world, bids=bids)

    answer = await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/qualification", {"found": []})

    assert len(answer.ok()["qualified"]) == 2
    assert [r["clause"] for r in answer.json["results"] if not r["met"]] == ["C214-16.1"]
    assert "C214-21.1" in {f["clause"] for f in answer.json["explain"]}
    assert await opened.purchase.state() == "reviewed"


@pytest.mark.clause("D87-63.1", "shows", condition="over_price", clause="D87-63.1")
async def test_an_open_tender_with_two_qualified_fails_and_tells_every_bidder(world: World) -> None:
    bids = (a_bid("400000.00"), a_bid("405000.00"), a_bid("480000.01"))
    reviewed = await a_reviewed_procurement(world, city=CHENGDU, bids=bids)

    assert await reviewed.purchase.state() == "failed"
    [event] = await reviewed.purchase.events("procurement_failed")
    assert (event["code"], event["clause"]) == ("too_few_qualified", "D87-41.1")
    for provider in reviewed.providers:
        [told] = (await provider.person.get("tendering", "/v1/notices")).ok()
        assert told["kind"] == "procurement_failed"


@pytest.mark.clause("GPR-9.1", "refuses")
async def test_a_reviewer_of_a_bidder_is_refused(world: World) -> None:
    opened = await an_opened_procurement(world)
    await world.post_for(opened.purchase.officer, {"report"}, opened.providers[0].id, "4404")

    answer = await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/qualification", {"found": []})

    answer.refused("GPR-9.1", "reviewer_of_bidder")


def _of(opened: Round, *met: bool) -> dict[str, Any]:
    """Findings on the purchaser's own condition, bid by bid."""
    return {
        "found": [
            {"bid_id": opened.bid_of(number), "condition": OWN["code"], "met": value}
            for number, value in enumerate(met)
        ]
    }


async def test_what_one_reviewer_found_fails_no_purchase_and_another_corrects_it(world: World) -> None:
    opened = await an_opened_procurement(world, city=CHENGDU, file={"conditions": [*CONDITIONS, OWN]})
    purchase, path = opened.purchase, f"{opened.purchase.path}/qualification"

    slip = await purchase.officer.post("tendering", path, _of(opened, False, True, True))

    assert (slip.ok()["state"], slip.json["results"]) == ("opened", [])
    assert (await purchase.colleague.post("tendering", path, _of(opened, True, True, True))).ok()["state"] == "opened"
    review = (await purchase.officer.post("tendering", path, _of(opened, True, True, True))).ok()
    assert (review["state"], len(review["qualified"])) == ("reviewed", 3)
    read = (await purchase.officer.get("tendering", path)).ok()
    assert [[one["met"] for one in each["found"]].count(False) for each in read["findings"]] == [1, 0, 0]


async def test_a_purchase_fails_when_two_found_the_same(world: World) -> None:
    opened = await an_opened_procurement(world, city=CHENGDU, file={"conditions": [*CONDITIONS, OWN]})
    purchase, path = opened.purchase, f"{opened.purchase.path}/qualification"
    (await purchase.officer.post("tendering", path, _of(opened, False, True, True))).ok()
    assert (await purchase.officer.post("tendering", path, _of(opened, False, True, True))).ok()["state"] == "opened"

    review = await purchase.colleague.post("tendering", path, _of(opened, False, True, True))

    assert (review.ok()["state"], await purchase.state()) == ("failed", "failed")


async def test_the_review_is_not_repeated(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)

    answer = await reviewed.purchase.officer.post("tendering", f"{reviewed.purchase.path}/qualification", {"found": []})

    answer.problem(409, "wrong_state")


async def test_a_bidder_does_not_read_the_review_before_the_result(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)

    answer = await reviewed.providers[0].person.get("tendering", f"{reviewed.purchase.path}/qualification")

    answer.problem(404, "not_found")


async def controlled(world: World, provider: Provider, head: UUID, *holders: UUID) -> None:
    about: dict[str, Any] = {"jurisdiction": "4404", "organisation": provider.id, "provider_id": provider.id}
    await tell(world, "registry", ProviderControlTold(**about, head=head, held_by=list(holders), managed_by=[]))


@pytest.mark.clause("GPR-18.1", "shows", condition="same_head", clause="GPR-18.1")
async def test_of_bidders_with_one_head_none_is_qualified_and_the_others_go_on(world: World) -> None:
    providers = [await a_provider(world, f"第{n}家") for n in range(4)]
    head = uuid4()
    for provider, who in zip(providers, (head, head, uuid4(), uuid4()), strict=True):
        await controlled(world, provider, who)
    opened = await an_opened_procurement(world, providers=providers, bids=tuple(a_bid() for _ in providers))
    path = f"{opened.purchase.path}/qualification"

    review = (await opened.purchase.officer.post("tendering", path, {"found": []})).ok()

    assert sorted(review["qualified"]) == sorted([opened.bid_of(2), opened.bid_of(3)])
    assert {r["bid_id"] for r in review["results"] if r["condition"] == "same_head"} == {
        opened.bid_of(0),
        opened.bid_of(1),
    }
    assert await opened.purchase.state() == "reviewed"


async def test_who_holds_a_bidder_and_bids_too_is_out_with_it_and_a_sister_is_not(world: World) -> None:
    mother, daughter, sister, stranger = [await a_provider(world, f"第{n}家") for n in range(4)]
    for held in (daughter, sister):
        await controlled(world, held, uuid4(), mother.id)
    bids = tuple(a_bid() for _ in range(3))

    together = await a_reviewed_procurement(world, providers=[mother, daughter, stranger], bids=bids)
    apart = await a_reviewed_procurement(world, providers=[daughter, sister, stranger], bids=bids)

    assert await together.purchase.state() == "failed"
    assert await apart.purchase.state() == "reviewed"
