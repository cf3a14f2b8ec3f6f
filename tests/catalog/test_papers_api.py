"""Papers of a project before it is bought: each is read as the record that names it, no sooner and by nobody else."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from tests.catalog.examples import (
    CHENGDU,
    ZHUHAI,
    Desks,
    a_budget,
    a_content,
    a_line,
    a_pooled_project,
    a_project,
    a_requirement,
    desks,
    nothing_negative,
)
from tests.support.papers import listed, reads, uploaded
from tests.support.world import Person, World


@pytest.fixture(scope="module")
async def zhuhai(world: World) -> Desks:
    return await desks(world, ZHUHAI)


@pytest.fixture(scope="module")
async def chengdu(world: World) -> Desks:
    return await desks(world, CHENGDU)


async def readers(world: World, at: Desks) -> dict[str, Person]:
    return {
        "auditor": await world.person(duties={"audit"}, organisation=uuid4(), jurisdiction=at.jurisdiction[:4]),
        "stranger": await world.person(duties={"propose_project"}, organisation=uuid4(), jurisdiction=at.jurisdiction),
        "resident": await world.person(duties=set(), organisation=uuid4()),
    }


async def who_reads(people: dict[str, Person], document: dict[str, Any]) -> set[str]:
    return {name for name, person in people.items() if await reads(person, "catalog", document)}


async def test_budget_papers_and_finances_decision_are_read_by_both_sides_and_by_oversight(
    world: World, zhuhai: Desks
) -> None:
    at = zhuhai
    people = {**await readers(world, at), "accountant": at.accountant, "finance": at.finance}
    project = await a_pooled_project(at)
    estimate, decision = await uploaded(at.accountant, "catalog"), await uploaded(at.finance, "catalog")
    body = await a_budget(at, documents=[estimate["id"]])
    budget = (await at.accountant.post("catalog", f"/v1/projects/{project['id']}/budgets", body)).ok()
    assert await who_reads(people, decision) == {"finance"}

    verdict = {"verdict": "approve", "documents": [decision["id"]]}
    (await at.finance.post("catalog", f"/v1/budgets/{budget['id']}/review", verdict)).ok()

    for paper in (estimate, decision):
        assert await who_reads(people, paper) == {"auditor", "accountant", "finance"}
    shown = (await listed(at.accountant, "catalog", "budget", budget["id"])).ok()
    assert [each["id"] for each in shown] == [estimate["id"], decision["id"]]


async def test_a_budget_line_and_its_change_rest_on_papers_of_finance(world: World, chengdu: Desks) -> None:
    at = chengdu
    other = await world.person(
        duties={"review_budget", "open_budget_line"}, organisation=world.finance_cd, jurisdiction=CHENGDU
    )
    opening, change = await uploaded(at.finance, "catalog"), await uploaded(other, "catalog")
    line = await a_line(at, "100.00", documents=[opening["id"]])

    body = {"amount": "90.00", "reason": "预算调减", "documents": [change["id"]]}
    (await other.post("catalog", f"/v1/budget-lines/{line['id']}/adjustments", body)).ok()

    shown = (await listed(at.accountant, "catalog", "line", line["id"])).ok()
    assert [each["sha256"] for each in shown] == [opening["sha256"], change["sha256"]]


async def test_minutes_of_a_deliberation_are_read_as_the_project(world: World, zhuhai: Desks) -> None:
    at = zhuhai
    people = {**await readers(world, at), "planner": at.planner}
    project = await a_project(at)
    minutes = await uploaded(at.planner, "catalog")

    body = {"occurred_on": "2022-02-25", "documents": [minutes["id"]]}
    (await at.planner.post("catalog", f"/v1/projects/{project['id']}/deliberation", body)).ok()

    assert await who_reads(people, minutes) == {"planner", "auditor"}
    assert (await listed(at.planner, "catalog", "project", project["id"])).ok()[0]["id"] == minutes["id"]


async def test_what_is_put_to_the_public_is_everybodys_from_then_on_and_what_became_of_it_is_not(
    world: World, chengdu: Desks
) -> None:
    at = chengdu
    people = {**await readers(world, at), "reviewer": at.need_reviewer}
    project = await a_pooled_project(at)
    attached, asked, result, report = [await uploaded(at.writer, "catalog") for _ in range(4)]
    content = {"content": a_content(at), "negative_declaration": await nothing_negative(at.writer, CHENGDU)}
    body = {**content, "documents": [attached["id"]]}
    requirement = (await at.writer.post("catalog", f"/v1/projects/{project['id']}/requirements", body)).ok()
    assert await who_reads(people, asked) == {"reviewer"}

    opens = {"channels": ["questionnaire"], "closes_on": "2022-03-05", "documents": [asked["id"]]}
    path = f"/v1/requirements/{requirement['id']}/consultations"
    consultation = (await at.writer.post("catalog", path, opens)).ok()
    assert await who_reads(people, asked) == {"reviewer", "auditor", "stranger", "resident"}
    assert (await listed(people["resident"], "catalog", "consultation", consultation["id"])).ok()

    path = f"/v1/consultations/{consultation['id']}"
    feedback = (await people["resident"].post("catalog", f"{path}/feedback", {"content": "很好"})).ok()
    decided = {"feedback": [feedback["id"]], "adopted": True, "documents": [result["id"]]}
    (await at.writer.post("catalog", f"{path}/dispositions", decided)).ok()
    await world.today_is(date(2022, 3, 7))
    returned = {"verdict": "return", "compliant": False, "wording_clear": True, "reason": "须修改"}
    reviewed = await uploaded(at.need_reviewer, "catalog")
    review = {**returned, "documents": [reviewed["id"]]}
    (await at.need_reviewer.post("catalog", f"/v1/requirements/{requirement['id']}/review", review)).ok()

    for paper in (attached, result, reviewed):
        assert await who_reads(people, paper) == {"reviewer", "auditor"}
    assert await who_reads(people, report) == {"reviewer"}


async def test_a_new_version_of_a_requirement_names_papers_of_its_own(world: World, zhuhai: Desks) -> None:
    at = zhuhai
    project = await a_pooled_project(at)
    paper = await uploaded(at.writer, "catalog")
    content = {"content": a_content(at), "negative_declaration": await nothing_negative(at.writer, ZHUHAI)}
    path = f"/v1/projects/{project['id']}/requirements"
    (await at.writer.post("catalog", path, {**content, "documents": [paper["id"]]})).ok()

    again = await at.writer.post("catalog", path, {**content, "documents": [paper["id"]]})

    again.refused("GPL-42.1", "document_named")
    assert (await a_requirement(at, project))["id"]
