"""Scores opened again after the ranking: on a ground of the law, found by the panel, and no point further."""

from typing import Any
from uuid import UUID

import pytest

from tests.shared.test_audit import as_superuser, audited
from tests.support.tasks import named
from tests.support.world import Person, World
from tests.tendering.examples import CHENGDU, Purchase
from tests.tendering.rounds import EQUAL, Round, a_bid, a_formed_panel, a_reviewed_procurement, a_sheet, panel_people

MEANT = (("40", "20"), ("25", "20"), ("25", "12"))
SLIP = (("25", "20"), ("40", "20"), ("25", "12"))
"""The first member gave the first bid less for its plan than was meant, and the second what the first should have."""


async def a_slip(world: World, **given: Any) -> tuple[Round, list[Person]]:
    """Ranked by the sheets of a whole panel, of which the first member's has two wrong points."""
    reviewed = await a_reviewed_procurement(world, **given)
    members = await a_formed_panel(world, reviewed.purchase)
    for number, member in enumerate(members):
        sheet = a_sheet(reviewed, *(SLIP if number == 0 else MEANT))
        (await member.post("tendering", f"{reviewed.purchase.path}/scores", sheet)).ok()
    return reviewed, members


def fault(round_: Round, member: Person, bid: int, factor: str = "plan") -> dict[str, str]:
    return {"person_id": str(member.id), "bid_id": round_.bid_of(bid), "factor": factor}


async def reopened(round_: Round, *faults: dict[str, str], ground: str = "abnormal", by: Person | None = None) -> Any:
    body = {"ground": ground, "faults": list(faults), "reason": "录入时看错行"}
    return await (by or round_.purchase.officer).post("tendering", f"{round_.purchase.path}/rescorings", body)


async def voice(member: Person, rescoring: dict[str, Any], *, found: bool = True) -> Any:
    return await member.post("tendering", f"/v1/rescorings/{rescoring['id']}/judgement", {"found": found})


async def again(round_: Round, member: Person, points: tuple[tuple[str, str], ...]) -> Any:
    sheet = {**a_sheet(round_, *points), "reason": "按评标标准更正"}
    return await member.post("tendering", f"{round_.purchase.path}/scores", sheet)


async def tasks(person: Person, purchase: Purchase) -> set[str]:
    return {task for task, _, _ in await named(person, "tendering", purchase.project_id)}


async def unsaid(world: World, round_: Round) -> list[str]:
    """What the audit finds of this procurement."""
    async with as_superuser(world, "tendering") as connection:
        findings = (await audited(connection, "tendering")).findings
    return [each for each in findings if round_.purchase.procurement_id in each]


async def totals(round_: Round) -> dict[str, str]:
    ranking = (await round_.purchase.officer.get("tendering", f"{round_.purchase.path}/ranking")).ok()["ranking"]
    return {place["bid_id"]: place["total"] for place in ranking}


@pytest.mark.clause("D87-64.1", "accepts")
async def test_points_that_the_majority_finds_abnormal_are_given_again_and_both_rankings_stay(world: World) -> None:
    scored, members = await a_slip(world, city=CHENGDU)
    wrong = await totals(scored)
    rescoring = (await reopened(scored, fault(scored, members[0], 0), fault(scored, members[0], 1))).ok()

    states = [(await voice(member, rescoring)).ok()["state"] for member in members[:3]]
    assert states == ["asked", "asked", "open"]
    (await again(scored, members[0], MEANT)).ok()

    right = await totals(scored)
    assert await scored.purchase.state() == "scored"
    assert float(right[scored.bid_of(0)]) - float(wrong[scored.bid_of(0)]) == 3
    [shown] = (await scored.purchase.officer.get("tendering", f"{scored.purchase.path}/rescorings")).ok()
    assert (shown["state"], shown["ground"], shown["clause"], shown["found"]) == ("done", "abnormal", "D87-64.1", 3)
    assert {place["bid_id"]: place["total"] for place in shown["before"]} == wrong
    assert await unsaid(world, scored) == []


@pytest.mark.clause("C214-32.1", "accepts")
async def test_in_a_consultation_all_members_find_points_abnormal(world: World) -> None:
    scored, members = await a_slip(world)
    rescoring = (await reopened(scored, fault(scored, members[0], 0), fault(scored, members[0], 1))).ok()

    states = [(await voice(member, rescoring)).ok()["state"] for member in members]

    assert states == [*["asked"] * (len(members) - 1), "open"]
    (await voice(members[0], rescoring)).problem(409, "wrong_state")


