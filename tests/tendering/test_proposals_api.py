"""What one person proposed about a procurement is taken back by that person, or refused by another who may confirm it;
what still stands is confirmed as ever."""

from uuid import UUID, uuid4

import pytest

from tests.support.papers import reads, uploaded
from tests.support.world import World
from tests.tendering.examples import Purchase, a_noticed_procurement, closing_in, shares_are_given
from tests.tendering.rounds import a_closed_procurement, a_proposed_award, blocked

CANCELLED = {"ground": "task_cancelled", "reason": "场地因征收不再可用，任务取消"}
BY_EITHER = pytest.mark.parametrize("taker", ["officer", "colleague"], ids=["taken back", "refused"])


async def withdrawn(purchase: Purchase, name: str) -> list[bool]:
    return [event["withdrawn"] for event in await purchase.events(name)]


@BY_EITHER
async def test_a_cancellation_that_is_taken_back_ends_nothing_and_one_proposed_anew_does(
    world: World, taker: str
) -> None:
    purchase = await a_noticed_procurement(world)
    path = f"{purchase.path}/cancellation"
    (await purchase.officer.post("tendering", path, CANCELLED)).ok()

    (await getattr(purchase, taker).post("tendering", f"{path}/revoke")).ok()

    (await purchase.colleague.post("tendering", f"{path}/confirm")).problem(409, "wrong_state")
    (await purchase.colleague.post("tendering", f"{path}/revoke")).problem(409, "wrong_state")
    assert (await withdrawn(purchase, "cancellation_proposed"), await purchase.state()) == ([False, True], "noticed")
    (await purchase.officer.post("tendering", path, CANCELLED)).ok()
    assert (await purchase.colleague.post("tendering", f"{path}/confirm")).ok()["state"] == "failed"


@BY_EITHER
async def test_a_later_closing_that_is_taken_back_moves_nothing(world: World, taker: str) -> None:
    purchase = await a_noticed_procurement(world, days=25)
    path, later = f"{purchase.path}/closing-change", {"closes_at": await closing_in(world, 30)}
    before = (await purchase.officer.post("tendering", path, later)).ok()

    after = (await getattr(purchase, taker).post("tendering", f"{path}/revoke")).ok()

    assert (after["closes_at"], after["later_closes_at"]) == (before["closes_at"], None)
    (await purchase.colleague.post("tendering", f"{path}/confirm")).problem(409, "wrong_state")
    assert await purchase.events("closing_moved") == []


@pytest.mark.parametrize("revoked", [True, False])
async def test_the_papers_of_a_later_closing_are_public_when_it_is_confirmed_and_not_when_it_is_taken_back(
    world: World, revoked: bool
) -> None:
    purchase = await a_noticed_procurement(world, days=25)
    stranger = await world.person("stranger", duties={"submit_bid"}, organisation=uuid4(), jurisdiction="4404")
    path, paper = f"{purchase.path}/closing-change", await uploaded(purchase.officer, "tendering")
    later = {"closes_at": await closing_in(world, 30), "documents": [paper["id"]]}
    (await purchase.officer.post("tendering", path, later)).ok()
    if revoked:
        (await purchase.colleague.post("tendering", f"{path}/revoke")).ok()
        (await purchase.officer.post("tendering", path, {"closes_at": await closing_in(world, 30)})).ok()

    (await purchase.colleague.post("tendering", f"{path}/confirm")).ok()

    assert await reads(stranger, "tendering", paper) is not revoked
    assert await reads(purchase.colleague, "tendering", paper)


async def test_the_papers_of_a_cancellation_that_was_taken_back_are_not_public_with_the_end_by_another(
    world: World,
) -> None:
    purchase = await a_noticed_procurement(world)
    stranger = await world.person("stranger", duties={"submit_bid"}, organisation=uuid4(), jurisdiction="4404")
    path, (first, second) = (
        f"{purchase.path}/cancellation",
        [await uploaded(purchase.officer, "tendering") for _ in "12"],
    )
    (await purchase.officer.post("tendering", path, {**CANCELLED, "documents": [first["id"]]})).ok()
    (await purchase.officer.post("tendering", f"{path}/revoke")).ok()
    (await purchase.officer.post("tendering", path, {**CANCELLED, "documents": [second["id"]]})).ok()

    (await purchase.colleague.post("tendering", f"{path}/confirm")).ok()

    assert [await reads(stranger, "tendering", each) for each in (first, second)] == [False, True]


@pytest.mark.parametrize("taker", ["officer", "supervisor"], ids=["taken back", "refused"])
async def test_an_opening_that_is_taken_back_opens_nothing_until_shares_are_given_to_another(
    world: World, taker: str
) -> None:
    purchase = (await a_closed_procurement(world)).purchase
    path = f"{purchase.path}/opening"
    (await purchase.officer.post("tendering", path)).ok()
    await shares_are_given(purchase)

    (await getattr(purchase, taker).post("tendering", f"{path}/revoke")).ok()

    (await purchase.supervisor.post("tendering", f"{path}/confirm")).problem(409, "wrong_state")
    left = "SELECT 1 FROM tendering.private_opening_acts WHERE procurement_id = $1"
    assert await world.rows(left, UUID(purchase.procurement_id)) == []
    (await purchase.officer.post("tendering", path)).ok()
    await shares_are_given(purchase)
    assert (await purchase.supervisor.post("tendering", f"{path}/confirm")).ok()["state"] == "opened"
    assert await withdrawn(purchase, "opening_proposed") == [False, True, False]


@pytest.mark.parametrize("taker", ["officer", "supervisor"], ids=["taken back", "refused"])
async def test_that_too_few_openers_can_be_had_is_taken_back(world: World, taker: str) -> None:
    purchase = (await a_closed_procurement(world)).purchase
    path = f"{purchase.path}/opening/abandonment"
    (await purchase.officer.post("tendering", f"{purchase.path}/opening")).ok()
    (await purchase.officer.post("tendering", path)).ok()
    [task] = [t for t in (await purchase.supervisor.get("tendering", "/v1/tasks")).ok() if "abandon" in t["task"]]

    (await getattr(purchase, taker).post("tendering", f"{path}/revoke")).ok()

    assert task["about"] == str(purchase.project_id)
    (await purchase.supervisor.post("tendering", f"{path}/confirm")).problem(409, "wrong_state")
    assert (await purchase.state(), await withdrawn(purchase, "opening_abandoned")) == ("closed", [False, True])


@BY_EITHER
async def test_a_choice_that_is_taken_back_is_made_anew(world: World, taker: str) -> None:
    award = await a_proposed_award(world)
    await blocked(world, award)
    purchase, path = award.round.purchase, f"{award.path}/choice"
    (await purchase.officer.post("tendering", path, {"choice": "fail"})).ok()

    (await getattr(purchase, taker).post("tendering", f"{path}/revoke")).ok()

    (await purchase.colleague.post("tendering", f"{path}/confirm")).problem(409, "wrong_state")
    (await purchase.officer.post("tendering", path, {"choice": "next"})).ok()
    assert (await purchase.colleague.post("tendering", f"{path}/confirm")).ok()["round"] == 2
    assert await withdrawn(purchase, "award_choice_made") == [False, True, False, False]
