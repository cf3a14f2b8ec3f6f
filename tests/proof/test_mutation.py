"""Mutants: one unit, one member, one word; the same clause always the same one."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Literal

import pytest

from shared.law import rulebook
from shared.law.decision import Effect
from shared.law.rulebook import Items, rulebooks
from tests.proof.law import SHIPPED, carried, is_read, movable_values, read_values, unreadable
from tests.proof.mutation import ELSE, Mutant, apply, moved, moved_on_every_day, mutant_of, parse


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Afterwards the law is as it was."""
    monkeypatch.setattr(rulebook, "load", rulebook.load)
    yield
    monkeypatch.undo()
    rulebooks.cache_clear()


class Grade(StrEnum):
    GOOD = "good"
    POOR = "poor"


@pytest.mark.parametrize(
    ("value", "kind", "either"),
    [
        (True, bool, [False]),
        (30, int, [29, 31]),
        (0, int, [1]),
        ("0.40", Decimal, ["0.39", "0.41"]),
        ("0.00", Decimal, ["0.01"]),
        ("10000000.00", Decimal, ["9999999.99", "10000000.01"]),
        ("2/3", Fraction, ["1/3", "3/3"]),
        (date(2022, 1, 1), date, [date(2021, 12, 31), date(2022, 1, 2)]),
        (["a", "b"], Items, [["a"], ["b"]]),
        ([], Items, [[ELSE]]),
        ("a", Items, [[]]),
        ("good", Grade, ["poor"]),
        ("bar", Literal["bar", "reference"], ["reference"]),
        ("acceptance", str, [ELSE]),
    ],
)
def test_a_value_is_moved_by_one_unit(value: Any, kind: Any, either: list[Any]) -> None:
    seen = [moved(value, kind, f"chance {n}") for n in range(20)]

    assert all(one in seen for one in either)
    assert all(one in either for one in seen)


def test_an_effect_becomes_another_effect() -> None:
    assert moved("reference", Effect, "any") in {effect.value for effect in Effect} - {"reference"}


def test_a_clause_always_has_the_same_mutant_of_a_value_that_is_read() -> None:
    read = {"cap": Decimal, "days": int}

    mutants = {mutant_of("A-1", ["unread", "cap"], ["days"], kinds=read) for _ in range(5)}

    assert mutants == {Mutant("A-1", "cap")}


def test_without_a_value_of_the_text_that_of_an_overlay_is_moved_and_without_any_the_finding_is_dropped() -> None:
    assert mutant_of("A-1", ["unread"], ["days"], kinds={"days": int}) == Mutant("A-1", "days")
    assert mutant_of("A-1", [], [], kinds={"days": int}) == Mutant("A-1", None)


@pytest.mark.parametrize("mutant", [Mutant("ZH21-23.1", "advance_max_ratio"), Mutant("ZH21-23.1", None)])
def test_a_mutant_is_told_to_another_process_as_text(mutant: Mutant) -> None:
    assert parse(str(mutant)) == mutant


def test_every_value_that_is_read_has_a_mutant_that_differs() -> None:
    read = [
        (entry.id + name, entry.values[name], read_values()[name])
        for entry in carried().values()
        for name in entry.values
        if name in read_values()
    ]

    assert len(read) > 300
    assert [name for name, value, kind in read if moved(value, kind, name) == value] == []


@pytest.mark.usefixtures("restored")
def test_applied_it_is_what_the_rulebooks_say() -> None:
    apply(Mutant("ZH21-23.1", "advance_max_ratio"), read_values())

    wrong = next(e for _, e in rulebooks().get("zhuhai-2021").entries() if e.id == "ZH21-23.1")

    assert Decimal(wrong.values["advance_max_ratio"]) in (Decimal("0.39"), Decimal("0.41"))
    assert carried()["ZH21-23.1"].values["advance_max_ratio"] == "0.40"


@pytest.mark.long
@pytest.mark.usefixtures("restored")
def test_a_mutant_of_the_law_can_still_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or every test would go red, those that prove nothing of the clause among them."""
    books, before = rulebook.load(SHIPPED), {value: unreadable(value) for value in movable_values()}
    clauses = [entry for entry in carried().values() if entry.level == "must"]
    mutants = [mutant_of(entry.id, entry.values, kinds=movable_values()) for entry in clauses]
    moved_ones = [mutant for mutant in mutants if mutant.value is not None]

    broken = []
    for mutant in moved_ones:
        wronged = rulebook.Rulebooks(deepcopy(books.files), books.vocabulary)
        monkeypatch.setattr(rulebook, "load", lambda *_, wronged=wronged, **__: wronged)
        assert mutant.value is not None
        apply(mutant, movable_values())
        broken += [str(mutant)] if unreadable(mutant.value) != before[mutant.value] else []

    assert len(moved_ones) > 150
    assert broken == []


def test_what_no_service_can_do_without_is_not_moved_and_its_finding_is_dropped() -> None:
    assert "separate_file_check" in read_values()
    assert mutant_of("CD17-17.2", ["separate_file_check"], kinds=movable_values()) == Mutant("CD17-17.2", None)


def test_a_clause_whose_values_no_service_reads_is_not_read() -> None:
    assert is_read("ZH21-23.1")
    assert not is_read("ZH21-2.2")


def test_a_value_with_days_is_moved_on_each_of_them() -> None:
    given = [{"from": date(2015, 1, 1), "value": ["a", "b"]}, {"from": date(2022, 1, 1), "value": ["a", "b"]}]

    changed = moved_on_every_day(given, None, "x")

    assert [each["from"] for each in changed] == [each["from"] for each in given]
    assert all(len(each["value"]) == 1 for each in changed)
