from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tendering.awards.rules import (
    Choice,
    Confirmation,
    Proposal,
    acknowledge,
    choose,
    confirm_award,
    propose_award,
)
from services.tendering.bids.rules import Standing
from services.tendering.files.contents import PaymentLine, share_price, too_small
from services.tendering.rulebook import AwardSection
from shared.fields.calendar import BEIJING, WorkingCalendar, Year, default_calendar
from shared.law.decision import Effect
from shared.law.rulebook import rulebooks
from shared.law.scope import Case
from tests.support.law import CONSULTATION, OPEN_TENDER
from tests.tendering.examples import TODAY

POOR = rulebooks().get("zhuhai-2021").clause("ZH21-27.6")
BAN = rulebooks().get("national-procurement").clause("GPL-77.1")


def section(case: Case = OPEN_TENDER) -> AwardSection:
    return rulebooks().get("zhuhai-2021").section(AwardSection, case)


def watched(effect: Effect = Effect.REFERENCE, until: date | None = None) -> Standing:
    return Standing("watched", POOR, effect, date(2022, 1, 1), until)


def refusals(*standings: Standing, tied: bool = False, reasons: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    proposal = Proposal(tied, standings, dict.fromkeys(reasons, "有改进措施"))
    return [(f.code, f.clause.id) for f in propose_award(proposal, section(CONSULTATION), TODAY).findings if f.refuses]


def test_the_first_in_rank_without_anything_against_it_is_proposed() -> None:
    assert refusals() == []


def test_equals_are_told_apart_first() -> None:
    assert refusals(tied=True) == [("tie_unresolved", "C214-25.1")]


def test_a_reference_asks_for_a_reason_and_bars_nobody() -> None:
    assert refusals(watched()) == [("reason_missing", "ZH21-27.6")]
    assert refusals(watched(), reasons=("ZH21-27.6",)) == []
    assert refusals(watched(), reasons=("CD17-33.3",)) == [("reason_missing", "ZH21-27.6")]


def test_two_references_by_one_clause_ask_for_one_reason() -> None:
    assert refusals(watched(), watched()) == [("reason_missing", "ZH21-27.6")]


def test_a_reference_that_ended_asks_for_nothing() -> None:
    assert refusals(watched(until=TODAY - timedelta(days=1))) == []
    assert refusals(watched(until=TODAY)) == [("reason_missing", "ZH21-27.6")]


def test_a_known_bar_is_left_to_the_registry_whose_block_opens_the_way_to_the_next() -> None:
    barred = Standing("barred", BAN, Effect.BAR, date(2022, 1, 1))

    assert refusals(barred) == []
    assert refusals(watched(Effect.QUALIFICATION)) == []


def test_a_preference_asks_for_nothing() -> None:
    assert refusals(Standing("preferred", POOR, Effect.REFERENCE, date(2022, 1, 1))) == []


def test_every_reference_of_the_registry_needs_its_reason() -> None:
    assert acknowledge([POOR], {}, TODAY).refused
    assert not acknowledge([POOR], {"ZH21-27.6": "有改进措施"}, TODAY).refused
    assert not acknowledge([], {}, TODAY).refused


@pytest.mark.parametrize(
    ("choice", "has_next", "expected"),
    [("next", True, []), ("next", False, ["GPR-43.1"]), ("fail", False, []), ("fail", True, [])],
)
def test_only_who_is_there_can_follow(choice: str, has_next: bool, expected: list[str]) -> None:
    decision = choose(Choice(choice, has_next, uuid4()), section(), TODAY)

    assert [f.clause.id for f in decision.findings if f.refuses] == expected


def test_the_choice_after_a_block_takes_two() -> None:
    person = uuid4()
    alone = choose(Choice("fail", False, person, person), section(), TODAY)
    together = choose(Choice("fail", False, person, uuid4()), section(), TODAY)

    assert [f.clause.id for f in alone.findings if f.refuses] == ["IC12-33.2"]
    assert not together.refused


STATUTORY_2027 = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))


def confirmed(
    now: datetime,
    *,
    announced: date = date(2022, 4, 1),
    procurement: bool = True,
    alone: bool = False,
    calendar: WorkingCalendar | None = None,
    case: Case = OPEN_TENDER,
) -> list[str]:
    proposer, calendar = uuid4(), calendar or default_calendar()
    confirmation = Confirmation(proposer, proposer if alone else uuid4(), announced, procurement, calendar)
    return [f.clause.id for f in confirm_award(confirmation, section(case), now).findings if f.refuses]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # 1 April 2022 is a Friday; 2 April is worked, 3 to 5 April are holidays.
        (datetime(2022, 4, 2, 23, 59, 59, tzinfo=BEIJING), ["D87-69.1"]),
        (datetime(2022, 4, 3, 0, 0, tzinfo=BEIJING), []),
    ],
)
def test_the_result_is_public_for_a_working_day(now: datetime, expected: list[str]) -> None:
    assert confirmed(now) == expected


