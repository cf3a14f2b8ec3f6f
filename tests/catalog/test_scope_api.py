"""Which texts a purchase comes under, by who buys."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.catalog.examples import ZHUHAI, Desks, desks, zhuhai_proposal
from tests.support.world import Person, Reply, World


async def asks_to_buy(world: World, kind: str, place: str) -> Reply:
    registrar = await world.person("registrar", duties={"register_purchaser"}, organisation=uuid4(), jurisdiction=place)
    body = {"title": f"采购单位{uuid4().hex[:6]}", "jurisdiction": place, "kind": kind}
    return await registrar.post("registry", "/v1/purchasers", body)


async def a_planner(world: World, purchaser: dict[str, Any]) -> Person:
    return await world.person(
        "planner",
        duties={"propose_project"},
        organisation=UUID(purchaser["id"]),
        jurisdiction=purchaser["jurisdiction"],
    )


def cites(answer: dict[str, Any]) -> set[str]:
    return {found["clause"] for found in answer["explain"]}


@pytest.fixture(scope="module")
async def zhuhai(world: World) -> Desks:
    return await desks(world, ZHUHAI)


@pytest.mark.clause("ZH21-2.1", "accepts")
@pytest.mark.clause("ZH21-5.1", "accepts")
@pytest.mark.clause("D102-5.1", "accepts")
async def test_a_street_and_a_bureau_of_zhuhai_buy_the_same_service_on_one_day_under_the_right_texts(
    world: World, zhuhai: Desks
) -> None:
    bought = dict[str, Any]()
    for kind in ("street_office", "administrative_organ"):
        purchaser = (await asks_to_buy(world, kind, ZHUHAI)).ok()
        await world.pump()
        planner = await a_planner(world, purchaser)
        proposal = await zhuhai_proposal(zhuhai, organisation=purchaser["id"])
        bought[kind] = (await planner.post("catalog", "/v1/projects", proposal)).ok()
        assert bought[kind]["rulebook"].partition("@")[0] == purchaser["rulebook"].partition("@")[0]

    street, bureau = bought["street_office"], bought["administrative_organ"]
    shared = {"D102-9.1", "D102-10.1", "D102-14.1"}
    assert street["rulebook"].startswith("zhuhai-2021@1")
    assert {"ZH21-2.1", "ZH21-5.1", "ZH21-11.1", "ZH21-19.2a"} | shared <= cites(street)
    assert bureau["rulebook"].startswith("national-procurement@1")
    assert {"D102-5.1"} | shared <= cites(bureau)
    assert not [clause for clause in cites(bureau) if clause.startswith("ZH21-")]


async def test_what_the_measures_ask_of_a_street_no_bureau_is_asked_for(world: World, zhuhai: Desks) -> None:
    answers = dict[str, Reply]()
    for kind in ("street_office", "administrative_organ"):
        purchaser = (await asks_to_buy(world, kind, ZHUHAI)).ok()
        await world.pump()
        planner = await a_planner(world, purchaser)
        proposal = await zhuhai_proposal(zhuhai, organisation=purchaser["id"])
        proposal["details"]["leads"] = ["party_organisation"]
        answers[kind] = await planner.post("catalog", "/v1/projects", proposal)

    answers["street_office"].refused("ZH21-19.2a", "lead_missing")
    answers["administrative_organ"].ok()


async def test_where_a_text_binds_some_purchasers_a_reader_is_shown_by_what_the_others_buy(world: World) -> None:
    reader = await world.person("reader", duties=())

    shown = (await reader.get("catalog", "/v1/rulebooks", jurisdiction=ZHUHAI, on="2022-03-01")).ok()

    assert [book["id"] for book in shown] == ["zhuhai-2021", "national-procurement"]
    assert [book["applies"] for book in shown] == [{"purchaser_kinds": ["town_government", "street_office"]}, {}]
