"""From each reachable state of each record of a purchase, some sequence of allowed acts leads to an end."""

import os
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.endings import plays, states
from tests.endings.house import House
from tests.endings.search import Search, Some, founded
from tests.support.servers import SECRET, clone, drop

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def house(database_url: str, template: str, tmp_path: Path) -> AsyncIterator[House]:
    name = f"e_{tmp_path.name[-8:].replace('-', '_')}"
    await drop(database_url, name)
    house = House(await clone(database_url, template, name), template, SECRET, tmp_path)
    await house.open()
    yield house
    await house.close()
    if "GOUFU_TEST_DATABASE" in os.environ:  # a private server goes with all it has
        for database in (name, *house.made):
            await drop(database_url, database)


def noted() -> Path:
    """Where the whole search notes what it has tried of the program as it is: the name hangs on every file of it."""
    files = [
        path
        for folder in ("services", "shared", "deploy/demo", "tests/endings")
        for path in ROOT.glob(f"{folder}/**/*.*")
    ]
    whole = sha256(
        b"".join(sha256(path.read_bytes()).digest() for path in sorted(files) if path.suffix in (".py", ".toml"))
    )
    (ROOT / "build").mkdir(exist_ok=True)
    return ROOT / "build" / f"endings-{whole.hexdigest()[:16]}.jsonl"


async def searched(
    house: House, server: str, template: str, told: tuple[plays.Told, ...], some: Some, kept: Path | None = None
) -> Search:
    search = Search(server, template, house, kept=kept)
    cast, first = await founded(server, template, house)
    for play in told:
        await search.explore(play, first, cast, some)
        print(play.name, search.report.line(), flush=True)
    return search


async def test_a_sample_of_the_states_of_a_purchase_has_an_end(house: House, database_url: str, template: str) -> None:
    search = await searched(house, database_url, template, plays.PLAYS[:1], Some(plays.SAMPLE))

    assert search.report.stuck == []


@pytest.mark.long
async def test_scores_that_are_open_again_have_an_end(house: House, database_url: str, template: str) -> None:
    search = await searched(house, database_url, template, plays.PLAYS[1:2], Some(plays.OPEN_AGAIN))

    assert {"asked", "dropped", "done"} <= search.report.seen["tendering.rescorings"]
    assert search.report.stuck == []


@pytest.mark.long
async def test_a_larger_sample_over_every_play_has_an_end(house: House, database_url: str, template: str) -> None:
    """Twenty-five branches a play; all of them, which takes long, with GOUFU_ENDINGS=all (`make endings`), and a part
    with 2/8. Of these each branch is noted in build/, so that a search that was broken off goes on."""
    asked = os.environ.get("GOUFU_ENDINGS", "")
    nth, _, parts = asked.partition("/")
    every = Some(part=(int(nth), int(parts))) if parts else Some()
    kept = noted() if asked else None
    search = await searched(house, database_url, template, plays.PLAYS, every if asked else Some(number=25), kept)

    print("never reached:", ", ".join(search.report.never()))
    assert search.report.stuck == []
    if asked == "all":
        assert {state for state in search.report.never() if state.rpartition(".")[0] not in states.ALONE} <= set(
            states.UNREACHED
        )


def test_what_no_play_reaches_is_a_state_that_a_table_allows() -> None:
    allowed = {f"{table}.{state}" for table, found in states.listed().items() for state in found}

    assert set(states.UNREACHED) <= allowed


def test_every_table_with_states_says_how_its_records_end() -> None:
    listed = states.listed()

    assert set(listed) == {*states.ENDS, *states.PARTS, *states.ALONE}
    assert {
        table: sorted(ends - set(listed[table])) for table, ends in states.ENDS.items() if ends - set(listed[table])
    } == {}
