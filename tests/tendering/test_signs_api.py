"""Signs that bidders acted in concert: shown to the panel, answered by each member, decided by the majority."""

from typing import Any

import pytest

from tests.support.world import Person, World
from tests.tendering.examples import CHENGDU
from tests.tendering.rounds import Round, a_bid, a_formed_panel, a_provider, a_reviewed_procurement, a_sheet

EQUAL = (("40", "20"),) * 4


async def a_round(world: World) -> tuple[Round, list[Person]]:
    """Four bids in an open tender, of which the first speaks of the second bidder."""
    providers = [await a_provider(world, f"第{n}家长者服务中心") for n in range(4)]
    offers = [{**offer} for offer in a_bid()["offers"]]
    offers[1]["statement"] = f"{providers[1].title}的方案"
    prices = ("200000.00", "205000.00", "211000.00", "219000.00")
    bids = (a_bid(prices[0], offers=offers), *(a_bid(price) for price in prices[1:]))
    reviewed = await a_reviewed_procurement(world, city=CHENGDU, providers=providers, bids=bids)
    return reviewed, await a_formed_panel(world, reviewed.purchase)


def said(round_: Round, concerted: bool) -> list[dict[str, Any]]:
    return [
        {"bid_id": round_.bid_of(n), "sign": "mixed_files", "concerted": concerted, "reason": "核对了原件"}
        for n in (0, 1)
    ]


@pytest.mark.clause("GPR-74.1", "refuses")
@pytest.mark.clause("GPR-74.1", "accepts")
async def test_a_member_answers_every_sign_before_the_sheet_counts(world: World) -> None:
    reviewed, members = await a_round(world)
    path = reviewed.purchase.path
    offers = (await members[0].get("tendering", f"{path}/dossier")).ok()["offers"]
    shown = {offer["bid_id"]: offer["signs"] for offer in offers}
    assert shown == {reviewed.bid_of(n): ["mixed_files"] if n < 2 else [] for n in range(4)}

    silent = await members[0].post("tendering", f"{path}/scores", a_sheet(reviewed, *EQUAL))
    answer = {**a_sheet(reviewed, *EQUAL), "signs": said(reviewed, concerted=False)}
    given = [(await member.post("tendering", f"{path}/scores", answer)).ok() for member in members]

    assert silent.refused("GPR-74.1", "sign_unanswered")["facts"] == {"signs": "mixed_files"}
    assert given[-1]["state"] == "scored"
    assert "GPR-74.1" in {f["clause"] for f in given[-1]["explain"]}
    ranking = (await reviewed.purchase.officer.get("tendering", f"{path}/ranking")).ok()["ranking"]
    assert len(ranking) == 4
    [sheet, *_] = (await reviewed.purchase.officer.get("tendering", f"{path}/sheets")).ok()
    assert {one["reason"] for one in sheet["signs"]} == {"核对了原件"}


@pytest.mark.parametrize(("voices", "state"), [(2, "scored"), (3, "failed")])
async def test_bids_that_the_majority_finds_concerted_are_not_ranked(world: World, voices: int, state: str) -> None:
    reviewed, members = await a_round(world)
    path = reviewed.purchase.path

    for number, member in enumerate(members):
        answer = {**a_sheet(reviewed, *EQUAL), "signs": said(reviewed, concerted=number < voices)}
        (await member.post("tendering", f"{path}/scores", answer)).ok()

    assert await reviewed.purchase.state() == state


async def test_a_slip_about_a_sign_is_set_right_with_the_sheet_and_nobody_else_sees_signs(world: World) -> None:
    reviewed, members = await a_round(world)
    path = reviewed.purchase.path
    slip = {**a_sheet(reviewed, *EQUAL), "signs": said(reviewed, concerted=True)}
    for member in members[:3]:
        (await member.post("tendering", f"{path}/scores", slip)).ok()

    right = {**a_sheet(reviewed, *EQUAL), "signs": said(reviewed, concerted=False)}
    (await members[0].post("tendering", f"{path}/scores", {**right, "reason": "看错了单位名称"})).ok()
    for member in members[3:]:
        (await member.post("tendering", f"{path}/scores", right)).ok()

    assert await reviewed.purchase.state() == "scored"
    for provider in reviewed.providers:
        (await provider.person.get("tendering", f"{path}/dossier")).problem(404, "not_found")
