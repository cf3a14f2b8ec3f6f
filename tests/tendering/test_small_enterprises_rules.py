"""Who is admitted to what a file reserves, and by which price bids are scored."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.tendering.bids.contents import BidContent, Declaration
from services.tendering.bids.declarations import Declared, admitted, deduction
from services.tendering.files.contents import Contents, SmallEnterprises
from services.tendering.files.small_enterprises import NOTHING_SAID, small_enterprise_findings
from services.tendering.reviews.rules import Candidate, Review, Reviewed, review
from services.tendering.rulebook import FileSection, PreferenceSection, ReviewSection
from services.tendering.scores.rules import Bid, score
from shared.law.rulebook import rulebooks
from shared.law.scope import Case
from tests.support.law import CONSULTATION, OPEN_TENDER
from tests.tendering.examples import PRICE, SMALL_ENTERPRISES, TODAY, a_tender_file
from tests.tendering.rounds import a_bid
from tests.tendering.test_reviews_rules import ALL
from tests.tendering.test_scores_rules import FACTORS

SMALL: dict[str, Any] = {"size": "small", "own_staff": True}


def reviewed(
    *letters: dict[str, Any] | None, file: dict[str, Any] | None = None, method: Case = OPEN_TENDER
) -> Reviewed:
    said = NOTHING_SAID if file is None else SmallEnterprises.model_validate(file)
    given = [None if letter is None else Declaration.model_validate(letter) for letter in letters]
    candidates = tuple(Candidate(uuid4(), Decimal("200000.00"), ALL, None, letter) for letter in given)
    section = rulebooks().get("national-procurement").section(ReviewSection, method)
    outcome = review(Review(candidates, (), Decimal("220000.00"), {}, small=said), section, TODAY).outcome
    assert outcome is not None
    return outcome


def partner(size: str = "small", role: str = "member", share: str = "0.40", **more: Any) -> dict[str, Any]:
    return {"title": "云澳", "size": size, "role": role, "share": share, **more}


WHOLE = {"reserved_by": "project"}
CONSORTIUM = {"reserved_by": "consortium_share", "reserved_share": "0.40"}
SUBCONTRACT = {"reserved_by": "subcontract_share", "reserved_share": "0.40"}
LARGE = {"size": "large", "own_staff": True}


@pytest.mark.parametrize(
    ("file", "letter", "clause"),
    [
        (None, None, None),
        (WHOLE, SMALL, None),
        (WHOLE, {**SMALL, "size": "medium"}, None),
        (WHOLE, {**SMALL, "size": "individual_business"}, None),
        (WHOLE, None, "SME46-11.1"),
        (WHOLE, LARGE, "SME46-2.1"),
        (WHOLE, {**SMALL, "linked_to_large_by": ["same_head"]}, "SME46-2.1"),
        (WHOLE, {**SMALL, "own_staff": False}, "SME46-2.1"),
        (WHOLE, {**SMALL, "partners": [partner()]}, None),
        (WHOLE, {**SMALL, "partners": [partner("large")]}, "SME46-2.1"),
        (CONSORTIUM, {**LARGE, "partners": [partner()]}, None),
        (CONSORTIUM, {**LARGE, "partners": [partner("medium")]}, None),
        (CONSORTIUM, {**LARGE, "partners": [partner(share="0.3999")]}, "SME46-12.1"),
        (CONSORTIUM, {**LARGE, "partners": [partner(role="subcontractor")]}, "SME46-12.1"),
        (CONSORTIUM, {**LARGE, "partners": [partner(linked=True)]}, "SME46-12.1"),
        (CONSORTIUM, {**SMALL, "partners": [partner("large", share="0.60")]}, None),
        (CONSORTIUM, {**SMALL, "partners": [partner("large", share="0.6001")]}, "SME46-12.1"),
        (SUBCONTRACT, {**LARGE, "partners": [partner(role="subcontractor")]}, None),
        (SUBCONTRACT, {**LARGE, "partners": [partner()]}, "SME46-12.1"),
        (SUBCONTRACT, {**SMALL, "partners": [partner("large"), partner("large", "subcontractor")]}, "SME46-12.1"),
        (SUBCONTRACT, SMALL, None),
        ({"reserved_by": "consortium_share"}, {**LARGE, "partners": [partner()]}, "SME46-12.1"),
    ],
)
def test_who_is_admitted_is_what_the_bid_declares(
    file: dict[str, Any] | None, letter: dict[str, Any] | None, clause: str | None
) -> None:
    results = [each for each in reviewed(letter, file=file).results if each.condition == "small_or_medium_enterprise"]

    if file is None:
        assert results == []
    else:
        [result] = results
        assert (result.met, result.basis) == (clause is None, "declaration")
        assert clause is None or result.clause.id == clause


@pytest.mark.parametrize(
    ("file", "letters", "enough", "clause"),
    [
        (WHOLE, (SMALL, SMALL, SMALL), True, "SME46-10.1"),
        (WHOLE, (SMALL, SMALL, None), False, "SME46-10.1"),
        (WHOLE, (SMALL, SMALL), False, "SME46-10.1"),
        (None, (SMALL, SMALL), True, "C214-21.1"),
        (None, (SMALL,), False, "C214-21.1"),
    ],
)
def test_reserved_it_goes_on_with_three_where_a_consultation_goes_on_with_two(
    file: dict[str, Any] | None, letters: tuple[dict[str, Any] | None, ...], enough: bool, clause: str
) -> None:
    outcome = reviewed(*letters, file=file, method=CONSULTATION)

    assert (outcome.enough, outcome.clause.id) == (enough, clause)


def test_a_price_is_scored_as_evaluated_and_kept_as_offered() -> None:
    price = [factor for factor in FACTORS if factor.kind == "price"]
    offers = {UUID(int=1): ("100.05", "0.10"), UUID(int=2): ("95.00", "0"), UUID(int=3): ("100.04", "0.10")}
    bids = [
        Bid(bid, BidContent.model_validate(a_bid(offered)), None, Decimal(rate))
        for bid, (offered, rate) in offers.items()
    ]

    scored = score(bids, price, [{}], drops_extremes=False)

    assert [(one.price, one.evaluated, one.points["price"]) for one in scored] == [
        (Decimal("100.05"), Decimal("90.04"), Decimal("20.00")),
        (Decimal("95.00"), None, Decimal("18.96")),
        (Decimal("100.04"), Decimal("90.04"), Decimal("20.00")),
    ]
    assert PRICE["weight"] == "20"


@pytest.mark.parametrize(
    "ground", ["non_enterprise_priority", "only_others", "competition_fails", "framework_agreement", "provincial"]
)
def test_each_ground_of_the_article_leaves_a_purchase_unreserved(ground: str) -> None:
    said = {**SMALL_ENTERPRISES, "unreserved": {"ground": ground, "reason": "论证记录"}}
    contents = Contents.model_validate(a_tender_file(small_enterprises=said))
    section = rulebooks().get("national-procurement").section(FileSection, OPEN_TENDER)

    found = small_enterprise_findings(contents, section, Decimal("2000000.00"), reserved_before=False, asked=True)

    assert [each.code for each in found if not each.satisfied] == []


@pytest.mark.parametrize(("size", "said"), [("small", [("price_deducted", "SME46-9.1")]), ("medium", [])])
def test_a_deduction_says_by_which_clause_what_is_paid_stays_the_price(size: str, said: list[tuple[str, str]]) -> None:
    section = rulebooks().get("national-procurement").section(PreferenceSection)
    letter = Declaration.model_validate({**SMALL, "size": size})

    decision = deduction(Declared(letter, SmallEnterprises(deduction=Decimal("0.10"))), section)

    assert [(each.code, each.clause.id) for each in decision.findings] == said


@pytest.mark.parametrize(
    ("began", "noticed", "least"),
    [
        ("2022-06-30", date(2022, 6, 30), "0.06"),
        ("2022-06-30", date(2022, 7, 1), "0.10"),
        ("2022-07-01", date(2022, 7, 1), "0.10"),
    ],
)
def test_the_bounds_are_those_of_the_day_of_the_notice(began: str, noticed: date, least: str) -> None:
    book = rulebooks().get("chengdu-2017", date.fromisoformat(began))

    of_the_day = rulebooks().get("chengdu-2017", noticed).section(FileSection, OPEN_TENDER)

    bound, _ = book.section(FileSection, OPEN_TENDER).noticed_by(of_the_day).bounds("deduction")

    assert bound is not None
    assert str(bound.value) == least


@pytest.mark.parametrize(("book", "clause"), [("national-procurement", "SME46-11.1"), ("dongguan-2011", None)])
def test_what_nothing_reserves_admits_everybody_and_so_does_a_day_before_the_text(
    book: str, clause: str | None
) -> None:
    section = rulebooks().get(book).section(PreferenceSection)

    assert admitted(Declared(None, NOTHING_SAID), section) is None
    reserved = admitted(Declared(None, SmallEnterprises.model_validate(WHOLE)), section)
    assert (reserved.id if reserved else None) == clause
