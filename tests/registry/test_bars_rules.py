"""How long, and on which grounds, a provider may be barred."""

from datetime import date
from uuid import uuid4

import pytest

from services.registry.bars.rules import Order, may_bar, may_confirm_bar
from services.registry.rulebook import BarSection
from shared.fields.days import last_day, months_later
from shared.law.rulebook import rulebooks

HASH = "a" * 64


def section(rulebook: str) -> BarSection:
    return rulebooks().get(rulebook).section(BarSection)


def refusing(order: Order, rulebook: str = "zhuhai-2021") -> list[tuple[str, str]]:
    return [(f.code, f.clause.id) for f in may_bar(order, section(rulebook)).findings if f.refuses]


@pytest.mark.parametrize("months", [12, 24, 36])
def test_one_to_three_years_pass(months: int) -> None:
    decision = may_bar(Order("false_material", months, HASH), section("zhuhai-2021"))

    assert decision.or_refuse().id == "GPL-77.1"


def test_eleven_months_are_too_short() -> None:
    assert refusing(Order("collusion", 11, HASH)) == [("bar_too_short", "GPL-77.1")]


def test_thirty_seven_months_are_too_long() -> None:
    assert refusing(Order("collusion", 37, HASH)) == [("bar_too_long", "GPL-77.1")]


def test_a_ground_of_the_regulation_cites_the_regulation() -> None:
    assert may_bar(Order("transfer", 12, HASH), section("zhuhai-2021")).or_refuse().id == "GPR-72.1"


def test_a_ground_that_no_text_lists_is_refused() -> None:
    assert refusing(Order("unfriendly", 12, HASH)) == [("bar_ground_not_listed", "GPL-77.1")]


def test_the_blacklist_of_shanghai_is_for_three_years_exactly() -> None:
    assert refusing(Order("fraud", 36, HASH), "shanghai-2015") == []
    assert refusing(Order("fraud", 35, HASH), "shanghai-2015") == [("bar_of_other_length", "SH15-2.5.10")]


@pytest.mark.parametrize(
    ("rulebook", "ground", "clause"),
    [
        ("chengdu-2017", "bribery", "CD17-38.2"),
        ("zhuhai-2021", "bribery", "GPL-77.1"),
        ("changchun-2014", "transfer", "GPL-77.1"),
        ("shanghai-2015", "fraud", "GPL-77.1"),
        ("national-procurement", "bribery", "GPL-77.1"),
    ],
)
def test_a_bar_is_entered_from_the_decision_document_alone(rulebook: str, ground: str, clause: str) -> None:
    assert refusing(Order(ground, 36, None), rulebook) == [("penalty_document_missing", clause)]
    assert refusing(Order(ground, 36, HASH), rulebook) == []


def test_who_proposed_a_bar_does_not_confirm_it() -> None:
    one, other = uuid4(), uuid4()
    clause = may_bar(Order("bribery", 12, HASH), section("zhuhai-2021")).or_refuse()

    assert may_confirm_bar(one, one, clause, section("zhuhai-2021")).refused
    assert not may_confirm_bar(one, other, clause, section("zhuhai-2021")).refused


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        ("2022-03-01", 12, "2023-02-28"),
        ("2022-03-15", 36, "2025-03-14"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2022-08-31", 6, "2023-02-28"),
        ("2022-12-01", 1, "2022-12-31"),
    ],
)
def test_a_period_ends_on_the_day_before_its_corresponding_day(first: str, months: int, last: str) -> None:
    assert last_day(date.fromisoformat(first), months) == date.fromisoformat(last)


def test_a_month_without_the_day_ends_the_period_on_its_last() -> None:
    assert months_later(date(2022, 1, 31), 1) == date(2022, 2, 28)
