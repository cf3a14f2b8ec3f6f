from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.tendering.files.contents import Condition, Grade, PaymentLine
from services.tendering.reviews.rules import Candidate, Review, Reviewed, review
from services.tendering.rulebook import ReviewSection
from shared.law.decision import Decision
from shared.law.rulebook import rulebooks
from shared.law.scope import Case
from tests.support.law import CONSULTATION, OPEN_TENDER
from tests.tendering.examples import TODAY

STATUTORY = Condition(code="financial_system", text="财务制度健全")
OWN = Condition(code="counsellors_licensed", text="咨询师持证", reason="专业服务")
CITIES = [rulebooks().get(name) for name in ("zhuhai-2021", "changchun-2014", "dongguan-2011")]
ALL = frozenset(member for book in CITIES for member in book.section(ReviewSection, OPEN_TENDER).required_conditions)


def reviewed(
    candidates: list[Candidate],
    *conditions: Condition,
    method: Case = OPEN_TENDER,
    found: dict[tuple[UUID, str], bool] | None = None,
    book: str = "zhuhai-2021",
    of_a_bidder: bool = False,
    lines: tuple[PaymentLine, ...] = (),
) -> Decision[Reviewed]:
    section = rulebooks().get(book).section(ReviewSection, method)
    asked = Review(tuple(candidates), conditions, Decimal("220000.00"), found or {}, of_a_bidder, lines)
    return review(asked, section, TODAY)


def candidate(price: str = "200000.00", verified: frozenset[str] = ALL, grade: str | None = None) -> Candidate:
    return Candidate(uuid4(), Decimal(price), verified, grade)


def failed(decision: Decision[Reviewed]) -> list[tuple[str, str]]:
    return [(f.code, f.clause.id) for f in decision.findings if f.refuses]


def outcome(decision: Decision[Reviewed]) -> Reviewed:
    assert decision.outcome is not None
    return decision.outcome


def test_the_registry_answers_for_the_statutory_conditions() -> None:
    good, bad = candidate(), candidate(verified=frozenset())

    results = outcome(reviewed([good, bad], STATUTORY)).results

    assert [(r.bid_id, r.met, r.basis, r.clause.id) for r in results if r.condition == "financial_system"] == [
        (good.bid_id, True, "registry", "GPL-22.1"),
        (bad.bid_id, False, "registry", "GPL-22.1"),
    ]


@pytest.mark.parametrize("book", ["zhuhai-2021", "shanghai-2015", "national-procurement"])
@pytest.mark.parametrize("lacking", [None, "tax_paid", "social_security_paid"])
def test_what_the_law_asks_of_every_supplier_is_asked_though_the_file_is_silent(book: str, lacking: str | None) -> None:
    one = candidate(verified=ALL - {lacking} if lacking else ALL)

    decided = outcome(reviewed([one], book=book))

    assert [(r.condition, r.clause.id) for r in decided.results if not r.met] == (
        [(lacking, "GPL-22.1")] if lacking else []
    )


def test_a_reviewer_may_not_speak_for_the_registry() -> None:
    bad = candidate(verified=frozenset())

    decision = reviewed([bad], STATUTORY, found={(bad.bid_id, "financial_system"): True})

    assert failed(decision) == [("condition_not_reviewable", "D87-41.1")]


def test_every_bid_is_held_against_every_own_condition() -> None:
    first, second = candidate(), candidate()

    assert failed(reviewed([first, second], OWN, found={(first.bid_id, OWN.code): True})) == [
        ("review_incomplete", "D87-41.1")
    ]


def test_an_unpublished_condition_is_not_applied() -> None:
    one = candidate()
    decision = reviewed([one], found={(one.bid_id, "stable_team"): False}, book="dongguan-2011")

    assert failed(decision) == [("condition_not_reviewable", "DG11-7.5")]


@pytest.mark.parametrize(("met", "qualified"), [(True, 1), (False, 0)])
def test_a_reviewers_finding_decides_an_own_condition(met: bool, qualified: int) -> None:
    one = candidate()

    assert len(outcome(reviewed([one], OWN, found={(one.bid_id, OWN.code): met})).qualified) == qualified


BY_METHOD = pytest.mark.parametrize(("method", "clause"), [(OPEN_TENDER, "D87-63.1"), (CONSULTATION, "C214-16.1")])


@BY_METHOD
@pytest.mark.parametrize(("price", "qualified"), [("220000.00", True), ("220000.01", False)])
def test_a_price_over_the_budget_is_out(price: str, qualified: bool, method: Case, clause: str) -> None:
    one = candidate(price)
    decided = outcome(reviewed([one], STATUTORY, method=method))

    assert (one.bid_id in decided.qualified) is qualified
    assert [r.clause.id for r in decided.results if r.condition == "over_price"] == [clause]


