from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import holidays
import pytest

from shared.fields.calendar import CalendarError, WorkingCalendar, Year, closes_at, default_calendar, load_year, today

YEAR_2027 = """
year = 2027
source = "notice of November 2026"
statutory_days = 6
holidays = [2027-01-01, 2027-02-08, 2027-02-09, 2027-05-01, 2027-05-03,
    2027-10-01, 2027-10-02, 2027-10-03, 2027-10-04, 2027-10-05]
makeup_days = [2027-02-14]
"""


def a_year(**changes: frozenset[date]) -> Year:
    holidays_2027 = frozenset(date(2027, month, day) for month, day in ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3)))
    parts = {"holidays": holidays_2027, "makeup_days": frozenset({date(2027, 1, 9)}), **changes}
    return Year(2027, parts["holidays"], parts["makeup_days"], "notice")


@pytest.fixture
def calendar() -> WorkingCalendar:
    return default_calendar()


def test_an_objection_before_the_national_day_is_due_after_two_worked_weekend_days(calendar: WorkingCalendar) -> None:
    filed = date(2022, 9, 28)

    due = calendar.add_working_days(filed, 5)

    assert (due.day, due.provisional) == (date(2022, 10, 10), False)
    assert calendar.is_working_day(date(2022, 10, 8))
    assert calendar.is_working_day(date(2022, 10, 9))
    assert not any(calendar.is_working_day(date(2022, 10, day)) for day in range(1, 8))


def test_the_day_of_the_start_does_not_count(calendar: WorkingCalendar) -> None:
    assert calendar.add_working_days(date(2022, 3, 1), 1).day == date(2022, 3, 2)


def test_a_start_on_a_day_off_counts_from_the_next_working_day(calendar: WorkingCalendar) -> None:
    assert calendar.add_working_days(date(2022, 10, 1), 1).day == date(2022, 10, 8)


@pytest.mark.parametrize("n", [0, -1])
def test_a_period_has_at_least_one_day(calendar: WorkingCalendar, n: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        calendar.add_working_days(date(2022, 3, 1), n)


def test_the_last_day_of_the_last_known_year_is_certain(calendar: WorkingCalendar) -> None:
    due = calendar.add_working_days(date(2026, 12, 30), 1)

    assert (due.day, due.provisional) == (date(2026, 12, 31), False)


def test_a_period_into_a_year_not_loaded_is_provisional_and_counts_weekends_only(calendar: WorkingCalendar) -> None:
    due = calendar.add_working_days(date(2026, 12, 31), 2)

    assert (due.day, due.provisional) == (date(2027, 1, 4), True)


def test_a_period_through_a_year_not_loaded_stays_provisional(calendar: WorkingCalendar) -> None:
    gap = WorkingCalendar({year: calendar.years[year] for year in (2022, 2024)}, "gap")

    assert gap.add_working_days(date(2022, 12, 30), 262).provisional


def test_both_published_calendars_agree_on_every_day_from_2010_to_2026(calendar: WorkingCalendar) -> None:
    other = holidays.country_holidays("CN", years=range(2010, 2027))
    days = (date(2010, 1, 1) + timedelta(n) for n in range(6_209))

    assert [day for day in days if calendar.is_working_day(day) != other.is_working_day(day)] == []


def test_the_calendar_knows_its_years_and_names_its_version(calendar: WorkingCalendar) -> None:
    assert calendar.knows(date(2004, 1, 1))
    assert calendar.knows(date(2026, 12, 31))
    assert not calendar.knows(date(2027, 1, 1))
    assert calendar.version.startswith("chinesecalendar 1.")


def test_a_year_loaded_makes_its_periods_certain_under_another_version(
    calendar: WorkingCalendar, tmp_path: Path
) -> None:
    file = tmp_path / "2027.toml"
    file.write_text(YEAR_2027, encoding="utf-8")

    loaded = calendar.with_year(load_year(file))

    due = loaded.add_working_days(date(2027, 2, 5), 4)
    assert (due.day, due.provisional) == (date(2027, 2, 14), False)
    assert loaded.version == f"{calendar.version} + notice of November 2026"


def test_a_year_may_be_given_in_json(tmp_path: Path) -> None:
    file = tmp_path / "2027.json"
    file.write_text(
        '{"year": 2027, "source": "notice", "statutory_days": 2, "makeup_days": [], "holidays":'
        ' ["2027-01-01", "2027-05-01", "2027-10-01", "2027-10-02", "2027-10-03"]}',
        encoding="utf-8",
    )

    assert date(2027, 10, 1) in load_year(file).holidays


def test_the_folder_of_the_operator_adds_its_years(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "2027.toml").write_text(YEAR_2027, encoding="utf-8")
    (tmp_path / "README.md").write_text("Years of this city.", encoding="utf-8")
    monkeypatch.setenv("GOUFU_CALENDAR", str(tmp_path))

    read_anew = default_calendar.__wrapped__()

    assert not read_anew.is_working_day(date(2027, 2, 8))


FAULTS = [
    ("2027-02-14]", "2026-02-14]", "day of another year: 2026-02-14"),
    ("year = 2027", "year = 2028", "day of another year"),
    ("2027-02-14]", "2027-02-30]", "2027.toml"),
    ("2027-02-14]", "2027-02-15]", "make-up workday from Monday to Friday: 2027-02-15"),
    ("2027-02-14]", "2027-10-02]", "both holiday and make-up workday: 2027-10-02"),
    ("2027-02-14]", "2027-02-14, 2027-02-14]", "day given twice: 2027-02-14"),
    ("2027-02-14]", "]", "7 weekdays off less 0 make-up workdays are not 6 statutory days"),
    ("2027-10-03, ", "", "statutory holiday missing: 2027-10-03"),
    ("statutory_days = 6\n", "", "statutory_days"),
    ("year = 2027", "year = 2027\ncity = 'Chengdu'", "city"),
    ("2027-02-14]", "2027-02-14T00:00:00]", "makeup_days"),
    ("2027-02-14]", "1803081600]", "makeup_days"),
]


@pytest.mark.parametrize(("before", "after", "fault"), FAULTS)
def test_a_year_that_does_not_add_up_is_refused(tmp_path: Path, before: str, after: str, fault: str) -> None:
    file = tmp_path / "2027.toml"
    file.write_text(YEAR_2027.replace(before, after), encoding="utf-8")

    with pytest.raises(CalendarError, match=fault) as refusal:
        load_year(file)

    assert "2027.toml" in str(refusal.value)


def test_a_schedule_made_in_code_must_add_up_too() -> None:
    with pytest.raises(CalendarError, match="both holiday and make-up"):
        a_year(makeup_days=frozenset({date(2027, 5, 1)}))


def test_a_day_closes_at_midnight_in_beijing() -> None:
    end = closes_at(date(2022, 10, 10))

    assert end == datetime(2022, 10, 10, 16, tzinfo=UTC)
    assert end.isoformat() == "2022-10-11T00:00:00+08:00"


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2022, 10, 10, 15, 59, 59, 999_999, UTC), date(2022, 10, 10)),
        (datetime(2022, 10, 10, 16, tzinfo=UTC), date(2022, 10, 11)),
        (datetime(2022, 10, 10, 23, tzinfo=timezone(timedelta(hours=-10))), date(2022, 10, 11)),
    ],
)
def test_today_is_the_date_in_beijing(instant: datetime, day: date) -> None:
    assert today(instant) == day


