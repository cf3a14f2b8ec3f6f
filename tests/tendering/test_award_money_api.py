"""An award is announced when the budget holds its price; where it does not, it is asked again or given up."""

from typing import Any

import pytest

from tests.shared.test_audit import as_superuser, audited
from tests.support.world import World
from tests.tendering.rounds import Award, a_finding, a_proposed_award, cleared, covered
from tests.tendering.test_awards_api import REASON, a_choice
from tests.tendering.test_tasks_api import tasks


async def ask_again(award: Award) -> Any:
    return await award.round.purchase.officer.post("tendering", f"{award.path}/proposal")


async def test_an_award_says_what_it_needs_of_which_years_budget(world: World) -> None:
    award = await a_proposed_award(world)

    [event] = await award.round.purchase.events("award_proposed")
    assert (event["amount"], event["budget_year"]) == ("200000.00", 2022)


@pytest.mark.parametrize("first", ["registry", "budget"])
async def test_an_award_waits_for_registry_and_budget_in_either_order(world: World, first: str) -> None:
    award = await a_proposed_award(world)
    if first == "budget":
        await covered(world, award)
        assert await award.state() == "proposed"
        await cleared(world, award)
    else:
        await cleared(world, award, budget=False)
        assert await award.state() == "cleared"
        await covered(world, award)

    assert await award.state() == "announced"


@pytest.mark.parametrize("first", ["registry", "budget"])
async def test_an_award_without_money_is_announced_to_nobody(world: World, first: str) -> None:
    award = await a_proposed_award(world)
    if first == "registry":
        await cleared(world, award, budget=False)
    await covered(world, award, granted=False)
    await cleared(world, award, budget=False)

    shown = (await award.round.purchase.officer.get("tendering", award.path)).ok()
    assert (shown["state"], shown["cover"]) == ("blocked", "refused")
    assert [found["clause"] for found in shown["findings"]] == ["D102-14.1"]
    assert await award.round.purchase.events("award_announced") == []


async def test_after_the_budget_was_adjusted_the_award_is_asked_again_and_goes_on(world: World) -> None:
    award = await a_proposed_award(world)
    await covered(world, award, granted=False)
    assert "choose_after_block" in await tasks(award.round.purchase.officer, award.round.purchase)

    (await ask_again(award)).ok()
    await cleared(world, award)

    assert await award.state() == "announced"
    assert [event["round"] for event in await award.round.purchase.events("award_proposed")] == [1, 1]


async def test_an_award_that_has_its_money_is_not_asked_again(world: World) -> None:
    award = await a_proposed_award(world)
    await cleared(world, award)

    (await ask_again(award)).problem(409, "wrong_state")


async def test_an_award_without_money_is_given_up_by_two_persons_by_the_clause_of_the_budget(world: World) -> None:
    award = await a_proposed_award(world)
    purchase = award.round.purchase
    await covered(world, award, granted=False)

    (await a_choice(award, "fail")).ok()
    (await purchase.colleague.post("tendering", f"{award.path}/choice/confirm")).ok()

    (await ask_again(award)).problem(409, "wrong_state")
    [event] = await purchase.events("procurement_failed")
    assert (await purchase.state(), event["clause"]) == ("failed", "D102-14.1")


@pytest.mark.clause("C214-25.1", "refuses")
async def test_nobody_is_passed_over_because_the_budget_lacks_money(world: World) -> None:
    award = await a_proposed_award(world)
    await covered(world, award, granted=False)

    (await a_choice(award, "next")).refused("C214-25.1", "passed_over_for_money")


async def test_the_budgets_answer_to_another_round_is_ignored(world: World) -> None:
    award = await a_proposed_award(world)

    await covered(world, award, round=2)
    await cleared(world, award, budget=False)
    assert await award.state() == "cleared"


async def test_a_reason_that_was_given_is_kept_while_the_budget_has_not_answered(world: World) -> None:
    award = await a_proposed_award(world)
    officer, path = award.round.purchase.officer, f"{award.path}/reasons"
    await cleared(world, award, a_finding(), budget=False)
    (await officer.post("tendering", path, {"acknowledged": [REASON]})).ok()

    other = {"acknowledged": [{**REASON, "reason": "另有说明"}]}
    (await officer.post("tendering", path, other)).problem(409, "wrong_state")
    given = (await officer.post("tendering", path, {"acknowledged": [REASON]})).ok()

    assert (given["state"], given["reasons"]) == ("cleared", {"ZH21-27.6": REASON["reason"]})


async def test_nobody_corrects_a_reason_of_their_own_because_another_gave_the_last_one(world: World) -> None:
    first = {"clause": "ZH21-27.5", "reason": "上一周期绩效一般"}
    award = await a_proposed_award(world, reasons=[first])
    officer, colleague = award.round.purchase.officer, award.round.purchase.colleague
    await cleared(world, award, a_finding())
    (await colleague.post("tendering", f"{award.path}/reasons", {"acknowledged": [REASON]})).ok()
    path = f"{award.path}/reasons/correction"
    own = {"acknowledged": [{**first, "reason": "上一周期绩效良好"}], "why": "写错"}
    others = {"acknowledged": [{**REASON, "reason": "只更换了项目负责人"}], "why": "写错"}

    (await officer.post("tendering", path, own)).refused("IC12-33.2", "giver_corrects")
    (await colleague.post("tendering", path, others)).refused("IC12-33.2", "giver_corrects")
    both = {**own, "acknowledged": [*own["acknowledged"], *others["acknowledged"]]}
    (await officer.post("tendering", path, both)).refused("IC12-33.2", "giver_corrects")
    (await officer.post("tendering", path, {**others, "acknowledged": [first, *others["acknowledged"]]})).ok()
    (await colleague.post("tendering", path, own)).ok()

    kept = (await officer.get("tendering", f"{path}s")).ok()
    assert [one["reasons"]["ZH21-27.5"] for one in kept] == [first["reason"], "上一周期绩效良好"]
    async with as_superuser(world, "tendering") as connection:
        findings = (await audited(connection, "tendering")).findings
    assert [each for each in findings if award.round.purchase.procurement_id in each] == []
