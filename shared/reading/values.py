"""How a value of the law is written for people: its text, and what it, its unit and its words are called."""

import json
from decimal import Decimal
from functools import cache
from typing import Any

from shared.law.rulebook import USES
from shared.law.vocabulary import Named, Vocabulary


def called(named: Named | None, what: str = "title") -> dict[str, str | None]:
    """The two fields of a view that say it in both languages."""
    return {f"{what}_zh": named.zh if named else None, f"{what}_en": named.en if named else None}


def titles(vocabulary: Vocabulary, name: str) -> dict[str, Any]:
    """What a value, its question and its unit are called."""
    term = vocabulary[name]
    unit = vocabulary.units[term.unit] if term.unit else None
    return {
        **called(term.title),
        **called(term.question, "question"),
        **called(unit, "unit"),
        "unit": term.unit,
    }


def in_words(value: Any) -> str:
    """One value as text: money and ratios plainly, yes and no as true and false."""
    match value:
        case bool():
            return str(value).lower()
        case Decimal():
            return format(value, "f")
    return str(value)


@cache
def uses() -> dict[str, list[dict[str, Any]]]:
    """By value, where it is read."""
    found: dict[str, list[dict[str, Any]]] = json.loads(USES.read_text(encoding="utf-8"))
    return found