@pytest.mark.parametrize(("grade", "met"), [(None, False), ("2A", False), ("3A", True), ("5A", True)])
def test_a_grade_reaches_the_least_that_the_file_asks_for(grade: str | None, met: bool) -> None:
    asked = Condition(code="assessment_grade", text="3A以上", least="3A")

    assert bool(outcome(reviewed([candidate(grade=grade)], asked, book="chengdu-2017")).qualified) is met


@pytest.mark.parametrize(
    ("least", "verified", "grade", "met"),
    [
        ("3A", True, None, True),
        ("3A", False, "3A", True),
        ("3A", False, "2A", False),
        ("4A", True, "3A", False),
        ("4A", True, "4A", True),
    ],
)
def test_where_the_text_asks_for_a_grade_the_registry_says_who_needs_it_and_whose_counts(
    least: Grade, verified: bool, grade: str | None, met: bool
) -> None:
    asked = Condition(code="assessment_grade", text="评估等级", least=least)
    one = candidate(verified=ALL | {"assessment_grade"} if verified else ALL - {"assessment_grade"}, grade=grade)

    decided = outcome(reviewed([one], asked, book="dongguan-2011"))

    assert bool(decided.qualified) is met
    assert [r.clause.id for r in decided.results if r.condition == "assessment_grade" and least == "3A"] in (
        [],
        ["DG11-7.1b"],
    )


@pytest.mark.parametrize(
    ("method", "bids", "enough", "clause"),
    [
        (OPEN_TENDER, 2, False, "D87-41.1"),
        (OPEN_TENDER, 3, True, "D87-41.1"),
        (CONSULTATION, 1, False, "C214-21.1"),
        (CONSULTATION, 2, True, "C214-21.1"),
    ],
)
def test_enough_must_be_qualified(method: Case, bids: int, enough: bool, clause: str) -> None:
    decided = outcome(reviewed([candidate() for _ in range(bids)], STATUTORY, method=method))

    assert (decided.enough, decided.clause.id) == (enough, clause)


def test_nobody_of_a_bidder_reviews() -> None:
    assert failed(reviewed([candidate()], STATUTORY, of_a_bidder=True)) == [("reviewer_of_bidder", "GPR-9.1")]


@BY_METHOD
def test_a_bid_that_held_nothing_readable_fails_and_nobody_answers_for_its_conditions(
    method: Case, clause: str
) -> None:
    good, rubbish = candidate(), Candidate(uuid4(), None, ALL, None)

    decision = reviewed([good, rubbish], STATUTORY, OWN, method=method, found={(good.bid_id, OWN.code): True})

    assert failed(decision) == []
    assert outcome(decision).qualified == {good.bid_id}
    found = [
        (r.condition, r.met, r.basis, r.clause.id) for r in outcome(decision).results if r.bid_id == rubbish.bid_id
    ]
    assert found == [("readable", False, "opening", clause)]


def test_a_price_at_which_a_payment_would_be_nothing_is_clearly_too_low() -> None:
    amounts = ("88000.00", "66000.00", "66000.00")
    lines = tuple(
        PaymentLine(number=n, kind="instalment", amount=Decimal(amount), gate="contract")
        for n, amount in enumerate(amounts, 1)
    )
    lowest, low = candidate("0.02"), candidate("0.03")

    found = outcome(reviewed([lowest, low, candidate()], lines=lines))

    assert found.qualified.isdisjoint({lowest.bid_id})
    assert low.bid_id in found.qualified
    assert [(r.bid_id, r.condition, r.clause.id) for r in found.results if not r.met] == [
        (lowest.bid_id, "too_low_price", "D87-60.1")
    ]


HEAD, MOTHER = uuid4(), uuid4()


@pytest.mark.parametrize("method", [OPEN_TENDER, CONSULTATION])
@pytest.mark.parametrize(
    ("one", "other", "ground"),
    [
        ({"head": HEAD}, {"head": HEAD}, "same_head"),
        ({"head": HEAD}, {"head": uuid4()}, None),
        ({}, {}, None),
        ({"provider_id": MOTHER}, {"held_by": frozenset({MOTHER})}, "direct_control"),
        ({"managed_by": frozenset({MOTHER})}, {"provider_id": MOTHER}, "management"),
        ({"held_by": frozenset({MOTHER})}, {"held_by": frozenset({MOTHER})}, None),
        ({"managed_by": frozenset({MOTHER})}, {"managed_by": frozenset({MOTHER})}, None),
    ],
)
def test_none_of_those_with_one_head_or_that_hold_one_another_is_qualified(
    method: Case, one: dict[str, Any], other: dict[str, Any], ground: str | None
) -> None:
    bids = [replace(candidate(), **{"provider_id": uuid4(), **told}) for told in (one, other, {"head": uuid4()})]

    found = outcome(reviewed(bids, method=method))

    out = {(r.bid_id, r.condition, r.basis, r.clause.id) for r in found.results if not r.met}
    assert out == ({(bid.bid_id, ground, "registry", "GPR-18.1") for bid in bids[:2]} if ground else set())
    assert found.qualified == {bid.bid_id for bid in (bids[2:] if ground else bids)}
