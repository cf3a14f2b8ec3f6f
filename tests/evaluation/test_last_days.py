"""Last days that are counted in working days, when the schedule of a year comes late or changes."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.evaluation.worker import DEADLINES
from shared.errands.deadlines import Sweeper
from shared.events.contracts import ContractSigned
from tests.evaluation.examples import (
    ACCEPTOR,
    a_chengdu_contract,
    assessed,
    entries,
    events,
    of_provider,
    officer,
)
from tests.support.schedules import Folder, a_folder, begins_on
from tests.support.world import FIRST_DAY, Person, World

OBJECTION = {"statement": "twelve visits were not counted", "evidence": ["0f" * 32]}
MONDAY = date(2026, 12, 28)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with a_folder(tmp_path) as folder:
        yield folder


async def told(world: World, day: date) -> tuple[ContractSigned, Person, dict[str, Any]]:
    """A result of 93.00, told to the provider on that day with a window of five working days."""
    await begins_on(world, day)
    contract = await a_chengdu_contract(world)
    result = await assessed(await officer(world, contract, ACCEPTOR), contract, score="93.00")
    return contract, await of_provider(world, contract), result


async def now(person: Person, result: dict[str, Any]) -> dict[str, Any]:
    return dict((await person.get("evaluation", f"/v1/assessments/{result['id']}")).ok())


async def objects(provider: Person, result: dict[str, Any]) -> Any:
    return await provider.post("evaluation", f"/v1/assessments/{result['id']}/objections", OBJECTION)


async def test_a_window_over_new_year_closes_when_the_years_schedule_has_come(world: World, folder: Folder) -> None:
    _, provider, result = await told(world, MONDAY)
    assert (result["objections_until"], result["window_provisional"]) == ("2027-01-04", True)

    folder.holds(2027)
    await world.today_is(date(2027, 1, 5), hour=23, minute=59)
    await world.pump()
    still_open = await now(provider, result)
    await world.today_is(date(2027, 1, 6), hour=0)
    await world.pump()

    last_day = ("2027-01-05", False)
    assert (still_open["objections_until"], still_open["window_provisional"]) == last_day
    assert still_open["state"] == "notified"
    assert (await now(provider, result))["state"] == "confirmed"
    [moved] = await events(world, result["id"], "last_day_moved")
    assert (moved["last_day"], moved["provisional"]) == last_day
    [notice] = [n for n in (await provider.get("evaluation", "/v1/notices")).ok() if n["kind"].endswith("moved")]
    assert notice["facts"] == {"objections_until": "2027-01-05"}
    (await objects(provider, result)).refused("CD17-27.3", "objection_late")


@pytest.mark.clause("CD17-27.3", "refuses")
async def test_an_objection_after_the_recounted_day_is_refused_before_anything_has_swept(
    world: World, folder: Folder
) -> None:
    _, provider, result = await told(world, MONDAY)
    await world.today_is(date(2027, 3, 1))

    folder.holds(2027)

    found = (await objects(provider, result)).refused("CD17-27.3", "objection_late")
    assert found["facts"]["objections_until"] == "2027-01-05"


async def test_without_the_years_schedule_the_window_stays_open(world: World, folder: Folder) -> None:
    _, provider, result = await told(world, MONDAY)

    await world.today_is(date(2027, 3, 1))
    await world.pump()

    shown = await now(provider, result)
    assert (shown["state"], shown["objections_until"], shown["window_provisional"]) == ("notified", "2027-01-04", True)
    (await objects(provider, result)).ok()


async def test_who_oversees_a_place_sees_a_result_that_waits_for_a_schedule(world: World, folder: Folder) -> None:
    contract, _, result = await told(world, MONDAY)
    auditor = await world.person("auditor", duties={"audit"}, jurisdiction=contract.jurisdiction)

    async def watched() -> list[str]:
        tasks = (await auditor.get("evaluation", "/v1/tasks")).ok()
        return [task["task"] for task in tasks if task["subject"] == result["id"]]

    await world.today_is(date(2027, 1, 4), hour=12)
    assert await watched() == []
    await world.today_is(date(2027, 1, 5), hour=12)
    assert await watched() == ["watch_provisional_window"]
    folder.holds(2027)
    await world.pump()
    assert await watched() == []


async def test_while_the_calendar_ends_soon_the_operator_has_a_task(world: World, folder: Folder) -> None:
    await begins_on(world, FIRST_DAY)
    operator = await world.person("operator", duties={"operate"}, jurisdiction="000000")
    elsewhere = await world.person("operator", duties={"operate"}, jurisdiction="4404")

    async def waits(person: Person) -> list[tuple[str, str, bool]]:
        tasks = (await person.get("evaluation", "/v1/tasks")).ok()
        return [(task["task"], task["last_day"], task["overdue"]) for task in tasks]

    async def on(day: date) -> list[tuple[str, str, bool]]:
        await world.today_is(day)
        await world.pump()
        return await waits(operator)

    assert await on(date(2026, 11, 1)) == []
    assert await on(date(2026, 11, 2)) == [("install_calendar", "2026-12-31", False)]
    assert await waits(elsewhere) == []
    assert await on(date(2027, 1, 1)) == [("install_calendar", "2026-12-31", True)]
    known = (await operator.get("evaluation", "/v1/calendar")).ok()
    assert (known["known_until"], known["known_days"]) == ("2026-12-31", 0)
    assert (await world.clients["evaluation"].get("/readyz")).json() == {"status": "degraded"}

    folder.holds(2027)
    assert await on(date(2027, 1, 2)) == []
    assert (await operator.get("evaluation", "/v1/calendar")).json["known_days"] == 363
    assert (await world.clients["evaluation"].get("/readyz")).json() == {"status": "ready"}


@pytest.mark.parametrize(
    ("counted_in", "changed", "last_day"),
    [((), ("03-07",), "2022-03-09"), (("03-07",), (), "2022-03-08")],
    ids=["a day off more", "a day off less"],
)
async def test_a_changed_schedule_moves_a_day_that_was_certain(
    world: World, folder: Folder, counted_in: tuple[str, ...], changed: tuple[str, ...], last_day: str
) -> None:
    folder.holds(2022, *counted_in)
    _, provider, result = await told(world, date(2022, 3, 1))

    folder.holds(2022, *changed)
    await world.pump()
    await world.pump()

    shown = await now(provider, result)
    assert shown["objections_until"] == last_day != result["objections_until"]
    assert len(await events(world, result["id"], "last_day_moved")) == 1


async def test_a_day_that_was_certain_does_not_move_into_the_past(world: World, folder: Folder) -> None:
    folder.holds(2022, "03-07")
    _, provider, result = await told(world, date(2022, 3, 1))
    await world.today_is(date(2022, 3, 9))

    folder.holds(2022)
    await world.pump()

    shown = await now(provider, result)
    assert (shown["state"], shown["objections_until"]) == ("notified", "2022-03-09")
    (await objects(provider, result)).ok()


async def test_a_window_that_has_closed_does_not_open_again(world: World, folder: Folder) -> None:
    folder.holds(2022)
    _, provider, result = await told(world, date(2022, 3, 1))
    await world.today_is(date(2022, 3, 9))  # nothing has swept since the end of the last day

    folder.holds(2022, "03-07", "03-08")
    await world.pump()

    shown = await now(provider, result)
    assert (shown["state"], shown["objections_until"]) == ("confirmed", "2022-03-08")
    assert "last_day_moved" not in await entries(world, result["id"])


async def test_the_day_of_an_answer_moves_until_it_is_given(world: World, folder: Folder) -> None:
    contract, provider, result = await told(world, MONDAY)
    _, other, second = await told(world, MONDAY)
    objection, answered = (await objects(provider, result)).ok(), (await objects(other, second)).ok()
    official = await officer(world, contract, {"answer_objection"})
    reply = {"upheld": False, "verification": "the register does not show them"}
    (await official.post("evaluation", f"/v1/objections/{answered['id']}/answer", reply)).ok()

    folder.holds(2027)
    await world.pump()

    async def due(objection: dict[str, Any]) -> tuple[str, bool]:
        shown = (await official.get("evaluation", f"/v1/objections/{objection['id']}")).ok()
        return shown["answer_due"], shown["due_provisional"]

    assert await due(objection) == ("2027-01-05", False)
    assert await due(answered) == ("2027-01-04", True)
    await world.today_is(date(2027, 1, 6), hour=0)
    await world.pump()
    assert (await entries(world, objection["id"]))[-1:] == ["last_day_moved"]
    assert len(await events(world, result["id"], "objection_overdue")) == 1


async def test_of_workers_with_different_calendars_the_one_that_came_last_counts(world: World, folder: Folder) -> None:
    _, provider, result = await told(world, MONDAY)
    service = world.services["evaluation"]
    await world.pump()
    folder.holds(2027)
    await Sweeper(service.database, DEADLINES).sweep(service.writer)

    folder.lacks(2027)
    await service.sweeper.sweep(service.writer)

    assert (await now(provider, result))["objections_until"] == "2027-01-05"
    assert len(await events(world, result["id"], "last_day_moved")) == 1


async def test_what_a_process_with_an_older_calendar_counts_is_counted_again(world: World, folder: Folder) -> None:
    folder.holds(2027)
    await world.pump()
    folder.lacks(2027)
    _, provider, result = await told(world, MONDAY)

    folder.holds(2027)
    await world.pump()

    assert (result["window_provisional"], (await now(provider, result))["window_provisional"]) == (True, False)
