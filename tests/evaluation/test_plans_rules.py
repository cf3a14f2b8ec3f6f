from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from services.evaluation.plans.rules import (
    Line,
    Targets,
    Term,
    end_of_period,
    never_concluded,
    plan_duties,
    set_targets,
)
from services.evaluation.rulebook import PlanSection
from shared.fields.payment_terms import Gate
from shared.law.rulebook import rulebooks

ZHUHAI = rulebooks().get("zhuhai-2021").section(PlanSection)
CHENGDU = rulebooks().get("chengdu-2017").section(PlanSection)


def a_term(*lines: tuple[Gate, int | None], starts: date = date(2022, 5, 1), ends: date = date(2023, 4, 30)) -> Term:
    return Term(starts, ends, tuple(Line(uuid4(), n, gate, period) for n, (gate, period) in enumerate(lines, 1)))


def test_each_gated_line_owes_a_duty_and_the_last_evaluation_is_the_final_one() -> None:
    term = a_term(("contract", None), ("acceptance", 1), ("evaluation", None), ("evaluation", 2))

    decision = plan_duties(term, ZHUHAI)

    duties = decision.or_refuse()
    assert [(d.kind, d.line and d.line.number, d.final) for d in duties] == [
        ("acceptance", 2, False),
        ("evaluation", 3, False),
        ("evaluation", 4, True),
    ]
    assert decision.clauses == ("ZH21-27.1",)


def test_a_contract_without_an_evaluation_line_still_owes_a_final_evaluation_that_gates_nothing() -> None:
    duties = plan_duties(a_term(("assessment", 1)), CHENGDU).or_refuse()

    assert [(d.kind, d.line is None, d.final, d.clause.id) for d in duties] == [
        ("assessment", False, False, "CD17-26.2"),
        ("evaluation", True, True, "CD17-31.1"),
    ]


def test_a_duty_falls_due_as_many_days_after_its_period_as_the_city_sets() -> None:
    term = a_term(("assessment", 1), ("assessment", 2))
    silent = rulebooks().get("national-procurement").section(PlanSection)

    assert [d.due_on for d in plan_duties(term, silent).or_refuse()] == [
        date(2022, 10, 31),
        date(2023, 4, 30),
        date(2023, 4, 30),
    ]
    assert [d.due_on for d in plan_duties(term, CHENGDU).or_refuse()] == [
        date(2022, 11, 30),
        date(2023, 5, 30),
        date(2023, 5, 30),
    ]


def test_where_the_city_is_silent_the_national_clauses_on_acceptance_and_evaluation_are_cited() -> None:
    section = rulebooks().get("national-procurement").section(PlanSection)

    duties = plan_duties(a_term(("acceptance", None)), section).or_refuse()

    assert {d.kind: d.clause.id for d in duties} == {"acceptance": "GPL-41.1", "evaluation": "D102-20.1"}


def test_three_periods_of_a_year_end_with_their_months() -> None:
    term = a_term(("assessment", 1), ("assessment", 2), ("assessment", 3))

    assert [end_of_period(term, n) for n in (1, 2, 3)] == [date(2022, 8, 31), date(2022, 12, 31), date(2023, 4, 30)]


def test_a_term_of_odd_days_is_divided_by_days_and_ends_on_its_last() -> None:
    term = a_term(("assessment", 1), ("assessment", 2), starts=date(2022, 5, 10), ends=date(2022, 6, 1))

    assert [end_of_period(term, n) for n in (1, 2)] == [date(2022, 5, 20), date(2022, 6, 1)]


def test_a_line_without_a_period_is_due_on_the_last_day() -> None:
    assert end_of_period(a_term(("acceptance", None)), None) == date(2023, 4, 30)


@pytest.mark.parametrize(("today", "refused"), [(date(2022, 5, 1), False), (date(2022, 5, 2), True)])
def test_targets_may_still_be_set_on_the_day_the_service_starts_and_not_after(today: date, refused: bool) -> None:
    decision = set_targets(Targets("goal", ["consultations"]), date(2022, 5, 1), ZHUHAI, today)

    assert decision.refused is refused


@pytest.mark.parametrize(
    ("targets", "missing"),
    [
        (Targets(None, ["consultations"]), ["performance_goal"]),
        (Targets("goal", []), ["indicators"]),
        (Targets(None, []), ["performance_goal", "indicators"]),
    ],
)
def test_goal_and_indicators_are_each_asked_for(targets: Targets, missing: list[str]) -> None:
    decision = set_targets(targets, date(2022, 5, 1), ZHUHAI, date(2022, 4, 1))

    assert [f.facts["target"] for f in decision.findings if f.refuses] == missing
    assert decision.clauses == ("ZH21-25.1",)


def test_a_text_that_asks_for_no_targets_finds_nothing() -> None:
    assert set_targets(Targets(None, []), date(2022, 5, 1), CHENGDU, date(2023, 1, 1)).findings == ()


@pytest.mark.parametrize(("weight", "never"), [("0.30", False), ("0.29", True)])
def test_weights_that_make_up_no_whole_conclude_nothing(weight: str, never: bool) -> None:
    assert ZHUHAI.third_party_weight is not None
    other = replace(ZHUHAI, third_party_weight=replace(ZHUHAI.third_party_weight, value=Decimal(weight)))

    assert never_concluded(other) is never
