"""Registration of purchasers over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from tests.registry.examples import CHENGDU, ZHUHAI, published
from tests.support.law import bound_in
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
@pytest.mark.parametrize("kind", ["street_office", "town_government"])
async def test_a_street_or_a_town_buys_in_zhuhai(world: World, kind: str) -> None:
    registrar = await a_registrar(world)

    answer = await asks(registrar, kind)

    assert cites(answer) == ["ZH21-2.1"]
    [event] = await published(world, "purchaser_registered", about=answer.json["id"])
    assert (event["kind"], event["organisation"]) == (kind, answer.json["id"])


@pytest.mark.clause("D102-5.1", "accepts")
async def test_a_district_bureau_buys_in_zhuhai_by_national_law(world: World) -> None:
    """ZH21-2.1 is about what towns and streets buy."""
    registrar = await a_registrar(world)

    answer = await asks(registrar, "administrative_organ")

    assert cites(answer) == ["D102-5.1"]
    assert answer.json["rulebook"].startswith("national-procurement@")


@pytest.mark.clause("D102-5.1", "refuses")
async def test_who_no_text_lets_buy_does_not_buy_in_zhuhai(world: World) -> None:
    registrar = await a_registrar(world)

    (await asks(registrar, "enterprise")).refused("D102-5.1", "purchaser_kind_not_listed")


@pytest.mark.clause("CD17-2.1", "accepts")
@pytest.mark.parametrize("kind", ["administrative_organ", "institution_with_admin_functions", "street_office"])
async def test_organs_and_administering_institutions_buy_in_chengdu(world: World, kind: str) -> None:
    registrar = await a_registrar(world, "5101")

    assert cites(await asks(registrar, kind, CHENGDU)) == ["CD17-2.1"]


@pytest.mark.clause("D102-5.1", "refuses")
@pytest.mark.parametrize("kind", ["public_institution", "enterprise"])
async def test_a_plain_institution_and_a_company_do_not_buy_in_chengdu(world: World, kind: str) -> None:
    registrar = await a_registrar(world, "5101")

    (await asks(registrar, kind, CHENGDU)).refused("D102-5.1", "purchaser_kind_not_listed")


@pytest.mark.clause("D102-5.1", "accepts")
@pytest.mark.parametrize(
    ("place", "kind"), [(CHENGDU, "state_organ"), ("2201", "state_organ"), ("2201", "party_organ")]
)
async def test_a_body_that_the_citys_text_does_not_name_buys_by_national_law(
    world: World, place: str, kind: str
) -> None:
    registrar = await a_registrar(world, place[:4])

    assert set(cites(await asks(registrar, kind, place))) == {"D102-5.1"}


@pytest.mark.clause("CD17-2.2", "accepts")
async def test_a_group_organisation_with_both_attributes_opts_in(world: World) -> None:
    registrar = await a_registrar(world, "5101")
    attributes = ["admin_staffing", "fiscal_funding"]

    answer = await asks(registrar, "group_organisation", CHENGDU, attributes=attributes, opts_in=True)

    assert set(cites(answer)) == {"CD17-2.2"}


@pytest.mark.clause("CD17-2.2", "accepts")
async def test_a_party_organ_opts_in_without_more(world: World) -> None:
    registrar = await a_registrar(world, "5101")

    assert set(cites(await asks(registrar, "party_organ", CHENGDU, opts_in=True))) == {"CD17-2.2"}


@pytest.mark.clause("CD17-2.2", "refuses")
@pytest.mark.parametrize("kind", ["party_organ", "group_organisation"])
async def test_who_does_not_opt_in_is_no_purchaser_in_chengdu(world: World, kind: str) -> None:
    registrar = await a_registrar(world, "5101")
    attributes = ["admin_staffing", "fiscal_funding"]

    (await asks(registrar, kind, CHENGDU, attributes=attributes)).refused("CD17-2.2", "opt_in_not_declared")


@pytest.mark.clause("CD17-2.2", "refuses")
@pytest.mark.parametrize("shown", ["admin_staffing", "fiscal_funding"])
async def test_a_group_organisation_with_one_attribute_does_not(world: World, shown: str) -> None:
    registrar = await a_registrar(world, "5101")

    answer = await asks(registrar, "group_organisation", CHENGDU, attributes=[shown], opts_in=True)

    assert answer.refused("CD17-2.2", "purchaser_attribute_missing")["facts"]["attribute"] != shown


@pytest.mark.parametrize(
    ("kind", "attributes", "clause"),
    [
        pytest.param(kind, attributes, clause, marks=pytest.mark.clause(clause, "accepts"))
        for kind, attributes, clause in (
            ("administrative_organ", [], "CC14-3.1"),
            ("institution_with_admin_functions", ["civil_servant_law_managed", "admin_functions"], "CC14-3.2"),
            ("group_organisation", ["admin_staffing", "fiscal_funding"], "CC14-3.3"),
        )
    ],
)
async def test_changchun_names_three_kinds_of_purchaser(
    world: World, kind: str, attributes: list[str], clause: str
) -> None:
    registrar = await a_registrar(world, "2201")

    assert set(cites(await asks(registrar, kind, "2201", attributes=attributes))) == {clause}


@pytest.mark.clause("D102-5.1", "refuses")
@pytest.mark.clause("CC14-3.2", "refuses")
@pytest.mark.clause("CC14-3.3", "refuses")
async def test_and_no_other_nor_one_that_lacks_what_its_kind_must_have(world: World) -> None:
    registrar = await a_registrar(world, "2201")
    lacking = {
        ("institution_with_admin_functions", "civil_servant_law_managed"): "admin_functions",
        ("institution_with_admin_functions", "admin_functions"): "civil_servant_law_managed",
        ("group_organisation", "admin_staffing"): "fiscal_funding",
        ("group_organisation", "fiscal_funding"): "admin_staffing",
    }

    (await asks(registrar, "enterprise", "2201")).refused("D102-5.1", "purchaser_kind_not_listed")
    for (kind, shown), missing in lacking.items():
        answer = await asks(registrar, kind, "2201", attributes=[shown])

        refused = answer.refused("CC14-3.2" if kind.startswith("institution") else "CC14-3.3")
        assert refused["facts"]["attribute"] == missing


@pytest.mark.clause("D102-5.1", "accepts")
async def test_where_no_city_speaks_national_law_names_the_purchasers(world: World) -> None:
    registrar = await a_registrar(world, "6501")
    kinds = (
        "street_office",
        "state_organ",
        "party_organ",
        "cppcc_organ",
        "democratic_party_organ",
        "institution_with_admin_functions",
        "group_organisation",
    )

    for kind in kinds:
        answer = await asks(registrar, kind, "6501", attributes=["admin_staffing"])

        assert set(cites(answer)) == {"D102-5.1"}, kind


@pytest.mark.clause("D102-5.1", "refuses")
async def test_nor_does_it_let_a_company_or_a_body_without_staffing_buy(world: World) -> None:
    registrar = await a_registrar(world, "6501")

    (await asks(registrar, "enterprise", "6501")).refused("D102-5.1", "purchaser_kind_not_listed")
    (await asks(registrar, "group_organisation", "6501")).refused("D102-5.1", "purchaser_attribute_missing")


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

    assert answer.ok()["rulebook"] == bound_in("4404")
    assert answer.headers["etag"] == '"1"'
    (await registrar.get("registry", f"/v1/purchasers/{uuid4()}")).problem(404, "not_found")
