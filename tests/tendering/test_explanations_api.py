"""A price far below the others: the panel asks, the bidder answers in time, the panel decides."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.support.world import Person, World
from tests.tendering.examples import CHENGDU
from tests.tendering.rounds import (
    Round,
    a_bid,
    a_formed_panel,
    a_provider,
    a_reviewed_procurement,
    a_sheet,
)

PRICES = ("60000.00", "200000.00", "210000.00")


async def a_low_bid(world: World, *, bidders: int = 3) -> tuple[Round, list[Person]]:
    """Bids of which the first is far below the others, and the panel that looks at them."""
    providers = [await a_provider(world) for _ in range(bidders)]
    bids = tuple(a_bid(PRICES[min(number, 2)]) for number in range(bidders))
    reviewed = await a_reviewed_procurement(world, city=CHENGDU, providers=providers, bids=bids)
    return reviewed, await a_formed_panel(world, reviewed.purchase)


async def ask(round_: Round, member: Person, bid: int = 0, minutes: int = 120) -> Any:
    body = {"bid_id": round_.bid_of(bid), "minutes": minutes}
    return await member.post("tendering", f"{round_.purchase.path}/price-explanations", body)


async def explain(round_: Round, asked: dict[str, Any], bidder: int = 0) -> Any:
    person = round_.providers[bidder].person
    return await person.post("tendering", f"/v1/price-explanations/{asked['id']}/answer", {"text": "志愿者承担人工。"})


async def judge(member: Person, asked: dict[str, Any], *, proven: bool) -> Any:
    return await member.post("tendering", f"/v1/price-explanations/{asked['id']}/judgement", {"proven": proven})


async def qualified(round_: Round) -> set[str]:
    review = await round_.purchase.officer.get("tendering", f"{round_.purchase.path}/qualification")
    return set(review.ok()["qualified"])


async def score_all(round_: Round, members: list[Person]) -> None:
    left = await qualified(round_)
    sheet = a_sheet(round_, *[("40", "20")] * len(round_.receipts))
    sheet = {"scores": [one for one in sheet["scores"] if one["bid_id"] in left]}
    for member in members:
        (await member.post("tendering", f"{round_.purchase.path}/scores", sheet)).ok()


async def test_a_price_that_the_majority_does_not_find_proven_makes_the_bid_invalid(world: World) -> None:
    low, members = await a_low_bid(world, bidders=4)
    asked = (await ask(low, members[0])).ok()
    (await explain(low, asked)).ok()

    (await judge(members[0], asked, proven=True)).ok()
    (await judge(members[1], asked, proven=False)).ok()
    third = (await judge(members[2], asked, proven=False)).ok()
    fourth = (await judge(members[3], asked, proven=False)).ok()

    assert (third["proven"], fourth["proven"]) == (None, False)
    assert await qualified(low) == {low.bid_of(1), low.bid_of(2), low.bid_of(3)}
    await score_all(low, members)
    ranking = (await low.purchase.officer.get("tendering", f"{low.purchase.path}/ranking")).ok()["ranking"]
    assert low.bid_of(0) not in {one["bid_id"] for one in ranking}


@pytest.mark.clause("D87-60.1", "accepts")
async def test_a_price_that_the_majority_finds_proven_stays(world: World) -> None:
    low, members = await a_low_bid(world)
    asked = (await ask(low, members[0])).ok()
    (await explain(low, asked)).ok()

    decided = [(await judge(member, asked, proven=True)).ok()["proven"] for member in members[:3]]

    assert decided == [None, None, True]
    (await judge(members[3], asked, proven=False)).problem(409, "wrong_state")
    await score_all(low, members)
    ranking = (await low.purchase.officer.get("tendering", f"{low.purchase.path}/ranking")).ok()["ranking"]
    assert ranking[0]["bid_id"] == low.bid_of(0)


async def test_until_the_panel_has_decided_nobody_scores(world: World) -> None:
    low, members = await a_low_bid(world)
    asked = (await ask(low, members[0])).ok()
    sheet = a_sheet(low, *[("40", "20")] * 3)

    (await members[1].post("tendering", f"{low.purchase.path}/scores", sheet)).problem(409, "wrong_state")

    tasks = {task["task"] for task in (await members[1].get("tendering", "/v1/tasks")).ok()}
    theirs = {task["task"] for task in (await low.providers[0].person.get("tendering", "/v1/tasks")).ok()}
    assert ("score_bids" in tasks, "explain_price" in theirs) == (False, True)
    (await explain(low, asked)).ok()
    assert "judge_price" in {task["task"] for task in (await members[1].get("tendering", "/v1/tasks")).ok()}


async def test_with_too_few_bids_left_the_procurement_fails(world: World) -> None:
    low, members = await a_low_bid(world)
    asked = (await ask(low, members[0])).ok()
    (await explain(low, asked)).ok()

    for member in members[:3]:
        (await judge(member, asked, proven=False)).ok()

    assert await low.purchase.state() == "failed"


@pytest.mark.clause("C214-18.1", "accepts")
@pytest.mark.clause("C214-18.1", "refuses")
async def test_in_a_consultation_the_panel_may_ask_by_its_own_measures_and_need_not(world: World) -> None:
    providers = [await a_provider(world) for _ in range(3)]
    low = await a_reviewed_procurement(world, providers=providers, bids=tuple(a_bid(price) for price in PRICES))
    members = await a_formed_panel(world, low.purchase)
    path = f"{low.purchase.path}/scores"

    (await members[1].post("tendering", path, a_sheet(low, *[("40", "20")] * 3))).ok()
    (await ask(low, members[0], minutes=29)).refused("C214-18.1", "no_time_to_answer")
    assert "C214-18.1" in {f["clause"] for f in (await ask(low, members[0])).ok()["explain"]}


@pytest.mark.clause("D87-60.1", "refuses")
async def test_the_time_to_answer_is_reasonable(world: World) -> None:
    low, members = await a_low_bid(world)

    (await ask(low, members[0], minutes=29)).refused("D87-60.1", "no_time_to_answer")
    (await ask(low, members[0], minutes=30)).ok()


async def test_a_price_that_is_not_below_the_others_is_not_asked_about(world: World) -> None:
    low, members = await a_low_bid(world)

    (await ask(low, members[0], bid=2)).refused("D87-60.1", "price_not_below_others")
    (await ask(low, members[0])).ok()
    (await ask(low, members[1])).problem(409, "wrong_state")


async def test_only_the_panel_asks_only_the_bidder_answers_and_no_rival_reads(world: World) -> None:
    low, members = await a_low_bid(world)
    (await ask(low, low.purchase.officer)).problem(403)
    asked = (await ask(low, members[0])).ok()

    (await explain(low, asked, bidder=1)).problem(403)
    (await judge(members[0], asked, proven=False)).problem(409, "wrong_state")
    (await explain(low, asked)).ok()
    (await explain(low, asked)).problem(409, "wrong_state")

    path = f"{low.purchase.path}/price-explanations"
    assert (await low.providers[1].person.get("tendering", path)).ok() == []
    (await low.providers[1].person.get("tendering", f"/v1/price-explanations/{asked['id']}")).problem(404)
    [own] = (await low.providers[0].person.get("tendering", path)).ok()
    assert own["text"] == "志愿者承担人工。"
    entries = await world.rows(
        "SELECT audience, entry::text AS entry FROM tendering.journal WHERE type LIKE '%low_price%'"
    )
    assert {row["audience"] for row in entries} == {"internal"}
    assert not [row for row in entries if "志愿者" in row["entry"]]


async def test_who_has_not_declared_asks_about_no_price(world: World) -> None:
    providers = [await a_provider(world) for _ in range(3)]
    bids = tuple(a_bid(price) for price in PRICES)
    low = await a_reviewed_procurement(world, city=CHENGDU, providers=providers, bids=bids)
    members = await a_formed_panel(world, low.purchase, declared=False)

    (await ask(low, members[0])).refused("GPR-9.1", "declaration_missing")


@pytest.mark.parametrize("withdrawn", [0, 1, -1])
async def test_a_price_is_decided_by_a_lawful_panel_alone(world: World, withdrawn: int) -> None:
    """Of a panel whose other members have withdrawn, one would decide which bid leaves. -1: all others."""
    low, members = await a_low_bid(world, bidders=4)
    asked = (await ask(low, members[0])).ok()
    (await explain(low, asked)).ok()
    interests = {"interests": [{"provider_id": str(low.providers[1].id), "ground": "kinship"}]}
    gone = members[1:] if withdrawn < 0 else members[1 : 1 + withdrawn]
    for member in gone:
        (await member.post("tendering", f"{low.purchase.path}/panel/declaration", interests)).ok()

    judged = await judge(members[0], asked, proven=False)

    if gone:
        assert judged.refused()["code"] in ("panel_small", "panel_even")
    else:
        assert judged.ok()["proven"] is None
    assert low.bid_of(0) in await qualified(low)


async def test_who_has_been_with_a_bidder_judges_no_price_of_the_purchase(world: World) -> None:
    low, members = await a_low_bid(world)
    asked = (await ask(low, members[0])).ok()
    (await explain(low, asked)).ok()
    await world.post_for(members[1], {"submit_bid"}, low.providers[1].id)

    (await judge(members[1], asked, proven=False)).refused("GPR-9.1", "person_interested")
    (await judge(members[2], asked, proven=False)).ok()


@pytest.mark.clause("D87-60.1", "refuses")
async def test_who_explains_nothing_in_time_has_proven_nothing(world: World) -> None:
    low, members = await a_low_bid(world, bidders=4)
    asked = (await ask(low, members[0], minutes=60)).ok()
    await world.admin.execute(
        "UPDATE tendering.explanations SET asked_at = asked_at - interval '2 hours',"
        " answer_until = answer_until - interval '2 hours' WHERE id = $1",
        UUID(asked["id"]),
    )

    (await explain(low, asked)).problem(409, "wrong_state")
    (await judge(members[0], asked, proven=True)).refused("D87-60.1", "nothing_explained")
    for member in members[:3]:
        (await judge(member, asked, proven=False)).ok()

    assert low.bid_of(0) not in await qualified(low)
    with pytest.raises(asyncpg.CheckViolationError, match="in_time"):
        await world.admin.execute(
            "UPDATE tendering.explanations SET answered_at = answer_until, answered_by = asked_by WHERE id = $1",
            UUID(asked["id"]),
        )


async def another_of(world: World, round_: Round, bidder: int = 0) -> Person:
    organisation = round_.providers[bidder].id
    return await world.person("another", duties={"submit_bid"}, organisation=organisation, jurisdiction="4404")


def corrected(person: Person, asked: dict[str, Any]) -> Any:
    body = {"text": "志愿者承担一半人工。", "reason": "前文漏写一半"}
    return person.post("tendering", f"/v1/price-explanations/{asked['id']}/answer/correction", body)


async def test_another_of_the_bidder_sets_right_what_one_explained_and_the_panel_reads_both(world: World) -> None:
    low, members = await a_low_bid(world)
    asked = (await ask(low, members[0])).ok()
    another = await another_of(world, low)
    (await corrected(another, asked)).problem(409, "wrong_state")
    (await explain(low, asked)).ok()

    (await corrected(low.providers[0].person, asked)).refused("D87-60.1", "giver_corrects")
    (await corrected(await another_of(world, low, bidder=1), asked)).problem(403)
    assert (await corrected(another, asked)).ok()["text"] == "志愿者承担一半人工。"

    path = f"/v1/price-explanations/{asked['id']}/answers"
    said = (await members[1].get("tendering", path)).ok()
    assert [(one["text"], one["reason"]) for one in said] == [
        ("志愿者承担人工。", None),
        ("志愿者承担一半人工。", "前文漏写一半"),
    ]
    (await low.providers[1].person.get("tendering", path)).problem(404)


@pytest.mark.parametrize("judged", [False, True], ids=["unjudged", "judged by one"])
async def test_what_a_member_has_judged_by_is_not_set_right_any_more(world: World, judged: bool) -> None:
    low, members = await a_low_bid(world)
    asked = (await ask(low, members[0])).ok()
    (await explain(low, asked)).ok()
    if judged:
        (await judge(members[0], asked, proven=True)).ok()

    answer = await corrected(await another_of(world, low), asked)

    assert answer.status == (409 if judged else 200), answer.body
