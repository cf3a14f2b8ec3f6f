from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.registry import ProviderBarred, ProviderWatched
from tests.support.world import World
from tests.tendering.examples import CHENGDU, now
from tests.tendering.rounds import (
    EQUAL,
    Award,
    Round,
    a_bid,
    a_finding,
    a_formed_panel,
    a_proposed_award,
    a_provider,
    a_reviewed_procurement,
    a_scored_procurement,
    a_sheet,
    an_announced_award,
    blocked,
    cleared,
    stands,
)

REASON = {"clause": "ZH21-27.6", "reason": "已更换项目负责人并补足咨询场次"}


async def propose(scored: Round, *reasons: dict[str, str]) -> Any:
    return await scored.purchase.officer.post(
        "tendering", f"{scored.purchase.path}/awards", {"acknowledged": list(reasons)}
    )


async def a_flagged_winner(world: World, **standing: Any) -> Round:
    """A scored procurement whose first has a poor result on record."""
    providers = [await a_provider(world, f"第{n}家") for n in range(3)]
    await stands(world, providers[0], ProviderWatched, grade="poor", **standing)
    return await a_scored_procurement(world, providers=providers)


async def test_the_first_in_rank_is_put_to_the_registry(world: World) -> None:
    award = await a_proposed_award(world)

    purchase = award.round.purchase
    [event] = await purchase.events("award_proposed")
    assert (event["provider_id"], event["lot"], event["round"]) == (str(award.round.providers[0].id), 1, 1)
    assert (event["rulebook"], event["acknowledged"]) == ("zhuhai-2021@1", [])
    assert await purchase.state() == "proposed"
    assert await purchase.events("award_announced") == []


async def test_a_clearance_announces_with_ranking_points_and_a_word_to_every_bidder(world: World) -> None:
    award = await a_proposed_award(world)

    await cleared(world, award)

    purchase, providers = award.round.purchase, award.round.providers
    [event] = await purchase.events("award_announced")
    assert [provider for provider, _ in event["ranking"]] == [str(provider.id) for provider in providers]
    assert event["points"][str(providers[0].id)]["price"] == "20.00"
    loser = providers[2].person
    ranking = (await loser.get("tendering", f"{purchase.path}/ranking")).ok()["ranking"]
    assert ranking[0]["points"]["plan"] == "40.00"
    [told] = (await loser.get("tendering", "/v1/notices")).ok()
    assert (told["kind"], told["facts"]["rank"], told["facts"]["awarded"]) == ("award_announced", "3", "false")
    assert len((await loser.get("tendering", f"{purchase.path}/panel")).ok()["members"]) == 3


async def test_a_bidder_who_failed_the_review_learns_why(world: World) -> None:
    bids = tuple(a_bid(price) for price in ("200000.00", "205000.00", "220000.01"))
    reviewed = await a_reviewed_procurement(world, bids=bids)
    qualified = Round(reviewed.purchase, reviewed.providers[:2], reviewed.receipts[:2])
    for member in await a_formed_panel(world, reviewed.purchase):
        sheet = a_sheet(qualified, ("40", "20"), ("25", "12"))
        (await member.post("tendering", f"{reviewed.purchase.path}/scores", sheet)).ok()

    await cleared(world, await a_proposed_award(world, reviewed))

    [told] = (await reviewed.providers[2].person.get("tendering", "/v1/notices")).ok()
    assert told["facts"] == {"awarded": "false", "failed_conditions": "over_price"}


async def test_the_answer_to_another_round_or_provider_is_ignored(world: World) -> None:
    award = await a_proposed_award(world)

    await cleared(world, award, round=2)
    await cleared(world, award, lot=2)
    await cleared(world, award, provider=1)

    assert await award.state() == "proposed"


async def test_no_answer_waits_and_is_never_taken_for_a_yes(world: World) -> None:
    award = await a_proposed_award(world)

    answer = await award.round.purchase.colleague.post("tendering", f"{award.path}/confirm")

    answer.problem(409, "wrong_state")


@pytest.mark.clause("ZH21-27.6", "refuses")
async def test_a_poor_result_without_a_reason_is_refused(world: World) -> None:
    scored = await a_flagged_winner(world)

    answer = await propose(scored)

    answer.refused("ZH21-27.6", "reason_missing")
    assert await scored.purchase.events("award_proposed") == []


@pytest.mark.clause("ZH21-27.6", "accepts")
async def test_a_poor_result_with_its_reason_passes_and_keeps_its_rank(world: World) -> None:
    scored = await a_flagged_winner(world)

    award = (await propose(scored, REASON)).ok()

    assert award["provider_id"] == str(scored.providers[0].id)
    assert "ZH21-27.6" in {f["clause"] for f in award["explain"]}
    [event] = await scored.purchase.events("award_proposed")
    assert event["acknowledged"] == ["ZH21-27.6"]


