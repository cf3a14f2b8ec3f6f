from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from shared.events.evaluation import EvaluationConcluded
from shared.events.registry import ProviderPreferred
from tests.support.tasks import named
from tests.support.world import Person, World
from tests.tendering.examples import CAPABILITY, CHENGDU, LATEST_RESULT, PLAN, PRICE, RESPONSE, tell
from tests.tendering.rounds import (
    EQUAL,
    Provider,
    Round,
    a_bid,
    a_formed_panel,
    a_panel,
    a_provider,
    a_reviewed_procurement,
    a_scored_procurement,
    a_sheet,
    panel_people,
    stands,
)


async def ranking_of(round_: Round) -> list[dict[str, Any]]:
    answer = await round_.purchase.officer.get("tendering", f"{round_.purchase.path}/ranking")
    return list(answer.ok()["ranking"])


async def evaluated(world: World, provider: Provider, grade: Any, day: date, *, kind: Any = "final") -> None:
    """Evaluation concluded something of the provider, in a contract of long ago."""
    event = EvaluationConcluded(
        jurisdiction="4404/440402",
        organisation=world.street,
        project_id=uuid4(),
        contract_id=uuid4(),
        provider_id=provider.id,
        evaluation_id=uuid4(),
        rulebook="zhuhai-2021@1",
        kind=kind,
        score=Decimal("54.00"),
        grade=grade,
        result_version=1,
        concluded_on=day,
    )
    await tell(world, "evaluation", event)


@pytest.mark.clause("CD17-21.3", "accepts")
@pytest.mark.clause("GPR-9.1", "accepts")
async def test_the_last_sheet_brings_the_ranking(world: World) -> None:
    reviewed = await a_reviewed_procurement(world, city=CHENGDU)
    members = await a_formed_panel(world, reviewed.purchase)
    sheet = a_sheet(reviewed, ("25", "20"), ("40", "20"), ("25", "12"))

    answers = [await m.post("tendering", f"{reviewed.purchase.path}/scores", sheet) for m in members]

    assert [answer.ok()["state"] for answer in answers] == ["reviewed"] * 4 + ["scored"]
    assert {"CD17-21.3", "CD17-21.4", "GPR-9.1"} <= {f["clause"] for f in answers[0].json["explain"]}
    ranking = await ranking_of(reviewed)
    assert [(one["rank"], one["bid_id"]) for one in ranking] == [
        (1, reviewed.bid_of(1)),
        (2, reviewed.bid_of(0)),
        (3, reviewed.bid_of(2)),
    ]
    assert ranking[0]["points"] == {
        "price": "19.51",
        "plan": "40.00",
        "response_hours": "20.00",
        "capability": "20.00",
    }
    assert (ranking[0]["total"], ranking[0]["decided_by"]) == ("99.51", "score")


@pytest.mark.clause("GPR-9.1", "refuses")
async def test_each_ground_of_interest_keeps_a_member_from_scoring(world: World) -> None:
    reviewed = await a_reviewed_procurement(world, city=CHENGDU)
    members = await a_formed_panel(world, reviewed.purchase, declared=False)
    grounds = ("employment", "director_supervisor", "controller", "kinship", "other")
    path, provider = reviewed.purchase.path, str(reviewed.providers[0].id)

    for member, ground in zip(members, grounds, strict=True):
        interest = {"provider_id": provider, "ground": ground}
        (await member.post("tendering", f"{path}/panel/declaration", {"interests": [interest]})).ok()
        answer = await member.post("tendering", f"{path}/scores", a_sheet(reviewed, *EQUAL))

        assert answer.refused("GPR-9.1", "member_interested")["facts"] == {"grounds": ground}


@pytest.mark.clause("C214-24.1", "refuses")
async def test_where_the_city_is_silent_the_law_keeps_to_the_factors_of_the_file(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)
    member, *_ = await a_formed_panel(world, reviewed.purchase)
    sheet = a_sheet(reviewed, *EQUAL)
    sheet["scores"].append({"bid_id": reviewed.bid_of(0), "factor": "founders_rank", "points": "5"})

    answer = await member.post("tendering", f"{reviewed.purchase.path}/scores", sheet)

    answer.refused("C214-24.1", "factor_not_scored_here")


