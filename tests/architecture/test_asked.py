"""A duty that purchasers, providers and openers hold is asked for an organisation. Where a function asks for it of any
organisation of the place, something else asks who that is; each such function stands here with what does."""

import ast
from collections.abc import Iterator
from pathlib import Path

from services.registry.bodies.kinds import FITTING, KINDS

SERVICES = Path(__file__).parents[2] / "services"
_ORGANISES = "the rule on who organises: the purchaser, or a third party with a mandate"
_REGISTERS = "the duty of the office that registers such an organisation"
_SEAT = "a seat on this panel"
ASKED_OTHERWISE = {
    "evaluation/acceptance/handlers.py:open_acceptance": _ORGANISES,
    "evaluation/acceptance/handlers.py:conclude_acceptance": _ORGANISES,
    "evaluation/acceptance/handlers.py:correct_acceptance": _ORGANISES,
    "evaluation/assessments/handlers.py:open_assessment": _ORGANISES,
    "evaluation/assessments/handlers.py:give_result": _ORGANISES,
    "evaluation/assessments/handlers.py:correct_result": _ORGANISES,
    "evaluation/conclusions/handlers.py:open_evaluation": _ORGANISES,
    "evaluation/conclusions/handlers.py:give_part": _ORGANISES,
    "evaluation/conclusions/handlers.py:conclude_evaluation": _ORGANISES,
    "evaluation/mandates/store.py:acting_for": _ORGANISES,
    "evaluation/mandates/store.py:require_organiser": _ORGANISES,
    "evaluation/plans/store.py:law_apart": _ORGANISES,
    "registry/changes/handlers.py:_decide": _REGISTERS,
    "registry/changes/handlers.py:_may_change": _REGISTERS,
    "registry/changes/handlers.py:read_change": _REGISTERS,
    "registry/providers/store.py:read_evidence": _REGISTERS,
    "tendering/explanations/handlers.py:ask_about_price": _SEAT,
    "tendering/explanations/handlers.py:judge_price": _SEAT,
    "tendering/opening_keys/store.py:opener": "a post at the purchaser, or a share of its opening key",
    "tendering/panels/handlers.py:declare": _SEAT,
    "tendering/scores/handlers.py:score_bids": _SEAT,
}
OFFICES = frozenset().union(*(kind.duties for kind in KINDS.values())) - FITTING["purchaser"] - FITTING["provider"]
"""Duties that offices of a place hold for all of it. Who gives posts does so for a place, whatever gave it to them."""


def of_anybody(path: Path) -> Iterator[tuple[str, str]]:
    """Functions that ask for a duty without an organisation, each with the duty: a text, or how it is written."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        ast.unparse(node.targets[0]): ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    for function in ast.walk(tree):
        if isinstance(function, ast.AsyncFunctionDef | ast.FunctionDef):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and ast.unparse(call.func).endswith((".require", ".holds", ".covers")):
                    asked = [ast.unparse(argument) for argument in call.args]
                    if asked[1:2] == ["None"]:
                        yield function.name, constants.get(asked[0], asked[0].strip("'"))


def test_who_may_act_for_anybody_of_a_place_is_an_office_or_is_asked_otherwise() -> None:
    found = {
        f"{path.relative_to(SERVICES)}:{function}"
        for path in SERVICES.rglob("*.py")
        for function, duty in of_anybody(path)
        if duty not in OFFICES | {"administer_posts"}
    }

    assert found == ASKED_OTHERWISE.keys()
