"""Each desk of tendering sees what waits for it, until when and by which clause."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.support.tasks import named, tasks_about
from tests.support.world import Person, World
from tests.tendering.examples import (
    CHENGDU,
    ZHUHAI,
    Purchase,
    a_cleared_project,
    a_drafted_file,
    a_noticed_procurement,
    an_open_procurement,
    an_opening_key,
    close_by_clock,
    closing_in,
    now,
    shares_are_given,
)
from tests.tendering.rounds import (
    EQUAL,
    a_bid,
    a_closed_procurement,
    a_finding,
    a_formed_panel,
    a_proposed_award,
    a_reviewed_procurement,
    a_scored_procurement,
    a_sheet,
    an_announced_award,
    an_opened_procurement,
    blocked,
    cleared,
)


async def waits(person: Person, purchase: Purchase) -> list[tuple[str, str | None]]:
    return [(task, clause) for task, _, clause in await named(person, "tendering", purchase.project_id)]


async def tasks(person: Person, purchase: Purchase) -> set[str]:
    return {task for task, _ in await waits(person, purchase)}


async def do(person: Person, path: str, body: Any = None) -> Any:
    return (await person.post("tendering", path, body)).ok()


async def test_a_cleared_project_waits_until_its_procurement_is_opened(world: World) -> None:
    purchase = await a_cleared_project(world)
    stranger = await world.person(
        "stranger", duties={"open_procurement"}, organisation=uuid4(), jurisdiction=purchase.jurisdiction
    )
    assert [task for task, _ in await waits(purchase.officer, purchase)] == ["open_procurement"]
    assert await waits(stranger, purchase) == []

    opened = {"project_id": str(purchase.project_id), "method": "competitive_consultation", "reason": "服务标准明确"}
    procurement = await do(purchase.officer, "/v1/procurements", opened)

    [task] = await tasks_about(purchase.officer, "tendering", purchase.project_id)
    assert (task["task"], task["kind"], task["reference"]) == ("draft_file", "procurement", procurement["reference"])
    assert task["path"] == f"/v1/procurements/{procurement['id']}"


async def test_a_file_is_checked_by_who_wrote_no_version_of_it(world: World) -> None:
    purchase = await an_open_procurement(world)
    await a_drafted_file(purchase)
    second = await a_drafted_file(purchase)

    [task] = await tasks_about(purchase.colleague, "tendering", purchase.project_id)

    assert (task["task"], task["subject"], task["clause"]) == ("check_file", second, "IC12-33.1")
    assert await waits(purchase.officer, purchase) == []
    await do(purchase.colleague, f"/v1/files/{second}/check")
    assert "check_file" not in await tasks(purchase.colleague, purchase)


async def test_a_checked_file_waits_for_the_opening_key_then_for_the_notice(world: World) -> None:
    purchase = await an_open_procurement(world)
    await do(purchase.colleague, f"/v1/files/{await a_drafted_file(purchase)}/check")
    assert await waits(purchase.officer, purchase) == [("register_opening_key", "IC12-33.2")]

    await an_opening_key(purchase)
    assert await waits(purchase.officer, purchase) == [("publish_notice", None)]

    await do(purchase.officer, f"{purchase.path}/notice", {"closes_at": await closing_in(world, 25)})
    assert await waits(purchase.officer, purchase) == []


async def test_a_later_closing_waits_for_another_person_until_the_bids_close(world: World) -> None:
    purchase = await a_noticed_procurement(world, days=25)
    closes_on = ((await now(world)).date() + timedelta(days=25)).isoformat()

    await do(purchase.officer, f"{purchase.path}/closing-change", {"closes_at": await closing_in(world, 30)})

    assert await waits(purchase.officer, purchase) == []
    found = await named(purchase.colleague, "tendering", purchase.project_id)
    assert found == [("confirm_closing", closes_on, "IC12-33.2")]


@pytest.mark.parametrize(("city", "clause"), [(CHENGDU, "D87-39.1"), (ZHUHAI, "C214-13.1")])
async def test_bids_wait_for_two_persons_to_open_them(world: World, city: str, clause: str) -> None:
    closed = await a_closed_procurement(world, city=city)
    purchase, first, second = closed.purchase, closed.purchase.officer, closed.purchase.supervisor
    elsewhere = await world.person("elsewhere", duties={"open_bids"}, organisation=uuid4(), jurisdiction="5101")
    assert await waits(first, purchase) == await waits(second, purchase) == [("propose_opening", clause)]
    another = await world.person("another", duties={"open_bids"}, organisation=uuid4(), jurisdiction="4404")
    assert await waits(elsewhere, purchase) == await waits(another, purchase) == []

    await do(first, f"{purchase.path}/opening")
    assert await waits(first, purchase) == []
    assert await waits(second, purchase) == [("confirm_opening", "IC12-33.2")]

    await shares_are_given(purchase)
    await do(second, f"{purchase.path}/opening/confirm")
    assert await waits(second, purchase) == []


async def test_a_closing_that_nobody_swept_waits_to_be_opened_all_the_same(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    assert await waits(purchase.supervisor, purchase) == []

    await close_by_clock(world, purchase)

    assert await tasks(purchase.supervisor, purchase) == {"propose_opening"}


async def test_opened_bids_wait_for_the_review_and_a_panel(world: World) -> None:
    opened = await an_opened_procurement(world)
    purchase = opened.purchase
    assert await tasks(purchase.officer, purchase) == {"review_qualification", "form_panel"}

    await do(purchase.officer, f"{purchase.path}/qualification", {"found": []})
    assert await tasks(purchase.officer, purchase) == {"form_panel"}

    await a_formed_panel(world, purchase)
    assert await tasks(purchase.officer, purchase) == set()


async def test_a_member_declares_and_scores_once_and_nobody_else_does(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)
    purchase = reviewed.purchase
    member, *_ = await a_formed_panel(world, purchase, declared=False)
    no_member = await world.person(
        "no member", duties={"score_bids"}, organisation=purchase.organisation, jurisdiction=purchase.jurisdiction
    )
    assert await waits(member, purchase) == [("declare_interests", "GPR-9.1")]
    assert await waits(no_member, purchase) == []

    await do(member, f"{purchase.path}/panel/declaration", {"interests": []})
    assert await tasks(member, purchase) == {"score_bids"}

    await do(member, f"{purchase.path}/scores", a_sheet(reviewed, ("40", "20"), ("25", "20"), ("25", "12")))
    assert await waits(member, purchase) == []


async def test_a_member_with_an_interest_has_nothing_to_score_and_the_panel_waits_to_be_named_anew(
    world: World,
) -> None:
    reviewed = await a_reviewed_procurement(world)
    member, *_ = await a_formed_panel(world, reviewed.purchase, declared=False)
    interest = {"provider_id": str(reviewed.providers[0].id), "ground": "employment"}

    assert "form_panel" not in await tasks(reviewed.purchase.officer, reviewed.purchase)
    await do(member, f"{reviewed.purchase.path}/panel/declaration", {"interests": [interest]})

    assert await waits(member, reviewed.purchase) == []
    assert "form_panel" in await tasks(reviewed.purchase.officer, reviewed.purchase)


async def test_equals_wait_for_lots_by_two_persons_before_an_award(world: World) -> None:
    scored = await a_scored_procurement(world, bids=(a_bid(),) * 3, points=EQUAL)
    purchase = scored.purchase
    assert await waits(purchase.officer, purchase) == [("record_lots", "IC12-33.2")]

    await do(purchase.officer, f"{purchase.path}/lots", {"order": [scored.bid_of(n) for n in (2, 0, 1)]})
    assert await waits(purchase.officer, purchase) == []
    assert await waits(purchase.colleague, purchase) == [("confirm_lots", "IC12-33.2")]

    await do(purchase.colleague, f"{purchase.path}/lots/confirm")
    assert await tasks(purchase.officer, purchase) == {"propose_award"}


async def test_an_award_waits_for_another_person_than_its_proposer(world: World) -> None:
    scored = await a_scored_procurement(world)
    purchase = scored.purchase
    stranger = await world.person(
        "stranger", duties={"approve_award"}, organisation=uuid4(), jurisdiction=purchase.jurisdiction
    )
    assert await waits(purchase.officer, purchase) == [("propose_award", "IC12-33.2")]

    award = await a_proposed_award(world, scored)
    assert await waits(purchase.officer, purchase) == await waits(purchase.colleague, purchase) == []

    await cleared(world, award)
    [task] = await tasks_about(purchase.colleague, "tendering", purchase.project_id)
    assert (task["task"], task["subject"], task["path"]) == ("confirm_award", award.id, award.path)
    assert await waits(purchase.officer, purchase) == await waits(stranger, purchase) == []

    await do(purchase.colleague, f"{award.path}/confirm")
    assert await waits(purchase.colleague, purchase) == []


async def test_an_award_of_another_city_is_not_shown(world: World) -> None:
    award = await an_announced_award(world)
    organisation = award.round.purchase.organisation
    elsewhere = await world.person(
        "elsewhere", duties={"approve_award"}, organisation=organisation, jurisdiction=CHENGDU
    )

    assert await waits(elsewhere, award.round.purchase) == []


async def test_what_the_registry_holds_against_an_award_waits_for_reasons(world: World) -> None:
    award = await a_proposed_award(world)
    purchase = award.round.purchase

    await cleared(world, award, a_finding())

    assert await tasks(purchase.officer, purchase) == {"give_award_reasons"}
    await do(
        purchase.officer,
        f"{award.path}/reasons",
        {"acknowledged": [{"clause": "ZH21-27.6", "reason": "已核实整改情况"}]},
    )
    assert await tasks(purchase.officer, purchase) == set()


async def test_a_blocked_award_waits_for_a_choice_by_two_persons(world: World) -> None:
    award = await a_proposed_award(world)
    purchase = award.round.purchase
    await blocked(world, award)
    assert await tasks(purchase.officer, purchase) == {"choose_after_block"}

    await do(purchase.officer, f"{award.path}/choice", {"choice": "next", "acknowledged": []})
    assert await waits(purchase.officer, purchase) == []
    assert await tasks(purchase.colleague, purchase) == {"confirm_choice"}

    await do(purchase.colleague, f"{award.path}/choice/confirm")
    assert await tasks(purchase.colleague, purchase) == set()
