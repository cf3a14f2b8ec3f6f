from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.tendering.bids.contents import BidContent
from services.tendering.rulebook import ScoreSection
from services.tendering.scores.signs import Handed, answered, concerted, signs_in
from shared.law.rulebook import rulebooks
from tests.support.law import CONSULTATION, OPEN_TENDER
from tests.tendering.rounds import a_bid

A, B, C, D = (UUID(int=number) for number in range(1, 5))
LISTED = rulebooks().get("chengdu-2017").section(ScoreSection, OPEN_TENDER).collusion_signs


def handed(price: str = "200000.00", title: str | None = None, by: UUID | None = None, **changed: Any) -> Handed:
    content = BidContent.model_validate(a_bid(price, **changed))
    return Handed(content, by or uuid4(), title or f"第{uuid4().hex[:6]}家中心")


def signs(*bids: Handed) -> set[tuple[UUID, str]]:
    return set(signs_in(dict(zip((A, B, C, D), bids, strict=False)), LISTED))


def annex(digit: str) -> list[dict[str, str]]:
    return [{"name": "方案.pdf", "sha256": digit * 64}]


def test_bids_that_one_person_handed_in_show_it() -> None:
    agent = uuid4()

    assert signs(handed(by=agent), handed(by=agent), handed()) == {(A, "same_agent"), (B, "same_agent")}
    assert signs(handed(), handed(), handed()) == set()


def test_bids_with_the_same_document_show_it() -> None:
    found = signs(handed(annexes=annex("a")), handed(annexes=annex("b")), handed(annexes=annex("a")))

    assert found == {(A, "unusual_likeness"), (C, "unusual_likeness")}


def test_a_bid_that_speaks_of_another_bidder_shows_it() -> None:
    named = [{"factor": "plan", "statement": "春晖中心的服务方案"}]

    assert signs(handed(title="晴朗中心", offers=named), handed(title="春晖中心"), handed()) == {
        (A, "mixed_files"),
        (B, "mixed_files"),
    }
    assert signs(handed(title="春晖中心", offers=named), handed(title="晴朗中心")) == set()


@pytest.mark.parametrize(
    ("prices", "shown"),
    [
        (("100.00", "110.00", "120.00", "130.00"), True),
        (("100.00", "110.00", "120.00", "130.01"), False),
        (("100.00", "110.00", "121.00", "133.10"), True),
        (("100.00", "110.00", "121.00", "133.11"), False),
        (("100.00", "110.00", "120.00"), False),
        (("100.00", "100.00", "100.00", "100.00"), False),
    ],
)
def test_prices_that_rise_by_one_step_or_factor_show_it(prices: Sequence[str], shown: bool) -> None:
    found = signs(*(handed(price) for price in prices))

    assert found == ({(bid, "regular_prices") for bid in (A, B, C, D)} if shown else set())


def test_a_member_answers_every_sign_and_no_other() -> None:
    def refused(said: set[tuple[UUID, str]]) -> list[tuple[str, str]]:
        found = answered({(A, "same_agent"), (B, "same_agent")}, said, LISTED)
        return [(each.code, each.clause.id) for each in found if not each.satisfied]

    assert refused({(A, "same_agent"), (B, "same_agent")}) == []
    assert refused({(A, "same_agent")}) == [("sign_unanswered", "GPR-74.1")]
    both = {(A, "same_agent"), (B, "same_agent"), (C, "same_agent")}
    assert refused(both) == [("sign_not_shown", "GPR-74.1")]


@pytest.mark.parametrize(("voices", "out"), [(2, False), (3, True)])
def test_more_than_half_of_the_members_find_a_bid_concerted(voices: int, out: bool) -> None:
    said = [{(A, "same_agent"): number < voices} for number in range(5)]

    assert concerted(said, 5) == ({A} if out else set())
    split = [{(A, "same_agent"): number < 2, (A, "mixed_files"): number >= 2} for number in range(4)]
    assert concerted(split, 4) == set()


def test_the_signs_are_those_of_tenders() -> None:
    consultation = rulebooks().get("zhuhai-2021").section(ScoreSection, CONSULTATION).collusion_signs
    agent = uuid4()

    assert not signs_in({A: handed(by=agent), B: handed(by=agent)}, consultation)
    assert list(answered((), (), consultation)) == []
