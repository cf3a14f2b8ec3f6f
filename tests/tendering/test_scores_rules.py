from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tendering.bids.contents import BidContent
from services.tendering.files.contents import Contents, Factor, Indicator
from services.tendering.rulebook import ScoreSection
from services.tendering.scores.rules import (
    Bid,
    Lots,
    Ranked,
    Scored,
    Scoring,
    band_points,
    draw_lots,
    may_score,
    price_points,
    rank,
    result_points,
    score,
)
from shared.law.rulebook import rulebooks
from shared.law.scope import Case
from tests.support.law import CONSULTATION, OPEN_TENDER
from tests.tendering.examples import (
    CAPABILITY,
    LATEST_RESULT,
    PLAN,
    PRICE,
    RESPONSE,
    TODAY,
    a_tender_file,
)
from tests.tendering.rounds import a_bid

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)
FACTORS = tuple(Contents.model_validate(a_tender_file()).factors)


def section(book: str = "chengdu-2017", case: Case = OPEN_TENDER) -> ScoreSection:
    return rulebooks().get(book).section(ScoreSection, case)


def full_sheet(plan: str = "40", capability: str = "20") -> dict[tuple[UUID, str], Decimal]:
    return {(bid, code): Decimal(p) for bid in (A, B) for code, p in (("plan", plan), ("capability", capability))}


def refusals(
    sheet: dict[tuple[UUID, str], Decimal], *, book: str = "chengdu-2017", **given: Any
) -> list[tuple[str, str]]:
    scoring = Scoring(sheet, FACTORS, frozenset({A, B}), **{"declared": True, **given})
    return [(f.code, f.clause.id) for f in may_score(scoring, section(book), TODAY).findings if not f.satisfied]


def test_a_full_sheet_of_published_points_counts() -> None:
    assert refusals(full_sheet()) == []


@pytest.mark.parametrize(("book", "clause"), [("chengdu-2017", "CD17-21.3"), ("zhuhai-2021", "GPR-34.1")])
@pytest.mark.parametrize("foreign", [(A, "founders_rank"), (A, "price"), (A, "response_hours"), (C, "plan")])
def test_only_published_factors_of_qualified_bids_are_scored_by_members(
    foreign: tuple[UUID, str], book: str, clause: str
) -> None:
    assert refusals({**full_sheet(), foreign: Decimal("10")}, book=book) == [("factor_not_scored_here", clause)]


def test_every_bid_is_scored_on_every_factor() -> None:
    sheet = full_sheet()
    del sheet[B, "plan"]

    assert refusals(sheet) == [("score_missing", "CD17-21.3")]


@pytest.mark.parametrize("points", ["39.99", "40.01", "0"])
def test_points_are_those_of_a_published_level(points: str) -> None:
    assert refusals({**full_sheet(), (A, "plan"): Decimal(points)}) == [("points_not_published", "CD17-21.4")]


def test_an_undeclared_or_interested_member_does_not_score() -> None:
    assert refusals(full_sheet(), declared=False) == [("declaration_missing", "GPR-9.1")]
    assert refusals(full_sheet(), grounds=("kinship",)) == [("member_interested", "GPR-9.1")]
    assert refusals(full_sheet(), of_bidder=True) == [("member_interested", "GPR-9.1")]


OBJECTIVE = tuple(one.model_copy(update={"objective": one.code == "capability"}) for one in FACTORS)


@pytest.mark.parametrize(("case", "clause"), [(OPEN_TENDER, "D87-64.1"), (CONSULTATION, "C214-32.1")])
def test_an_objective_factor_is_scored_as_the_others_scored_it(case: Case, clause: str) -> None:
    def unlike_to(other: dict[tuple[UUID, str], Decimal]) -> list[tuple[str, str, dict[str, str]]]:
        scoring = Scoring(full_sheet(), OBJECTIVE, frozenset({A, B}), declared=True, others={C: other})
        found = may_score(scoring, section(case=case), TODAY).findings
        return [(f.code, f.clause.id, f.facts) for f in found if not f.satisfied]

    assert unlike_to(full_sheet(plan="25")) == []
    assert unlike_to({**full_sheet(), (B, "capability"): Decimal("12")}) == [
        ("objective_scored_unlike", clause, {"factors": "capability", "members": str(C)})
    ]


