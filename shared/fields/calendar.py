"""Chinese working days and the instants at which days begin and end.

A period of n working days runs from the day after its start; make-up workdays (调休 Saturdays and Sundays) count and
public holidays do not. The State Council publishes a year's schedule in the November before: a period that reaches
into a year not yet loaded is counted with Saturdays and Sundays only and says that it is provisional. A period that is
kept is counted by `count_working_days` of `shared.errands.deadlines`, which counts it again when a schedule comes or
changes.
"""

import hashlib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from importlib.metadata import version as installed_version
from pathlib import Path

import chinese_calendar.constants as published
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.fields import strict_json
from shared.fields.text import PlainDate, ShortText

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Legal time: UTC+8 without summer time since 1992. A fixed offset needs no time-zone database on the machine."""

WARN_DAYS = 60
"""With fewer known days ahead than this the operator is to install the next year's schedule."""

_STATUTORY_DAYS = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
_SATURDAY = 5
_ONE_DAY = timedelta(days=1)
_EXPECTED = "wanted is one year as docs/calendar.md shows: year, source, statutory_days, holidays, makeup_days"
_NAMES_A_YEAR = re.compile(r"(19|20)\d\d")


class CalendarError(ValueError):
    """A year's schedule that does not add up, or a folder of schedules that cannot be read; the message is one
    sentence that names the file and says why."""


@dataclass(frozen=True, slots=True)
class Year:
    """One year's schedule: days off (weekends among them or not) and Saturdays and Sundays that are worked.

    Raises CalendarError for a day of another year, a day that is both, a make-up day from Monday to Friday, and for
    a schedule without the holidays that have the same date every year (1 January, 1 May, 1-3 October).
    """

    year: int
    holidays: frozenset[date]
    makeup_days: frozenset[date]
    source: str

    def __post_init__(self) -> None:
        _refuse("day of another year", (day for day in self.holidays | self.makeup_days if day.year != self.year))
        _refuse("both holiday and make-up workday", self.holidays & self.makeup_days)
        _refuse("make-up workday from Monday to Friday", (d for d in self.makeup_days if d.weekday() < _SATURDAY))
        statutory = {date(self.year, month, day) for month, day in _STATUTORY_DAYS}
        _refuse("statutory holiday missing", statutory - self.holidays)


def _refuse(fault: str, days: Iterable[date]) -> None:
    if found := sorted(days):
        raise CalendarError(f"{fault}: {', '.join(map(str, found))}")


@dataclass(frozen=True, slots=True)
class Due:
    """Last day of a period. `provisional`: counted through a year not loaded yet; it closes no right until it is."""

    day: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The known years and the version under which periods were counted. `fingerprint` tells one content from another,
    whatever it is called and wherever it came from."""

    years: Mapping[int, Year]
    version: str
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        content = [(year, sorted(of.holidays), sorted(of.makeup_days)) for year, of in sorted(self.years.items())]
        object.__setattr__(self, "fingerprint", hashlib.sha256(repr(content).encode()).hexdigest()[:32])

    def known_until(self, day: date) -> date:
        """The last day up to which every year from this day on is loaded; one that has passed when its own is not."""
        year = day.year
        if year not in self.years:
            return date(max((known for known in self.years if known < year), default=year - 1), 12, 31)
        while year + 1 in self.years:
            year += 1
        return date(year, 12, 31)

    def known_days(self, day: date) -> int:
        """How many days after this one are known."""
        return max((self.known_until(day) - day).days, 0)

    def knows(self, day: date) -> bool:
        return day.year in self.years

    def is_working_day(self, day: date) -> bool:
        """By the year's schedule; in a year not loaded, Monday to Friday."""
        year = self.years.get(day.year)
        if year and day in year.makeup_days:
            return True
        return day.weekday() < _SATURDAY and not (year and day in year.holidays)

    def add_working_days(self, start: date, n: int) -> Due:
        """The n-th working day after `start`, which itself does not count. Raises ValueError for n below 1."""
        if n < 1:
            raise ValueError("a period has at least one working day")
        day, provisional = start, False
        while n > 0:
            day += _ONE_DAY
            if self.is_working_day(day):
                n -= 1
            provisional = provisional or not self.knows(day)
        return Due(day, provisional)

    def with_year(self, year: Year) -> "WorkingCalendar":
        """This calendar with one year added or replaced, under a version of its own."""
        return replace(self, years={**self.years, year.year: year}, version=f"{self.version} + {year.source}")


