from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import shared.law.rulebook
from services.evaluation.assessments.rules import Modes, Result, Window, assess, open_assessment
from services.evaluation.conduct.rules import Conductor, Occasion
from services.evaluation.rulebook import AssessmentSection
from shared.fields.calendar import BEIJING
from shared.law.decision import Decision
from shared.law.rulebook import load, rulebooks

SHIPPED = load(Path(shared.law.rulebook.__file__).parent / "instruments").get("chengdu-2017").section(AssessmentSection)
CHENGDU = rulebooks().get("chengdu-2017").section(AssessmentSection)
ZHUHAI = rulebooks().get("zhuhai-2021").section(AssessmentSection)
NOW = datetime(2022, 9, 26, 10, 0, tzinfo=BEIJING)
OFFICER = Conductor(UUID(int=1), "purchaser", UUID(int=9))
OCCASION = Occasion(NOW, (), False, False, 3)


def result(window: int | None) -> Result:
    return Result(Decimal(84), window)


def refusing(decision: Decision[Any]) -> list[tuple[str, str]]:
    return [(f.code, f.clause.id) for f in decision.findings if f.refuses]


@pytest.mark.parametrize("mode", ["daily", "special", "random", "departmental_supervision"])
def test_each_of_the_four_modes_is_one_of_the_text(mode: str) -> None:
    decision = open_assessment(OFFICER, Modes([mode]), CHENGDU)

    assert not decision.refused
    assert "CD17-26.2" in decision.clauses


@pytest.mark.parametrize(
    ("mode", "clause"),
    [("media_verification", "CD17-26.3"), ("citizen_rating", "CD17-26.4"), ("independent_professional", "CD17-26.5")],
)
def test_a_third_partys_mode_is_allowed_by_its_own_clause(mode: str, clause: str) -> None:
    decision = open_assessment(OFFICER, Modes([mode]), CHENGDU)

    assert not decision.refused
    assert clause in decision.clauses


def test_a_mode_the_open_list_does_not_name_needs_a_reason() -> None:
    assert refusing(open_assessment(OFFICER, Modes(["drone"]), CHENGDU)) == [("mode_not_listed", "CD17-26.2")]
    assert not open_assessment(OFFICER, Modes(["drone"], "flood"), CHENGDU).refused


def test_the_window_of_the_contract_goes_before_that_of_the_city() -> None:
    assert assess(OFFICER, OCCASION, result(7), CHENGDU).or_refuse().days == 7
    assert assess(OFFICER, OCCASION, result(None), CHENGDU).or_refuse().days == 5


def test_without_a_window_in_contract_or_city_the_result_is_not_notified() -> None:
    decision = assess(OFFICER, OCCASION, result(None), SHIPPED)

    assert refusing(decision) == [("objection_window_missing", "CD17-27.3")]
    assert decision.findings[-1].facts == {"set_by": "purchaser"}


@pytest.mark.parametrize("service_class", [1, 2, None])
def test_only_a_public_services_result_is_notified_with_a_window(service_class: int | None) -> None:
    decision = assess(OFFICER, replace(OCCASION, service_class=service_class), result(5), CHENGDU)

    assert decision.or_refuse() == Window(None, None)
    assert "CD17-27.1" not in decision.clauses


def test_a_text_without_objections_lets_the_result_stand_at_once() -> None:
    assert assess(OFFICER, OCCASION, result(5), ZHUHAI).or_refuse().days is None


def test_the_notice_and_its_form_are_explained_by_their_clauses() -> None:
    assert {"CD17-27.1", "CD17-27.2", "CD17-27.3"} <= set(assess(OFFICER, OCCASION, result(5), CHENGDU).clauses)
