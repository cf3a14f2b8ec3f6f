"""Years' schedules in the folder of the operator, and days of a world that lie before others."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from shared.fields.calendar import default_calendar
from tests.support.world import World

STATUTORY = ("01-01", "05-01", "10-01", "10-02", "10-03")


def schedule(year: int, *more_days_off: str) -> str:
    """A year with its five fixed holidays, and these days off besides."""
    days = [date.fromisoformat(f"{year}-{day}") for day in (*STATUTORY, *more_days_off)]
    off = ", ".join(map(str, days))
    weekdays = sum(day.weekday() < 5 for day in days)
    head = f'year = {year}\nsource = "notice for {year}"\nstatutory_days = {weekdays}'
    return f"{head}\nholidays = [{off}]\nmakeup_days = []\n"


class Folder:
    """The folder of the operator, read again as processes do that start."""

    def __init__(self, path: Path, given: pytest.MonkeyPatch) -> None:
        self._path = path
        given.setenv("GOUFU_CALENDAR", str(path))

    def holds(self, year: int, *more_days_off: str) -> None:
        (self._path / f"{year}.toml").write_text(schedule(year, *more_days_off), encoding="utf-8")
        default_calendar.cache_clear()

    def lacks(self, year: int) -> None:
        (self._path / f"{year}.toml").unlink()
        default_calendar.cache_clear()


@contextmanager
def a_folder(path: Path) -> Iterator[Folder]:
    """GOUFU_CALENDAR, until the block ends."""
    with pytest.MonkeyPatch.context() as given:
        default_calendar.cache_clear()
        yield Folder(path, given)
    default_calendar.cache_clear()


async def begins_on(world: World, day: date) -> None:
    """Each of these tests has days of its own to go through; a sandbox's clock goes forward only."""
    await world.rows("SET session_replication_role = replica")
    await world.today_is(day)
    await world.rows("RESET session_replication_role")
