"""Lines, kinds of money, earmarks, finance's review and adjustments."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from services.catalog.budgets.rules import Desk, Line, Request, Source, adjust, approve, may_return, submit
from services.catalog.rulebook import BudgetSection
from shared.law.decision import Decision
from shared.law.rulebook import rulebooks

CHENGDU = rulebooks().get("chengdu-2017").section(BudgetSection)
ZHUHAI = rulebooks().get("zhuhai-2021").section(BudgetSection)
STREET, BUREAU = uuid4(), uuid4()
PLACE = "5101/510104"
FISCAL = Source("fiscal", Decimal("200000.00"))
CHARITY = Source("charity_public_benefit", Decimal("20000.00"))


def a_request(*sources: Source, **changes: Any) -> Request:
    line = Line(STREET, 2022, Decimal("200000.00"))
    return replace(Request(STREET, 2022, ("2", "2.04"), line, sources or (FISCAL,)), **changes)


def failed(decision: Decision[Any]) -> list[tuple[str, str]]:
    return [(finding.code, finding.clause.id) for finding in decision.findings if finding.refuses]


def test_a_line_that_is_just_enough_covers_the_fiscal_part() -> None:
    assert not submit(a_request(), CHENGDU).refused
    assert not submit(a_request(FISCAL, CHARITY), ZHUHAI).refused


def test_a_line_short_of_a_fen_does_not_cover_it() -> None:
    short = a_request(line=Line(STREET, 2022, Decimal("199999.99")))

    assert failed(submit(short, CHENGDU)) == [("budget_line_insufficient", "CD17-4.1")]
    assert failed(submit(short, ZHUHAI)) == [("budget_line_insufficient", "D102-14.1")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (None, "budget_line_missing"),
        (Line(uuid4(), 2022, Decimal("200000.00")), "budget_line_of_another"),
        (Line(STREET, 2023, Decimal("200000.00")), "budget_line_of_another_year"),
    ],
)
def test_no_money_without_a_line_of_the_purchaser_for_that_year(line: Line | None, code: str) -> None:
    assert failed(submit(a_request(line=line), CHENGDU)) == [(code, "CD17-4.1")]


def test_the_balance_of_anothers_line_is_not_told() -> None:
    decision = submit(a_request(line=Line(uuid4(), 2023, Decimal("1.00"))), CHENGDU)

    assert all("left" not in finding.facts for finding in decision.findings)


def test_money_that_is_all_social_needs_no_line() -> None:
    assert not submit(a_request(CHARITY, line=None), ZHUHAI).refused


def test_chengdu_buys_within_the_existing_budget_only() -> None:
    assert failed(submit(a_request(FISCAL, CHARITY), CHENGDU)) == [("source_not_of_budget", "CD17-4.1")]


@pytest.mark.parametrize(
    ("kind", "clause"),
    [
        ("enterprise_donation", "ZH21-14.1"),
        ("charity_public_benefit", "ZH21-14.1"),
        ("community_fund", "ZH21-14.2"),
        ("village_charity_fund", "ZH21-14.2"),
        ("resident_raised", "ZH21-14.3"),
        ("collected_donation", "ZH21-14.3"),
    ],
)
def test_each_social_kind_passes_by_its_clause(kind: str, clause: str) -> None:
    decision = submit(
        a_request(FISCAL, Source(kind, Decimal("1.00"), community="云澳社区", raised=Decimal("1.00"))), ZHUHAI
    )

    assert not decision.refused
    assert {"ZH21-12.1", clause, "ZH21-15.1"} <= set(decision.clauses)


def test_a_kind_of_no_list_passes_with_a_reason_only() -> None:
    lottery = Source("lottery_public_benefit", Decimal("1.00"))

    assert failed(submit(a_request(FISCAL, lottery), ZHUHAI)) == [
        ("source_kind_unknown", "ZH21-12.1"),
        ("social_source_unknown", "ZH21-14.1"),
    ]
    assert not submit(a_request(FISCAL, replace(lottery, reason="市级福彩公益金")), ZHUHAI).refused


def test_money_of_two_kinds_goes_together_unless_a_text_forbids_it() -> None:
    allowed = ZHUHAI.mixed_funding_allowed
    assert allowed is not None
    apart = replace(ZHUHAI, mixed_funding_allowed=replace(allowed, value=False))
    mixed = a_request(FISCAL, Source("enterprise_donation", Decimal("1.00")))

    assert failed(submit(mixed, apart)) == [("funding_mixed", "ZH21-15.1")]
    assert failed(submit(mixed, ZHUHAI)) == failed(submit(a_request(FISCAL), apart)) == []


@pytest.mark.parametrize("kind", ["community_fund", "village_charity_fund"])
def test_community_money_names_its_community(kind: str) -> None:
    decision = submit(a_request(FISCAL, Source(kind, Decimal("1.00"))), ZHUHAI)

    assert failed(decision) == [("community_missing", "ZH21-14.2")]


@pytest.mark.parametrize("kind", ["resident_raised", "collected_donation"])
@pytest.mark.parametrize("raised", ["0.99", None])
def test_no_more_is_spent_than_was_raised(kind: str, raised: str | None) -> None:
    source = Source(kind, Decimal("1.00"), raised=Decimal(raised) if raised else None)

    assert failed(submit(a_request(FISCAL, source), ZHUHAI)) == [("more_than_raised", "ZH21-14.3")]


@pytest.mark.parametrize(("earmark", "obeyed"), [("2", True), ("2.04", True), ("2.02", False), ("3", False)])
def test_an_earmark_binds_to_its_item_or_class(earmark: str, obeyed: bool) -> None:
    decision = submit(a_request(replace(FISCAL, earmark=earmark)), ZHUHAI)

    assert failed(decision) == ([] if obeyed else [("earmark_not_obeyed", "ZH21-13.1")])


def test_an_approved_budget_is_not_asked_for_anew_in_chengdu() -> None:
    assert failed(submit(a_request(approved_before=True), CHENGDU)) == [("budget_locked", "CD17-10.1")]
    assert not submit(a_request(approved_before=True), ZHUHAI).refused


@pytest.mark.parametrize("reason", [None, ""])
def test_an_adjustment_without_reason_is_refused(reason: str | None) -> None:
    assert failed(adjust(a_request(), reason, CHENGDU)) == [("adjustment_without_reason", "CD17-10.2")]
    assert not adjust(a_request(), "服务对象增加", CHENGDU).refused


def test_finance_of_the_same_level_approves() -> None:
    decision = approve(a_request(), [Desk(BUREAU, PLACE)], PLACE, CHENGDU, adjustment=False)

    assert not decision.refused
    assert decision.clauses == ("CD17-4.1", "CD17-8.1")


@pytest.mark.parametrize(
    ("desk", "code"),
    [(Desk(BUREAU, "5101"), "reviewer_of_another_level"), (Desk(STREET, PLACE), "reviewer_is_purchaser")],
)
def test_neither_another_level_nor_the_purchaser_approves(desk: Desk, code: str) -> None:
    for decision in (
        approve(a_request(), [desk], PLACE, CHENGDU, adjustment=False),
        may_return(STREET, [desk], PLACE, CHENGDU),
    ):
        assert (code, "CD17-8.1") in failed(decision)


def test_one_post_that_fits_is_enough() -> None:
    desks = [Desk(STREET, PLACE), Desk(BUREAU, PLACE)]

    assert not approve(a_request(), desks, PLACE, CHENGDU, adjustment=False).refused


def test_an_approved_adjustment_cites_its_clause() -> None:
    decision = approve(a_request(), [Desk(BUREAU, PLACE)], PLACE, CHENGDU, adjustment=True)

    assert "CD17-10.2" in decision.clauses


def test_a_line_used_up_since_the_request_stops_the_approval() -> None:
    used = a_request(line=Line(STREET, 2022, Decimal("0.00")))

    decision = approve(used, [Desk(BUREAU, PLACE)], PLACE, CHENGDU, adjustment=False)

    assert failed(decision) == [("budget_line_insufficient", "CD17-4.1")]
