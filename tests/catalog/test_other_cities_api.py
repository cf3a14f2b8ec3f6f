"""Changchun, Shanghai and Dongguan over HTTP: their negative lists item by item, and the line that money comes from.

Shanghai's text ended in 2020 and Dongguan's in 2013, so what is asked there is asked of a project that began under it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

import pytest

from services.catalog.negative_lists.rules import items_to_declare
from services.catalog.rulebook import NegativeSection
from shared.law.rulebook import rulebooks
from tests.catalog.examples import HEADER, Desks, a_directory, a_line, a_purchaser
from tests.support.world import Person, Reply, World

TEXTS = {
    "2201": "changchun-2014@1:2022-03-01",
    "3100": "shanghai-2015@1:2015-06-30",
    "4419": "dongguan-2011@1:2011-03-01",
}
Begun = tuple[Desks, dict[str, Any]]
SHEETS = {"2201": HEADER + "1,,1,公共服务,Public services,\n1.07,1,2,养老服务,Care for the elderly,\n"}
PLAIN = HEADER + "1.07,,1,养老服务,Care for the elderly,\n"
OF_CHANGCHUN = {
    **{f"CC14-5.0.{n}": item for n, item in enumerate(("national_security", "secrets", "judicial_trial"), 2)},
    "CC14-5.0.5": "administrative_decision",
    "CC14-5.0.6": "administrative_licensing",
    "CC14-5.0.7": "administrative_approval",
    "CC14-5.0.8": "administrative_enforcement",
    "CC14-5.0.9": "administrative_compulsion",
    "CC14-5.0.10": "excluded_by_other_law",
    "CC14-5.6.1": "must_be_provided_by_government",
    "CC14-5.6.2": "outside_government_duty",
}
KEPT_IN_SHANGHAI = (
    *("national_security", "secrets", "judicial_trial", "administrative_decision", "administrative_approval"),
    *("administrative_penalty", "administrative_levy", "administrative_payment", "administrative_compulsion"),
    *("administrative_adjudication", "administrative_inspection", "administrative_confirmation"),
    *("administrative_reconsideration", "administrative_filing", "administrative_requisition"),
    *("administrative_mediation", "market_supervision", "excluded_by_other_law"),
)
OF_SHANGHAI = {
    "SH15-2.3.4a": "outside_government_duty",
    "SH15-2.3.4b": "must_be_provided_by_government",
    "SH15-2.3.4c": "government_more_efficient",
    "SH15-2.3.4d": "government_cheaper",
    **{f"SH15-2.3.5.{n}": item for n, item in enumerate(KEPT_IN_SHANGHAI, 1)},
}


def proves(clauses: Iterable[str], *sides: str) -> Callable[[Any], Any]:
    """Every mark of several clauses: the test asks for each of them."""

    def marked(test: Any) -> Any:
        for clause in clauses:
            for side in sides:
                test = pytest.mark.clause(clause, side)(test)
        return test

    return marked


async def a_project(world: World, place: str) -> Begun:
    """A purchaser of the place, and its project under the text of the place."""
    organisation, bureau = await world.organisation(jurisdiction=place), await world.organisation("finance", place)
    await a_purchaser(world, organisation, place, "administrative_organ")
    await a_directory(world, place, SHEETS.get(place, PLAIN), bureau)

    async def person(*duties: str, of: UUID = organisation) -> Person:
        return await world.person("clerk", duties=duties, organisation=of, jurisdiction=place)

    at = Desks(
        place,
        organisation,
        await person("propose_project"),
        await person("review_project"),
        await person("write_requirement"),
        await person("review_requirement"),
        await person("submit_budget"),
        await person("review_budget", "open_budget_line", of=bureau),
    )
    answer = await at.planner.post("catalog", "/v1/projects", proposal(at, declared(place, today=True)))
    project = answer.ok()
    await world.admin.execute("UPDATE catalog.projects SET rulebook = $1 WHERE id = $2", TEXTS[place], project["id"])
    return at, project


@pytest.fixture(scope="module")
async def begun(world: World) -> Mapping[str, Begun]:
    return {place: await a_project(world, place) for place in TEXTS}


def proposal(at: Desks, answers: dict[str, bool]) -> dict[str, Any]:
    return {
        "jurisdiction": at.jurisdiction,
        "organisation": str(at.organisation),
        "title": "居家养老服务",
        "way": "planned_by_purchaser",
        "item": "1.07",
        "nature": "continuous",
        "estimate": "480000.00",
        "need_origin": "public_service",
        "details": {},
        "negative_declaration": answers,
    }


def declared(place: str, item: str | None = None, *, today: bool = False) -> dict[str, bool]:
    """The negative list of the place's text, or of today's law there: the item alone applies."""
    name = TEXTS[place] if place == "2201" or not today else "national-procurement"
    listed = items_to_declare(rulebooks().get(name).section(NegativeSection))
    return {each: each == item for each in listed}


async def required(at: Desks, project: dict[str, Any], answers: dict[str, bool]) -> Reply:
    body = {"content": {"fields": {"content": "为高龄老人上门服务"}}, "negative_declaration": answers}
    return await at.writer.post("catalog", f"/v1/projects/{project['id']}/requirements", body)


@proves(OF_CHANGCHUN, "refuses", "accepts")
async def test_changchun_buys_nothing_that_its_text_keeps_back(begun: Mapping[str, Begun]) -> None:
    at, _ = begun["2201"]

    for clause, item in OF_CHANGCHUN.items():
        answer = await at.planner.post("catalog", "/v1/projects", proposal(at, declared("2201", item)))
        assert answer.refused(clause, "negative_item_applies")["facts"] == {"item": item}
    unsaid = declared("2201")
    del unsaid["national_security"]
    (await at.planner.post("catalog", "/v1/projects", proposal(at, unsaid))).refused(
        "CC14-5.0.2", "negative_item_undeclared"
    )
    proposed = (await at.planner.post("catalog", "/v1/projects", proposal(at, declared("2201")))).ok()

    assert set(OF_CHANGCHUN) <= {finding["clause"] for finding in proposed["explain"]}


@proves(OF_SHANGHAI, "refuses", "accepts")
async def test_shanghai_buys_nothing_that_its_text_keeps_back(begun: Mapping[str, Begun]) -> None:
    at, project = begun["3100"]

    for clause, item in OF_SHANGHAI.items():
        refused = (await required(at, project, declared("3100", item))).refused(clause, "negative_item_applies")
        assert refused["facts"] == {"item": item}
    written = (await required(at, project, declared("3100"))).ok()

    assert set(OF_SHANGHAI) <= {finding["clause"] for finding in written["explain"]}


LINES = [("2201", "CC14-7.1"), ("3100", "SH15-1.2.4"), ("4419", "DG11-10.1")]


@pytest.mark.parametrize(
    ("place", "clause"),
    [
        pytest.param(*each, marks=[pytest.mark.clause(each[1], side) for side in ("refuses", "accepts")])
        for each in LINES
    ],
)
async def test_money_comes_from_a_line_of_the_budget_that_covers_it(
    begun: Mapping[str, Begun], place: str, clause: str
) -> None:
    at, project = begun[place]
    path, line = f"/v1/projects/{project['id']}/budgets", await a_line(at, "480000.00")

    async def asked(amount: str, kind: str = "fiscal") -> Reply:
        sources = [{"kind": kind, "amount": amount}]
        body = {"line_id": line["id"], "year": 2022, "amount": amount, "sources": sources}
        return await at.accountant.post("catalog", path, body)

    (await asked("480000.01")).refused(clause, "budget_line_insufficient")
    if place != "4419":
        (await asked("480000.00", "enterprise_donation")).refused(clause, "source_not_of_budget")
    submitted = (await asked("480000.00")).ok()

    assert clause in {finding["clause"] for finding in submitted["explain"]}
