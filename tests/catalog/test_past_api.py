"""A purchase of a day in the past comes under the texts of that day."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from shared.law.rulebook import rulebooks
from tests.catalog.examples import ZHUHAI_SHEET, a_directory, nothing_negative
from tests.catalog.test_scope_api import a_planner, asks_to_buy
from tests.support.world import World

BEGINS, DONGGUAN = date(2012, 3, 1), "4419/441900003"


@pytest.fixture(scope="module")
async def directory(world: World) -> dict[str, Any]:
    return await a_directory(world, DONGGUAN, ZHUHAI_SHEET, uuid4(), valid_from="2012-01-01")


@pytest.mark.parametrize(
    ("kind", "text"), [("town_government", "dongguan-2011"), ("administrative_organ", "national-procurement")]
)
async def test_a_dongguan_purchase_of_2012_cites_nothing_younger_than_itself(
    world: World, directory: dict[str, Any], kind: str, text: str
) -> None:
    registered = (await asks_to_buy(world, kind, DONGGUAN)).ok()
    await world.pump()
    planner = await a_planner(world, registered)
    proposal = {
        "jurisdiction": DONGGUAN,
        "organisation": registered["id"],
        "title": "社区社工服务",
        "way": "planned_by_purchaser",
        "item": "2.04",
        "nature": "continuous",
        "estimate": "220000.00",
        "need_origin": "public_service",
        "negative_declaration": await nothing_negative(planner, DONGGUAN),
    }

    project = (await planner.post("catalog", "/v1/projects", proposal)).ok()

    assert project["rulebook"].partition("@")[0] == text
    cited = [found for answer in (registered, directory, project) for found in answer.get("explain", [])]
    assert cited
    for found in cited:
        if not found["clause"].startswith("GAP-"):
            assert rulebooks().get(found["rulebook"]).file.effective_from <= BEGINS, found
    assert all(found["satisfied"] or found["effect"] == "reference" for found in cited)
