from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from tests.support.world import Reply, World
from tests.tendering.examples import CHENGDU, ZHUHAI, Purchase, a_cleared_project, an_open_procurement


async def opened(purchase: Purchase, **body: object) -> Reply:
    given = {"project_id": str(purchase.project_id), "method": "open_tender", "reason": "标准明确", **body}
    return await purchase.officer.post("tendering", "/v1/procurements", given)


@pytest.mark.clause("CD17-18.1", "accepts")
@pytest.mark.clause("CD17-41.1", "accepts")
async def test_a_project_over_the_threshold_becomes_a_procurement_project(world: World) -> None:
    purchase = await a_cleared_project(world, city=CHENGDU)

    procurement = (await opened(purchase)).ok()

    assert procurement["procurement_project"] is True
    assert (procurement["budget"], procurement["rulebook"]) == ("480000.00", "chengdu-2017@1")
    assert {"CD17-18.1", "CD17-41.1"} <= {f["clause"] for f in procurement["explain"]}
    [event] = await purchase.events("procurement_opened")
    assert (event["budget"], event["method"], event["procurement_project"]) == ("480000.00", "open_tender", True)


@pytest.mark.clause("CD17-41.1", "refuses")
async def test_a_purchaser_may_not_call_it_another_purchase(world: World) -> None:
    purchase = await a_cleared_project(world, city=CHENGDU)

    answer = await opened(purchase, procurement_project=False)

    assert answer.refused("CD17-41.1", "class_overridden")["facts"]["threshold"] == "400000.00"
    assert await purchase.events("procurement_opened") == []


@pytest.mark.clause("CD17-41.1", "accepts")
@pytest.mark.parametrize(
    ("budget", "in_central_directory", "procurement"),
    [("400000.00", False, True), ("399999.99", False, False), ("399999.99", True, True)],
)
async def test_in_chengdu_directory_and_threshold_make_a_procurement_project(
    world: World, budget: str, in_central_directory: bool, procurement: bool
) -> None:
    purchase = await a_cleared_project(world, city=CHENGDU, budget=budget, in_central_directory=in_central_directory)

    assert (await opened(purchase)).ok()["procurement_project"] is procurement


@pytest.mark.clause("GPL-2.1", "accepts")
@pytest.mark.parametrize(
    ("budget", "in_central_directory", "procurement"),
    [("400000.00", False, True), ("399999.99", False, False), ("399999.99", True, True)],
)
async def test_where_the_city_is_silent_the_law_says_what_a_procurement_project_is(
    world: World, budget: str, in_central_directory: bool, procurement: bool
) -> None:
    purchase = await a_cleared_project(world, budget=budget, in_central_directory=in_central_directory)

    answer = (await opened(purchase)).ok()

    assert answer["procurement_project"] is procurement
    assert "GPL-2.1" in {f["clause"] for f in answer["explain"]}


@pytest.mark.clause("GPL-2.1", "refuses")
async def test_the_purchaser_may_not_say_otherwise(world: World) -> None:
    purchase = await a_cleared_project(world, in_central_directory=True)

    (await opened(purchase, procurement_project=False)).refused("GPL-2.1", "class_overridden")


LAWFUL = (
    *("open_tender", "invited_tender", "competitive_negotiation", "single_source", "inquiry"),
    *("competitive_consultation", "framework_agreement"),
)


@pytest.mark.clause("GPL-26.1", "accepts")
@pytest.mark.parametrize("method", ["open_tender", "competitive_consultation"])
async def test_a_lawful_method_may_be_chosen(world: World, method: str) -> None:
    purchase = await a_cleared_project(world, in_central_directory=True)

    answer = (await opened(purchase, method=method)).ok()

    assert "GPL-26.1" in {f["clause"] for f in answer["explain"]}


@pytest.mark.clause("GPL-26.1", "refuses")
async def test_a_direct_choice_is_refused_with_the_methods_that_are_lawful(world: World) -> None:
    purchase = await a_cleared_project(world, in_central_directory=True)

    found = (await opened(purchase, method="direct_choice")).refused("GPL-26.1", "method_not_lawful")

    assert found["facts"] == {"method": "direct_choice", "lawful": ", ".join(LAWFUL)}


@pytest.mark.clause("D102-2.1", "refuses")
async def test_below_the_threshold_nothing_is_given_directly_either(world: World) -> None:
    purchase = await a_cleared_project(world)

    (await opened(purchase, method="direct_choice")).refused("D102-2.1", "choice_not_competitive")


@pytest.mark.clause("CD17-18.1", "refuses")
async def test_a_procurement_project_is_not_given_directly(world: World) -> None:
    purchase = await a_cleared_project(world, city=CHENGDU)

    (await opened(purchase, method="direct_choice")).refused("CD17-18.1", "method_not_lawful")


@pytest.mark.clause("CD17-18.2", "accepts")
async def test_another_purchase_in_chengdu_is_made_by_consultation(world: World) -> None:
    purchase = await a_cleared_project(world, city=CHENGDU, budget="399999.99")

    procurement = (await opened(purchase, method="competitive_consultation")).ok()

    assert procurement["procurement_project"] is False
    assert "CD17-18.2" in {f["clause"] for f in procurement["explain"]}


@pytest.mark.clause("CD17-18.2", "refuses")
async def test_another_purchase_in_chengdu_is_not_given_directly(world: World) -> None:
    purchase = await a_cleared_project(world, city=CHENGDU, budget="399999.99")

    (await opened(purchase, method="direct_choice")).refused("CD17-18.2", "choice_not_competitive")


