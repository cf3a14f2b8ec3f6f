"""One small wrong in the law: a value of one clause moved by one unit, a member of a list left out, a finding dropped.

Which value of a clause, which side and which member it is, follows from the clause's id alone: the same clause always
has the same mutant. `apply` puts it into the rulebooks of this process as if the text had said so.
"""

import enum
import hashlib
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from shared.law import decision, rulebook
from shared.law.decision import Decision, Finding
from shared.law.instruments import Files
from shared.law.rulebook import Items, Rulebooks
from shared.law.vocabulary import Vocabulary

T = TypeVar("T")
ELSE = "otherwise"
"""What a free word of the law becomes: no text says it."""


@dataclass(frozen=True)
class Mutant:
    """The clause, and which of its values is moved; without a value its finding is dropped. `way` (`up`, `down`) says
    how; else it follows from the name."""

    clause: str
    value: str | None
    way: str = ""

    def __str__(self) -> str:
        return f"{self.clause}:{self.value or ''}" + (f":{self.way}" if self.way else "")

    @property
    def chance(self) -> str:
        """By what `moved` chooses the way."""
        name = f"{self.clause}{self.value}"
        if not self.way:
            return name
        tried = (f"{name}{number}" for number in range(100))
        return next(chance for chance in tried if (_number(chance) % 2 == 0) is (self.way == "up"))


def parse(text: str) -> Mutant:
    clause, value, way = [*text.split(":"), "", ""][:3]
    return Mutant(clause, value or None, way)


def move(files: Files, mutant: Mutant, kinds: dict[str, Any]) -> None:
    """The texts say the mutant's value from now on."""
    assert mutant.value is not None
    for entry in [entry for written in files.all() for entry in written.clause if entry.id == mutant.clause]:
        if mutant.value in entry.values:
            kind = kinds.get(mutant.value)
            entry.values[mutant.value] = moved_on_every_day(entry.values[mutant.value], kind, mutant.chance)


def mutant_of(clause: str, *values: Iterable[str], kinds: dict[str, Any]) -> Mutant:
    """The mutant of a clause: one of its values that can be moved, or its finding. `values` are names, those of
    the text before those that an overlay adds; `kinds` are all values that can be moved, with their types."""
    read = [sorted(name for name in names if name in kinds) for names in values]
    choices = next((names for names in read if names), None)
    return Mutant(clause, choices[_number(clause) % len(choices)] if choices else None)


def moved(value: Any, kind: Any, chance: str) -> Any:
    """The value, one unit off. `chance` chooses up or down, and which member of a list goes."""
    up = _number(chance) % 2 == 0
    match value:
        case bool():
            return not value
        case int():
            return value + 1 if up or value <= 0 else value - 1
        case date():
            return value + timedelta(days=1 if up else -1)
        case []:
            return [ELSE]
        case list():
            gone = _number(chance) % len(value)
            return value[:gone] + value[gone + 1 :]
        case str():
            return _other_text(value, kind, up)
    raise TypeError(f"no mutant of {value!r}")


def moved_on_every_day(value: Any, kind: Any, chance: str) -> Any:
    """A value with days is moved in each of them: one of its days left out would be another wrong."""
    if isinstance(value, list) and value and all(isinstance(each, dict) and "value" in each for each in value):
        return [{**each, "value": moved(each["value"], kind, chance)} for each in value]
    return moved(value, kind, chance)


def _other_text(value: str, kind: Any, up: bool) -> str | list[str]:
    if kind is Items:
        return []
    others = [other for other in _choices(kind) if other != value]
    if others:
        return others[0]
    if "/" in value and kind is Fraction:
        above, below = value.split("/")
        return f"{int(above) + (1 if up else -1)}/{below}"
    try:
        number = Decimal(value)
    except InvalidOperation:
        return ELSE
    unit = Decimal(1).scaleb(int(number.as_tuple().exponent))
    return format(number + unit if up or number < unit else number - unit, "f")


def _choices(kind: Any) -> list[str]:
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [each.value for each in kind] if isinstance(kind, type) and issubclass(kind, enum.Enum) else []


def _number(chance: str) -> int:
    return int.from_bytes(hashlib.sha256(chance.encode()).digest()[:8], "big")


# --- into this process


def apply(mutant: Mutant, kinds: dict[str, Any]) -> None:
    """From now on the law of this process is the mutant's."""
    if mutant.value is None:
        _drop_findings(mutant.clause)
    else:
        _move_value(mutant, kinds)


def _move_value(mutant: Mutant, kinds: dict[str, Any]) -> None:
    load = rulebook.load

    def wrong(*folders: Path, vocabulary: Vocabulary | None = None) -> Rulebooks:
        books = load(*folders, vocabulary=vocabulary)
        move(books.files, mutant, kinds)
        return books

    rulebook.load = wrong
    rulebook.rulebooks.cache_clear()


def _drop_findings(clause: str) -> None:
    decide = decision.decide

    def wrong(findings: Iterable[Finding], outcome: T) -> Decision[T]:
        return decide((found for found in findings if found.clause.id != clause), outcome)

    _everywhere(decide, wrong)


def _everywhere(before: Callable[..., Any], after: Callable[..., Any]) -> None:
    """Rules have taken the function by its name, so it is exchanged wherever it has gone."""
    for module in list(sys.modules.values()):
        names = [name for name, value in vars(module).items() if value is before] if module else []
        for name in names:
            setattr(module, name, after)
