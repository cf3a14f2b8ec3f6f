from uuid import UUID, uuid4

import pytest

from services.tendering.opening.rules import Count, Opening, count_bidders, may_open
from services.tendering.rulebook import CONSULTATION, OPEN_TENDER, OpeningSection
from shared.rulebook import rulebooks
from tests.tendering.examples import TODAY


def section() -> OpeningSection:
    return rulebooks().get("zhuhai-2021").section(OpeningSection)


@pytest.mark.parametrize(("method", "clause"), [(OPEN_TENDER, "D87-41.1"), (CONSULTATION, "C214-21.1")])
@pytest.mark.parametrize(("bids", "enough"), [(0, False), (2, False), (3, True), (4, True)])
def test_three_bids_are_needed(method: str, clause: str, bids: int, enough: bool) -> None:
    decision = count_bidders(bids, method, section(), TODAY)

    assert decision.outcome == Count(enough, section().min_bidders(method).clause)
    assert decision.clauses == (clause,)


def refusals(
    *,
    first: UUID | None = None,
    second: UUID | None = None,
    of_a_bidder: bool = False,
    found: str = "aa",
    method: str = OPEN_TENDER,
    bids: int = 3,
) -> list[tuple[str, str]]:
    opening = Opening(method, bids, first or uuid4(), second, of_a_bidder, "aa", found)
    return [(f.code, f.clause.id) for f in may_open(opening, section(), TODAY).findings if not f.satisfied]


def test_two_persons_open() -> None:
    person = uuid4()

    assert refusals(first=person) == []
    assert refusals(first=person, second=uuid4()) == []
    assert refusals(first=person, second=person) == [("confirmer_is_proposer", "IC12-14.1")]


def test_nobody_of_a_bidder_opens() -> None:
    assert refusals(of_a_bidder=True) == [("opener_of_bidder", "GPR-9.1")]


def test_only_the_frozen_list_is_opened() -> None:
    assert refusals(found="ab") == [("list_changed", "D87-39.1")]


def test_too_few_bids_are_not_opened() -> None:
    assert refusals(bids=2) == [("too_few_bidders", "D87-41.1")]
    assert refusals(bids=2, method=CONSULTATION) == [("too_few_bidders", "C214-21.1")]