@pytest.mark.clause("D87-55.2", "shows", price="16.00", decided_by="price")
async def test_in_an_open_tender_the_score_ranks_first_and_then_the_lower_price(world: World) -> None:
    bids = tuple(a_bid(price) for price in ("200000.00", "160000.00", "190000.00"))
    reviewed = await a_reviewed_procurement(world, city=CHENGDU, bids=bids)
    first, *others = await a_formed_panel(world, reviewed.purchase)
    path = f"{reviewed.purchase.path}/scores"

    (await first.post("tendering", path, a_sheet(reviewed, ("40", "20"), ("40", "0"), ("40", "20")))).ok()
    for member in others:
        (await member.post("tendering", path, a_sheet(reviewed, *EQUAL))).ok()

    ranking = await ranking_of(reviewed)
    assert [(one["bid_id"], one["total"], one["points"]["price"], one["decided_by"]) for one in ranking] == [
        (reviewed.bid_of(2), "96.84", "16.84", "score"),
        (reviewed.bid_of(1), "96.00", "20.00", "price"),
        (reviewed.bid_of(0), "96.00", "16.00", "price"),
    ]


@pytest.mark.clause("CD17-21.3", "refuses")
async def test_a_factor_that_was_not_published_is_not_scored(world: World) -> None:
    reviewed = await a_reviewed_procurement(world, city=CHENGDU)
    member, *_ = await a_formed_panel(world, reviewed.purchase)
    sheet = a_sheet(reviewed, *EQUAL)
    sheet["scores"].append({"bid_id": reviewed.bid_of(0), "factor": "founders_rank", "points": "5"})

    answer = await member.post("tendering", f"{reviewed.purchase.path}/scores", sheet)

    answer.refused("CD17-21.3", "factor_not_scored_here")


@pytest.mark.clause("CD17-21.4", "refuses")
async def test_points_between_the_published_levels_are_refused(world: World) -> None:
    reviewed = await a_reviewed_procurement(world, city=CHENGDU)
    member, *_ = await a_formed_panel(world, reviewed.purchase)
    sheet = a_sheet(reviewed, ("39", "20"), ("40", "20"), ("40", "20"))

    answer = await member.post("tendering", f"{reviewed.purchase.path}/scores", sheet)

    assert answer.refused("CD17-21.4", "points_not_published")["facts"] == {"factors": "plan"}


@pytest.mark.clause("GPR-9.1", "refuses")
async def test_a_member_who_has_not_declared_does_not_score(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)
    member, *_ = await a_formed_panel(world, reviewed.purchase, declared=False)

    answer = await member.post("tendering", f"{reviewed.purchase.path}/scores", a_sheet(reviewed, *EQUAL))

    answer.refused("GPR-9.1", "declaration_missing")


async def test_a_member_scores_once(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)
    member, *_ = await a_formed_panel(world, reviewed.purchase)
    (await member.post("tendering", f"{reviewed.purchase.path}/scores", a_sheet(reviewed, *EQUAL))).ok()

    again = await member.post("tendering", f"{reviewed.purchase.path}/scores", a_sheet(reviewed, *EQUAL))

    again.problem(409, "wrong_state")


async def test_a_member_sets_the_own_sheet_right_before_the_ranking_and_both_are_readable(world: World) -> None:
    reviewed = await a_reviewed_procurement(world, city=CHENGDU)
    slip, *others = await a_formed_panel(world, reviewed.purchase)
    path, meant = reviewed.purchase.path, a_sheet(reviewed, ("25", "20"), ("40", "20"), ("25", "12"))
    (await slip.post("tendering", f"{path}/scores", a_sheet(reviewed, ("40", "20"), ("25", "12"), ("25", "20")))).ok()

    (await slip.post("tendering", f"{path}/scores", {**meant, "reason": "两份响应文件的分数填反"})).ok()

    for member in others:
        (await member.post("tendering", f"{path}/scores", meant)).ok()
    assert (await ranking_of(reviewed))[0]["points"]["plan"] == "40.00"
    given = (await reviewed.purchase.officer.get("tendering", f"{path}/sheets")).ok()
    mine = [sheet for sheet in given if sheet["person_id"] == str(slip.id)]
    assert [(sheet["number"], sheet["reason"] is None, len(sheet["scores"])) for sheet in mine] == [
        (1, True, 6), (2, False, 6),
    ]  # fmt: skip
    assert len(given) == len(others) + 2