@pytest.mark.clause("CC14-6.4", "refuses")
@pytest.mark.clause("CC14-6.4", "accepts")
async def test_in_changchun_the_method_is_one_of_procurement_law(world: World) -> None:
    purchase = await a_cleared_project(world, rulebook="changchun-2014@1", in_central_directory=True)

    (await opened(purchase, method="direct_choice")).refused("CC14-6.4", "method_not_lawful")
    procurement = (await opened(purchase)).ok()

    assert "CC14-6.4" in {finding["clause"] for finding in procurement["explain"]}


@pytest.mark.clause("GPL-27.1", "accepts")
async def test_below_the_open_tender_amount_a_consultation_is_allowed(world: World) -> None:
    purchase = await a_cleared_project(world, city=CHENGDU, budget="3999999.99")

    procurement = (await opened(purchase, method="competitive_consultation")).ok()

    assert procurement["procurement_project"] is True
    assert {"GPL-27.1", "C214-3.1"} <= {f["clause"] for f in procurement["explain"]}


@pytest.mark.clause("GPL-27.1", "refuses")
async def test_from_the_open_tender_amount_on_consultation_is_refused(world: World) -> None:
    purchase = await a_cleared_project(world, city=CHENGDU, budget="4000000.00")

    (await opened(purchase, method="competitive_consultation")).refused("GPL-27.1", "open_tender_needed")


@pytest.mark.clause("GPL-8.1", "refuses")
async def test_a_city_without_a_loaded_threshold_is_told_to_set_it(world: World) -> None:
    purchase = await a_cleared_project(world, rulebook="changchun-2014@1")

    found = (await opened(purchase)).refused("GPL-8.1", "threshold_missing")

    assert found["facts"] == {"set_value": "procurement_threshold", "set_by": "province"}


@pytest.mark.clause("GPL-27.1", "refuses")
async def test_a_city_without_a_loaded_open_tender_amount_is_told_to_set_it(world: World) -> None:
    purchase = await a_cleared_project(world, rulebook="changchun-2014@1", in_central_directory=True)

    found = (await opened(purchase, method="competitive_consultation")).refused("GPL-27.1", "threshold_missing")

    assert found["facts"] == {"set_value": "open_tender_threshold", "set_by": "province"}


@pytest.mark.clause("ZH21-21.1", "accepts")
@pytest.mark.clause("ZH21-30.2", "accepts")
@pytest.mark.clause("D102-2.1", "accepts")
@pytest.mark.clause("GPL-8.1", "accepts")
async def test_zhuhai_records_the_method_with_its_reason(world: World) -> None:
    purchase = await a_cleared_project(world)

    procurement = (await opened(purchase, method="competitive_consultation", reason="社区服务，适合磋商")).ok()

    assert (procurement["method_reason"], procurement["procurement_project"]) == ("社区服务，适合磋商", False)
    assert {"ZH21-21.1", "ZH21-30.2", "D102-2.1", "GPL-8.1"} <= {f["clause"] for f in procurement["explain"]}


@pytest.mark.clause("ZH21-21.1", "refuses")
async def test_zhuhai_refuses_a_method_without_reason(world: World) -> None:
    purchase = await a_cleared_project(world)

    (await opened(purchase, reason=None)).refused("ZH21-21.1", "method_reason_missing")


async def test_a_project_has_one_live_procurement(world: World) -> None:
    purchase = await an_open_procurement(world)

    (await opened(purchase)).problem(409, "wrong_state")


async def test_a_project_that_was_not_cleared_is_not_there(world: World) -> None:
    purchase = await a_cleared_project(world)

    (await opened(purchase, project_id=str(uuid4()))).problem(404, "not_found")


async def test_another_organisation_may_not_open_it(world: World) -> None:
    purchase = await a_cleared_project(world)
    stranger = await world.person("stranger", duties={"open_procurement"}, organisation=uuid4())

    body = {"project_id": str(purchase.project_id), "method": "open_tender", "reason": "标准明确"}

    (await stranger.post("tendering", "/v1/procurements", body)).problem(403, "not_allowed")


async def test_a_draft_is_seen_by_its_owner_alone(world: World) -> None:
    purchase = await an_open_procurement(world, city=ZHUHAI)
    stranger = await world.person("stranger", duties={"submit_bid"}, organisation=uuid4())
    auditor = await world.person("auditor", duties={"audit"}, organisation=uuid4(), jurisdiction="4404")

    seen = await purchase.officer.get("tendering", purchase.path)

    assert seen.ok()["state"] == "drafted"
    assert seen.headers["etag"] == '"1"'
    (await auditor.get("tendering", purchase.path)).ok()
    (await stranger.get("tendering", purchase.path)).problem(404, "not_found")


async def test_the_list_goes_on_page_by_page(world: World) -> None:
    organisation = uuid4()
    first = await an_open_procurement(world, organisation=world.street)
    second = await an_open_procurement(world, organisation=world.street)
    stranger = await world.person("stranger", duties={"submit_bid"}, organisation=organisation)

    parameters = {"organisation": str(world.street), "state": "drafted", "limit": 1}
    pages: list[Any] = []
    after = None
    while True:
        more: dict[str, Any] = {"after": after} if after else {}
        page = (await first.officer.get("tendering", "/v1/procurements", **parameters, **more)).ok()
        pages += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break

    assert {first.procurement_id, second.procurement_id} <= set(pages)
    assert len(pages) == len(set(pages))
    assert (await stranger.get("tendering", "/v1/procurements", **parameters)).ok()["items"] == []


@pytest.mark.clause("ZH21-30.2", "refuses")
async def test_after_its_last_day_the_zhuhai_text_opens_nothing(world: World) -> None:
    purchase = await a_cleared_project(world)
    await world.today_is(date(2024, 4, 1))

    (await opened(purchase, method="competitive_consultation")).refused("ZH21-30.2", "instrument_ended")