@pytest.mark.clause("D87-64.1", "refuses")
@pytest.mark.parametrize(
    ("ground", "bid", "code"),
    [
        ("unequal_objective", 2, "fault_not_found"),
        ("out_of_range", 0, "fault_not_found"),
        ("wrong_sum", None, "fault_not_found"),
        ("wrong_sum", 0, "faults_not_named"),
        ("abnormal", None, "faults_not_named"),
    ],
)
async def test_a_ground_that_the_points_do_not_show_opens_nothing(
    world: World, ground: str, bid: int | None, code: str
) -> None:
    scored, members = await a_slip(world, city=CHENGDU)
    faults = [] if bid is None else [fault(scored, members[0], bid)]

    (await reopened(scored, *faults, ground=ground)).refused("D87-64.1", code)

    assert await scored.purchase.state() == "scored"


async def test_unlike_points_are_seen_as_such(world: World) -> None:
    scored, members = await a_slip(world, city=CHENGDU)

    assert (await reopened(scored, fault(scored, members[0], 0), ground="unequal_objective")).ok()["state"] == "asked"


@pytest.mark.clause("C214-32.1", "refuses")
async def test_no_other_point_changes_and_nobody_else_gives_another_sheet(world: World) -> None:
    scored, members = await a_slip(world)
    rescoring = (await reopened(scored, fault(scored, members[0], 0))).ok()
    (await again(scored, members[0], MEANT)).problem(409, "wrong_state")
    for member in members:
        (await voice(member, rescoring)).ok()

    (await again(scored, members[0], MEANT)).refused("C214-32.1", "score_not_reopened")
    (await again(scored, members[1], SLIP)).refused("C214-32.1", "score_not_reopened")
    (await again(scored, members[0], (MEANT[0], *SLIP[1:]))).ok()

    assert await scored.purchase.state() == "scored"


async def test_while_scores_are_open_nothing_else_moves_and_they_may_be_left_as_they_are(world: World) -> None:
    scored, members = await a_slip(world)
    before, path = await totals(scored), scored.purchase.path
    rescoring = (await reopened(scored, fault(scored, members[0], 0))).ok()

    (await scored.purchase.officer.post("tendering", f"{path}/awards", {})).problem(409, "wrong_state")
    asked = {"bid_id": scored.bid_of(0), "minutes": 60}
    (await members[0].post("tendering", f"{path}/price-explanations", asked)).problem(409, "wrong_state")
    for member in members:
        (await voice(member, rescoring)).ok()
    at = f"/v1/rescorings/{rescoring['id']}/revoke"
    assert (await scored.purchase.officer.post("tendering", at)).ok()["state"] == "dropped"

    assert (await scored.purchase.state(), await totals(scored)) == ("scored", before)
    assert await unsaid(world, scored) == []


async def test_a_member_does_not_open_the_own_points(world: World) -> None:
    scored, members = await a_slip(world, city=CHENGDU)
    purchase = scored.purchase
    await world.post_for(members[0], {"form_panel"}, purchase.organisation, purchase.jurisdiction)

    (await reopened(scored, fault(scored, members[0], 0), by=members[0])).refused("D87-64.1", "scorer_reopens")


async def test_whose_points_are_open_stays_on_the_panel(world: World) -> None:
    scored, members = await a_slip(world, city=CHENGDU)
    rescoring = (await reopened(scored, fault(scored, members[0], 0))).ok()
    for member in members[:3]:
        (await voice(member, rescoring)).ok()

    (await named_anew(scored, members[1:])).problem(409, "wrong_state")


async def named_anew(
    round_: Round,
    members: list[Person],
    *newcomers: tuple[Person, str],
    by: Person | None = None,
    reason: str | None = None,
) -> Any:
    """The panel with these of before, in the roles they have, and with who comes."""
    at = f"{round_.purchase.path}/panel"
    seats = (await round_.purchase.officer.get("tendering", at)).ok()["members"]
    kept = {str(member.id) for member in members}
    named = [{"person_id": s["person_id"], "role": s["role"]} for s in seats if s["person_id"] in kept]
    named += [{"person_id": str(who.id), "role": role} for who, role in newcomers]
    body = {"members": named, "draw_reference": "抽取-2", **({"reason": reason} if reason else {})}
    return await (by or round_.purchase.officer).post("tendering", at, body)


async def declared(round_: Round, member: Person, *bidders: int) -> Any:
    interests = [{"provider_id": str(round_.providers[one].id), "ground": "kinship"} for one in bidders]
    return await member.post("tendering", f"{round_.purchase.path}/panel/declaration", {"interests": interests})


async def opened_by_the_panel(world: World, **given: Any) -> tuple[Round, list[Person], dict[str, Any]]:
    """The first member's points are open: the panel found them abnormal."""
    scored, members = await a_slip(world, city=CHENGDU, **given)
    rescoring = (await reopened(scored, fault(scored, members[0], 0), fault(scored, members[0], 1))).ok()
    for member in members[:3]:
        (await voice(member, rescoring)).ok()
    return scored, members, rescoring


