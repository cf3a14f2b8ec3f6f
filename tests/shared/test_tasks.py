"""What is the same of every service's tasks: whom a post covers, how many are shown, what the texts say."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from services.catalog.rulebook import PoolSection
from shared.law.rulebook import Value, rulebooks
from shared.reading.tasks import Books, clause_in, clause_of
from tests.support.world import Person, World

STREET = "4404/440402"


async def a_cleared_project(world: World, organisation: UUID) -> UUID:
    """What waits for whoever may open its procurement."""
    project: dict[str, Any] = {"id": uuid4(), "jurisdiction": STREET, "organisation": organisation}
    project |= {"reference": "XM-1", "title": "社区心理咨询服务", "rulebook": "zhuhai-2021@1", "item": "2.04"}
    project |= {"nature": "deliverable", "budget": Decimal("220000.00"), "sources": [], "in_central_directory": False}
    project |= {"requirement_id": uuid4(), "requirement_version": 1, "requirement_hash": "ab" * 32}
    await world.insert("tendering", "projects", {**project, "source_version": 1})
    found: UUID = project["id"]
    return found


async def shown(person: Person) -> list[str]:
    return [task["subject"] for task in (await person.get("tendering", "/v1/tasks")).ok()]


async def an_officer(world: World, organisation: UUID, jurisdiction: str, duty: str = "open_procurement") -> Person:
    return await world.person("officer", duties={duty}, organisation=organisation, jurisdiction=jurisdiction)


async def test_a_post_covers_its_place_and_below_by_whole_parts(world: World) -> None:
    organisation = uuid4()
    project = str(await a_cleared_project(world, organisation))

    for place in (STREET, "4404", "000000"):
        assert await shown(await an_officer(world, organisation, place)) == [project], place
    for place in ("4404/440403", "4403", "4404/440402/440402001", "5101", "4405"):
        assert await shown(await an_officer(world, organisation, place)) == [], place


async def test_place_and_organisation_have_to_be_of_one_post(world: World) -> None:
    organisation = uuid4()
    await a_cleared_project(world, organisation)
    person = await an_officer(world, organisation, "5101")

    await world.post_for(person, {"open_procurement"}, uuid4(), STREET)

    assert await shown(person) == []


async def test_another_duty_sees_nothing(world: World) -> None:
    organisation = uuid4()
    await a_cleared_project(world, organisation)

    assert await shown(await an_officer(world, organisation, STREET, "check_file")) == []


async def test_two_posts_show_a_task_once(world: World) -> None:
    organisation = uuid4()
    project = str(await a_cleared_project(world, organisation))
    person = await an_officer(world, organisation, STREET)

    await world.post_for(person, {"open_procurement"}, organisation, "4404")

    assert await shown(person) == [project]


async def test_of_one_kind_two_hundred_are_shown(world: World) -> None:
    organisation = uuid4()
    for _ in range(201):
        await a_cleared_project(world, organisation)

    assert len(await shown(await an_officer(world, organisation, STREET))) == 200


@dataclass(frozen=True)
class WithPoolChoice:
    """A value that only one city's text has."""

    pool_choice_by: Value[str]


@dataclass(frozen=True)
class PerhapsPoolChoice:
    pool_choice_by: Value[str] | None


def test_a_text_that_lacks_a_value_is_none_of_the_books() -> None:
    books = Books("with_choice", lambda book: bool(book.section(WithPoolChoice).pool_choice_by.value))

    assert books.today()
    assert {rulebooks().get(name).file.name for name in books.today()} == {"zhuhai-2021@1"}


def test_the_first_value_that_a_text_has_names_the_clause() -> None:
    silent = rulebooks().get("chengdu-2017").section(PerhapsPoolChoice).pool_choice_by
    speaks = rulebooks().get("zhuhai-2021").section(PerhapsPoolChoice).pool_choice_by
    assert speaks is not None

    assert clause_of(silent, speaks) == speaks.clause
    assert clause_of(silent) is None


def test_a_member_that_a_list_lacks_has_no_clause() -> None:
    steps = rulebooks().get("zhuhai-2021").section(PoolSection).community_project_steps

    found = clause_in(steps, "vote")
    assert found is not None
    assert clause_in(steps, "lottery") is None
    assert clause_in(steps) == steps.clause("")
