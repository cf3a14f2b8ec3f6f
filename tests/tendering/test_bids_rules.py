from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest

from services.tendering.bids.rules import Standing, Submission, may_bid, may_withdraw
from services.tendering.rulebook import BidSection
from shared.fields.calendar import BEIJING
from shared.law.decision import Decision, Effect
from shared.law.rulebook import Items, rulebooks
from shared.law.scope import Case
from tests.support.law import CONSULTATION, OPEN_TENDER
from tests.tendering.examples import TODAY

CLOSES_AT = datetime(2022, 3, 21, 9, 30, tzinfo=BEIJING)
BAR = rulebooks().get("national-procurement").clause("GPL-77.1")


def section(book: str = "zhuhai-2021", case: Case = CONSULTATION) -> BidSection:
    return rulebooks().get(book).section(BidSection, case)


def failed(decision: Decision[datetime]) -> list[str]:
    return [f.clause.id for f in decision.findings if not f.satisfied]


def barred(
    kind: str = "barred", effect: Effect = Effect.BAR, from_day: date = TODAY, until_day: date | None = None
) -> Standing:
    return Standing(kind, BAR, effect, from_day, until_day)


@pytest.mark.parametrize(("microseconds", "refusals"), [(-1, []), (0, ["C214-13.1"]), (1, ["C214-13.1"])])
def test_a_bid_must_be_there_before_the_closing(microseconds: int, refusals: list[str]) -> None:
    submission = Submission(CLOSES_AT + timedelta(microseconds=microseconds), CLOSES_AT)

    assert failed(may_bid(submission, section(), TODAY)) == refusals
    assert failed(may_withdraw(submission, section(), TODAY)) == refusals


@pytest.mark.parametrize(
    ("standing", "blocked"),
    [
        (barred(), True),
        (barred(until_day=TODAY), True),
        (barred(until_day=TODAY - timedelta(days=1)), False),
        (barred(from_day=TODAY + timedelta(days=1)), False),
        (barred(kind="watched", effect=Effect.QUALIFICATION), True),
        (barred(kind="watched", effect=Effect.REFERENCE), False),
        (barred(kind="preferred", effect=Effect.REFERENCE), False),
    ],
)
def test_a_standing_that_blocks_refuses_while_it_lasts(standing: Standing, blocked: bool) -> None:
    submission = Submission(CLOSES_AT - timedelta(days=1), CLOSES_AT, (standing,))

    assert failed(may_bid(submission, section(), TODAY)) == (["ZH21-16.0", "GPL-77.1"] if blocked else [])
    assert failed(may_bid(submission, section("chengdu-2017"), TODAY)) == (["GPL-77.1"] if blocked else [])
    assert failed(may_withdraw(submission, section(), TODAY)) == []


@pytest.mark.parametrize("case", [CONSULTATION, OPEN_TENDER])
@pytest.mark.parametrize(("roles", "refused"), [((), []), (("design",), ["GPR-18.2"]), (("drafting",), ["GPR-18.2"])])
def test_who_worked_on_the_project_before_does_not_bid(case: Case, roles: tuple[str, ...], refused: list[str]) -> None:
    submission = Submission(CLOSES_AT - timedelta(days=1), CLOSES_AT, prior_roles=roles)

    assert failed(may_bid(submission, section(case=case), TODAY)) == refused


@dataclass(frozen=True, slots=True)
class _PriorRoles:
    """What is asked of a method by which nobody bids: its other questions about bids have no answer."""

    filled_with = ("method",)

    excluded_prior_roles: Items


def test_where_one_is_chosen_without_competition_who_worked_on_it_may_offer() -> None:
    submission = Submission(CLOSES_AT - timedelta(days=1), CLOSES_AT, prior_roles=("design",))
    chosen = rulebooks().get("zhuhai-2021").section(_PriorRoles, Case(method="direct_choice"))
    excluded = replace(section(), excluded_prior_roles=chosen.excluded_prior_roles)

    assert failed(may_bid(submission, excluded, TODAY)) == []
    assert failed(may_bid(submission, section(), TODAY)) == ["GPR-18.2"]