async def test_nobody_joins_a_panel_whose_members_all_stay(world: World) -> None:
    scored, members = await a_slip(world, city=CHENGDU)
    people = await panel_people(world, scored.purchase)
    rescoring = (await reopened(scored, fault(scored, members[0], 0))).ok()
    two = [(expert, "expert") for expert in people["expert"][:2]]

    (await named_anew(scored, members, *two)).problem(409, "wrong_state")
    for member in members[:3]:
        (await voice(member, rescoring)).ok()
    (await named_anew(scored, members, *two)).problem(409, "wrong_state")

    assert (await named_anew(scored, members)).ok()["members"] != []


async def test_one_comes_in_the_role_of_one_who_left_and_scores_and_the_scores_are_not_left_as_they_were(
    world: World,
) -> None:
    scored, members, rescoring = await opened_by_the_panel(world)
    officer, other = scored.purchase.officer, await panel_people(world, scored.purchase)
    own, expert = (other["purchaser"][0], "purchaser"), (other["expert"][0], "expert")
    assert "revoke_rescoring" in await tasks(officer, scored.purchase)
    assert "form_panel" not in await tasks(officer, scored.purchase)
    (await declared(scored, members[0], 0)).ok()  # the purchaser's representative
    (await declared(scored, members[0], 1)).ok()  # whose second declaration makes no second place
    assert {"form_panel"} == await tasks(officer, scored.purchase) & {"form_panel", "revoke_rescoring"}

    (await officer.post("tendering", f"/v1/rescorings/{rescoring['id']}/revoke")).problem(409, "wrong_state")
    (await named_anew(scored, members[1:], expert)).problem(409, "wrong_state")
    (await named_anew(scored, members, own)).problem(409, "wrong_state")
    (await named_anew(scored, members[1:], own)).ok()
    (await officer.post("tendering", f"/v1/rescorings/{rescoring['id']}/revoke")).problem(409, "wrong_state")
    assert not await tasks(officer, scored.purchase) & {"form_panel", "revoke_rescoring"}

    assert "declare_interests" in await tasks(own[0], scored.purchase)
    (await declared(scored, own[0])).ok()
    assert "score_bids" in await tasks(own[0], scored.purchase)
    (await own[0].post("tendering", f"{scored.purchase.path}/scores", a_sheet(scored, *MEANT))).ok()
    assert await scored.purchase.state() == "scored"
    (await reopened(scored, ground="wrong_sum")).refused("D87-64.1", "fault_not_found")
    assert await unsaid(world, scored) == []


GONE = "成员重病，无法再次评分"


async def test_one_who_does_not_score_again_is_replaced_by_another_person_with_a_reason(world: World) -> None:
    scored, members, _ = await opened_by_the_panel(world)
    purchase, people = scored.purchase, await panel_people(world, scored.purchase)
    own, expert = (people["purchaser"][0], "purchaser"), (people["expert"][0], "expert")
    other = await world.person(
        "colleague", duties={"form_panel"}, organisation=purchase.organisation, jurisdiction=purchase.jurisdiction
    )

    (await named_anew(scored, members[1:], own, by=other)).problem(409, "wrong_state")  # without a reason
    (await named_anew(scored, members[1:], own, reason=GONE)).refused("D87-64.1", "replaces_own_choice")
    (await named_anew(scored, members[1:], expert, by=other, reason=GONE)).problem(409, "wrong_state")
    (await named_anew(scored, members[2:], own, by=other, reason=GONE)).problem(
        409, "wrong_state"
    )  # one who has scored
    panel = (await named_anew(scored, members[1:], own, by=other, reason=GONE)).ok()

    assert [(one["person_id"], one["reason"]) for one in panel["replaced"]] == [(str(members[0].id), GONE)]
    assert await unsaid(world, scored) == []
    (await again(scored, members[0], MEANT)).problem(403, "not_allowed")
    (await declared(scored, own[0])).ok()
    wrong = await totals(scored)
    (await own[0].post("tendering", f"{purchase.path}/scores", a_sheet(scored, *MEANT))).ok()

    assert await purchase.state() == "scored"
    assert float((await totals(scored))[scored.bid_of(0)]) - float(wrong[scored.bid_of(0)]) == 3
    sheets = (await purchase.officer.get("tendering", f"{purchase.path}/sheets")).ok()
    assert str(members[0].id) in {sheet["person_id"] for sheet in sheets}
    assert await unsaid(world, scored) == []


