"""What the values of the law are called: of each its type, its unit, its words, and how several texts join in it.

    [advance_max_ratio]
    title = { zh = "预付款上限", en = "cap on advances" }
    question = { zh = "各次预付款合计最多占合同价款的多少？", en = "How much may all advances together be?" }
    type = "decimal"
    joins = "least"
    unit = "share of the contract price"

`[units]` and `[words]` hold what units and words are called: `word` wherever it stands, or `value:word` in one value.

How texts join, when more than one that is in force gives the value:
highest   the highest text that speaks; lower ones fill what it leaves open
least     a cap: the smallest number holds, so a lower text may tighten it and never loosen it
most      a floor: the largest number holds, likewise
demand    true binds, whichever text says it
ban       false binds, whichever text says it
add       the lists unite
replace   the nearest text alone; `reason` says why it may
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from shared.law.instruments import ClauseEntry, Files, RulebookError, RulebookFile, Written, each_value, is_dated, shown
from shared.law.scope import NAMED_BY, Applies, Case

Joins = Literal["highest", "least", "most", "demand", "ban", "add", "replace"]
Kind = Literal["bool", "int", "decimal", "fraction", "date", "text", "list"]
TYPES: Mapping[str, Any] = {
    "bool": bool,
    "int": int,
    "decimal": Decimal,
    "fraction": Fraction,
    "date": date,
    "text": str,
    "list": list[str],
}
_ALLOWED = {
    "bool": "true or false",
    "int": "a whole number",
    "decimal": 'a number in quotes, as in "0.40"',
    "fraction": 'a fraction in quotes, as in "2/3"',
    "date": "a day, as in 2022-03-01",
    "text": "text in quotes",
    "list": "a list of words in brackets",
}
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]*", re.ASCII)


class Named(Written):
    """What something is called, or asks, in the two languages in which people are told."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Term(Written):
    """One value: see above. `words` are those that its text or its list may hold; without them every word may stand
    there, because no rule knows one. `wider` are the words by which a text may mean one of them."""

    title: Named
    question: Named
    type: Kind
    joins: Joins
    unit: str | None = None
    words: tuple[str, ...] = ()
    wider: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    reason: str | None = None

    def fault(self, given: Any) -> str | None:
        """What is allowed, where the value is not so."""
        try:
            read = self.read(given)
        except (ValueError, TypeError, ArithmeticError, InvalidOperation):
            return f"is {_ALLOWED[self.type]}, not {shown(given)}"
        if self.type not in ("list", "text"):
            return None
        words = read if isinstance(read, list) else [read]
        strange = [word for word in words if (self.words and word not in self.words) or not _WORD.fullmatch(word)]
        if not strange:
            return None
        known = f"one of {', '.join(self.words)}" if self.words else "a word of letters, digits, _ and /"
        return f"is {known}, not {shown(strange[0])}"

    def read(self, given: Any) -> Any:
        """The value in Python. Raises ValueError."""
        if self.type == "list":
            return [str(each) for each in given] if isinstance(given, list) else [str(given)]
        return _adapter(self.type).validate_python(given, strict=self.type in ("bool", "int", "text"))

    def stricter(self, one: Any, other: Any) -> bool:
        """Whether one value binds more than the other; of two alike neither does."""
        match self.joins:
            case "least":
                return bool(one < other)
            case "most":
                return bool(one > other)
            case "demand":
                return bool(one and not other)
            case "ban":
                return bool(other and not one)
        return False


_NONE: Mapping[str, Named] = {}


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(TYPES[kind])