class _YearFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    year: int
    source: ShortText
    statutory_days: int
    holidays: list[PlainDate]
    makeup_days: list[PlainDate]


def load_year(path: Path) -> Year:
    """Reads a year's schedule from a `.toml` or `.json` file. Raises CalendarError, naming the file.

    year = 2027
    source = "State Council notice of November 2026"
    statutory_days = 13                   # control total: weekdays off less make-up workdays
    holidays = [2027-01-01, ...]          # in JSON: "2027-01-01"
    makeup_days = [2027-02-06, ...]
    """
    parse = strict_json.loads if path.suffix.lower() == ".json" else _toml
    try:
        return _checked_year(_YearFile.model_validate(parse(path.read_bytes())))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}" for each in error.errors()[:3])
        raise CalendarError(f"{path.name} is no year's schedule: {faults}; {_EXPECTED}") from None
    except CalendarError as error:
        raise CalendarError(f"{path.name}: {error}") from None
    except (ValueError, OSError) as error:
        raise CalendarError(f"{path.name} cannot be read: {error}; {_EXPECTED}") from error


def _toml(content: bytes) -> object:
    return tomllib.loads(content.decode("utf-8-sig"))


def _checked_year(file: _YearFile) -> Year:
    for days in (file.holidays, file.makeup_days):
        _refuse("day given twice", {day for day in days if days.count(day) > 1})
    weekdays_off = [day for day in file.holidays if day.weekday() < _SATURDAY]
    if len(weekdays_off) - len(file.makeup_days) != file.statutory_days:
        counted = f"{len(weekdays_off)} weekdays off less {len(file.makeup_days)} make-up workdays"
        raise CalendarError(f"{counted} are not {file.statutory_days} statutory days")
    return Year(file.year, frozenset(file.holidays), frozenset(file.makeup_days), file.source)


@lru_cache
def default_calendar() -> WorkingCalendar:
    """The years that the installed `chinesecalendar` knows; a year in the folder GOUFU_CALENDAR names goes first. A
    process reads them once, when it starts. Raises CalendarError."""
    calendar = _published_calendar()
    found: dict[int, str] = {}
    for path in _schedules(os.environ.get("GOUFU_CALENDAR")):
        try:
            year = load_year(path)
        except CalendarError as error:
            raise CalendarError(f"GOUFU_CALENDAR: {error}") from None
        if year.year in found:
            raise CalendarError(f"GOUFU_CALENDAR: {found[year.year]} and {path.name} both give {year.year}; keep one")
        found[year.year] = path.name
        calendar = calendar.with_year(year)
    return calendar


def _schedules(folder: str | None) -> list[Path]:
    """The schedules in the folder; what is neither TOML nor JSON is left alone unless its name holds a year."""
    if not folder:
        return []
    try:
        paths = sorted(Path(folder).iterdir())
    except OSError as error:
        raise CalendarError(
            f"GOUFU_CALENDAR: {folder} is no folder that can be read ({type(error).__name__});"
            " name the folder of the years' schedules, or leave it out"
        ) from None
    schedules = [path for path in paths if path.suffix.lower() in (".toml", ".json")]
    for path in paths:
        if path not in schedules and _NAMES_A_YEAR.match(path.name):
            raise CalendarError(f"GOUFU_CALENDAR: {path.name} is neither .toml nor .json; {_EXPECTED}")
    return schedules


def _published_calendar() -> WorkingCalendar:
    source = f"chinesecalendar {installed_version('chinesecalendar')}"
    years = {day.year for day in published.holidays}
    return WorkingCalendar({year: _published_year(year, source) for year in sorted(years)}, source)


def _published_year(year: int, source: str) -> Year:
    holidays = frozenset(day for day in published.holidays if day.year == year)
    makeup_days = frozenset(day for day in published.workdays if day.year == year)
    return Year(year, holidays, makeup_days, source)


def closes_at(day: date) -> datetime:
    """The first instant that is too late for something due on `day`: 00:00 in Beijing on the day after."""
    return datetime.combine(day + _ONE_DAY, time(), BEIJING)


def today(now: datetime) -> date:
    """The date in Beijing at an instant. Raises ValueError for one without offset."""
    if now.utcoffset() is None:
        raise ValueError("an instant needs its offset")
    return now.astimezone(BEIJING).date()
