"""Purchases that are each below the amount of open tender, and together above it."""

from typing import Any
from uuid import UUID

import pytest

from tests.support.world import Reply, World
from tests.tendering.examples import Purchase, a_drafted_file, an_item, an_open_procurement
from tests.tendering.test_consents_api import both

HALF, MORE = "2000000.00", "2000000.01"


async def two(world: World, item: str = "", **changed: Any) -> Purchase:
    """One of 2,000,000.00, and the second one a fen larger, which is returned: both by consultation, of one item, in
    one year."""
    item = item or an_item()
    await an_open_procurement(world, budget=HALF, item=item)
    return await an_open_procurement(world, **{"budget": MORE, "item": item, **changed})


async def checked(purchase: Purchase) -> Reply:
    return await purchase.colleague.post("tendering", f"/v1/files/{await a_drafted_file(purchase)}/check")


@pytest.mark.clause("GPL-28.1", "refuses")
async def test_two_that_together_exceed_the_amount_are_found_with_count_and_sum(world: World) -> None:
    found = (await checked(await two(world))).refused("GPL-28.1", "split_below_threshold")

    assert found["facts"] == {"count": "2", "amount": "4000000.01", "threshold": "4000000.00"}


@pytest.mark.clause("GPL-28.1", "accepts")
@pytest.mark.parametrize("changed", [{"budget": HALF}, {"budget_year": 2023}], ids=["amount", "year"])
async def test_up_to_the_amount_or_in_another_year_they_are_not_split(world: World, changed: dict[str, Any]) -> None:
    answer = (await checked(await two(world, **changed))).ok()

    assert "GPL-28.1" in {each["clause"] for each in answer["explain"]}


async def test_of_another_item_they_are_not_split(world: World) -> None:
    await two(world)

    (await checked(await an_open_procurement(world, budget=MORE, item=an_item()))).ok()


async def test_what_goes_to_open_tender_is_not_split(world: World) -> None:
    (await checked(await two(world, method="open_tender"))).ok()


async def test_what_failed_was_bought_nowhere(world: World) -> None:
    item = an_item()
    first = await an_open_procurement(world, budget=HALF, item=item)
    cancelled = f"{first.path}/cancellation"
    reason = {"ground": "task_cancelled", "reason": "任务取消"}
    (await first.officer.post("tendering", cancelled, reason)).ok()
    (await first.colleague.post("tendering", f"{cancelled}/confirm")).ok()

    (await checked(await an_open_procurement(world, budget=MORE, item=item))).ok()


async def test_an_approved_method_is_no_splitting_and_counts_for_no_other(world: World) -> None:
    item = an_item()
    purchase = await two(world, item)
    (await checked(purchase)).refused("GPL-28.1", "split_below_threshold")

    await both(purchase)

    (await checked(purchase)).ok()
    used = await world.rows(
        "SELECT used_for FROM tendering.consents WHERE used_for = $1", UUID(purchase.procurement_id)
    )
    assert len(used) == 2
    (await checked(await an_open_procurement(world, budget=HALF, item=item))).ok()
