"""A mark counts when the test saw what it says, and only then."""

import json
from typing import Any
from uuid import uuid4

import pytest

from shared.law.rulebook import ClauseEntry
from tests.proof.marks import Mark, WrongMark, marked, missing
from tests.proof.seen import Seen, answer, arranged, event, watching

LAW = {
    "ZH21-23.1": ClauseEntry(id="ZH21-23.1", article="二十三", service="contracts", zh="甲", en="A"),
    "ZH21-27.4": ClauseEntry(id="ZH21-27.4", article="二十七", service="disclosure", zh="甲", en="A", sides=("shows",)),
}


def found(clause: str, *, satisfied: bool, effect: str = "bar") -> dict[str, Any]:
    return {"clause": clause, "satisfied": satisfied, "effect": effect}


def saw(status: int, **body: Any) -> Seen:
    return Seen(answers=[(status, json.dumps(body).encode())])


REFUSES = Mark("ZH21-23.1", "refuses", {})
ACCEPTS = Mark("ZH21-23.1", "accepts", {})


def test_a_refusal_by_the_clause_earns_the_refusing_mark() -> None:
    seen = saw(422, findings=[found("ZH21-23.1", satisfied=False)])

    assert missing(REFUSES, seen) is None


@pytest.mark.parametrize(
    "seen",
    [
        Seen(),
        saw(422, findings=[found("ZH21-23.2", satisfied=False)]),
        saw(422, findings=[], explain=[found("ZH21-23.1", satisfied=False)]),
        saw(200, findings=[found("ZH21-23.1", satisfied=True)]),
        saw(422, code="field", errors=[{"field": "ZH21-23.1"}]),
    ],
    ids=["nothing asked", "another clause", "only explained", "a check that found it kept", "a field error"],
)
def test_without_a_finding_that_refused_it_is_not_earned(seen: Seen) -> None:
    assert missing(REFUSES, seen) is not None


def test_a_check_without_effect_refuses_too() -> None:
    seen = saw(200, allowed=False, findings=[found("ZH21-23.1", satisfied=False)])

    assert missing(REFUSES, seen) is None


@pytest.mark.parametrize("effect", ["bar", "reference"])
def test_an_explanation_of_what_was_allowed_earns_the_accepting_mark(effect: str) -> None:
    seen = saw(201, explain=[found("ZH21-23.1", satisfied=effect == "bar", effect=effect)])

    assert missing(ACCEPTS, seen) is None


@pytest.mark.parametrize(
    "seen",
    [
        saw(201, explain=[]),
        saw(422, explain=[found("ZH21-23.1", satisfied=True)]),
        saw(200, explain=[found("ZH21-23.1", satisfied=False)]),
        Seen(answers=[(200, b"a;b\n1;ZH21-23.1\n")]),
        saw(201, explain=[found("ZH21-23.1", satisfied=True, effect="note")]),
    ],
    ids=["not named", "refused by another", "named as what is lacking", "not JSON", "a note"],
)
def test_without_a_2xx_that_explains_itself_by_it_it_is_not_earned(seen: Seen) -> None:
    assert missing(ACCEPTS, seen) is not None


def test_what_was_seen_instead_is_said() -> None:
    seen = saw(422, findings=[found("ZH21-23.2", satisfied=False)])

    assert missing(REFUSES, seen) == (
        "ZH21-23.1 refuses: not earned, no answer refused by it. 1 answers refused by [ZH21-23.2] and explained by []."
    )


@pytest.mark.parametrize(
    "seen",
    [
        saw(200, lines=[{"grade": "good", "points": 91}]),
        saw(200, grade=["poor", "good"]),
        Seen(events=['{"type": "goufu.x.v1", "event": {"grade": "good"}}']),
    ],
    ids=["in an answer", "among others", "in an event"],
)
def test_the_named_value_in_an_answer_or_an_event_earns_the_showing_mark(seen: Seen) -> None:
    assert missing(Mark("ZH21-27.4", "shows", {"grade": "good"}), seen) is None


def test_named_values_stand_together_in_one_document() -> None:
    apart = Seen(answers=[(200, b'{"grade": "good"}'), (200, b'{"points": 91}')])

    assert missing(Mark("ZH21-27.4", "shows", {"grade": "good", "points": 91}), apart) is not None


@pytest.mark.parametrize("seen", [saw(422, grade="good"), saw(200, grade="fair"), saw(200, mark="good")])
def test_another_value_or_another_place_does_not_show_it(seen: Seen) -> None:
    assert missing(Mark("ZH21-27.4", "shows", {"grade": "good"}), seen) is not None


def test_what_the_test_arranged_itself_shows_nothing() -> None:
    own, carried = uuid4(), uuid4()
    arranged([own])

    with watching() as seen:
        event(own, "{}")
        event(carried, '{"grade": "good"}')
    answer(200, b"too late")

    assert (seen.events, seen.answers) == (['{"grade": "good"}'], [])


@pytest.mark.parametrize(
    ("arguments", "named", "says"),
    [
        (("ZH21-23.1",), {}, "with a side of"),
        (("ZH21-23.1", "proves"), {}, "with a side of"),
        (("ZH21-99.9", "refuses"), {}, "no rulebook has"),
        (("ZH21-27.4", "refuses"), {}, "has no side"),
        (("ZH21-27.4", "shows"), {}, "at least one"),
        (("ZH21-23.1", "accepts"), {"grade": "good"}, "only"),
    ],
)
def test_a_mark_that_nobody_could_earn_says_how_to_write_it(
    arguments: tuple[Any, ...], named: dict[str, Any], says: str
) -> None:
    with pytest.raises(WrongMark, match=says):
        marked(arguments, named, LAW)
