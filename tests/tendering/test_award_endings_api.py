"""Awards of which no contract comes, or whose contract ends early; the module's clock only goes forward."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.contracts import ContractTerminated, ContractWithdrawn
from tests.support.world import World
from tests.tendering.examples import tell
from tests.tendering.rounds import Award, an_announced_award, blocked, cleared


async def a_choice(award: Award, choice: str, *reasons: dict[str, str]) -> Any:
    body = {"choice": choice, "acknowledged": list(reasons)}
    return await award.round.purchase.officer.post("tendering", f"{award.path}/choice", body)


async def a_confirmed_award(world: World, **given: Any) -> Award:
    award = await an_announced_award(world, **given)
    (await award.round.purchase.colleague.post("tendering", f"{award.path}/confirm")).ok()
    return award


async def no_contract(world: World, award: Award, **changed: Any) -> None:
    """The two persons of the purchaser, or the provider, gave the drafted contract up."""
    purchase, provider = award.round.purchase, award.round.providers[award.number - 1]
    about: dict[str, Any] = {"jurisdiction": purchase.jurisdiction, "organisation": purchase.organisation}
    about |= {"project_id": purchase.project_id, "procurement_id": purchase.procurement_id, "contract_id": uuid4()}
    given = {"provider_id": provider.id, "ground": "refusal", "clause": "GPR-49.1", **changed}
    await tell(world, "contracts", ContractWithdrawn(**{**about, **given}))


@pytest.mark.clause("GPR-49.1", "accepts")
async def test_where_no_contract_comes_of_an_award_the_next_in_rank_follows(world: World) -> None:
    award = await a_confirmed_award(world)
    purchase = award.round.purchase

    await no_contract(world, award)

    assert (await award.state(), await purchase.state()) == ("withdrawn", "proposed")
    (await a_choice(award, "next")).ok()
    following = (await purchase.colleague.post("tendering", f"{award.path}/choice/confirm")).ok()
    assert following["provider_id"] == str(award.round.providers[1].id)
    assert "GPR-49.1" in {found["clause"] for found in following["explain"]}
    second = Award(award.round, following["id"], 2)
    await cleared(world, second, provider=1)
    (await purchase.colleague.post("tendering", f"{second.path}/confirm")).ok()
    assert [event["round"] for event in await purchase.events("award_confirmed")] == [1, 2]


@pytest.mark.clause("GPR-49.1", "accepts")
async def test_or_the_purchase_starts_anew(world: World) -> None:
    award = await a_confirmed_award(world)
    purchase = award.round.purchase
    await no_contract(world, award)

    chosen = (await a_choice(award, "fail")).ok()
    assert "way_not_listed" in {found["code"] for found in chosen["explain"]}
    (await purchase.colleague.post("tendering", f"{award.path}/choice/confirm")).ok()

    [event] = await purchase.events("procurement_failed")
    assert (event["code"], event["clause"]) == ("award_unsigned", "GPR-49.1")
    again = {"project_id": str(purchase.project_id), "method": "competitive_consultation", "reason": "重新采购"}
    (await purchase.officer.post("tendering", "/v1/procurements", again)).ok()


@pytest.mark.clause("GPR-49.1", "refuses")
async def test_when_none_is_left_only_a_new_purchase_remains(world: World) -> None:
    award = await a_confirmed_award(world)
    purchase = award.round.purchase
    for number in (1, 2):
        await no_contract(world, award)
        (await a_choice(award, "next")).ok()
        following = (await purchase.colleague.post("tendering", f"{award.path}/choice/confirm")).ok()
        award = Award(award.round, following["id"], number + 1)
        await cleared(world, award, provider=number)
        (await purchase.colleague.post("tendering", f"{award.path}/confirm")).ok()
    await no_contract(world, award)

    (await a_choice(award, "next")).refused("GPR-49.1", "no_next_candidate")


async def test_a_contract_that_ended_early_frees_its_project_and_hides_nothing(world: World) -> None:
    award = await a_confirmed_award(world)
    purchase = award.round.purchase
    about: dict[str, Any] = {"jurisdiction": purchase.jurisdiction, "organisation": purchase.organisation}
    about |= {"project_id": purchase.project_id, "contract_id": uuid4(), "provider_id": award.round.providers[0].id}
    ended: dict[str, Any] = {"reason": "provider_breach", "by_fault_of_provider": True}

    await tell(world, "contracts", ContractTerminated(**about, **ended))
    assert await purchase.state() == "confirmed"
    await tell(world, "contracts", ContractTerminated(**about, **ended, procurement_id=UUID(purchase.procurement_id)))

    assert await purchase.state() == "failed"
    [event] = await purchase.events("procurement_failed")
    assert (event["code"], event["clause"]) == ("contract_ended", "GPL-50.1")
    stranger = await world.person("stranger", duties=set(), organisation=uuid4())
    assert (await stranger.get("tendering", f"{purchase.path}/ranking")).ok()["ranking"]


async def test_an_award_whose_bar_was_lifted_is_asked_again_and_goes_on_though_one_had_chosen_otherwise(
    world: World,
) -> None:
    award = await an_announced_award(world)
    purchase = award.round.purchase
    await blocked(world, award)
    (await a_choice(award, "next")).ok()

    again = (await purchase.colleague.post("tendering", f"{award.path}/proposal")).ok()
    await cleared(world, award)

    assert (again["state"], again["choice"]) == ("proposed", None)
    assert await award.state() == "announced"
    (await purchase.colleague.post("tendering", f"{award.path}/choice/confirm")).problem(409, "wrong_state")
    (await purchase.colleague.post("tendering", f"{award.path}/confirm")).ok()


async def test_an_award_after_which_two_persons_chose_is_not_asked_again(world: World) -> None:
    award = await an_announced_award(world)
    purchase = award.round.purchase
    await blocked(world, award)
    (await a_choice(award, "next")).ok()
    (await purchase.colleague.post("tendering", f"{award.path}/choice/confirm")).ok()

    (await purchase.officer.post("tendering", f"{award.path}/proposal")).problem(409, "wrong_state")
