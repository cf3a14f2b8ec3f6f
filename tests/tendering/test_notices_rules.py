from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from services.tendering.notices.rules import Change, Publication, move_closing, publish
from services.tendering.rulebook import NoticeSection
from shared.fields.calendar import BEIJING, default_calendar
from shared.law.decision import Decision
from shared.law.rulebook import rulebooks
from shared.law.scope import Case
from tests.support.law import CONSULTATION, OPEN_TENDER
from tests.tendering.examples import TODAY


def section(case: Case = OPEN_TENDER) -> NoticeSection:
    return rulebooks().get("zhuhai-2021").section(NoticeSection, case)


def published(method: Case, closes_on: date, *, on: date = TODAY, hour: int = 9) -> list[str]:
    closes_at = datetime(closes_on.year, closes_on.month, closes_on.day, hour, tzinfo=BEIJING)
    decision = publish(Publication(closes_at, default_calendar()), section(method), on)
    return [f.clause.id for f in decision.findings if not f.satisfied]


@pytest.mark.parametrize(
    ("method", "closes_on", "refusals"),
    [
        (OPEN_TENDER, date(2022, 3, 20), ["GPL-35.1"]),
        (OPEN_TENDER, date(2022, 3, 21), []),
        (CONSULTATION, date(2022, 3, 10), ["C214-10.1"]),
        (CONSULTATION, date(2022, 3, 11), []),
        (CONSULTATION, date(2022, 3, 7), ["C214-10.1", "C214-10.2"]),
    ],
)
def test_bidders_have_the_days_of_the_method(method: Case, closes_on: date, refusals: list[str]) -> None:
    assert published(method, closes_on) == refusals


@pytest.mark.parametrize(
    ("closes_at", "refusals"),
    [("2022-03-10T15:59:59+00:00", ["C214-10.1"]), ("2022-03-10T16:00:00+00:00", [])],
)
def test_the_day_of_the_closing_is_a_day_in_beijing(closes_at: str, refusals: list[str]) -> None:
    publication = Publication(datetime.fromisoformat(closes_at), default_calendar())

    decision = publish(publication, section(CONSULTATION), TODAY)

    assert [f.clause.id for f in decision.findings if not f.satisfied] == refusals


def test_a_last_day_on_a_sunday_moves_to_monday() -> None:
    assert published(CONSULTATION, date(2022, 3, 13), on=date(2022, 3, 3)) == ["C214-10.1"]
    assert published(CONSULTATION, date(2022, 3, 14), on=date(2022, 3, 3)) == []


def test_over_a_long_holiday_the_five_working_days_decide() -> None:
    assert published(CONSULTATION, date(2022, 10, 11), on=date(2022, 9, 30)) == ["C214-10.2"]
    assert published(CONSULTATION, date(2022, 10, 12), on=date(2022, 9, 30)) == []


def moved(by: timedelta, *, same_person: bool = False, confirmed: bool = True) -> Decision[datetime]:
    closes_at = datetime(2022, 3, 21, 9, 30, tzinfo=BEIJING)
    proposer = uuid4()
    confirmer = proposer if same_person else uuid4()
    change = Change(closes_at, closes_at + by, proposer, confirmer if confirmed else None)
    return move_closing(change, section(), TODAY)


def refusals(decision: Decision[datetime]) -> list[str]:
    return [f.clause.id for f in decision.findings if not f.satisfied]


@pytest.mark.parametrize(("seconds", "expected"), [(-1, ["GPR-31.2"]), (0, ["GPR-31.2"]), (1, [])])
def test_the_closing_moves_only_later(seconds: int, expected: list[str]) -> None:
    assert refusals(moved(timedelta(seconds=seconds))) == expected


def test_the_proposer_does_not_confirm() -> None:
    assert refusals(moved(timedelta(days=1), same_person=True)) == ["IC12-33.2"]
    assert refusals(moved(timedelta(days=1), same_person=True, confirmed=False)) == []
