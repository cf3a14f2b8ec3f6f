"""Registration of purchasers over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from tests.registry.examples import CHENGDU, ZHUHAI, published
from tests.support.world import Person, Reply, World


async def a_registrar(world: World, jurisdiction: str = "4404") -> Person:
    return await world.person(
        "registrar", duties={"register_purchaser"}, organisation=uuid4(), jurisdiction=jurisdiction
    )


async def asks(registrar: Person, kind: str, jurisdiction: str = ZHUHAI, **more: Any) -> Reply:
    body = {"title": f"云澳街道办事处{uuid4().hex[:6]}", "jurisdiction": jurisdiction, "kind": kind, **more}
    return await registrar.post("registry", "/v1/purchasers", body)


def cites(answer: Reply) -> list[str]:
    return [found["clause"] for found in answer.ok()["explain"]]


@pytest.mark.clause("ZH21-2.1", "accepts")
async def test_a_street_office_buys_in_zhuhai(world: World) -> None:
    registrar = await a_registrar(world)

    answer = await asks(registrar, "street_office")

    assert cites(answer) == ["ZH21-2.1"]
    [event] = await published(world, "purchaser_registered", about=answer.json["id"])
    assert (event["kind"], event["organisation"]) == ("street_office", answer.json["id"])


@pytest.mark.clause("ZH21-2.1", "refuses")
async def test_a_district_bureau_does_not_buy_in_zhuhai(world: World) -> None:
    registrar = await a_registrar(world)

    answer = await asks(registrar, "administrative_organ")

    answer.refused("ZH21-2.1", "purchaser_kind_not_listed")


@pytest.mark.clause("CD17-2.1", "accepts")
@pytest.mark.parametrize("kind", ["administrative_organ", "institution_with_admin_functions", "street_office"])
async def test_organs_and_administering_institutions_buy_in_chengdu(world: World, kind: str) -> None:
    registrar = await a_registrar(world, "5101")

    assert cites(await asks(registrar, kind, CHENGDU)) == ["CD17-2.1"]


@pytest.mark.clause("CD17-2.1", "refuses")
@pytest.mark.parametrize("kind", ["public_institution", "enterprise"])
async def test_a_plain_institution_and_a_company_do_not_buy_in_chengdu(world: World, kind: str) -> None:
    registrar = await a_registrar(world, "5101")

    (await asks(registrar, kind, CHENGDU)).refused("CD17-2.1")


@pytest.mark.clause("CD17-2.2", "accepts")
async def test_a_group_organisation_with_both_attributes_opts_in(world: World) -> None:
    registrar = await a_registrar(world, "5101")
    attributes = ["admin_staffing", "fiscal_funding"]

    answer = await asks(registrar, "group_organisation", CHENGDU, attributes=attributes, opts_in=True)

    assert set(cites(answer)) == {"CD17-2.2"}


@pytest.mark.clause("CD17-2.2", "refuses")
@pytest.mark.parametrize("shown", ["admin_staffing", "fiscal_funding"])
async def test_a_group_organisation_with_one_attribute_does_not(world: World, shown: str) -> None:
    registrar = await a_registrar(world, "5101")

    answer = await asks(registrar, "group_organisation", CHENGDU, attributes=[shown], opts_in=True)

    assert answer.refused("CD17-2.2", "purchaser_attribute_missing")["facts"]["attribute"] != shown


async def test_where_no_city_speaks_national_law_decides(world: World) -> None:
    registrar = await a_registrar(world, "6501")

    assert cites(await asks(registrar, "street_office", "6501")) == ["D102-5.1"]
    (await asks(registrar, "enterprise", "6501")).refused("D102-5.1")


async def test_a_refused_body_is_in_no_list_and_in_no_event(world: World) -> None:
    registrar = await a_registrar(world)
    before = await world.rows("SELECT count(*) AS n FROM registry.purchasers")

    (await asks(registrar, "enterprise")).refused()

    assert await world.rows("SELECT count(*) AS n FROM registry.purchasers") == before


async def test_only_a_registrar_of_the_jurisdiction_registers(world: World) -> None:
    elsewhere = await a_registrar(world, "5101")

    (await asks(elsewhere, "street_office")).problem(403, "not_allowed")


async def test_the_same_name_written_otherwise_is_the_same_body(world: World) -> None:
    registrar = await a_registrar(world)
    (await asks(registrar, "street_office", title="云澳街道办事处（A）")).ok()

    answer = await asks(registrar, "street_office", title="云澳街道办事处(ａ)")

    answer.problem(409, "conflict")


async def test_the_register_is_read_page_by_page(world: World) -> None:
    registrar = await a_registrar(world, "5134")
    for _ in range(3):
        (await asks(registrar, "street_office", "5134/513401")).ok()
    reader = await world.person(duties=set())

    first = (await reader.get("registry", "/v1/purchasers", jurisdiction="5134", limit=2)).ok()
    rest = (await reader.get("registry", "/v1/purchasers", jurisdiction="5134", limit=2, after=first["next"])).ok()

    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]
    assert len({item["id"] for item in first["items"] + rest["items"]}) == 3


async def test_a_cursor_serves_no_other_list(world: World) -> None:
    registrar = await a_registrar(world)
    for _ in range(2):
        (await asks(registrar, "street_office")).ok()
    first = (await registrar.get("registry", "/v1/purchasers", limit=1)).ok()

    answer = await registrar.get("registry", "/v1/purchasers", limit=1, kind="street_office", after=first["next"])

    answer.problem(400, "bad_cursor")


async def test_one_purchaser_is_read_with_its_version(world: World) -> None:
    registrar = await a_registrar(world)
    made = (await asks(registrar, "town_government")).ok()

    answer = await registrar.get("registry", f"/v1/purchasers/{made['id']}")

    assert answer.ok()["rulebook"] == "zhuhai-2021@1"
    assert answer.headers["etag"] == '"1"'
    (await registrar.get("registry", f"/v1/purchasers/{uuid4()}")).problem(404, "not_found")
