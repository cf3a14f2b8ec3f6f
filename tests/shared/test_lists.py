"""Lists whose body is a plain list go on with the cursor in `Goufu-Next`: every row once, in order, for this caller."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.catalog.examples import ZHUHAI, a_project, a_requirement, desks
from tests.evaluation.examples import EVALUATOR, a_chengdu_contract, officer
from tests.registry.examples import a_provider, an_authority
from tests.support.world import Person, World


async def through(person: Person, service: str, path: str, **given: Any) -> list[Any]:
    """The whole list, page by page."""
    rows: list[Any] = []
    after: dict[str, str] = {}
    for _ in range(50):
        answer = await person.get(service, path, **given, **after)
        page = answer.ok()
        assert len(page) <= int(given["limit"])
        rows += page
        if "goufu-next" not in answer.headers:
            return rows
        after = {"after": answer.headers["goufu-next"]}
    raise AssertionError("the pages never end")


async def notices_for(world: World, organisation: UUID, count: int) -> None:
    """Notices of which three each have one instant."""
    for number in range(count):
        await world.rows(
            "INSERT INTO contracts.notices (id, recipient_organisation, subject, kind, facts, delivered_at)"
            " VALUES ($1, $2, $3, 'x', '{}', clock.now() - $4::interval)",
            uuid4(), organisation, uuid4(), timedelta(days=number // 3 + 1),
        )  # fmt: skip


@pytest.fixture(scope="module")
async def reader(world: World) -> Person:
    return await world.person(duties={"audit", "operate"}, jurisdiction="000000", organisation=uuid4())


@pytest.mark.parametrize("limit", [1, 4, 10, 11, 200])
async def test_every_notice_comes_once_whatever_the_page(world: World, limit: int) -> None:
    person = await world.person(duties={"a"}, organisation=uuid4())
    await notices_for(world, person.organisation, 10)

    rows = await through(person, "contracts", "/v1/notices", limit=limit)

    assert len({row["id"] for row in rows}) == len(rows) == 10
    assert [row["delivered_at"] for row in rows] == sorted((row["delivered_at"] for row in rows), reverse=True)


async def test_a_cursor_is_its_callers_and_its_lists_alone(world: World) -> None:
    first, other = [await world.person(duties={"a"}, organisation=uuid4()) for _ in range(2)]
    await notices_for(world, first.organisation, 3)
    answer = await first.get("contracts", "/v1/notices", limit=1)
    cursor = answer.headers["goufu-next"]

    (await first.get("contracts", "/v1/notices", limit=2, after=cursor)).ok()
    (await other.get("contracts", "/v1/notices", after=cursor)).problem(400, "bad_cursor")
    (await first.get("contracts", f"/v1/trace/{uuid4()}", after=cursor)).problem(400, "bad_cursor")
    (await first.get("contracts", "/v1/notices", after=f"{cursor}x")).problem(400, "bad_cursor")


async def test_held_events_refusals_and_a_trace_go_on(world: World, reader: Person) -> None:
    correlation = uuid4()
    for number in range(5):
        await world.rows(
            "INSERT INTO contracts.held (event, source, key, version, type, state, reason, value, held_at)"
            " VALUES ($1, 'catalog', $2, 1, 'x', 'waits', 'x', '', clock.now() - $3::interval)",
            uuid4(), uuid4(), timedelta(days=number // 2),
        )  # fmt: skip
        await world.rows(
            "INSERT INTO contracts.journal (id, kind, type, audience, correlation, recorded_at, entry, jurisdiction)"
            " VALUES ($1, 'refusal', 'x', 'internal', $2, clock.now() - $3::interval, $4, '4404')",
            uuid4(), correlation, timedelta(days=number // 2),
            '{"clauses": [], "event": {"codes": ["paged"], "operation": "x"}}',
        )  # fmt: skip

    held = await through(reader, "contracts", "/v1/held-events", limit=2)
    refusals = await through(reader, "contracts", "/v1/refusals", limit=2, code="paged")
    trace = await through(reader, "contracts", f"/v1/trace/{correlation}", limit=2)
    await world.rows("DELETE FROM contracts.held")

    assert len({row["event"] for row in held}) == len(held) == 5
    assert len({row["id"] for row in refusals}) == len(refusals) == 5
    assert trace == []  # refusals are internal, and the pages end all the same


async def test_budget_lines_and_editions_go_on(world: World, reader: Person) -> None:
    for number in range(7):
        line = {"code": f"C{number}", "title": "x", "year": 2020 + number // 3, "amount": 1, "allotted": 0}
        await world.insert(
            "catalog",
            "budget_lines",
            {**line, "id": uuid4(), "key": uuid4(), "version": 1, "jurisdiction": "4404", "organisation": uuid4()},
        )

    lines = await through(reader, "catalog", "/v1/budget-lines", limit=2)

    assert [(row["year"], row["code"]) for row in lines] == [
        (2022, "C6"), (2021, "C3"), (2021, "C4"), (2021, "C5"), (2020, "C0"), (2020, "C1"), (2020, "C2"),
    ]  # fmt: skip


async def test_the_duties_and_surveys_of_a_contract_go_on_in_their_order(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, EVALUATOR)
    path = f"/v1/contracts/{contract.contract_id}"
    for number in range(3):
        body = {"title": f"survey {number}", "invited": 5}
        (await person.post("evaluation", f"{path}/surveys", body)).ok()

    duties = await through(person, "evaluation", f"{path}/duties", limit=1)
    surveys = await through(person, "evaluation", f"{path}/surveys", limit=2)

    shown = [(duty["kind"], duty["number"]) for duty in duties]
    assert shown == [("assessment", 1), ("assessment", 2), ("assessment", 3), ("evaluation", None)]
    assert [survey["title"] for survey in surveys] == ["survey 0", "survey 1", "survey 2"]


async def test_the_versions_of_a_requirement_go_on_from_the_latest_to_the_first(world: World) -> None:
    at = await desks(world, ZHUHAI)
    project = await a_project(at)
    for _ in range(3):
        await a_requirement(at, project)

    versions = await through(at.writer, "catalog", f"/v1/projects/{project['id']}/requirements", limit=2)

    assert [version["number"] for version in versions] == [3, 2, 1]


async def test_organisations_of_one_name_go_on(world: World) -> None:
    title = f"同名中心{uuid4().hex[:8]}"
    authority = await an_authority(world)
    there = {
        str(await a_provider(world, authority, title=title, jurisdiction=place)) for place in ("4404", "4404/440402")
    }

    found = await through(authority.enters, "registry", "/v1/organisations", title=title, limit=1)

    assert {each["id"] for each in found} == there
