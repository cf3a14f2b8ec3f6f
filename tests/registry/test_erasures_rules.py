"""When what identifies a person may be erased: each of two periods, to the day."""

from datetime import date

import pytest

from services.registry.erasures.rules import Known, latest, may_erase
from services.registry.rulebook import FileSection, TieSection
from shared.law.rulebook import rulebooks

BOOK = rulebooks().get("national-procurement")
FILES, TIES = BOOK.section(FileSection), BOOK.section(TieSection)


def refusals(known: Known, today: date) -> list[str]:
    return [found.code for found in may_erase(known, FILES, TIES, today).findings if found.refuses]


@pytest.mark.parametrize(
    ("today", "found"), [(date(2037, 3, 1), ["record_kept"]), (date(2037, 3, 2), [])], ids=["last day", "day after"]
)
def test_who_acted_stays_known_for_the_years_of_the_file(today: date, found: list[str]) -> None:
    assert refusals(Known(date(2022, 3, 1), None), today) == found


@pytest.mark.parametrize(
    ("today", "found"), [(date(2025, 3, 1), ["tie_counts"]), (date(2025, 3, 2), [])], ids=["last day", "day after"]
)
def test_who_was_with_a_supplier_stays_known_as_long_as_that_counts(today: date, found: list[str]) -> None:
    assert refusals(Known(None, date(2022, 3, 1)), today) == found


def test_of_whom_nothing_is_recorded_may_be_erased_at_once_and_both_reasons_are_told_together() -> None:
    assert refusals(Known(None, None), date(2022, 3, 1)) == []
    assert refusals(Known(date(2022, 3, 1), date(2022, 3, 1)), date(2022, 3, 1)) == ["record_kept", "tie_counts"]


def test_the_latest_of_what_the_services_answered_counts() -> None:
    assert latest([None, date(2022, 3, 1), None, date(2024, 1, 1)]) == date(2024, 1, 1)
    assert latest([None, None]) is None