OBJECTIVE = {"factors": [PRICE, PLAN, RESPONSE, {**CAPABILITY, "objective": True}]}
SLIP, FACT = (("40", "12"), ("40", "20"), ("25", "20")), (("40", "20"), ("40", "20"), ("25", "20"))


async def waiting(person: Person, round_: Round) -> set[str]:
    return {task for task, _, _ in await named(person, "tendering", round_.purchase.project_id)}


@pytest.mark.clause("D87-64.1", "refuses")
@pytest.mark.clause("D87-64.1", "accepts")
async def test_objective_factors_are_scored_alike_before_the_sums_are_drawn(world: World) -> None:
    reviewed = await a_reviewed_procurement(world, city=CHENGDU, file=OBJECTIVE)
    slip, *others = await a_formed_panel(world, reviewed.purchase)
    path = f"{reviewed.purchase.path}/scores"
    (await slip.post("tendering", path, a_sheet(reviewed, *SLIP))).ok()
    of_judgement = a_sheet(reviewed, *(("25", capability) for _, capability in SLIP))
    (await others[0].post("tendering", path, of_judgement)).ok()

    refused = await others[1].post("tendering", path, a_sheet(reviewed, *FACT))

    facts = refused.refused("D87-64.1", "objective_scored_unlike")["facts"]
    assert facts["factors"] == "capability"
    assert set(facts["members"].split(", ")) == {str(slip.id), str(others[0].id)}
    for who in (slip, others[0]):
        meant = {**a_sheet(reviewed, *FACT), "reason": "证书有效，客观分看错"}
        (await who.post("tendering", path, meant)).ok()
    answers = [(await who.post("tendering", path, a_sheet(reviewed, *FACT))).ok() for who in others[1:]]
    assert [answer["state"] for answer in answers] == ["reviewed", "reviewed", "scored"]
    assert "D87-64.1" in {f["clause"] for f in answers[-1]["explain"]}


async def test_sums_are_not_drawn_of_unlike_objective_points_when_the_last_one_withdraws(world: World) -> None:
    reviewed = await a_reviewed_procurement(world, city=CHENGDU, file=OBJECTIVE)
    people = await panel_people(world, reviewed.purchase, experts=6)
    path = reviewed.purchase.path
    (await reviewed.purchase.officer.post("tendering", f"{path}/panel", a_panel(people))).ok()
    members = [*people["purchaser"], *people["expert"]]
    for member in members:
        (await member.post("tendering", f"{path}/panel/declaration", {"interests": []})).ok()
    kept, leaving = members[:5], members[5:]
    for member in kept:
        (await member.post("tendering", f"{path}/scores", a_sheet(reviewed, *FACT))).ok()
    slip = {**a_sheet(reviewed, *SLIP), "reason": "看错"}
    (await members[0].post("tendering", f"{path}/scores", slip)).ok()
    interest = {"provider_id": str(reviewed.providers[0].id), "ground": "kinship"}

    for member in leaving:
        (await member.post("tendering", f"{path}/panel/declaration", {"interests": [interest]})).ok()

    assert await reviewed.purchase.state() == "reviewed"
    assert "score_alike" in await waiting(members[0], reviewed)
    assert "score_alike" in await waiting(members[1], reviewed)
    (await members[0].post("tendering", f"{path}/scores", slip)).refused("D87-64.1", "objective_scored_unlike")
    right = {**a_sheet(reviewed, *FACT), "reason": "证书有效"}
    assert (await members[0].post("tendering", f"{path}/scores", right)).ok()["state"] == "scored"
    assert "score_alike" not in await waiting(members[1], reviewed)


async def test_after_the_sums_no_member_changes_a_sheet(world: World) -> None:
    reviewed = await a_reviewed_procurement(world, city=CHENGDU)
    members = await a_formed_panel(world, reviewed.purchase)
    sheet = {**a_sheet(reviewed, ("25", "20"), ("40", "20"), ("25", "12"))}
    for member in members:
        (await member.post("tendering", f"{reviewed.purchase.path}/scores", sheet)).ok()

    answer = await members[0].post("tendering", f"{reviewed.purchase.path}/scores", {**sheet, "reason": "填反"})

    assert answer.problem(409, "wrong_state")["state"] == "scored"