def test_where_no_factor_is_objective_members_differ() -> None:
    assert refusals(full_sheet(), others={C: full_sheet(capability="12")}) == []


@pytest.mark.parametrize(
    ("price", "lowest", "points"),
    [
        ("200000.00", "200000.00", "20.00"),
        ("205000.00", "200000.00", "19.51"),
        ("300000.00", "200000.00", "13.33"),
        ("32000.00", "20.00", "0.01"),
        ("80000.00", "20.00", "0.00"),
        ("26666.67", "20.00", "0.01"),
    ],
)
def test_price_points_are_the_lowest_price_over_the_price(price: str, lowest: str, points: str) -> None:
    assert price_points(Decimal(price), Decimal(lowest), Decimal("20")) == Decimal(points)


@pytest.mark.parametrize(("lowest", "points"), [("1.00", "0.12"), ("3.00", "0.38")])
def test_half_a_hundredth_goes_to_the_even_neighbour(lowest: str, points: str) -> None:
    assert price_points(Decimal("160.00"), Decimal(lowest), Decimal("20")) == Decimal(points)


@given(
    st.decimals("0.01", "99999999.99", places=2),
    st.decimals("0.01", "99999999.99", places=2),
    st.decimals("0.01", "100", places=2),
)
def test_price_points_never_pass_the_weight(first: Decimal, second: Decimal, weight: Decimal) -> None:
    lowest, price = sorted((first, second))

    assert Decimal(0) <= price_points(price, lowest, weight) <= weight


@pytest.mark.parametrize(
    ("value", "points"),
    [(None, "0"), ("0", "20"), ("23.9999", "20"), ("24", "10"), ("48", "5"), ("72", "5"), ("72.0001", "0")],
)
def test_an_offer_earns_the_points_of_its_band(value: str | None, points: str) -> None:
    bands = [("0", "24", "20"), ("24", "48", "10"), ("48", "72", "5")]
    cut = [{"lowest": low, "highest": high, "points": p} for low, high, p in bands]
    indicator = Indicator.model_validate({"lowest": "0", "highest": "72", "bands": cut})

    assert band_points(indicator, Decimal(value) if value else None) == Decimal(points)


@pytest.mark.parametrize(("grade", "points"), [("good", "5"), ("fair", "3"), ("poor", "0"), (None, "3")])
def test_the_latest_result_earns_its_published_points(grade: str | None, points: str) -> None:
    assert result_points(Factor.model_validate(LATEST_RESULT), grade) == Decimal(points)


@pytest.mark.parametrize(("published", "points"), [({}, "5"), ({"excellent": "4.5"}, "4.5")])
def test_an_excellent_result_earns_its_own_points_or_those_of_a_good_one(
    published: dict[str, str], points: str
) -> None:
    factor = LATEST_RESULT | {"result_points": LATEST_RESULT["result_points"] | published}

    assert result_points(Factor.model_validate(factor), "excellent") == Decimal(points)


def bid(bid_id: UUID, price: str = "200000.00", grade: str | None = None, hours: str = "20") -> Bid:
    content = a_bid(price, offers=[{"factor": "response_hours", "value": hours}])
    return Bid(bid_id, BidContent.model_validate(content), grade)


def test_the_total_is_the_mean_of_the_members_rounded_once() -> None:
    factors = [Factor.model_validate(f) for f in (PRICE, PLAN, RESPONSE, CAPABILITY)]
    sheets = [
        {(A, "plan"): Decimal(p), (A, "capability"): Decimal(c)} for p, c in (("40", "20"), ("25", "12"), ("25", "12"))
    ]

    [scored] = score([bid(A)], factors, sheets, drops_extremes=False)

    assert scored.points == {
        "price": Decimal("20.00"),
        "plan": Decimal("30.00"),
        "response_hours": Decimal("20.00"),
        "capability": Decimal("14.67"),
    }
    assert (scored.technical, scored.total) == (Decimal("64.67"), Decimal("84.67"))