@pytest.mark.clause("CD17-33.3", "refuses")
async def test_in_chengdu_a_poor_result_asks_for_a_reason_too(world: World) -> None:
    providers = [await a_provider(world, f"第{n}家") for n in range(3)]
    found = {"jurisdiction": "5101", "rulebook": "chengdu-2017", "clause": "CD17-33.3", "grade": "poor"}
    await stands(world, providers[0], ProviderWatched, **found)
    scored = await a_scored_procurement(world, city=CHENGDU, providers=providers)

    (await propose(scored)).refused("CD17-33.3", "reason_missing")


@pytest.mark.clause("CD17-33.3", "accepts")
@pytest.mark.clause("GPR-43.1", "accepts")
async def test_in_chengdu_the_reason_lets_the_award_go_on(world: World) -> None:
    providers = [await a_provider(world, f"第{n}家") for n in range(3)]
    found = {"jurisdiction": "5101", "rulebook": "chengdu-2017", "clause": "CD17-33.3", "grade": "poor"}
    await stands(world, providers[0], ProviderWatched, **found)
    scored = await a_scored_procurement(world, city=CHENGDU, providers=providers)

    award = (await propose(scored, {"clause": "CD17-33.3", "reason": "已整改"})).ok()

    assert {"CD17-33.3", "GPR-43.1"} <= {f["clause"] for f in award["explain"]}


async def test_a_first_in_rank_barred_since_its_bid_gives_way_to_the_next(world: World) -> None:
    scored = await a_scored_procurement(world)
    bar = {"rulebook": "national-procurement", "clause": "GPL-77.1", "effect": "bar", "jurisdiction": "000000"}
    await stands(world, scored.providers[0], ProviderBarred, **bar)

    first = Award(scored, (await propose(scored)).ok()["id"], 1)
    await blocked(world, first)
    (await a_choice(first, "next")).ok()
    following = (await scored.purchase.colleague.post("tendering", f"{first.path}/choice/confirm")).ok()

    assert following["provider_id"] == str(scored.providers[1].id)
    [shown] = (await scored.purchase.officer.get("tendering", first.path)).ok()["findings"]
    assert shown["clause"] == "GPL-77.1"


@pytest.mark.clause("C214-25.1", "refuses")
async def test_equals_wait_for_lots(world: World) -> None:
    scored = await a_scored_procurement(world, bids=tuple(a_bid() for _ in range(3)), points=EQUAL)

    (await propose(scored)).refused("C214-25.1", "tie_unresolved")


@pytest.mark.clause("GPR-43.1", "refuses")
async def test_equals_of_an_open_tender_wait_for_lots_too(world: World) -> None:
    scored = await a_scored_procurement(world, city=CHENGDU, bids=tuple(a_bid() for _ in range(3)), points=EQUAL)

    (await propose(scored)).refused("GPR-43.1", "tie_unresolved")


async def test_a_reference_that_only_the_registry_knows_holds_the_announcement(world: World) -> None:
    award = await a_proposed_award(world)
    purchase = award.round.purchase

    await cleared(world, award, a_finding())

    assert await award.state() == "cleared"
    assert await purchase.events("award_announced") == []
    (await purchase.officer.post("tendering", f"{award.path}/reasons", {})).refused("ZH21-27.6", "reason_missing")
    given = (await purchase.officer.post("tendering", f"{award.path}/reasons", {"acknowledged": [REASON]})).ok()
    assert (given["state"], given["reasons"]) == ("announced", {"ZH21-27.6": REASON["reason"]})
    [event] = await purchase.events("award_announced")
    assert event["acknowledged"] == ["ZH21-27.6"]


@pytest.mark.clause("IC12-33.2", "accepts")
async def test_the_award_of_another_purchase_is_confirmed_by_a_colleague(world: World) -> None:
    award = await an_announced_award(world)
    purchase = award.round.purchase

    confirmed = (await purchase.colleague.post("tendering", f"{award.path}/confirm")).ok()

    assert confirmed["state"] == "confirmed"
    assert "IC12-33.2" in {f["clause"] for f in confirmed["explain"]}
    [event] = await purchase.events("award_confirmed")
    assert (event["amount"], event["provider_title"]) == ("200000.00", award.round.providers[0].title)
    assert (event["rulebook"], event["procurement_project"]) == ("zhuhai-2021@1", False)
    assert event["terms"]["older"] is False
    assert {source["kind"]: source["amount"] for source in event["sources"]} == {
        "fiscal": "200000.00",
        "charity": "20000.00",
    }
    assert [(line["kind"], line["amount"], line["gate"]) for line in event["terms"]["payments"]] == [
        ("advance", "80000.00", "contract"),
        ("instalment", "60000.00", "acceptance"),
        ("final", "60000.00", "evaluation"),
    ]


