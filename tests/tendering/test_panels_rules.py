from decimal import Decimal
from uuid import uuid4

import pytest

from services.tendering.panels.rules import Member, Panel, form_panel, may_replace
from services.tendering.rulebook import PanelSection, RescoringSection
from shared.law.rulebook import rulebooks
from shared.law.scope import Case
from tests.support.law import CONSULTATION, OPEN_TENDER
from tests.tendering.examples import TODAY


def refusals(
    experts: int,
    others: int,
    *,
    method: Case = OPEN_TENDER,
    budget: str = "480000.00",
    draw: str | None = "2022-1",
    extra: tuple[Member, ...] = (),
) -> list[tuple[str, str]]:
    members = [Member(uuid4(), "expert") for _ in range(experts)]
    members += [Member(uuid4(), "purchaser", of_purchaser=True) for _ in range(others)]
    panel = Panel(Decimal(budget), (*members, *extra), draw)
    section = rulebooks().get("chengdu-2017").section(PanelSection, method)
    return [(f.code, f.clause.id) for f in form_panel(panel, section, TODAY).findings if not f.satisfied]


@pytest.mark.parametrize(
    ("experts", "others", "expected"),
    [
        (4, 1, []),
        (5, 0, []),
        (3, 2, ["too_few_experts"]),
        (2, 1, ["panel_small"]),
        (4, 0, ["panel_small", "panel_even"]),
        (5, 1, ["panel_even"]),
        (0, 0, ["panel_small", "panel_even", "too_few_experts"]),
    ],
)
def test_an_open_tender_has_five_of_whom_two_thirds_are_experts(experts: int, others: int, expected: list[str]) -> None:
    assert [code for code, _ in refusals(experts, others)] == expected
    assert {clause for _, clause in refusals(experts, others)} <= {"D87-47.1"}


@pytest.mark.parametrize(("budget", "expected"), [("9999999.99", []), ("10000000.00", [("panel_small", "D87-47.1")])])
def test_from_ten_million_on_there_are_seven(budget: str, expected: list[tuple[str, str]]) -> None:
    assert refusals(4, 1, budget=budget) == expected
    assert refusals(5, 2, budget=budget) == []


@pytest.mark.parametrize(
    ("experts", "others", "expected"),
    [(2, 1, []), (1, 2, ["too_few_experts"]), (2, 0, ["panel_small", "panel_even"]), (1, 0, ["panel_small"])],
)
def test_a_consultation_has_three_of_whom_two_are_experts(experts: int, others: int, expected: list[str]) -> None:
    found = refusals(experts, others, method=CONSULTATION)

    assert [code for code, _ in found] == expected
    assert {clause for _, clause in found} <= {"C214-14.1"}


@pytest.mark.parametrize(("method", "clause"), [(OPEN_TENDER, "GPR-39.1"), (CONSULTATION, "C214-14.1")])
def test_experts_are_drawn(method: Case, clause: str) -> None:
    assert refusals(4, 1, method=method, draw=None) == [("experts_not_drawn", clause)]


def test_the_purchasers_own_people_are_no_experts() -> None:
    own = Member(uuid4(), "expert", of_purchaser=True)

    assert refusals(3, 1, extra=(own,)) == [("own_unit_expert", "D87-47.2")]


def test_who_belongs_to_a_bidder_withdraws() -> None:
    tied = Member(uuid4(), "expert", of_bidder=True)

    assert refusals(3, 1, extra=(tied,)) == [("member_of_bidder", "GPR-9.1")]


@pytest.mark.parametrize("own", [True, False])
def test_whoever_chose_a_member_does_not_choose_the_next_one(own: bool) -> None:
    chose = uuid4()
    section = rulebooks().get("chengdu-2017").section(RescoringSection, OPEN_TENDER)

    decision = may_replace(chose if own else uuid4(), chose, section)

    assert [(f.code, f.satisfied) for f in decision.findings] == [("replaces_own_choice", not own)]
