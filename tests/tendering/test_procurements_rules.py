from datetime import date
from decimal import Decimal

import pytest

from services.tendering.procurements.rules import Purchase, Start, open_procurement
from services.tendering.rulebook import ProcurementSection
from shared.law.decision import Decision
from shared.law.rulebook import rulebooks
from shared.law.scope import Case

TODAY = date(2022, 3, 1)


def decided(
    budget: str = "480000.00",
    *,
    method: str = "open_tender",
    reason: str | None = "标准明确",
    book: str = "chengdu-2017",
    central: bool = False,
    claimed: bool | None = None,
    today: date = TODAY,
) -> Decision[Start]:
    rulebook = rulebooks().get(book)
    purchase = Purchase(Decimal(budget), central, method, reason, claimed, rulebook.file.effective_to)
    return open_procurement(purchase, rulebook.section(ProcurementSection, Case(method=method)), today)


def failed(decision: Decision[Start]) -> list[tuple[str, str]]:
    return [(f.code, f.clause.id) for f in decision.findings if not f.satisfied]


@pytest.mark.parametrize(
    ("budget", "central", "procurement"),
    [
        ("399999.99", False, False),
        ("400000.00", False, True),
        ("400000.01", False, True),
        ("0.01", True, True),
    ],
)
def test_the_service_decides_what_is_a_procurement_project(budget: str, central: bool, procurement: bool) -> None:
    decision = decided(budget, central=central)

    assert decision.outcome == Start(procurement)
    assert "CD17-41.1" in decision.clauses


@pytest.mark.parametrize(("budget", "claimed"), [("400000.00", False), ("399999.99", True)])
def test_the_purchaser_may_not_override_the_class(budget: str, claimed: bool) -> None:
    assert failed(decided(budget, claimed=claimed)) == [("class_overridden", "CD17-41.1")]


def test_national_law_classifies_where_the_city_says_nothing() -> None:
    decision = decided("400000.00", book="zhuhai-2021")

    assert decision.outcome == Start(True)
    assert "GPL-2.1" in decision.clauses


def test_a_missing_procurement_threshold_asks_to_be_set() -> None:
    decision = decided(book="changchun-2014")

    assert failed(decision) == [("threshold_missing", "GPL-8.1")]
    assert decision.findings[0].facts == {"set_value": "procurement_threshold", "set_by": "province"}


def test_a_missing_open_tender_amount_matters_only_for_other_methods() -> None:
    by_consultation = decided(book="changchun-2014", central=True, method="competitive_consultation")

    assert failed(by_consultation) == [("threshold_missing", "GPL-27.1")]
    assert decided(book="changchun-2014", central=True).outcome == Start(True)


@pytest.mark.parametrize(("budget", "allowed"), [("3999999.99", True), ("4000000.00", False)])
def test_consultation_stops_at_the_open_tender_amount(budget: str, allowed: bool) -> None:
    decision = decided(budget, method="competitive_consultation")

    missing = {("open_tender_needed", "GPL-27.1"), ("open_tender_needed", "C214-4.1")}
    assert set(failed(decision)) == (set() if allowed else missing)


def test_a_procurement_project_needs_a_lawful_method() -> None:
    assert ("method_not_lawful", "CD17-18.1") in failed(decided(method="direct_choice"))


@pytest.mark.parametrize(("book", "clause"), [("chengdu-2017", "CD17-18.2"), ("zhuhai-2021", "D102-2.1")])
def test_another_purchase_is_made_competitively(book: str, clause: str) -> None:
    decision = decided("220000.00", method="direct_choice", book=book)

    assert failed(decision) == [("choice_not_competitive", clause)]
    assert decided("220000.00", method="competitive_consultation", book=book).outcome == Start(False)


@pytest.mark.parametrize(("book", "clause"), [("chengdu-2017", "CD17-18.1"), ("zhuhai-2021", "ZH21-21.1")])
def test_the_method_needs_a_reason(book: str, clause: str) -> None:
    assert failed(decided(reason=None, book=book)) == [("method_reason_missing", clause)]


@pytest.mark.parametrize(("today", "refusals"), [(date(2024, 3, 31), []), (date(2024, 4, 1), ["ZH21-30.2"])])
def test_an_instrument_opens_nothing_after_its_last_day(today: date, refusals: list[str]) -> None:
    decision = decided("220000.00", method="competitive_consultation", book="zhuhai-2021", today=today)

    assert [clause for _, clause in failed(decision)] == refusals


def test_all_findings_are_there_at_once() -> None:
    decision = decided("400000.00", method="direct_choice", reason=None, claimed=False)

    assert [clause for _, clause in failed(decision)] == ["CD17-41.1", "CD17-18.1", "CD17-18.1"]