async def test_amounts_are_shared_to_the_fen_and_an_older_file_is_told_of(world: World) -> None:
    prices = ("199999.99", "205000.00", "210000.00")
    award = await an_announced_award(world, bids=tuple(a_bid(price) for price in prices))
    of_purchase = award.round.purchase.project_id
    await world.admin.execute("UPDATE tendering.tender_files SET asked = NULL WHERE key = $1", of_purchase)

    (await award.round.purchase.colleague.post("tendering", f"{award.path}/confirm")).ok()

    [event] = await award.round.purchase.events("award_confirmed")
    assert [line["amount"] for line in event["terms"]["payments"]] == ["79999.99", "60000.00", "60000.00"]
    assert event["terms"]["older"] is True


@pytest.mark.clause("IC12-33.2", "refuses")
async def test_the_proposer_does_not_confirm(world: World) -> None:
    award = await an_announced_award(world)

    answer = await award.round.purchase.officer.post("tendering", f"{award.path}/confirm")

    answer.refused("IC12-33.2", "confirmer_is_proposer")


@pytest.mark.clause("D87-69.1", "refuses")
async def test_a_procurement_project_waits_for_the_notice_to_run(world: World) -> None:
    award = await an_announced_award(world, city=CHENGDU)

    answer = await award.round.purchase.colleague.post("tendering", f"{award.path}/confirm")

    answer.refused("D87-69.1", "notice_period_open")


@pytest.mark.clause("D87-69.1", "accepts")
async def test_after_a_working_day_it_stands(world: World) -> None:
    award = await an_announced_award(world, city=CHENGDU)
    await world.today_is((await now(world)).date() + timedelta(days=12))
    purchase = award.round.purchase
    later = await world.person(
        "later", duties={"approve_award"}, organisation=purchase.organisation, jurisdiction=CHENGDU
    )

    confirmed = (await later.post("tendering", f"{award.path}/confirm")).ok()

    assert "D87-69.1" in {f["clause"] for f in confirmed["explain"]}
    [event] = await purchase.events("award_confirmed")
    assert [line["gate"] for line in event["terms"]["payments"]] == ["assessment"] * 3


async def test_confirming_asks_for_a_fresh_login(world: World) -> None:
    award = await an_announced_award(world)
    tired = await world.person("tired", duties={"approve_award"}, auth_age=timedelta(minutes=16))

    (await tired.post("tendering", f"{award.path}/confirm")).problem(401, "step_up")


async def test_a_block_after_the_announcement_stops_the_award(world: World) -> None:
    award = await an_announced_award(world)

    await blocked(world, award)

    assert await award.state() == "blocked"
    (await award.round.purchase.colleague.post("tendering", f"{award.path}/confirm")).problem(409, "wrong_state")
    stranger = await world.person("stranger", duties=set(), organisation=uuid4())
    (await stranger.get("tendering", award.path)).problem(404, "not_found")


async def test_a_block_after_the_confirmation_is_left_to_the_signing(world: World) -> None:
    award = await an_announced_award(world)
    (await award.round.purchase.colleague.post("tendering", f"{award.path}/confirm")).ok()

    await blocked(world, award)

    assert await award.state() == "confirmed"


async def a_choice(award: Award, choice: str, *reasons: dict[str, str]) -> Any:
    body = {"choice": choice, "acknowledged": list(reasons)}
    return await award.round.purchase.officer.post("tendering", f"{award.path}/choice", body)


async def test_two_persons_choose_the_next_in_rank(world: World) -> None:
    award = await a_proposed_award(world)
    await blocked(world, award)
    purchase = award.round.purchase

    (await a_choice(award, "next")).ok()
    following = (await purchase.colleague.post("tendering", f"{award.path}/choice/confirm")).ok()

    assert (following["round"], following["provider_id"]) == (2, str(award.round.providers[1].id))
    assert [e["round"] for e in await purchase.events("award_proposed")] == [1, 2]
    second = Award(award.round, following["id"], 2)
    await cleared(world, second, provider=1)
    assert await second.state() == "announced"