def test_the_result_of_a_consultation_is_public_as_long() -> None:
    talks = Case(method="competitive_consultation")

    assert confirmed(datetime(2022, 4, 2, 23, 59, 59, tzinfo=BEIJING), case=talks) == ["C214-29.1"]
    assert confirmed(datetime(2022, 4, 3, 0, 0, tzinfo=BEIJING), case=talks) == []


def test_a_holiday_is_no_working_day() -> None:
    assert confirmed(datetime(2022, 4, 6, 23, 59, tzinfo=BEIJING), announced=date(2022, 4, 2)) == ["D87-69.1"]
    assert confirmed(datetime(2022, 4, 7, 0, 0, tzinfo=BEIJING), announced=date(2022, 4, 2)) == []


def test_a_last_day_in_a_year_without_schedule_lets_nothing_stand_until_it_has_come() -> None:
    at, announced = datetime(2027, 3, 1, tzinfo=BEIJING), date(2026, 12, 31)
    first = Year(2027, frozenset(date(2027, m, d) for m, d in STATUTORY_2027), frozenset(), "notice")
    known = default_calendar().with_year(first)

    assert confirmed(at, announced=announced) == ["D87-69.1"]
    assert confirmed(at, announced=announced, calendar=known) == []


def test_another_purchase_may_be_confirmed_at_once() -> None:
    assert confirmed(datetime(2022, 4, 1, 10, 0, tzinfo=BEIJING), procurement=False) == []


def test_the_proposer_does_not_confirm_the_award() -> None:
    assert confirmed(datetime(2022, 5, 1, 10, 0, tzinfo=BEIJING), alone=True) == ["IC12-33.2"]


GATES = {"advance": "contract", "instalment": "acceptance", "final": "acceptance"}


def lines(*amounts: tuple[str, str]) -> list[PaymentLine]:
    return [
        PaymentLine.model_validate({"number": number, "kind": kind, "amount": amount, "gate": GATES[kind]})
        for number, (kind, amount) in enumerate(amounts, 1)
    ]


FORTY_THIRTY_THIRTY = (("advance", "88000.00"), ("instalment", "66000.00"), ("final", "66000.00"))


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("200000.00", ["80000.00", "60000.00", "60000.00"]),
        ("199999.99", ["79999.99", "60000.00", "60000.00"]),
        ("200000.01", ["80000.00", "60000.01", "60000.00"]),
        ("0.01", ["0.00", "0.01", "0.00"]),
    ],
)
def test_the_price_is_shared_as_the_draft_was_and_no_advance_is_rounded_up(price: str, expected: list[str]) -> None:
    assert [str(amount) for amount in share_price(Decimal(price), lines(*FORTY_THIRTY_THIRTY)).values()] == expected


def test_a_draft_of_advances_alone_is_shared_too() -> None:
    shared = share_price(Decimal("100.00"), lines(("advance", "1.00"), ("advance", "2.00")))

    assert [str(amount) for amount in shared.values()] == ["33.33", "66.67"]


@given(
    st.decimals("0.01", "99999999.99", places=2),
    st.lists(st.tuples(st.sampled_from(["advance", "final"]), st.decimals("0.01", "9999999.99", places=2)), min_size=1),
)
def test_every_fen_of_the_price_is_shared(price: Decimal, drafted: list[tuple[str, Decimal]]) -> None:
    shared = share_price(price, lines(*((kind, str(amount)) for kind, amount in drafted[:100])))

    assert sum(shared.values()) == price
    assert min(shared.values()) >= 0


@pytest.mark.parametrize(
    ("price", "drafted", "small"),
    [
        ("0.03", FORTY_THIRTY_THIRTY, False),
        ("0.02", FORTY_THIRTY_THIRTY, True),
        ("0.01", FORTY_THIRTY_THIRTY, True),
        ("0.01", (("final", "9.00"),), False),
        ("0.02", (("final", "9.00"), ("final", "9.00"), ("final", "9.00")), True),
    ],
)
def test_a_price_is_too_small_when_a_payment_would_be_nothing(price: str, drafted: Any, small: bool) -> None:
    assert too_small(Decimal(price), lines(*drafted)) == small


def test_a_small_payment_of_the_draft_is_not_rounded_to_nothing() -> None:
    shared = share_price(Decimal("1000.00"), lines(("final", "99999.98"), ("instalment", "0.01"), ("final", "0.01")))

    assert [str(amount) for amount in shared.values()] == ["999.98", "0.01", "0.01"]
