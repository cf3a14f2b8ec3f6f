"""What two found of a bid by a slip is set right by two others, with a reason, until the sums are drawn."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.world import Person, World
from tests.tendering.examples import CHENGDU, CONDITIONS
from tests.tendering.rounds import Round, a_formed_panel, a_sheet, an_opened_procurement, panel_people

OWN = {"code": "counsellors_licensed", "text": "咨询师持证", "reason": "心理咨询由持证人员提供"}
WHY = "证书在响应文件附件中，两人都漏看了"


async def found_by_two(world: World, *met: bool, city: str | None = None) -> Round:
    given = {"city": city} if city else {}
    opened = await an_opened_procurement(world, file={"conditions": [*CONDITIONS, OWN]}, **given)
    for person in (opened.purchase.officer, opened.purchase.colleague):
        (await person.post("tendering", f"{opened.purchase.path}/qualification", found(opened, *met))).ok()
    assert await opened.purchase.state() == "reviewed"
    return opened


def found(opened: Round, *met: bool, reason: str | None = None) -> dict[str, Any]:
    each = [{"bid_id": opened.bid_of(n), "condition": OWN["code"], "met": value} for n, value in enumerate(met)]
    return {"found": each, **({"reason": reason} if reason else {})}


async def two_others(opened: Round) -> tuple[Person, Person]:
    purchase = opened.purchase
    one, two = [
        await purchase.world.person(
            "reviewer",
            duties={"review_qualification"},
            organisation=purchase.organisation,
            jurisdiction=purchase.jurisdiction,
        )
        for _ in range(2)
    ]
    return one, two


async def qualified(opened: Round) -> list[bool]:
    rows = await opened.purchase.world.rows(
        "SELECT id, qualified FROM tendering.bids WHERE id = ANY($1::uuid[])",
        [opened.bid_of(n) for n in range(3)],
    )
    by_id = {str(row["id"]): row["qualified"] for row in rows}
    return [by_id[opened.bid_of(n)] for n in range(3)]


async def test_a_bid_that_two_put_out_by_a_slip_is_brought_back_by_two_others(world: World) -> None:
    opened = await found_by_two(world, True, True, False)
    path = f"{opened.purchase.path}/qualification"
    one, two = await two_others(opened)

    (await one.post("tendering", path, found(opened, True, True, True, reason=WHY))).ok()
    assert await qualified(opened) == [True, True, False]
    review = (await two.post("tendering", path, found(opened, True, True, True, reason=WHY))).ok()

    assert (review["state"], len(review["qualified"])) == ("reviewed", 3)
    assert await qualified(opened) == [True, True, True]
    read = (await opened.purchase.officer.get("tendering", path)).ok()
    assert [each["reason"] for each in read["findings"]] == [None, None, WHY, WHY]
    assert [r["met"] for r in read["results"] if r["condition"] == OWN["code"]] == [True, True, True]
    kept = await world.rows(
        "SELECT number, met FROM tendering.qualification_results WHERE condition = $1 AND bid_id = $2::uuid"
        " ORDER BY number",
        OWN["code"],
        opened.bid_of(2),
    )
    assert [(row["number"], row["met"]) for row in kept] == [(1, False), (2, True)]


@pytest.mark.parametrize("who", ["one of the two before", "the same person twice", "two others"])
async def test_those_who_found_it_and_one_alone_correct_nothing(world: World, who: str) -> None:
    opened = await found_by_two(world, True, True, False)
    path, body = f"{opened.purchase.path}/qualification", found(opened, True, True, True, reason=WHY)
    one, two = await two_others(opened)

    (await one.post("tendering", path, body)).ok()
    second = {"one of the two before": opened.purchase.colleague, "the same person twice": one, "two others": two}[who]
    answer = await second.post("tendering", path, body)

    if who == "one of the two before":
        assert "found_it_before" in {f["code"] for f in answer.json["findings"]}, answer.json
    else:
        answer.ok()
    assert await qualified(opened) == [True, True, who == "two others"]


@pytest.mark.parametrize("reason", [None, WHY])
async def test_it_is_corrected_with_a_reason_and_to_something_else(world: World, reason: str | None) -> None:
    opened = await found_by_two(world, True, True, False)
    path = f"{opened.purchase.path}/qualification"
    one, _ = await two_others(opened)

    same = await one.post("tendering", path, found(opened, True, True, False, reason=reason))
    other = await one.post("tendering", path, found(opened, True, True, True, reason=reason))

    assert same.status == 422
    assert other.status == (200 if reason else 422)


async def test_who_has_scored_scores_the_bids_that_passed_now(world: World) -> None:
    opened = await found_by_two(world, True, True, False)
    purchase, path = opened.purchase, f"{opened.purchase.path}/qualification"
    members = await a_formed_panel(world, purchase)
    before = a_sheet(replace(opened, receipts=opened.receipts[:2]), ("40", "20"), ("25", "20"))
    (await members[0].post("tendering", f"{purchase.path}/scores", before)).ok()
    for person in await two_others(opened):
        (await person.post("tendering", path, found(opened, True, True, True, reason=WHY))).ok()

    sheet = a_sheet(opened, ("40", "20"), ("25", "20"), ("25", "12"))
    for number, member in enumerate(members):
        assert await purchase.state() == "reviewed"
        again = {**sheet, "reason": "另有一份响应文件通过了资格审查"} if number == 0 else sheet
        (await member.post("tendering", f"{purchase.path}/scores", again)).ok()

    assert await purchase.state() == "scored"
    late = await (await two_others(opened))[0].post("tendering", path, found(opened, True, True, False, reason=WHY))
    late.problem(409, "wrong_state")


@pytest.mark.parametrize("reason", [None, "成员重病，无法再次评分"])
async def test_a_member_who_does_not_score_the_bids_that_passed_now_is_replaced(
    world: World, reason: str | None
) -> None:
    opened = await found_by_two(world, True, True, False)
    purchase = opened.purchase
    members = await a_formed_panel(world, purchase)
    before = a_sheet(replace(opened, receipts=opened.receipts[:2]), ("40", "20"), ("25", "20"))
    (await members[-1].post("tendering", f"{purchase.path}/scores", before)).ok()
    for person in await two_others(opened):
        path = f"{purchase.path}/qualification"
        (await person.post("tendering", path, found(opened, True, True, True, reason=WHY))).ok()
    at: dict[str, Any] = {"organisation": purchase.organisation, "jurisdiction": purchase.jurisdiction}
    other = await world.person("colleague", duties={"form_panel"}, **at)
    comes = (await panel_people(world, purchase))["expert"][0]
    seats = (await other.get("tendering", f"{purchase.path}/panel")).ok()["members"]
    named = [{"person_id": s["person_id"], "role": s["role"]} for s in seats if s["person_id"] != str(members[-1].id)]
    named.append({"person_id": str(comes.id), "role": "expert"})

    body = {"members": named, "draw_reference": "抽取-2", **({"reason": reason} if reason else {})}
    answer = await other.post("tendering", f"{purchase.path}/panel", body)

    assert answer.status == (201 if reason else 409), answer.body


async def test_a_purchase_that_is_left_with_too_few_fails(world: World) -> None:
    opened = await found_by_two(world, True, True, True, city=CHENGDU)
    path = f"{opened.purchase.path}/qualification"

    for person in await two_others(opened):
        answer = await person.post("tendering", path, found(opened, True, True, False, reason=WHY))

    assert answer.ok()["state"] == "failed"