async def test_nobody_reads_a_members_sheet_before_the_ranking(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)
    member, other, *_ = await a_formed_panel(world, reviewed.purchase)
    path = reviewed.purchase.path
    (await member.post("tendering", f"{path}/scores", a_sheet(reviewed, *EQUAL))).ok()

    seen = [
        len((await who.get("tendering", f"{path}/sheets")).ok()) for who in (member, other, reviewed.purchase.officer)
    ]

    assert seen == [1, 0, 0]


async def test_a_bid_that_failed_the_review_is_not_ranked(world: World) -> None:
    bids = (a_bid("200000.00"), a_bid("205000.00"), a_bid("220000.01"))
    reviewed = await a_reviewed_procurement(world, bids=bids)
    qualified = Round(reviewed.purchase, reviewed.providers[:2], reviewed.receipts[:2])
    for member in await a_formed_panel(world, reviewed.purchase):
        sheet = a_sheet(qualified, *EQUAL[:2])
        (await member.post("tendering", f"{reviewed.purchase.path}/scores", sheet)).ok()

    assert [one["bid_id"] for one in await ranking_of(reviewed)] == [reviewed.bid_of(0), reviewed.bid_of(1)]


async def test_the_latest_result_scores_by_itself(world: World) -> None:
    file = {"factors": [{**PRICE, "weight": "15"}, PLAN, RESPONSE, CAPABILITY, LATEST_RESULT]}
    providers = [await a_provider(world, f"第{n}家") for n in range(3)]
    await evaluated(world, providers[0], "good", date(2021, 6, 1))
    await evaluated(world, providers[0], "poor", date(2021, 12, 1))
    await evaluated(world, providers[0], "good", date(2022, 1, 1), kind="mid")
    await evaluated(world, providers[1], "good", date(2021, 12, 1))

    scored = await a_scored_procurement(world, file=file, providers=providers, points=EQUAL)

    points = {one["bid_id"]: one["points"]["latest_result"] for one in await ranking_of(scored)}
    assert points == {scored.bid_of(0): "0.00", scored.bid_of(1): "5.00", scored.bid_of(2): "3.00"}


async def test_an_imported_result_scores_like_one_concluded_here(world: World) -> None:
    file = {"factors": [{**PRICE, "weight": "15"}, PLAN, RESPONSE, CAPABILITY, LATEST_RESULT]}
    providers = [await a_provider(world, f"第{n}家") for n in range(3)]
    imported: dict[str, Any] = {"grade": "good", "concluded_on": date(2021, 11, 1)}
    await stands(world, providers[0], ProviderPreferred, **imported)
    await stands(world, providers[1], ProviderPreferred, **imported)
    await evaluated(world, providers[1], "fair", date(2021, 12, 1))

    scored = await a_scored_procurement(world, file=file, providers=providers, points=EQUAL)

    points = {one["bid_id"]: one["points"]["latest_result"] for one in await ranking_of(scored)}
    assert points == {scored.bid_of(0): "5.00", scored.bid_of(1): "3.00", scored.bid_of(2): "3.00"}


async def test_the_panel_reads_earlier_results_with_the_offers(world: World) -> None:
    provider = await a_provider(world)
    await evaluated(world, provider, "poor", date(2021, 12, 1))
    others = [await a_provider(world) for _ in range(2)]
    reviewed = await a_reviewed_procurement(world, providers=[provider, *others])
    _, expert, _ = await a_formed_panel(world, reviewed.purchase)

    dossier = (await expert.get("tendering", f"{reviewed.purchase.path}/dossier")).ok()

    assert [(r["provider_id"], r["grade"]) for r in dossier["results"]] == [(str(provider.id), "poor")]
    assert len(dossier["offers"]) == 3


async def test_bidders_do_not_read_the_ranking_before_the_result(world: World) -> None:
    scored = await a_scored_procurement(world)

    answer = await scored.providers[0].person.get("tendering", f"{scored.purchase.path}/ranking")

    answer.problem(404, "not_found")


