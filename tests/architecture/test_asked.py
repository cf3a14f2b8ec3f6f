"""A duty that purchasers, providers and openers hold is asked for an organisation. Where a function asks for it of any
organisation of the place, something else asks who that is; each such function stands here with what does."""

import ast
from collections.abc import Iterator
from pathlib import Path

from services.registry.bodies.kinds import FITTING, KINDS

SERVICES = Path(__file__).parents[2] / "services"
_ORGANISES = "the rule on who organises: the purchaser, or a third party with a mandate"
_REGISTERS = "the duty of the office that registers such an organisation"
_ITSELF = "a function of the record: the provider itself, or the office that registers it"
_CONSENTS = "the unit above or finance holds it for its place, a second person for the purchaser: records.DUTIES"
_SEAT = "a seat on this panel"
_OPENS = "a post at the purchaser, or a share of its opening key"
ASKED_OTHERWISE = {
    "evaluation/acceptance/handlers.py:open_acceptance": _ORGANISES,
    "evaluation/acceptance/handlers.py:_open": _ORGANISES,
    "evaluation/acceptance/handlers.py:conclude_acceptance": _ORGANISES,
    "evaluation/acceptance/handlers.py:correct_acceptance": _ORGANISES,
    "evaluation/assessments/handlers.py:open_assessment": _ORGANISES,
    "evaluation/assessments/handlers.py:notify_observers": _ORGANISES,
    "evaluation/assessments/handlers.py:give_result": _ORGANISES,
    "evaluation/assessments/handlers.py:correct_result": _ORGANISES,
    "evaluation/conclusions/handlers.py:open_evaluation": _ORGANISES,
    "evaluation/conclusions/handlers.py:give_part": _ORGANISES,
    "evaluation/conclusions/handlers.py:give_opinion": _ORGANISES,
    "evaluation/conclusions/handlers.py:conclude_evaluation": _ORGANISES,
    "evaluation/mandates/store.py:acting_for": _ORGANISES,
    "evaluation/plans/store.py:law_apart": _ORGANISES,
    "evaluation/surveys/handlers.py:_open": _ORGANISES,
    "evaluation/surveys/handlers.py:open_survey": _ORGANISES,
    "registry/changes/handlers.py:_decide": _REGISTERS,
    "registry/changes/handlers.py:_duty": _REGISTERS,
    "registry/changes/handlers.py:_open": _REGISTERS,
    "registry/changes/handlers.py:read_change": _REGISTERS,
    "registry/providers/handlers.py:enter_evidence": _ITSELF,
    "registry/providers/handlers.py:withdraw_provider": _ITSELF,
    "registry/providers/store.py:read_evidence": _REGISTERS,
    "tendering/explanations/handlers.py:ask_about_price": _SEAT,
    "tendering/explanations/handlers.py:judge_price": _SEAT,
    "tendering/explanations/handlers.py:look_at_price": _SEAT,
    "tendering/rescorings/handlers.py:judge_rescoring": _SEAT,
    "tendering/consents/handlers.py:answer_consent": _CONSENTS,
    "tendering/consents/store.py:sees": _CONSENTS,
    "tendering/opening/acts.py:_begin": _OPENS,
    "tendering/opening/acts.py:give_share": _OPENS,
    "tendering/opening/api.py:get_act": _OPENS,
    "tendering/opening/handlers.py:confirm_opening": _OPENS,
    "tendering/opening/handlers.py:propose_opening": _OPENS,
    "tendering/panels/handlers.py:declare": _SEAT,
    "tendering/scores/handlers.py:score_bids": _SEAT,
}
OFFICES = frozenset().union(*(kind.duties for kind in KINDS.values())) - FITTING["purchaser"] - FITTING["provider"]
"""Duties that offices of a place hold for all of it. Who gives posts does so for a place, whatever gave it to them."""

OPENINGS = {"tx.open": 2, "tx.open_part": 3}
"""Where an opening names its duty."""


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
                if isinstance(call, ast.Call) and (duty := asked_of_anybody(call)) is not None:
                    yield function.name, constants.get(ast.unparse(duty), ast.unparse(duty).strip("'"))


def asked_of_anybody(call: ast.Call) -> ast.expr | None:
    """The duty that this call asks for without an organisation."""
    place = OPENINGS.get(ast.unparse(call.func))
    if place is not None:
        by = next((ast.unparse(given.value) for given in call.keywords if given.arg == "by"), "")
        return call.args[place] if by == "None" else None
    if ast.unparse(call.func).endswith((".require", ".holds", ".covers")):
        return call.args[0] if [ast.unparse(given) for given in call.args[1:2]] == ["None"] else None
    return None


def test_who_may_act_for_anybody_of_a_place_is_an_office_or_is_asked_otherwise() -> None:
    found = {
        f"{path.relative_to(SERVICES)}:{function}"
        for path in SERVICES.rglob("*.py")
        for function, duty in of_anybody(path)
        if duty not in OFFICES | {"administer_posts"}
    }

    assert found == ASKED_OTHERWISE.keys()
