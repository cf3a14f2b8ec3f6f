from uuid import UUID, uuid4

import pytest

from services.tendering.opening.rules import (
    Abandonment,
    Count,
    Gift,
    Opening,
    count_bidders,
    count_unreadable,
    may_abandon,
    may_give,
    may_open,
)
from services.tendering.rulebook import OpeningSection
from shared.law.rulebook import rulebooks
from shared.law.scope import Case
from tests.support.law import CONSULTATION, OPEN_TENDER
from tests.tendering.examples import TODAY


def section(case: Case = OPEN_TENDER) -> OpeningSection:
    return rulebooks().get("zhuhai-2021").section(OpeningSection, case)


@pytest.mark.parametrize(
    ("method", "clause", "bids", "enough"),
    [
        *((OPEN_TENDER, "D87-41.1", bids, bids >= 3) for bids in (0, 2, 3, 4)),
        *((CONSULTATION, "C214-21.1", bids, bids >= 2) for bids in (0, 1, 2, 3)),
    ],
)
def test_a_tender_needs_three_bids_and_a_consultation_for_services_two(
    method: Case, clause: str, bids: int, enough: bool
) -> None:
    decision = count_bidders(bids, section(method), TODAY)

    assert decision.outcome == Count(enough, section(method).least_bidders.clause)
    assert [(f.clause.id, f.satisfied, f.refuses) for f in decision.findings] == [(clause, enough, False)]


def refusals(
    *,
    first: UUID | None = None,
    second: UUID | None = None,
    of_a_bidder: bool = False,
    found: str = "aa",
    method: Case = OPEN_TENDER,
    bids: int = 3,
    shares: int = 2,
    key_fits: bool = True,
) -> list[tuple[str, str]]:
    opening = Opening(bids, first or uuid4(), second, of_a_bidder, "aa", found, shares, 2, key_fits)
    return [(f.code, f.clause.id) for f in may_open(opening, section(method), TODAY).findings if not f.satisfied]


def test_two_persons_open() -> None:
    person = uuid4()

    assert refusals(first=person) == []
    assert refusals(first=person, second=uuid4()) == []
    assert refusals(first=person, second=person) == [("confirmer_is_proposer", "IC12-33.2")]


def test_nobody_of_a_bidder_opens() -> None:
    assert refusals(of_a_bidder=True) == [("opener_of_bidder", "GPR-9.1")]


def test_only_the_frozen_list_is_opened() -> None:
    assert refusals(found="ab") == [("list_changed", "D87-39.1")]


def test_too_few_bids_are_not_opened() -> None:
    assert refusals(bids=2) == [("too_few_bidders", "D87-41.1")]
    assert refusals(bids=1, method=CONSULTATION) == [("too_few_bidders", "C214-21.1")]
    assert refusals(bids=2, method=CONSULTATION) == []


@pytest.mark.parametrize(
    ("shares", "fits", "code"),
    [
        (0, False, ["too_few_openers"]),
        (1, False, ["too_few_openers"]),
        (2, True, []),
        (3, True, []),
        (2, False, ["shares_do_not_fit"]),
    ],
)
def test_k_of_n_openers_open_and_one_less_does_not(shares: int, fits: bool, code: list[str]) -> None:
    assert refusals(second=uuid4(), shares=shares, key_fits=fits) == [(one, "IC12-33.2") for one in code]


def test_openers_are_counted_when_the_opening_is_confirmed_and_not_when_it_is_proposed() -> None:
    assert refusals(shares=0, key_fits=False) == []


@pytest.mark.parametrize(
    ("gift", "refused"),
    [
        (Gift(True, True, False), []),
        (Gift(False, False, False), [("not_an_opener", "IC12-33.2")]),
        (Gift(True, False, False), [("share_of_another", "IC12-33.2")]),
        (Gift(True, True, True), [("opener_of_bidder", "GPR-9.1")]),
    ],
)
def test_an_opener_gives_their_own_share(gift: Gift, refused: list[tuple[str, str]]) -> None:
    found = may_give(gift, section(), TODAY).findings

    assert [(f.code, f.clause.id) for f in found if not f.satisfied] == refused


PERSON = uuid4()


@pytest.mark.parametrize(
    ("abandonment", "refused"),
    [
        (Abandonment(PERSON, None, False, 0, 2), []),
        (Abandonment(PERSON, uuid4(), False, 1, 2), []),
        (Abandonment(PERSON, uuid4(), False, 2, 2), [("openers_suffice", "D87-39.1")]),
        (Abandonment(PERSON, PERSON, False, 1, 2), [("confirmer_is_proposer", "IC12-33.2")]),
        (Abandonment(PERSON, None, True, 1, 2), [("opener_of_bidder", "GPR-9.1")]),
    ],
)
def test_an_opening_is_given_up_by_two_persons_while_too_few_openers_are_there(
    abandonment: Abandonment, refused: list[tuple[str, str]]
) -> None:
    decision = may_abandon(abandonment, section(), TODAY)

    assert [(f.code, f.clause.id) for f in decision.findings if not f.satisfied] == refused
    if not refused:
        assert decision.or_refuse().id == "GPL-36.1"


@pytest.mark.parametrize("unreadable", [0, 1, 9])
def test_bids_that_hold_nothing_readable_are_counted_by_clause_and_refuse_nobody(unreadable: int) -> None:
    decision = count_unreadable(unreadable, section(), TODAY)

    assert decision.or_refuse() == unreadable
    assert decision.clauses == ("D87-63.1",)