@pytest.mark.clause("C214-24.2", "shows", price="16.00", decided_by="price")
@pytest.mark.clause("C214-25.1", "accepts")
async def test_in_a_consultation_equals_are_told_apart_by_price_then_by_technical_points(world: World) -> None:
    providers = [await a_provider(world, f"第{n}家") for n in range(4)]
    for provider, grade in zip(providers, ("poor", "good", "good", "good"), strict=True):
        await evaluated(world, provider, grade, date(2022, 2, 1))
    bids = tuple(a_bid(price) for price in ("200000.00", "200000.00", "160000.00", "190000.00"))
    plan = {**PLAN, "weight": "35", "levels": [{"text": f"{points}", "points": points} for points in ("35", "20")]}
    measures = {**CAPABILITY, "levels": [{"text": "三项措施齐全", "points": "20"}, {"text": "缺项", "points": "8"}]}
    factors = [PRICE, plan, RESPONSE, measures, LATEST_RESULT]
    reviewed = await a_reviewed_procurement(world, providers=providers, bids=bids, file={"factors": factors})
    path = reviewed.purchase.path
    sheets = [
        (("35", "20"), ("20", "20"), ("20", "20"), ("20", "8")),
        (("35", "20"), ("35", "20"), ("35", "20"), ("20", "8")),
        (("35", "20"), ("35", "20"), ("35", "8"), ("20", "8")),
    ]

    for member, sheet in zip(await a_formed_panel(world, reviewed.purchase), sheets, strict=True):
        (await member.post("tendering", f"{path}/scores", a_sheet(reviewed, *sheet))).ok()
    award = (await reviewed.purchase.officer.post("tendering", f"{path}/awards", {"acknowledged": []})).ok()

    ranking = await ranking_of(reviewed)
    assert [(one["bid_id"], one["total"], one["decided_by"]) for one in ranking] == [
        (reviewed.bid_of(2), "91.00", "price"),
        (reviewed.bid_of(0), "91.00", "technical"),
        (reviewed.bid_of(1), "91.00", "technical"),
        (reviewed.bid_of(3), "69.84", "score"),
    ]
    assert "C214-25.1" in {f["clause"] for f in award["explain"]}


SAME = tuple(a_bid("200000.00") for _ in range(3))


@pytest.mark.clause("C214-25.1", "accepts")
@pytest.mark.clause("IC12-33.2", "accepts")
async def test_two_persons_draw_lots_among_equals(world: World) -> None:
    scored = await a_scored_procurement(world, bids=SAME, points=EQUAL)
    assert {(one["rank"], one["decided_by"]) for one in await ranking_of(scored)} == {(1, "tie")}
    drawn = [scored.bid_of(n) for n in (2, 0, 1)]
    path = f"{scored.purchase.path}/lots"

    (await scored.purchase.officer.post("tendering", path, {"order": drawn})).ok()
    confirmed = (await scored.purchase.colleague.post("tendering", f"{path}/confirm")).ok()

    assert [one["bid_id"] for one in confirmed["ranking"]] == drawn
    assert [(one["rank"], one["decided_by"]) for one in confirmed["ranking"]] == [(1, "lot"), (2, "lot"), (3, "lot")]
    assert {"C214-25.1", "IC12-33.2"} <= {f["clause"] for f in confirmed["explain"]}


@pytest.mark.clause("IC12-33.2", "refuses")
async def test_one_person_alone_draws_no_lots(world: World) -> None:
    scored = await a_scored_procurement(world, bids=SAME, points=EQUAL)
    path = f"{scored.purchase.path}/lots"
    order = [scored.bid_of(n) for n in (2, 0, 1)]
    (await scored.purchase.officer.post("tendering", path, {"order": order})).ok()

    answer = await scored.purchase.officer.post("tendering", f"{path}/confirm")

    answer.refused("IC12-33.2", "confirmer_is_proposer")


@pytest.mark.clause("C214-25.1", "refuses")
async def test_lots_do_not_reorder_who_is_not_equal(world: World) -> None:
    scored = await a_scored_procurement(world)
    order = [scored.bid_of(1), scored.bid_of(0)]

    answer = await scored.purchase.officer.post("tendering", f"{scored.purchase.path}/lots", {"order": order})

    answer.refused("C214-25.1", "lots_not_of_equals")