async def test_a_choice_that_was_carried_out_is_not_made_again(world: World) -> None:
    award = await a_proposed_award(world)
    await blocked(world, award)
    (await a_choice(award, "next")).ok()
    (await award.round.purchase.colleague.post("tendering", f"{award.path}/choice/confirm")).ok()

    (await a_choice(award, "fail")).problem(409, "wrong_state")


async def test_an_answer_to_the_first_round_does_not_touch_the_second(world: World) -> None:
    award = await a_proposed_award(world)
    await blocked(world, award)
    (await a_choice(award, "next")).ok()
    purchase = award.round.purchase
    following = (await purchase.colleague.post("tendering", f"{award.path}/choice/confirm")).ok()

    await cleared(world, award)

    assert await award.state() == "blocked"
    assert await Award(award.round, following["id"], 2).state() == "proposed"


@pytest.mark.clause("IC12-33.2", "refuses")
async def test_one_person_alone_does_not_choose(world: World) -> None:
    award = await a_proposed_award(world)
    await blocked(world, award)
    (await a_choice(award, "next")).ok()

    answer = await award.round.purchase.officer.post("tendering", f"{award.path}/choice/confirm")

    answer.refused("IC12-33.2", "confirmer_is_proposer")


async def test_the_next_in_rank_owes_its_reasons_too(world: World) -> None:
    award = await a_proposed_award(world)
    await blocked(world, award)
    await stands(world, award.round.providers[1], ProviderWatched, grade="poor")

    (await a_choice(award, "next")).refused("ZH21-27.6", "reason_missing")
    (await a_choice(award, "next", REASON)).ok()


async def test_two_persons_end_it_without_an_award(world: World) -> None:
    award = await a_proposed_award(world)
    await blocked(world, award)
    purchase = award.round.purchase

    (await a_choice(award, "fail")).ok()
    (await purchase.colleague.post("tendering", f"{award.path}/choice/confirm")).ok()

    assert await purchase.state() == "failed"
    [event] = await purchase.events("procurement_failed")
    assert (event["code"], event["clause"]) == ("award_blocked", "GPL-77.1")


@pytest.mark.clause("C214-25.1", "refuses")
async def test_when_all_are_blocked_nobody_follows(world: World) -> None:
    award = await a_proposed_award(world)
    purchase = award.round.purchase
    for place in (0, 1):
        await blocked(world, award, provider=place)
        (await a_choice(award, "next")).ok()
        following = (await purchase.colleague.post("tendering", f"{award.path}/choice/confirm")).ok()
        award = Award(award.round, following["id"], following["round"])
    await blocked(world, award, provider=2)

    (await a_choice(award, "next")).refused("C214-25.1", "no_next_candidate")


async def test_rounds_are_seen_by_the_purchaser_and_the_result_by_everybody(world: World) -> None:
    award = await an_announced_award(world)
    path = f"{award.round.purchase.path}/awards"
    stranger = await world.person("stranger", duties=set(), organisation=uuid4())

    [shown] = (await stranger.get("tendering", path)).ok()

    assert (shown["id"], shown["amount"]) == (award.id, "200000.00")
    [row] = await world.rows("SELECT state FROM tendering.awards WHERE id = $1", UUID(award.id))
    assert row["state"] == "announced"


async def test_another_person_sets_reasons_right_and_both_are_read(world: World) -> None:
    award = await a_proposed_award(world)
    officer, colleague = award.round.purchase.officer, award.round.purchase.colleague
    await cleared(world, award, a_finding())
    (await officer.post("tendering", f"{award.path}/reasons", {"acknowledged": [REASON]})).ok()
    path = f"{award.path}/reasons/correction"
    meant = {"acknowledged": [{**REASON, "reason": "只更换了项目负责人"}], "why": "场次尚未补足"}
    unasked = {**meant, "acknowledged": [{"clause": "ZH21-27.5", "reason": "无"}]}

    (await officer.post("tendering", path, meant)).refused("IC12-33.2", "giver_corrects")
    (await colleague.post("tendering", path, unasked)).problem(409, "wrong_state")
    (await colleague.post("tendering", path, {**meant, "acknowledged": [REASON]})).problem(409, "wrong_state")
    corrected = (await colleague.post("tendering", path, meant)).ok()

    assert (corrected["state"], corrected["reasons"]) == ("announced", {"ZH21-27.6": "只更换了项目负责人"})
    [kept] = (await officer.get("tendering", f"{path}s")).ok()
    assert (kept["was"], kept["why"]) == ({"ZH21-27.6": REASON["reason"]}, "场次尚未补足")
    (await colleague.post("tendering", path, {**meant, "acknowledged": [REASON]})).refused(
        "IC12-33.2", "giver_corrects"
    )
