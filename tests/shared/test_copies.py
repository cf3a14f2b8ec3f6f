"""Rebuilding copies: the registry's events become contracts' accounts and posts, are damaged, and come back."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from shared import bus
from shared.bus.login import NO_LOGIN
from shared.bus.records import Sender
from shared.events.registry import PostGiven
from shared.road.rebuild import CannotRebuild, Rebuilt, Report
from tests.support.roads import ABOUT, FIRST, Road, a_road
from tests.support.servers import Broker, timeline_of


@pytest.fixture(scope="module", params=["postgres", pytest.param("kafka", marks=pytest.mark.kafka)])
async def road(database_url: str, template: str, request: pytest.FixtureRequest) -> AsyncIterator[Road]:
    broker: Broker | None = None if request.param == "postgres" else request.getfixturevalue("kafka")
    on = (broker.url, broker.login) if broker else ("postgres", NO_LOGIN)
    async with a_road(database_url, template, *on) as road:
        yield road


def found(report: Report) -> dict[str, Rebuilt]:
    return {table.table: table for table in report.tables}


def differences(tables: Sequence[Rebuilt]) -> dict[str, tuple[int, int, int]]:
    return {table.table: (table.restored, table.corrected, table.removed) for table in tables}


async def test_a_damaged_copy_comes_back_as_its_events_say(road: Road) -> None:
    people = [await road.a_person() for _ in range(4)]
    for person, _ in people:
        await road.arrived(person)
    whole = (await road.rebuild()).tables
    await road.admin.execute("DELETE FROM contracts.posts WHERE id = $1", people[0][1])
    await road.admin.execute("UPDATE contracts.posts SET duties = '{approve_payment}' WHERE id = $1", people[1][1])
    await road.admin.execute("INSERT INTO contracts.accounts VALUES ('else', 'where', $1, true, 1)", uuid4())

    repaired = await road.rebuild()

    assert all(table.equal for table in whole)
    assert differences(repaired.tables) == {"accounts": (0, 0, 1), "posts": (1, 1, 0)}
    assert not any(table.equal for table in repaired.tables)
    assert [table.after for table in repaired.tables] == [table.after for table in whole]
    assert repaired.left_out == ()
    assert [table.equal for table in (await road.rebuild()).tables] == [True, True]
    told = await road.admin.fetch(
        "SELECT entry::jsonb -> 'event' -> 'tables' AS tables FROM contracts.journal"
        " WHERE type = 'goufu.contracts.copies_rebuilt.v1'"
    )
    changes = [
        [(t["table"], t["restored"], t["corrected"], t["removed"]) for t in json.loads(e["tables"])] for e in told
    ]
    assert changes == [[("accounts", 0, 0, 1), ("posts", 1, 1, 0)]], "one entry, of the rebuild that changed something"


async def test_an_audit_names_each_row_of_a_copy_that_its_source_does_not_tell_of(road: Road) -> None:
    """Whatever was done to a copy behind its consumer; what its source tells is what it was told, whoever wrote it."""
    people = [await road.a_person() for _ in range(3)]
    for person, _ in people:
        await road.arrived(person)
    await road.rebuild()
    whole = await road.compare()
    mole = uuid4()
    await road.admin.execute("DELETE FROM contracts.posts WHERE id = $1", people[0][1])
    await road.admin.execute("UPDATE contracts.posts SET duties = '{approve_payment}' WHERE id = $1", people[1][1])
    await road.admin.execute("INSERT INTO contracts.accounts VALUES ('else', 'mole', $1, true, 1)", mole)

    found = await road.compare()

    assert whole == []
    assert found == [
        "copy accounts else/mole: no event tells of this row",
        f"copy posts {people[0][1]}: the row is missing",
        f"copy posts {people[1][1]}: not as its events say",
    ]
    assert await road.compare() == found, "nothing was changed by looking"
    await road.rebuild()


async def test_an_older_row_is_brought_to_its_last_version(road: Road) -> None:
    person, post = await road.a_person()
    await road.arrived(person)
    await road.admin.execute("UPDATE contracts.posts SET source_version = 1, valid_until = NULL WHERE id = $1", post)

    await road.rebuild()

    row = await road.admin.fetchrow("SELECT source_version, valid_until FROM contracts.posts WHERE id = $1", post)
    assert tuple(row) == (3, date(2022, 12, 31))


async def test_the_worker_goes_on_while_a_copy_is_rebuilt(road: Road) -> None:
    people: list[tuple[UUID, UUID]] = []
    enough = asyncio.Event()

    async def newcomers() -> None:
        while not enough.is_set():
            people.append(await road.a_person())

    going_on = asyncio.create_task(newcomers())
    await asyncio.sleep(0.5)
    for _ in range(3):
        await road.admin.execute("DELETE FROM contracts.posts")
        await road.rebuild()
    enough.set()
    await going_on
    for person, _ in people:
        await road.arrived(person)

    posts = {row["id"] for row in await road.admin.fetch("SELECT id FROM contracts.posts WHERE source_version = 3")}
    assert {post for _, post in people} <= posts
    assert all(table.equal for table in (await road.rebuild()).tables)


async def test_a_poll_that_has_written_and_not_committed_is_waited_for(road: Road) -> None:
    await road.rest()
    person, post = await road.a_person()
    poll = road.admin.transaction()
    await poll.start()
    await road.admin.execute("INSERT INTO contracts.seen VALUES ('registry', $1, 3)", person)
    await road.admin.execute(
        "INSERT INTO contracts.posts VALUES ($1, $2, $3, '4404/440402', '{audit}', $4, '2022-12-31', 3)",
        *(post, person, ABOUT["organisation"], FIRST),
    )

    rebuilding = asyncio.create_task(road.rebuild())
    await asyncio.sleep(2)
    waited = not rebuilding.done()
    await poll.commit()
    posts = found(await rebuilding)["posts"]
    await road.work()

    assert waited
    assert posts.equal
    assert await road.admin.fetchval("SELECT count(*) FROM contracts.posts WHERE id = $1", post) == 1


async def test_what_rests_stays_with_the_operator(road: Road) -> None:
    person, post = await road.a_person()
    await road.arrived(person)
    await road.admin.execute("SET search_path = contracts")
    await _send_unreadable(road, person, version=4)
    await road.emit(PostGiven(**ABOUT, post_id=uuid4(), person_id=person, duties=["audit"], valid_from=FIRST))
    await road.emit(PostGiven(**ABOUT, post_id=uuid4(), person_id=person, duties=["audit"], valid_from=FIRST))
    await road.arrived(person, version=5)

    report = await road.rebuild()

    held = await road.admin.fetch("SELECT version, state FROM held WHERE key = $1 ORDER BY version", person)
    posts = await road.admin.fetch("SELECT id FROM posts WHERE person_id = $1", person)
    assert [tuple(row) for row in held] == [(4, "parked"), (5, "behind")]
    assert [row["id"] for row in posts] == [post]
    assert found(report)["posts"].equal


async def test_what_the_source_does_not_know_is_told_and_changes_nothing(road: Road) -> None:
    person, post = await road.a_person()
    await road.arrived(person)
    await road.admin.execute("UPDATE contracts.seen SET version = 4 WHERE key = $1", person)
    await road.admin.execute("UPDATE contracts.posts SET duties = '{}' WHERE id = $1", post)

    with pytest.raises(CannotRebuild, match="registry does not know version 4 of key"):
        await road.rebuild()

    assert await road.admin.fetchval("SELECT duties FROM contracts.posts WHERE id = $1", post) == []
    await road.admin.execute("UPDATE contracts.seen SET version = 3 WHERE key = $1", person)
    await road.rebuild()
    assert await road.admin.fetchval("SELECT duties FROM contracts.posts WHERE id = $1", post) == ["audit"]


async def _send_unreadable(road: Road, key: UUID, *, version: int) -> None:
    """An event nobody can read, before the registry's own of that version."""
    row = {"id": uuid4(), "type": PostGiven.type_name(), "key": key, "version": version, "correlation": uuid4()}
    row |= {
        "cause": None,
        "traceparent": None,
        "recorded_at": datetime.now(UTC),
        "entry": '{"event": {}}',
        "audience": "services",
    }
    settings = road.settings
    message = Sender("registry", timeline_of("registry"), settings.tags, settings.topic_prefix).event(10**6, row)
    connection = bus.connect(settings.bus_url("registry"), settings.bus_login())
    publisher = await connection.publisher("test")
    await (await publisher.send([message]))
    await connection.close()
