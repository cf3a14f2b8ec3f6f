from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.contracts.rulebook import TermSection
from services.contracts.terms.rules import (
    Assessed,
    Cover,
    Evaluated,
    Renewal,
    cover_findings,
    last_day,
    may_renew,
    years_between,
)
from shared.law.rulebook import rulebooks

CHENGDU = rulebooks().get("chengdu-2017").section(TermSection)
ZHUHAI = rulebooks().get("zhuhai-2021").section(TermSection)
FLOOR = Decimal("70.00")

SECOND_YEAR = Renewal(
    service_years=3,
    service_from=date(2022, 4, 1),
    starts_on=date(2023, 4, 1),
    ends_on=date(2024, 3, 31),
    assessments=(Assessed(Decimal("84.00"), FLOOR), Assessed(Decimal("91.00"), FLOOR)),
    unassessed_lines=0,
    evaluation=None,
    reasoned=False,
)


def refusals(renewal: Renewal, section: TermSection) -> list[tuple[str, str]]:
    return [(f.clause.id, f.code) for f in may_renew(renewal, section).findings if f.refuses]


@pytest.mark.parametrize(
    ("starts_on", "years", "last"),
    [
        (date(2022, 3, 1), 1, date(2023, 2, 28)),
        (date(2022, 3, 1), 3, date(2025, 2, 28)),
        (date(2023, 3, 1), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 28)),
        (date(2022, 1, 1), 1, date(2022, 12, 31)),
    ],
)
def test_the_last_day_of_a_number_of_years(starts_on: date, years: int, last: date) -> None:
    assert last_day(starts_on, years) == last


def test_each_year_of_service_ends_and_the_last_one_with_the_contract() -> None:
    ends = list(years_between(date(2022, 4, 1), date(2024, 9, 30)))

    assert ends == [date(2023, 3, 31), date(2024, 3, 31), date(2024, 9, 30)]


def test_a_year_that_was_assessed_well_may_be_followed_by_the_next() -> None:
    decision = may_renew(SECOND_YEAR, CHENGDU)

    assert decision.outcome == SECOND_YEAR
    assert decision.clauses == ("CD17-23.3", "CD17-23.6")


def test_the_third_year_is_the_last_of_a_period_of_three() -> None:
    third = replace(SECOND_YEAR, starts_on=date(2024, 4, 1), ends_on=date(2025, 3, 31))

    assert refusals(third, CHENGDU) == []


def test_a_fourth_year_lies_outside_the_service_period() -> None:
    fourth = replace(SECOND_YEAR, starts_on=date(2025, 4, 1), ends_on=date(2026, 3, 31))

    assert refusals(fourth, CHENGDU) == [("CD17-23.3", "outside_service_period")]


@pytest.mark.parametrize(
    ("ends_on", "found"), [(date(2025, 3, 31), []), (date(2025, 4, 1), [("ZH21-22.1", "outside_service_period")])]
)
def test_where_no_text_sets_a_service_period_renewals_end_with_the_longest_term(
    ends_on: date, found: list[tuple[str, str]]
) -> None:
    third = replace(SECOND_YEAR, starts_on=date(2024, 4, 2), ends_on=ends_on)

    assert [each for each in refusals(third, ZHUHAI) if each[1] == "outside_service_period"] == found


def test_a_file_cannot_set_a_longer_period_than_the_law() -> None:
    fourth = replace(SECOND_YEAR, service_years=5, starts_on=date(2025, 4, 1), ends_on=date(2026, 3, 31))

    assert refusals(fourth, CHENGDU) == [("CD17-23.3", "outside_service_period")]


def test_a_file_that_set_no_period_allows_no_second_year() -> None:
    assert refusals(replace(SECOND_YEAR, service_years=1), CHENGDU) == [("CD17-23.3", "outside_service_period")]


def test_a_day_beyond_the_period_is_outside_it() -> None:
    third = replace(SECOND_YEAR, starts_on=date(2024, 4, 2), ends_on=date(2025, 4, 1))

    assert refusals(third, CHENGDU) == [("CD17-23.3", "outside_service_period")]


def test_a_renewal_runs_a_year_and_not_a_day_more() -> None:
    longer = replace(SECOND_YEAR, ends_on=date(2024, 4, 1))

    assert refusals(longer, CHENGDU) == [("CD17-23.3", "renewal_too_long")]


@pytest.mark.parametrize(("score", "refused"), [("70.00", False), ("69.99", True)])
def test_the_year_before_is_passed_at_the_lowest_score_that_pays(score: str, refused: bool) -> None:
    renewal = replace(SECOND_YEAR, assessments=(Assessed(Decimal(score), FLOOR),))

    assert (("CD17-23.6", "assessment_failed") in refusals(renewal, CHENGDU)) is refused


def test_without_any_assessment_the_next_year_is_refused() -> None:
    assert refusals(replace(SECOND_YEAR, assessments=()), CHENGDU) == [("CD17-23.6", "not_assessed")]


def test_one_period_not_assessed_yet_refuses_the_next_year() -> None:
    assert refusals(replace(SECOND_YEAR, unassessed_lines=1), CHENGDU) == [("CD17-23.6", "not_assessed")]


def test_in_zhuhai_a_renewal_runs_the_ordinary_year() -> None:
    good = replace(SECOND_YEAR, evaluation=Evaluated(Decimal("90.00"), "good"))

    assert refusals(good, ZHUHAI) == []
    assert refusals(replace(good, ends_on=date(2024, 4, 1)), ZHUHAI) == [("D102-24.1", "renewal_too_long")]


def test_zhuhai_refuses_to_buy_on_without_an_evaluation() -> None:
    assert refusals(SECOND_YEAR, ZHUHAI) == [("ZH21-27.6", "not_evaluated")]


def test_zhuhai_asks_for_a_reason_after_a_poor_result() -> None:
    poor = replace(SECOND_YEAR, evaluation=Evaluated(Decimal("54.00"), "poor"))

    assert refusals(poor, ZHUHAI) == [("ZH21-27.6", "reason_missing")]


def test_with_a_recorded_reason_a_poor_result_is_a_reference() -> None:
    reasoned = replace(SECOND_YEAR, evaluation=Evaluated(Decimal("54.00"), "poor"), reasoned=True)

    decision = may_renew(reasoned, ZHUHAI)

    assert not decision.refused
    [poor] = [f for f in decision.findings if f.code == "poor_result"]
    assert (poor.satisfied, poor.effect.value, poor.facts["score"]) == (False, "reference", "54.00")


def test_a_fair_result_asks_for_no_reason() -> None:
    fair = replace(SECOND_YEAR, evaluation=Evaluated(Decimal("60.00"), "fair"))

    assert refusals(fair, ZHUHAI) == []


@pytest.mark.parametrize(("budget", "covered"), [("456000.00", True), ("455999.99", False), (None, False)])
def test_the_years_budget_covers_the_contract_to_the_fen(budget: str | None, covered: bool) -> None:
    cover = Cover(2023, Decimal(budget) if budget else None, Decimal("456000.00"))

    [found] = cover_findings(cover, CHENGDU)

    assert (found.clause.id, found.satisfied) == ("CD17-23.4", covered)