async def test_a_fault_that_a_majority_no_longer_finds_leaves_the_scores_as_they_are(world: World) -> None:
    scored, members = await a_slip(world, city=CHENGDU)
    before = await totals(scored)
    rescoring = (await reopened(scored, fault(scored, members[0], 0))).ok()

    said = [
        (await voice(one, rescoring, found=found)).ok()["state"] for one, found in zip(members, JUST_NOT, strict=False)
    ]

    assert said == ["asked", "asked", "asked", "dropped"]
    assert (await scored.purchase.state(), await totals(scored)) == ("scored", before)
    assert not await tasks(scored.purchase.officer, scored.purchase) & {"form_panel", "revoke_rescoring"}
    assert await unsaid(world, scored) == []


JUST_NOT = (False, True, False, False)
"""After the third a majority of five is within reach; after the fourth it is not."""


async def test_where_all_have_to_find_it_one_who_does_not_ends_it(world: World) -> None:
    scored, members = await a_slip(world)
    rescoring = (await reopened(scored, fault(scored, members[0], 0))).ok()

    assert (await voice(members[1], rescoring, found=False)).ok()["state"] == "dropped"
    assert (await reopened(scored, fault(scored, members[0], 0))).ok()["state"] == "asked"


async def test_an_order_drawn_by_lot_counts_no_more_once_the_bids_are_ranked_again(world: World) -> None:
    scored, members = await a_tie(world)
    officer, colleague, path = scored.purchase.officer, scored.purchase.colleague, f"{scored.purchase.path}/lots"
    (await officer.post("tendering", path, {"order": [scored.bid_of(n) for n in (2, 0, 1)]})).ok()
    rescoring = (await reopened(scored, fault(scored, members[0], 0))).ok()
    for member in members:
        (await voice(member, rescoring)).ok()
    (await again(scored, members[0], EQUAL)).ok()

    assert "confirm_lots" not in await tasks(colleague, scored.purchase)
    assert "record_lots" in await tasks(officer, scored.purchase)
    (await colleague.post("tendering", f"{path}/confirm")).problem(404, "not_found")

    meant = [scored.bid_of(n) for n in (1, 0, 2)]
    (await officer.post("tendering", path, {"order": [scored.bid_of(n) for n in (0, 1, 2)]})).ok()
    (await officer.post("tendering", path, {"order": meant})).ok()
    placed = (await colleague.post("tendering", f"{path}/confirm")).ok()
    assert [one["bid_id"] for one in placed["ranking"]] == meant
    states = await world.rows(
        "SELECT state FROM tendering.lots WHERE procurement_id = $1 ORDER BY id", UUID(scored.purchase.procurement_id)
    )
    assert [row["state"] for row in states] == ["void", "void", "confirmed"]
    assert await unsaid(world, scored) == []


async def test_an_order_drawn_by_lot_stands_when_the_scores_are_left_as_they_are(world: World) -> None:
    scored, members = await a_tie(world)
    path = f"{scored.purchase.path}/lots"
    order = [scored.bid_of(n) for n in (2, 0, 1)]
    (await scored.purchase.officer.post("tendering", path, {"order": order})).ok()
    rescoring = (await reopened(scored, fault(scored, members[0], 0))).ok()
    (await voice(members[1], rescoring, found=False)).ok()

    placed = (await scored.purchase.colleague.post("tendering", f"{path}/confirm")).ok()

    assert [one["bid_id"] for one in placed["ranking"]] == order
    assert await unsaid(world, scored) == []


async def a_tie(world: World) -> tuple[Round, list[Person]]:
    """All bids are equal, by the sheets of a whole panel."""
    reviewed = await a_reviewed_procurement(world, bids=tuple(a_bid("200000.00") for _ in range(3)))
    members = await a_formed_panel(world, reviewed.purchase)
    for member in members:
        (await member.post("tendering", f"{reviewed.purchase.path}/scores", a_sheet(reviewed, *EQUAL))).ok()
    return reviewed, members


async def test_a_rescoring_of_a_procurement_that_was_cancelled_waits_for_nobody(world: World) -> None:
    scored, members = await a_slip(world)
    officer, colleague, path = scored.purchase.officer, scored.purchase.colleague, scored.purchase.path
    (await reopened(scored, fault(scored, members[0], 0))).ok()
    assert "revoke_rescoring" in await tasks(officer, scored.purchase)
    assert "judge_rescoring" in await tasks(members[1], scored.purchase)

    why = {"ground": "task_cancelled", "reason": "任务取消"}
    (await officer.post("tendering", f"{path}/cancellation", why)).ok()
    (await colleague.post("tendering", f"{path}/cancellation/confirm")).ok()

    assert "revoke_rescoring" not in await tasks(officer, scored.purchase)
    assert "judge_rescoring" not in await tasks(members[1], scored.purchase)
