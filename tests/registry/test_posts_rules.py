"""Which posts stay apart, who confirms one, and that the vocabulary knows every duty a service asks for."""

import ast
import re
from datetime import date
from pathlib import Path

import pytest

from services.registry.bodies.kinds import FITTING, KINDS
from services.registry.persons.duties import ALONE, DUTIES, OVERSEEING, WATCHED, WEIGHTY
from services.registry.posts.rules import Desk, conflicting, may_confirm, may_hold
from services.registry.rulebook import PostSection
from shared.fields.ids import new_id
from shared.law.rulebook import rulebooks
from shared.work.identity import PROVIDING

ROOT = Path(__file__).parents[2]
ASKS = re.compile(r"(^|\.)(require|holds|require_organiser|acting_for|conductor_of)$|^tx\.open(_part)?$")
SECTION = rulebooks().get("national-procurement").section(PostSection)
DISTRICT, BESIDE, CITY, STREET = "4404/440402", "4404/440403", "4404", "4404/440402/440402001"
SPRING, SUMMER = (date(2022, 3, 1), date(2022, 5, 31)), (date(2022, 6, 1), date(2022, 8, 31))


def desk(place: str, *duties: str, days: tuple[date, date | None] = (date(2022, 3, 1), None)) -> Desk:
    return Desk(place, frozenset(duties), *days)


def apart(given: Desk, held: Desk) -> bool:
    return may_hold(given, [held], SECTION).refused


@pytest.mark.parametrize("overseeing", sorted(OVERSEEING))
@pytest.mark.parametrize("watched", sorted(DUTIES.keys() - OVERSEEING - {"open_bids"}))
def test_oversight_stays_apart_from_what_it_watches(overseeing: str, watched: str) -> None:
    assert conflicting(frozenset({overseeing}), frozenset({watched})) == {watched}
    assert conflicting(frozenset({watched}), frozenset({overseeing})) == {watched}
    assert may_hold(desk(DISTRICT, overseeing, watched), [], SECTION).refused


@pytest.mark.parametrize("place", [DISTRICT, CITY, STREET, "000000"])
def test_it_stays_apart_in_every_organisation_of_the_place_and_of_those_around_it(place: str) -> None:
    assert apart(desk(DISTRICT, "audit"), desk(place, "approve_payment"))
    assert apart(desk(place, "approve_payment"), desk(DISTRICT, "audit"))


@pytest.mark.parametrize("place", [BESIDE, "5101"])
def test_what_lies_elsewhere_may_be_watched_by_somebody_who_buys_here(place: str) -> None:
    assert not apart(desk(DISTRICT, "audit"), desk(place, "approve_payment"))
    assert not apart(desk(place, "approve_payment"), desk(DISTRICT, "audit"))


def test_one_after_the_other_is_no_conflict_but_one_common_day_is() -> None:
    ends_a_day_later = (SPRING[0], SUMMER[0])

    assert not apart(desk(CITY, "audit", days=SUMMER), desk(CITY, "sign_contract", days=SPRING))
    assert not apart(desk(CITY, "sign_contract", days=SPRING), desk(CITY, "audit", days=SUMMER))
    assert apart(desk(CITY, "audit", days=SUMMER), desk(CITY, "sign_contract", days=ends_a_day_later))
    assert apart(desk(CITY, "audit", days=SPRING), desk(CITY, "sign_contract"))


def test_a_supervisor_may_be_one_of_the_openers() -> None:
    assert conflicting(frozenset({"supervise"}), frozenset({"open_bids"})) == frozenset()


def test_two_buying_duties_are_separated_where_they_are_done_and_not_here() -> None:
    assert not may_hold(desk(CITY, "request_payment", "approve_payment"), [], SECTION).refused


def test_audit_and_supervision_go_together() -> None:
    assert not may_hold(desk(CITY, "audit", "supervise"), [], SECTION).refused


def test_a_post_is_confirmed_by_another_than_its_proposer() -> None:
    one, two = new_id(), new_id()

    assert may_confirm(one, one, SECTION).refused
    assert not may_confirm(one, two, SECTION).refused


# --- the vocabulary


def test_every_duty_is_held_in_some_kind_of_organisation_and_its_side_says_in_which() -> None:
    held = frozenset().union(*FITTING.values())

    assert held == set(DUTIES)
    assert FITTING["provider"] == PROVIDING
    assert not FITTING["provider"] & frozenset().union(*(kind.duties for kind in KINDS.values()))


@pytest.mark.parametrize("kind", sorted(FITTING))
def test_no_kind_of_organisation_both_watches_and_is_watched(kind: str) -> None:
    assert not (FITTING[kind] & OVERSEEING and FITTING[kind] & WATCHED)


def test_what_one_administrator_gives_is_named_with_its_reason_and_all_else_takes_two() -> None:
    assert {"approve_payment", "record_receipt", "sign_contract", "approve_award", "open_bids"} < WEIGHTY
    assert {"bar_provider", "administer_posts", "import_result", "verify_provider", "register_provider"} < WEIGHTY
    assert {"form_panel", "score_bids", "review_qualification", "publish_notice", "answer_objection"} < WEIGHTY
    assert ALONE.keys() < DUTIES.keys()
    assert DUTIES.keys() - ALONE.keys() == WEIGHTY


def duties_asked_for(source: str) -> set[str]:
    """What is given as text to whatever asks for a duty, and what constants named DUTY hold."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ASKS.search(ast.unparse(node.func)):
            found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("DUTY"):
            values = node.value.values if isinstance(node.value, ast.Dict) else [node.value]
            found |= {str(value.value) for value in values if isinstance(value, ast.Constant)}
    return {name for name in found if re.fullmatch(r"[a-z_]+", name)}


def test_every_duty_that_a_service_asks_for_can_be_given() -> None:
    asked = set()
    for path in [*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]:
        asked |= duties_asked_for(path.read_text(encoding="utf-8"))

    assert len(asked) > 20
    assert asked - set(DUTIES) == set()


def test_every_duty_is_named_in_both_languages() -> None:
    assert all(duty.zh and duty.en for duty in DUTIES.values())
