from uuid import uuid4

import pytest

from tests.support.world import World
from tests.tendering.examples import CHENGDU, ZHUHAI
from tests.tendering.rounds import (
    EQUAL,
    a_closed_procurement,
    a_formed_panel,
    a_panel,
    a_reviewed_procurement,
    a_sheet,
    an_opened_procurement,
    panel_people,
)


@pytest.mark.clause("D87-47.1", "accepts")
@pytest.mark.clause("D87-47.2", "accepts")
@pytest.mark.clause("GPR-39.1", "accepts")
async def test_a_lawful_panel_of_five_is_formed(world: World) -> None:
    opened = await an_opened_procurement(world, city=CHENGDU)
    people = await panel_people(world, opened.purchase)

    panel = (await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/panel", a_panel(people))).ok()

    assert len(panel["members"]) == 5
    assert {"D87-47.1", "D87-47.2", "GPR-39.1", "GPR-9.1"} <= {f["clause"] for f in panel["explain"]}
    [event] = await opened.purchase.events("panel_formed")
    assert (event["members"], event["experts"]) == (5, 4)


@pytest.mark.clause("D87-47.1", "refuses")
async def test_a_panel_of_three_is_refused_in_open_tender(world: World) -> None:
    opened = await an_opened_procurement(world, city=CHENGDU)
    people = await panel_people(world, opened.purchase, experts=2)

    answer = await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/panel", a_panel(people))

    answer.refused("D87-47.1", "panel_small")


@pytest.mark.clause("D87-47.1", "refuses")
async def test_a_panel_of_four_is_too_small_in_open_tender_and_even(world: World) -> None:
    opened = await an_opened_procurement(world, city=CHENGDU)
    people = await panel_people(world, opened.purchase, experts=3)

    answer = await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/panel", a_panel(people))

    answer.refused("D87-47.1", "panel_small")
    answer.refused("D87-47.1", "panel_even")


@pytest.mark.clause("C214-14.1", "refuses")
async def test_one_expert_of_three_is_too_few_in_consultation(world: World) -> None:
    opened = await an_opened_procurement(world)
    people = await panel_people(world, opened.purchase, experts=1)
    people["purchaser"].append((await panel_people(world, opened.purchase, experts=0))["purchaser"][0])

    answer = await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/panel", a_panel(people))

    answer.refused("C214-14.1", "too_few_experts")


@pytest.mark.clause("C214-14.1", "accepts")
async def test_a_panel_of_three_suffices_in_consultation(world: World) -> None:
    opened = await an_opened_procurement(world)
    people = await panel_people(world, opened.purchase)

    panel = (await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/panel", a_panel(people))).ok()

    assert "C214-14.1" in {f["clause"] for f in panel["explain"]}


@pytest.mark.clause("C214-14.1", "refuses")
async def test_experts_who_were_not_drawn_are_refused(world: World) -> None:
    opened = await an_opened_procurement(world)
    body = a_panel(await panel_people(world, opened.purchase), draw_reference=None)

    answer = await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/panel", body)

    answer.refused("C214-14.1", "experts_not_drawn")


@pytest.mark.clause("GPR-39.1", "refuses")
async def test_experts_of_an_open_tender_are_drawn_too(world: World) -> None:
    opened = await an_opened_procurement(world, city=CHENGDU)
    body = a_panel(await panel_people(world, opened.purchase), draw_reference=None)

    answer = await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/panel", body)

    answer.refused("GPR-39.1", "experts_not_drawn")


@pytest.mark.parametrize(
    ("city", "clause"),
    [
        pytest.param(CHENGDU, "D87-47.2", marks=pytest.mark.clause("D87-47.2", "refuses"), id="a tender"),
        pytest.param(ZHUHAI, "C214-14.1", marks=pytest.mark.clause("C214-14.1", "refuses"), id="a consultation"),
    ],
)
async def test_an_officer_of_the_purchaser_is_refused_as_expert(world: World, city: str, clause: str) -> None:
    opened = await an_opened_procurement(world, city=city)
    people = await panel_people(world, opened.purchase, experts=1)
    people["expert"].append(opened.purchase.colleague)

    answer = await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/panel", a_panel(people))

    answer.refused(clause, "own_unit_expert")


@pytest.mark.clause("GPR-9.1", "refuses")
async def test_a_member_with_a_post_at_a_bidder_is_refused(world: World) -> None:
    opened = await an_opened_procurement(world)
    people = await panel_people(world, opened.purchase)
    await world.post_for(people["expert"][0], {"report"}, opened.providers[0].id, "4404")

    answer = await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/panel", a_panel(people))

    answer.refused("GPR-9.1", "member_of_bidder")


@pytest.mark.clause("GPR-9.1", "refuses")
async def test_a_member_who_declares_an_interest_no_longer_scores(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)
    first, *_ = await a_formed_panel(world, reviewed.purchase)
    interest = {"provider_id": str(reviewed.providers[0].id), "ground": "kinship"}

    declared = await first.post("tendering", f"{reviewed.purchase.path}/panel/declaration", {"interests": [interest]})
    answer = await first.post("tendering", f"{reviewed.purchase.path}/scores", a_sheet(reviewed, *EQUAL))

    [member] = [m for m in declared.ok()["members"] if m["person_id"] == str(first.id)]
    assert member["interested"] is True
    assert answer.refused("GPR-9.1", "member_interested")["facts"] == {"grounds": "kinship"}


@pytest.mark.clause("C214-14.1", "refuses")
async def test_without_the_withdrawn_member_the_others_wait_for_a_new_one(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)
    own, tied, free = await a_formed_panel(world, reviewed.purchase)
    path = reviewed.purchase.path
    interest = {"provider_id": str(reviewed.providers[0].id), "ground": "employment"}
    (await tied.post("tendering", f"{path}/panel/declaration", {"interests": [interest]})).ok()

    (await free.post("tendering", f"{path}/scores", a_sheet(reviewed, *EQUAL))).refused("C214-14.1", "panel_small")
    newcomer = (await panel_people(world, reviewed.purchase, experts=1))["expert"][0]
    renewed = a_panel({"purchaser": [own], "expert": [free, newcomer]})
    (await reviewed.purchase.officer.post("tendering", f"{path}/panel", renewed)).ok()
    (await newcomer.post("tendering", f"{path}/panel/declaration", {"interests": []})).ok()
    for member in (own, free, newcomer):
        (await member.post("tendering", f"{path}/scores", a_sheet(reviewed, *EQUAL))).ok()

    assert await reviewed.purchase.state() == "scored"
    (await tied.post("tendering", f"{path}/scores", a_sheet(reviewed, *EQUAL))).problem(409, "wrong_state")


async def test_who_has_scored_stays_on_the_panel(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)
    members = await a_formed_panel(world, reviewed.purchase)
    (await members[1].post("tendering", f"{reviewed.purchase.path}/scores", a_sheet(reviewed, *EQUAL))).ok()
    others = await panel_people(world, reviewed.purchase)

    answer = await reviewed.purchase.officer.post("tendering", f"{reviewed.purchase.path}/panel", a_panel(others))

    answer.problem(409, "wrong_state")


async def test_no_panel_before_the_opening(world: World) -> None:
    closed = await a_closed_procurement(world)
    people = await panel_people(world, closed.purchase)

    answer = await closed.purchase.officer.post("tendering", f"{closed.purchase.path}/panel", a_panel(people))

    answer.problem(409, "wrong_state")


async def test_the_names_stay_with_the_purchaser_and_the_panel(world: World) -> None:
    opened = await an_opened_procurement(world)
    members = await a_formed_panel(world, opened.purchase)
    path = f"{opened.purchase.path}/panel"

    (await members[1].get("tendering", path)).ok()
    (await opened.purchase.officer.get("tendering", path)).ok()
    (await opened.providers[0].person.get("tendering", path)).problem(404, "not_found")


async def test_a_person_outside_the_panel_neither_declares_nor_scores(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)
    await a_formed_panel(world, reviewed.purchase)
    outsider = await world.person("outsider", duties={"score_bids"}, organisation=uuid4())
    path = reviewed.purchase.path

    (await outsider.post("tendering", f"{path}/panel/declaration", {"interests": []})).problem(403, "not_allowed")
    (await outsider.post("tendering", f"{path}/scores", a_sheet(reviewed, *EQUAL))).problem(403, "not_allowed")
    (await outsider.get("tendering", f"{path}/dossier")).problem(404, "not_found")


async def test_a_member_reads_the_offers_only_after_declaring(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)
    _, expert, _ = await a_formed_panel(world, reviewed.purchase, declared=False)
    path = reviewed.purchase.path

    (await expert.get("tendering", f"{path}/dossier")).problem(404, "not_found")
    (await expert.post("tendering", f"{path}/panel/declaration", {"interests": []})).ok()

    assert len((await expert.get("tendering", f"{path}/dossier")).ok()["offers"]) == 3