@pytest.mark.parametrize(
    ("drops_extremes", "points"), [(False, ["20.00", "16.00", "10.00"]), (True, ["20.00", "20.00", "12.50"])]
)
def test_the_lowest_price_is_one_that_counts(drops_extremes: bool, points: list[str]) -> None:
    bids = [bid(A, "160000.00"), bid(B, "200000.00"), bid(UUID(int=3), "320000.00")]

    found = score(bids, [Factor.model_validate(PRICE)], [{}], drops_extremes=drops_extremes)

    assert [str(scored.total) for scored in found] == points


def test_a_poor_result_costs_points_only_through_the_published_factor() -> None:
    factors = [Factor.model_validate(f) for f in (PRICE, PLAN)]
    sheets = [{(A, "plan"): Decimal("40"), (B, "plan"): Decimal("40")}]
    bids = [bid(A, grade="poor"), bid(B, grade="good")]

    without = score(bids, factors, sheets, drops_extremes=False)
    with_factor = score(bids, [*factors, Factor.model_validate(LATEST_RESULT)], sheets, drops_extremes=False)

    assert [s.total for s in without] == [Decimal("60.00"), Decimal("60.00")]
    assert [s.total for s in with_factor] == [Decimal("60.00"), Decimal("65.00")]


def scored(bid_id: UUID, total: str, price: str = "200000.00", technical: str = "60.00") -> Scored:
    return Scored(bid_id, Decimal(price), {}, Decimal(technical), Decimal(total))


def order(ranked: list[Ranked]) -> list[tuple[int, UUID, str]]:
    return [(one.rank, one.scored.id, one.decided_by) for one in ranked]


def test_the_higher_score_leads() -> None:
    assert order(rank([scored(A, "80.00"), scored(B, "80.01")], section())) == [
        (1, B, "score"),
        (2, A, "score"),
    ]


def test_among_equal_scores_the_lower_price_leads() -> None:
    bids = [scored(A, "80.00", price="200000.01"), scored(B, "80.00"), scored(C, "70.00")]

    assert order(rank(bids, section())) == [(1, B, "price"), (2, A, "price"), (3, C, "score")]


def test_technical_points_decide_in_a_consultation_and_not_in_an_open_tender() -> None:
    bids = [scored(A, "80.00", technical="60.00"), scored(B, "80.00", technical="60.01")]

    assert order(rank(bids, section(case=CONSULTATION))) == [(1, B, "technical"), (2, A, "technical")]
    assert order(rank(bids, section())) == [(1, A, "tie"), (1, B, "tie")]


def test_equals_share_a_rank_and_the_next_comes_after_both() -> None:
    bids = [scored(A, "80.00"), scored(B, "80.00"), scored(C, "70.00")]

    assert order(rank(bids, section(case=CONSULTATION))) == [(1, A, "tie"), (1, B, "tie"), (3, C, "score")]


@pytest.mark.parametrize(
    ("drawn", "refused"),
    [((A, B), []), ((B, A), []), ((A, C), ["C214-25.1"]), ((A,), ["C214-25.1"]), ((A, B, A), ["C214-25.1"])],
)
def test_lots_decide_among_exactly_the_equals(drawn: tuple[UUID, ...], refused: list[str]) -> None:
    decision = draw_lots(Lots(drawn, UUID(int=9)), [frozenset({A, B})], section(case=CONSULTATION), TODAY)

    assert [f.clause.id for f in decision.findings if not f.satisfied] == refused


def test_who_drew_the_lots_does_not_confirm_them() -> None:
    for confirmer, refused in ((UUID(int=9), ["IC12-33.2"]), (UUID(int=8), [])):
        lots = Lots((A, B), UUID(int=9), confirmer)

        decision = draw_lots(lots, [frozenset({A, B})], section(), TODAY)

        assert [f.clause.id for f in decision.findings if not f.satisfied] == refused