class Vocabulary:
    """The values that files may give, by name; and what units and words are called."""

    def __init__(
        self, terms: Mapping[str, Term], units: Mapping[str, Named] = _NONE, words: Mapping[str, Named] = _NONE
    ) -> None:
        self.terms = terms
        self.units = units
        self._words = words

    def __getitem__(self, name: str) -> Term:
        return self.terms[name]

    def word(self, name: str, word: str) -> Named | None:
        """What a word of this value is called; None for a word of a city's own."""
        return self._words.get(f"{name}:{word}") or self._words.get(word)

    @cached_property
    def _wider(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        named = {limit: self.terms.get(name) for limit, name in NAMED_BY.items()}
        return {limit: term.wider for limit, term in named.items() if term}

    def holds(self, applies: Applies, case: Case) -> bool | None:
        """Whether the case is one of these; None where it does not tell."""
        return applies.holds(case, self._wider)

    def wrong(self, files: Files) -> Iterator[str]:
        """A sentence for each value that is not in the vocabulary, not what stands there, or given twice for one case,
        and for each case that it has no word for."""
        for written in files.all():
            if isinstance(written, RulebookFile):
                yield from self._strange(f"{files.where(written)}: applies", written.applies)
            seen: dict[str, list[ClauseEntry]] = {}
            for entry in written.clause:
                yield from self._wrong(files.where(written), entry)
                for name in entry.values:
                    term = self.terms.get(name)
                    always = entry.first is None and entry.to is None
                    if term is None or term.type == "list" or not always:
                        continue
                    for other in seen.get(name, []):
                        if entry.applies.meets(other.applies):
                            place = f"{files.where(written)}: clause {entry.id}: {name}"
                            yield f"{place} stands also in {other.id}: give it once"
                            break
                    seen.setdefault(name, []).append(entry)

    def _strange(self, place: str, applies: Applies) -> Iterator[str]:
        for limit, _, words in applies.limits():
            term = self.terms.get(NAMED_BY[limit])
            for word in words:
                if term and term.words and word not in term.words:
                    yield f"{place}: {limit} is one of {', '.join(term.words)}, not {shown(word)}"

    def _wrong(self, file: str, entry: ClauseEntry) -> Iterator[str]:
        yield from self._strange(f"{file}: clause {entry.id}: applies", entry.applies)
        for name, given in entry.values.items():
            place, term = f"{file}: clause {entry.id}: {name}", self.terms.get(name)
            if term is None:
                perhaps = self._perhaps(name)
                yield f"{place} is no value of the vocabulary{perhaps}; what no rule reads stands under later"
                continue
            if is_dated(given) and not all(map(_is_well_dated, given)):
                yield f"{place} has days of its own: each is {{ from = a day, value = … }}"
            yield from (f"{place} {fault}" for fault in map(term.fault, each_value(given)) if fault)
        for name, unit in entry.units.items():
            term = self.terms.get(name)
            if name not in entry.values and name not in entry.later:
                yield f"{file}: clause {entry.id}: units: {name} is no value of this clause"
            elif term is not None and name in entry.values and term.unit != unit:
                yield f"{file}: clause {entry.id}: {name} is given in {shown(unit)}, not in {term.unit or 'any unit'}"

    def _perhaps(self, name: str) -> str:
        near = get_close_matches(name, self.terms, n=1)
        return f" (is {near[0]} meant?)" if near else ""


def _is_well_dated(each: Mapping[str, Any]) -> bool:
    return each.keys() == {"from", "value"} and isinstance(each["from"], date)


_named = TypeAdapter(dict[str, Named])


def read_vocabulary(file: Path) -> Vocabulary:
    """Raises RulebookError for a file that is no vocabulary."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        units, words = (_named.validate_python(data.pop(table)) for table in ("units", "words"))
        terms = {name: Term.model_validate(term) for name, term in data.items()}
    except (ValidationError, ValueError, OSError, KeyError) as error:
        raise RulebookError(f"{file.name}: {' '.join(str(error).split())}") from None
    for name, term in terms.items():
        if term.type not in _JOINED[term.joins] or (term.joins == "replace") != (term.reason is not None):
            raise RulebookError(f"{file.name}: {name}: {term.type} values cannot join so by {term.joins}")
        if term.unit is not None and term.unit not in units:
            raise RulebookError(f"{file.name}: {name}: units do not say what {term.unit} is called")
    return Vocabulary(terms, units, words)


_NUMBERS = ("int", "decimal", "fraction")
_JOINED: Mapping[str, Iterable[str]] = {
    **{"highest": TYPES, "replace": TYPES, "add": ("list",), "demand": ("bool",), "ban": ("bool",)},
    **{"least": _NUMBERS, "most": _NUMBERS},
}
"""Which types join how."""
