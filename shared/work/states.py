"""Which ways a record may go from state to state, declared once, beside the enum of its states.

    @moves(begins="proposed", proposed="confirmed withdrawn")
    class ReversalState(StrEnum): ...

A record is made in a state in which its kind `begins`, and `tx.save` takes it along the ways that are declared; any
other way is a mistake of the program. A state without a way on is an end. `docs/states.md` is drawn from the same
declarations.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

S = TypeVar("S", bound=type[StrEnum])


class UndeclaredMove(Exception):
    """A record was made in a state, or taken from one to another, that its kind does not declare."""

    def __init__(self, kind: type[object], was: str | None, to: object) -> None:
        super().__init__(f"{kind.__qualname__}: {was or 'nothing'} -> {to} is not declared")


@dataclass(frozen=True, slots=True)
class Ways:
    """The states in which a record begins, and out of each those into which it may go, both as the codes themselves."""

    begins: frozenset[str]
    out_of: Mapping[str, frozenset[str]]

    def into(self, state: str) -> frozenset[str]:
        """The states out of which it may come into this one."""
        return frozenset(was for was, to in self.out_of.items() if state in to)


WAYS: dict[type[StrEnum], Ways] = {}


def moves(begins: str, **out_of: str) -> Callable[[S], S]:
    """Declares the ways of the enum below: the codes in which a record begins, and those into which it goes out of
    each, with spaces between. Raises ValueError for a code that the enum lacks and for a state that nothing reaches."""

    def declared(states: S) -> S:
        ways = {state.value: frozenset(out_of.get(state.value, "").split()) for state in states}
        named = frozenset(begins.split()).union(*ways.values())
        if unknown := (named | out_of.keys()) - ways.keys():
            raise ValueError(f"{states.__qualname__} has no {', '.join(sorted(unknown))}")
        if unreached := ways.keys() - named:
            raise ValueError(f"{states.__qualname__}: nothing leads to {', '.join(sorted(unreached))}")
        WAYS[states] = Ways(frozenset(begins.split()), ways)
        return states

    return declared


def ask_begin(state: object) -> None:
    """Raises UndeclaredMove unless a record may begin in this state; what is no state of an enum is not asked."""
    if isinstance(state, StrEnum) and state not in WAYS[type(state)].begins:
        raise UndeclaredMove(type(state), None, state)


def ask_move(was: object, to: object) -> None:
    """Raises UndeclaredMove unless a record may go this way; what is no state of an enum is not asked."""
    if isinstance(was, StrEnum) and to not in WAYS[type(was)].out_of[was]:
        raise UndeclaredMove(type(was), was, to)
