"""Wrongs of rules and of the law: what they are called, how they are put in, and which of them are played."""

import os

import pytest

from services.contracts.receipts import rules
from shared.law.cases import read_cases
from tests.proof.judges import SURVIVED, Pool, is_drawn, listed, moves
from tests.proof.mutation import Mutant, parse
from tests.proof.operators import Flip, apply, flips, live, of_text

TEXT = """
class Share:
    def counts(self, other):
        return self.part >= other.part and not other.gone

def may(one, two):
    return one is not None and (one <= two or one <= two)
"""


def test_operators_are_flipped_in_functions_and_methods_and_alike_ones_are_told_apart() -> None:
    assert [str(flip).removeprefix("a.py ") for flip in of_text("a.py", TEXT)] == [
        "Share.counts: self.part >= other.part and (not other.gone) -> self.part >= other.part or not other.gone",
        "Share.counts: self.part >= other.part -> self.part > other.part",
        "Share.counts: not other.gone -> other.gone",
        "may: one is not None and (one <= two or one <= two) -> one is not None or (one <= two or one <= two)",
        "may: one is not None -> one is None",
        "may: one <= two or one <= two -> one <= two and one <= two",
        "may: one <= two -> one < two",
        "may: one <= two -> one < two (2)",
    ]


def test_a_flip_is_put_into_the_function_wherever_it_has_gone() -> None:
    taken, before = rules.may_settle, rules.may_settle.__code__
    try:
        apply(Flip("services/contracts/receipts/rules.py", "may_settle", "rule is None", "rule is not None"))
        assert taken.__code__ is not before
        assert live(rules, "may_settle") is taken
    finally:
        taken.__code__ = before


def test_every_name_is_one_wrongs_and_every_survivor_is_a_wrong() -> None:
    names = [str(wrong) for wrong in (*moves(read_cases()), *flips())]

    assert len(names) == len(set(names)) > 1000
    assert listed().keys() - set(names) == set()
    assert all(listed().values())


def test_what_is_played_follows_from_the_name_alone() -> None:
    drawn = [wrong for wrong in flips() if is_drawn(wrong)]

    assert len(flips()) / 16 < len(drawn) < len(flips()) / 4
    assert all(is_drawn(wrong) for wrong in drawn)


@pytest.mark.parametrize("way", ["up", "down", ""])
def test_which_way_a_value_is_moved_is_told_to_another_process(way: str) -> None:
    mutant = Mutant("ZH21-23.1", "advance_max_ratio", way)

    assert parse(str(mutant)) == mutant


def test_only_what_a_judge_found_is_caught() -> None:
    pool, wrong = Pool(2, 3), Mutant("ZH21-23.1", "advance_max_ratio")

    def broken() -> bool:
        raise ValueError

    for judge in (lambda: True, lambda: False, broken):
        pool.play(wrong, judge)
    pool.wait()

    assert (pool.played, pool.survivors) == (3, [wrong, wrong])
    assert SURVIVED == os.EX_OK
