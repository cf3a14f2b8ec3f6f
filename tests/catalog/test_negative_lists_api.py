"""Negative lists over HTTP: every item refuses by its own clause, and another person confirms at each point."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.catalog.examples import (
    APPROVAL,
    CHENGDU,
    CHENGDU_SHEET,
    FINALISE,
    ZHUHAI,
    ZHUHAI_SHEET,
    Desks,
    a_project,
    a_requirement,
    a_voted_project,
    chengdu_proposal,
    desks,
    nothing_negative,
    zhuhai_proposal,
)
from tests.support.world import Person, Reply, World

OF_ZHUHAI = {
    "ZH21-11.1": ("equity_investment", "cash_investment"),
    "ZH21-11.2": ("community_debt_repayment",),
    "ZH21-11.3": ("municipal_road_maintenance",),
    "ZH21-11.4": ("fulltime_firefighters", "cleaners", "patrol_staff"),
    "ZH21-11.5": ("not_responsible_body",),
    "ZH21-11.6": ("unsuitable",),
}
OF_CHENGDU = {
    "CD17-3.2": ("must_be_provided_by_government",),
    "CD17-3.3": ("unsuitable_for_social_forces_and_institutions",),
}
NATIONAL = {
    "D102-10.1": ("outside_government_duty",),
    "D102-10.2": ("must_be_provided_by_government",),
    "D102-10.3": ("goods", "works", "works_bundled_with_services"),
    "D102-10.4": ("financing",),
    "D102-10.5": ("hiring", "labour_dispatch", "public_welfare_posts", "disguised_employment"),
}
OWN_NEED: dict[str, Any] = {"service_class": 1, "need_origin": "government_own", "details": {}}


@pytest.fixture(scope="module")
async def zhuhai(world: World) -> Desks:
    return await desks(world, ZHUHAI)


@pytest.fixture(scope="module")
async def chengdu(world: World) -> Desks:
    return await desks(world, CHENGDU)


def each(lists: Mapping[str, tuple[str, ...]], side: str) -> list[Any]:
    return [pytest.param(clause, lists[clause], marks=pytest.mark.clause(clause, side)) for clause in lists]


async def refusals(at: Desks, proposal: dict[str, Any], clause: str, items: tuple[str, ...]) -> list[dict[str, str]]:
    """What each item is refused with by the clause, when it alone is declared to apply."""
    facts = []
    for item in items:
        declared = {**proposal["negative_declaration"], item: True}
        body = {**proposal, "negative_declaration": declared}
        facts.append((await at.planner.post("catalog", "/v1/projects", body)).refused(clause)["facts"])
    return facts


@pytest.mark.parametrize(("clause", "items"), each({**OF_ZHUHAI, **NATIONAL}, "refuses"))
async def test_each_declared_hit_is_refused_by_the_items_clause_and_nothing_is_kept(
    world: World, zhuhai: Desks, clause: str, items: tuple[str, ...]
) -> None:
    before = await world.rows("SELECT count(*) AS n FROM catalog.projects")

    facts = await refusals(zhuhai, await zhuhai_proposal(zhuhai), clause, items)

    assert facts == [{"item": item} for item in items]
    assert await world.rows("SELECT count(*) AS n FROM catalog.projects") == before


@pytest.mark.parametrize(("clause", "items"), each(OF_CHENGDU, "refuses"))
async def test_what_government_must_do_itself_or_nobody_else_can_is_refused_in_chengdu(
    chengdu: Desks, clause: str, items: tuple[str, ...]
) -> None:
    facts = await refusals(chengdu, await chengdu_proposal(chengdu), clause, items)

    assert facts == [{"item": item} for item in items]


@pytest.mark.parametrize(("clause", "items"), each({**OF_ZHUHAI, **NATIONAL}, "accepts"))
async def test_what_falls_under_no_item_is_proposed(zhuhai: Desks, clause: str, items: tuple[str, ...]) -> None:
    project = await a_project(zhuhai)

    declared = {finding["facts"].get("item") for finding in project["explain"] if finding["clause"] == clause}
    assert declared == set(items)


async def test_an_item_left_undeclared_is_refused_by_its_clause(zhuhai: Desks) -> None:
    proposal = await zhuhai_proposal(zhuhai)
    del proposal["negative_declaration"]["financing"]

    answer = await zhuhai.planner.post("catalog", "/v1/projects", proposal)

    assert answer.refused("D102-10.4")["code"] == "negative_item_undeclared"


# --- confirmed by another person: at entry, at submission, before procurement


async def with_both(world: World, at: Desks, *duties: str) -> Person:
    """Somebody of the purchaser who holds two desks at once."""
    return await world.person("both", duties=duties, organisation=at.organisation, jurisdiction=at.jurisdiction)


async def by(at: Desks, **people: Person) -> Desks:
    named = {name: getattr(at, name) for name in Desks.__dataclass_fields__}
    return Desks(**{**named, **people})


async def entry_by(drafter: Person, publisher: Person, at: Desks) -> Reply:
    body = {
        "jurisdiction": at.jurisdiction,
        "organisation": str(at.organisation),
        "kind": "implementing",
        "title": "政府购买服务实施目录",
        "valid_from": "2022-12-01",
        "sheet": ZHUHAI_SHEET if at.jurisdiction == ZHUHAI else CHENGDU_SHEET,
        "negative_declaration": await nothing_negative(drafter, at.jurisdiction),
    }
    draft = (await drafter.post("catalog", "/v1/directories", body)).ok()
    return await publisher.post("catalog", f"/v1/directories/{draft['id']}/publish")


async def project_by(planner: Person, reviewer: Person, at: Desks) -> Reply:
    build = a_voted_project if at.jurisdiction == ZHUHAI else a_project
    project = await build(await by(at, planner=planner))
    approval = APPROVAL if at.jurisdiction == ZHUHAI else {"verdict": "approve"}
    return await reviewer.post("catalog", f"/v1/projects/{project['id']}/review", approval)


async def requirement_by(writer: Person, reviewer: Person, at: Desks) -> Reply:
    project = await a_project(at, **({} if at.jurisdiction == ZHUHAI else OWN_NEED))
    requirement = await a_requirement(await by(at, writer=writer), project)
    return await reviewer.post("catalog", f"/v1/requirements/{requirement['id']}/review", FINALISE)


POINTS = [
    pytest.param(entry_by, ("draft_directory", "publish_directory"), id="list_entry"),
    pytest.param(project_by, ("propose_project", "review_project"), id="project"),
    pytest.param(requirement_by, ("write_requirement", "review_requirement"), id="procurement"),
]


async def confirmed_by_another_only(world: World, at: Desks, act: Any, duties: tuple[str, str], clause: str) -> None:
    first, second = await with_both(world, at, *duties), await with_both(world, at, *duties)

    own, anothers = await act(first, first, at), await act(first, second, at)

    assert own.refused(clause)["code"] == "confirmed_by_declarer"
    assert clause in {finding["clause"] for finding in anothers.ok()["explain"]}


@pytest.mark.clause("ZH21-11.0", "refuses")
@pytest.mark.clause("ZH21-11.0", "accepts")
@pytest.mark.parametrize(("act", "duties"), POINTS)
async def test_in_zhuhai_another_person_confirms_at_each_point(
    world: World, zhuhai: Desks, act: Any, duties: tuple[str, str]
) -> None:
    await confirmed_by_another_only(world, zhuhai, act, duties, "ZH21-11.0")


@pytest.mark.clause("D102-10.0", "refuses")
@pytest.mark.clause("D102-10.0", "accepts")
@pytest.mark.parametrize(("act", "duties"), POINTS)
async def test_in_chengdu_the_national_list_is_confirmed_by_another_person_at_each_point(
    world: World, chengdu: Desks, act: Any, duties: tuple[str, str]
) -> None:
    await confirmed_by_another_only(world, chengdu, act, duties, "D102-10.0")