def test_an_instant_without_offset_has_no_date() -> None:
    with pytest.raises(ValueError, match="offset"):
        today(datetime(2022, 10, 10))  # noqa: DTZ001


HOLIDAY_CN = """{"$schema": "https://example.org/schema.json", "year": 2027, "papers": ["https://example.org/notice"],
 "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": true}]}"""


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("2027.json", HOLIDAY_CN, ["2027.json is no year's schedule", "source: Field required", "docs/calendar.md"]),
        ("2027.json", "[1]", ["2027.json is no year's schedule", "file: Input should be"]),
        ("2027.json", "{", ["2027.json cannot be read", "docs/calendar.md"]),
        ("2027.toml", "year: 2027", ["2027.toml cannot be read", "docs/calendar.md"]),
        ("2027.toml", YEAR_2027.replace("= 6", "= 7"), ["2027.toml: ", "are not 7 statutory days"]),
        ("2027.yaml", "year: 2027", ["2027.yaml is neither .toml nor .json"]),
        ("2027.csv", "2027-01-01", ["2027.csv is neither .toml nor .json"]),
        ("again.toml", YEAR_2027, ["2027.toml and again.toml both give 2027"]),
    ],
    ids=["another form", "a list", "half a document", "another language", "a wrong total", "yaml", "csv", "twice"],
)
def test_a_folder_that_holds_a_wrong_file_is_refused_in_one_sentence_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str, said: list[str]
) -> None:
    if name == "again.toml":
        (tmp_path / "2027.toml").write_text(YEAR_2027, encoding="utf-8")
    (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.setenv("GOUFU_CALENDAR", str(tmp_path))

    with pytest.raises(CalendarError) as refusal:
        default_calendar.__wrapped__()

    sentence = str(refusal.value)
    assert sentence.startswith("GOUFU_CALENDAR: ")
    assert "\n" not in sentence
    assert [part for part in said if part not in sentence] == []


@pytest.mark.parametrize("made", [False, True], ids=["missing", "a file"])
def test_a_folder_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: bool) -> None:
    (tmp_path / "there").write_text(YEAR_2027 if made else "", encoding="utf-8")
    monkeypatch.setenv("GOUFU_CALENDAR", str(tmp_path / ("there" if made else "not there")))

    with pytest.raises(CalendarError, match="is no folder that can be read"):
        default_calendar.__wrapped__()


def test_a_file_of_an_editor_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "2027.toml").write_text(YEAR_2027, encoding="utf-8-sig")

    assert load_year(tmp_path / "2027.toml").year == 2027


def test_what_is_known_ends_before_the_first_year_that_is_missing(calendar: WorkingCalendar) -> None:
    gap = WorkingCalendar({year: calendar.years[year] for year in (2022, 2023, 2025)}, "gap")

    assert (gap.known_until(date(2022, 3, 1)), gap.known_days(date(2023, 12, 30))) == (date(2023, 12, 31), 1)
    assert (gap.known_until(date(2024, 6, 1)), gap.known_days(date(2024, 6, 1))) == (date(2023, 12, 31), 0)


def test_a_fingerprint_tells_contents_apart_and_nothing_else(calendar: WorkingCalendar) -> None:
    same, other = a_year(), a_year(holidays=a_year().holidays | {date(2027, 1, 4)})
    years = {name: calendar.with_year(year) for name, year in {"first": same, "other": other}.items()}
    renamed = calendar.with_year(Year(2027, same.holidays, same.makeup_days, "another name"))

    assert years["first"].fingerprint == renamed.fingerprint
    assert len({calendar.fingerprint, years["first"].fingerprint, years["other"].fingerprint}) == 3
