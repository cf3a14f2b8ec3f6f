"""Which duties stay apart, and that the vocabulary knows every duty a service asks for."""

import ast
import re
from pathlib import Path

import pytest

from services.registry.persons.duties import DUTIES, OVERSEEING
from services.registry.persons.rules import conflicting

ROOT = Path(__file__).parents[2]
ASKS = re.compile(r"(^|\.)(require|holds|require_organiser|acting_for|conductor_of)$")


@pytest.mark.parametrize("overseeing", sorted(OVERSEEING))
@pytest.mark.parametrize("buying", ["approve_payment", "sign_contract", "score_bids", "administer_posts"])
def test_oversight_stays_apart_from_what_it_watches(overseeing: str, buying: str) -> None:
    assert conflicting(frozenset({overseeing, buying})) == {buying}


def test_a_supervisor_may_be_one_of_the_openers() -> None:
    assert conflicting(frozenset({"supervise", "open_bids"})) == frozenset()


def test_two_buying_duties_are_separated_where_they_are_done_and_not_here() -> None:
    assert conflicting(frozenset({"request_payment", "approve_payment"})) == frozenset()


def test_audit_and_supervision_go_together() -> None:
    assert conflicting(frozenset({"audit", "supervise"})) == frozenset()


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
