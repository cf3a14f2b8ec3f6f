"""Law as dated data: which texts are in force where and when, and a service's typed section of them.

A rulebook is one text (`zhuhai-2021`) with what it extends, as they read on one day; an entry is one clause with named
values. A section is a frozen dataclass of a service whose fields name values; each field arrives as `Value` (what and
which clause), `Demand` or `Ban` (yes and no), or `Items` (a list whose members may come from several clauses), so that
a rule can never use a number without its clause.

    class PaymentSection:                          [[clause]]
        advance_max_ratio: Value[Decimal] | None   id = "ZH21-23.1"
                                                   values = { advance_max_ratio = "0.40" }

Where several texts give a value, `vocabulary.toml` says how they join. A record is bound to a rulebook by its name:

    zhuhai-2021@1                                    the first version, on its last day
    zhuhai-2021@1:2021-04-01                         as it read from that day on, with all that it extends
    zhuhai-2021@1+figures-2022@1:2022-01-01          and with these figures of the city

The day is the first on which everything read so: what is released, begins or ends later changes nothing under the name.
"""

import os
import re
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from datetime import date
from functools import cache, cached_property, lru_cache, partial
from itertools import chain, product
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from shared.fields.places import NATION, PATTERN, upwards, within
from shared.law.decision import Clause, Finding, note
from shared.law.instruments import (
    ClauseEntry,
    Files,
    Gap,
    Overlay,
    RulebookError,
    RulebookFile,
    Side,
    read_folders,
    shown,
    value_on,
)
from shared.law.scope import ALWAYS_ONE, CHOOSES, EVERYTHING, FACTS, UNKNOWN, Applies, Case, filled_with
from shared.law.vocabulary import Vocabulary, read_vocabulary

__all__ = ["ClauseEntry", "RulebookError", "RulebookFile", "Side"]

T = TypeVar("T")
S = TypeVar("S")

HERE = Path(__file__).parent
INSTRUMENTS = HERE / "instruments"
USES = HERE / "uses.json"
"""By which section, which rules and for which commands each value is read; `make api` writes it."""
NAME = r"[a-z0-9-]{1,60}@[0-9]{1,6}(\+[a-z0-9-]{1,60}@[0-9]{1,6}){0,9}(:[0-9]{4}-[0-9]{2}-[0-9]{2})?"
"""A rulebook's name as a regular expression, see above."""


@dataclass(frozen=True, slots=True)
class Value(Generic[T]):
    """A value of the law and the clause that sets it."""

    value: T
    clause: Clause


@dataclass(frozen=True, slots=True)
class Demand:
    """Something that the law demands (`true`), and the clause that does. A text that says `false` demands nothing."""

    clause: Clause


@dataclass(frozen=True, slots=True)
class Ban:
    """Something that the law does not allow (`false`), and the clause that says so. A text that says `true` bans
    nothing."""

    clause: Clause


@dataclass(frozen=True, slots=True)
class Items:
    """A list of the law: each member with the clause that names it. `open`: the text ends in 等, so a further
    member may pass with a recorded reason."""

    members: dict[str, Clause]
    open: bool = False
    wider: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def named(self, word: str) -> str | None:
        """The member that is this word or a wider one that means it; None where the list names neither."""
        return next((each for each in (word, *self.wider.get(word, ())) if each in self.members), None)

    def __contains__(self, name: object) -> bool:
        return name in self.members

    def __iter__(self) -> Iterator[str]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)

    def clause(self, name: str) -> Clause:
        """The clause that names this member; for a member not listed, the clause that opens the list."""
        return self.members.get(name) or self.opening

    @property
    def opening(self) -> Clause:
        """The clause that opens the list. Raises RulebookError for a list of which no text names a member."""
        for clause in self.members.values():
            return clause
        raise RulebookError("a clause of an empty list is asked for: no text names a member")


@dataclass(frozen=True, slots=True)
class Given:
    """A value where a clause gives it."""

    book: "Rulebook"
    entry: ClauseEntry
    limits: tuple[Applies, ...] = ()

    def asks(self) -> Iterator[str]:
        """The facts on which it depends whether the value holds."""
        yield from (fact for limit in self.limits for _, fact, _ in limit.limits())

    def meets(self, other: "Given") -> bool:
        """Whether both hold in some case."""
        return all(one.meets(another) for one in self.limits for another in other.limits)

    @property
    def clause(self) -> Clause:
        return self.book.cite(self.entry)

    @property
    def place(self) -> int:
        """The rank of its text: 0 is the highest."""
        return self.book.file.place


class Rulebook:
    """One text with what it extends, as they read on `day`; without a day, on its last. `fills` are the figures of the
    city, `above` the texts that it extends and that are in force, `ever` all that it extends on any day."""

    def __init__(
        self,
        file: RulebookFile,
        vocabulary: Vocabulary,
        *,
        name: str | None = None,
        day: date | None = None,
        above: "Sequence[Rulebook]" = (),
        fills: "Sequence[Rulebook]" = (),
        gaps: Sequence[tuple[Gap, RulebookFile]] = (),
        cites: "Rulebook | None" = None,
        ever: Sequence[RulebookFile] = (),
    ) -> None:
        self.file = file
        self.name = name or file.name
        self.day = day or file.effective_to or date.max
        self.parents = tuple(above)
        self.fills = tuple(fills)
        self._vocabulary = vocabulary
        self._gaps = tuple(gaps)
        self._cites = cites
        self._ever = tuple(ever)
        self._sections: dict[tuple[type, Case], Any] = {}
        self._spoken: dict[Case, Mapping[str, list[Given]]] = {}

    @property
    def id(self) -> str:
        return self.file.id

    @property
    def version(self) -> int:
        return self.file.version

    def in_force(self, on: date) -> bool:
        return self.file.speaks(on)

    @cached_property
    def _own(self) -> list[tuple["Rulebook", ClauseEntry]]:
        spoken = (entry.on(self.day) for entry in self.file.clause)
        return [(self, entry) for entry in spoken if entry is not None]

    @cached_property
    def _all(self) -> list[tuple["Rulebook", ClauseEntry]]:
        pairs = chain(
            *(fill.entries() for fill in self.fills), self._own, *(parent.entries() for parent in self.parents)
        )
        once = {(book.file.name, entry.id): (book, entry) for book, entry in reversed(list(pairs))}
        return list(reversed(once.values()))

    def entries(self) -> list[tuple["Rulebook", ClauseEntry]]:
        """Every clause that speaks here, the nearest text first."""
        return self._all

    @property
    def instruments(self) -> list[str]:
        """The texts, each with its version, whose clauses speak here."""
        return list(dict.fromkeys(book.file.name for book, _ in self.entries()))

    @cached_property
    def gaps(self) -> list[tuple[Gap, RulebookFile]]:
        """The gaps of its law on this day, each with the text that speaks instead."""
        above = [gap for parent in self.parents for gap in parent.gaps]
        return [*self._gaps, *(each for each in above if each not in self._gaps)]

    def notes(self) -> list[Finding]:
        """That the law of the day is not carried whole, as a decision says it."""
        spoken = [gap for gap, _ in self.gaps if gap.spoke]
        return [note("law_of_the_day_not_carried", self._of_gap(gap)) for gap in spoken]

    def clause(self, clause_id: str) -> Clause:
        """The clause by its id, here or in what this rulebook extends; KeyError when no text has it. Under a name
        without a day a clause of any day is found: what once was cited stays readable."""
        for book, entry in self.entries():
            if entry.id == clause_id:
                return book.cite(entry)
        for gap in chain((gap for gap, _ in self.gaps), *(file.gap for file in self._ever)):
            if gap.id == clause_id:
                return self._of_gap(gap)
        for file in self._ever:
            for entry in file.clause:
                if entry.id == clause_id:
                    return _cited(file, entry)
        raise KeyError(clause_id)

    def section(self, kind: type[S], case: Case | None = None) -> S:
        """The typed section `kind` filled from the clauses that hold for the case. Raises RulebookError for a missing
        or ill-typed value, and for a section that is filled with facts when no case is given."""
        facts = filled_with(kind)
        if facts and case is None:
            raise RulebookError(f"{kind.__name__} is filled with {', '.join(facts)}: no case is given")
        asked = (case or UNKNOWN).only(facts)
        if (kind, asked) not in self._sections:
            self._sections[kind, asked] = self._fill(kind, asked)
        filled: S = self._sections[kind, asked]
        return filled

    def cases(self, facts: Iterable[str]) -> list[Case]:
        """Every case that these facts tell apart in its texts; and, of what a case need not have, one without."""
        words: dict[str, dict[str | None, None]] = {fact: {} for fact in facts}
        for limit in self._limits:
            for _, fact, named in limit.limits():
                if fact in words:
                    words[fact].update(dict.fromkeys(named))
        for fact, told in words.items():
            if fact not in ALWAYS_ONE or not told:
                told[None] = None
        return [Case(**dict(zip(words, each, strict=True))) for each in product(*words.values())]

    def speaks_of(self, case: Case) -> bool:
        """Whether its texts tell the case apart by all that is known of it."""
        known = [fact for fact in FACTS.values() if getattr(case, fact) is not None]
        return case.only(known) in self.cases(known)

    @cached_property
    def _limits(self) -> list[Applies]:
        given = (limit for each in self._given.values() for one in each for limit in one.limits)
        of_gaps = (limit for _, file in self.gaps for entry in file.clause for limit in (file.applies, entry.applies))
        return [limit for limit in (*given, *of_gaps) if limit != EVERYTHING]

    def cite(self, entry: ClauseEntry) -> Clause:
        """The clause as findings name it. A figure of the city that fills a clause of the text is cited as that
        clause."""
        filled = self._cites and next((own for own in self._cites.file.clause if own.id == entry.id), None)
        if self._cites and filled:
            return self._cites.cite(filled)
        return _cited(self.file, entry)

    def _of_gap(self, gap: Gap) -> Clause:
        return Clause(gap.id, gap.article, self.name, gap.zh, gap.en, gap=True)

    @cached_property
    def _given(self) -> Mapping[str, list[Given]]:
        """Who gives each value, the nearest text first."""
        found: dict[str, list[Given]] = {}
        for book, entry in self.entries():
            limits = tuple(each for each in (entry.applies, self._limit_of(book)) if each != EVERYTHING)
            for name in entry.values:
                found.setdefault(name, []).append(Given(book, entry, limits))
        return found

    def _limit_of(self, book: "Rulebook") -> Applies:
        """What is asked beside the facts by which a text is chosen: this one was, and with it what it extends."""
        if book.file.applies == EVERYTHING:
            return book.file.applies
        chosen = {limit: () for limit, fact, _ in book.file.applies.limits() if fact in CHOOSES}
        return book.file.applies.model_copy(update=chosen)

    def _given_in(self, case: Case) -> Mapping[str, list[Given]]:
        """Who gives each value in the case: whom no limit leaves out."""
        if case not in self._spoken:
            held = {name: [one for one in each if self._holds(case, *one.limits)] for name, each in self._given.items()}
            self._spoken[case] = {name: each for name, each in held.items() if each}
        return self._spoken[case]

    def _holds(self, case: Case, *limits: Applies) -> bool:
        return all(self._vocabulary.holds(limit, case) for limit in limits)

    def _of_gaps(self, name: str, case: Case) -> Iterator[tuple[Gap, RulebookFile, ClauseEntry]]:
        """Who gives the value in the case among the texts that speak in gaps."""
        for gap, file in self.gaps:
            for entry in file.clause:
                if name in entry.values and self._holds(case, file.applies, entry.applies):
                    yield gap, file, entry

    def gives(self, name: str, case: Case = UNKNOWN) -> bool:
        """Whether a text gives the value in the case that day, or one that speaks in a gap."""
        return name in self._given_in(case) or any(self._of_gaps(name, case))

    def faults(self, section: type) -> Iterator[str]:
        """Why the section cannot be filled in some case that its texts tell apart; and which clause gives it a value in
        cases that it does not ask for."""
        facts, only_where = filled_with(section), getattr(section, "only_where", None)
        for name, _ in fields_of(section):
            for given in self._given.get(name, []):
                for fact in given.asks():
                    if fact not in facts:
                        place = self._place(given, name)
                        yield f"{place} depends on {fact}, with which {section.__name__} is not filled"
        for case in self.cases(facts):
            for name in needed_by(section) if only_where is None or self.gives(only_where, case) else ():
                if not self.gives(name, case):
                    where = f" for {case}" if facts else ""
                    yield f"{self.name}: no clause gives {name}{where}, which {section.__name__} needs"

    def _fill(self, kind: type[S], case: Case) -> S:
        return kind(**{name: self._field(name, hint, case) for name, hint in get_type_hints(kind).items()})

    def _field(self, name: str, hint: Any, case: Case) -> Any:
        kind, optional = _unwrap(hint)
        found = self._given_in(case).get(name, [])
        if kind is Items:
            return self._items(name, found, case) if found else self._items_of_gap(name, case)
        if not found:
            if optional:
                return None
            return self._from_gap(kind, name, case)
        given = self._speaking(name, found)
        value = _read(kind, given.entry.values[name], lambda: self._place(given, name))
        if kind not in (Demand, Ban):
            return Value(value, given.clause)
        if value is (kind is Demand):
            return kind(given.clause)
        if optional:
            return None
        place = self._place(given, name)
        raise RulebookError(f"{place} cannot be {str(value).lower()}: no service can do without it")

    def _speaking(self, name: str, found: list[Given]) -> Given:
        """The one whose value holds, see vocabulary.py; of two alike the nearest."""
        nearest = [given for given in found if given.book is found[0].book]
        if len(nearest) > 1:
            raise RulebookError(f"{self.name}: {name} is given by {', '.join(g.entry.id for g in nearest)}")
        term = self._vocabulary[name]
        holding = self._holding(found)
        if holding is not None:
            return holding
        if term.joins == "replace":
            return found[0]
        speaking = found[0]
        for given in found[1:]:
            if term.joins == "highest":
                speaking = given if given.place < speaking.place else speaking
            elif term.stricter(*(term.read(each.entry.values[name]) for each in (given, speaking))):
                speaking = given
        return speaking

    @staticmethod
    def _holding(found: list[Given]) -> Given | None:
        """A lower text that is said to hold against a higher one."""
        for given in found:
            conflict = given.entry.conflict
            if conflict and conflict.holds == given.entry.id and any(g.entry.id == conflict.against for g in found):
                return given
        return None

    def _from_gap(self, kind: Any, name: str, case: Case) -> Any:
        for gap, file, entry in self._of_gaps(name, case):
            first = value_on(entry.values[name], file.effective_from)
            value = _read(kind, first, partial("{}: clause {}: {}".format, file.name, entry.id, name))
            return kind(self._of_gap(gap)) if kind in (Demand, Ban) else Value(value, self._of_gap(gap))
        raise RulebookError(f"{self.name}: no clause gives {name}" + (f" for {case}" if case != UNKNOWN else ""))

    def _items(self, name: str, found: list[Given], case: Case) -> Items:
        term = self._vocabulary[name]
        if term.joins != "add":
            pick = self._speaking_book(term.joins, found)
            found = [given for given in found if given.book is pick]
        members: dict[str, Clause] = {}
        for given in found:
            for member in _members(given.entry.values[name]):
                members.setdefault(member, given.clause)
        if term.joins == "add":
            for member, clause in self._items_of_gap(name, case).members.items():
                members.setdefault(member, clause)
        return Items(members, any(given.entry.open for given in found), term.wider)

    @staticmethod
    def _speaking_book(joins: str, found: list[Given]) -> "Rulebook":
        highest = min(found, key=lambda given: given.place)
        return (highest if joins == "highest" else found[0]).book

    def _items_of_gap(self, name: str, case: Case) -> Items:
        members: dict[str, Clause] = {}
        for gap, file, entry in self._of_gaps(name, case):
            for member in _members(value_on(entry.values[name], file.effective_from) or []):
                members.setdefault(member, self._of_gap(gap))
        return Items(members, True, self._vocabulary[name].wider) if members else Items({})

    def _place(self, given: Given, name: str) -> str:
        return f"{given.book.file.name}: clause {given.entry.id}: {name}"

    def conflicts(self) -> Iterator[tuple[str, Given, Given]]:
        """Each value with the lower text that contradicts a higher one, and the higher: a looser cap or floor, a demand
        or a ban taken back, another value than the highest text's."""
        for name, found in self._given.items():
            term = self._vocabulary[name]
            for lower in found:
                for higher in found:
                    if not lower.meets(higher):
                        continue
                    if higher.place < lower.place and self._contradicts(name, term, lower, higher):
                        yield name, lower, higher

    @staticmethod
    def _contradicts(name: str, term: Any, lower: Given, higher: Given) -> bool:
        low, high = (term.read(each.entry.values[name]) for each in (lower, higher))
        if term.joins in ("add", "replace"):
            return False
        if term.joins == "highest":
            return bool(low != high)
        return bool(term.stricter(high, low))


def _cited(file: RulebookFile, entry: ClauseEntry) -> Clause:
    return Clause(entry.id, entry.article, file.name, entry.zh, entry.en)


def _members(given: Any) -> list[str]:
    return [str(member) for member in given] if isinstance(given, list) else [str(given)]


def value_type(kind: Any) -> Any:
    """The type in which the file writes the value of a field: of `Value[int]` int, of a demand or ban bool."""
    return bool if kind in (Demand, Ban) else get_args(kind)[0]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _read(kind: Any, given: Any, place: Any) -> Any:
    wanted = value_type(kind)
    try:
        return _adapter(wanted).validate_python(given)
    except (ValueError, TypeError, ArithmeticError):
        raise RulebookError(
            f"{place()} cannot be read as {getattr(wanted, '__name__', wanted)}: {shown(given)}"
        ) from None


@cache
def _hints(section: type) -> Mapping[str, tuple[Any, bool]]:
    return {name: _unwrap(hint) for name, hint in get_type_hints(section).items()}


def fields_of(section: type) -> Iterator[tuple[str, Any]]:
    """The values that a section reads, by name: in which of the ways above each arrives."""
    for name, (kind, _) in _hints(section).items():
        yield name, kind


def sections_of(module: ModuleType) -> list[type]:
    """What a service reads of the law, by its `rulebook` module."""
    kinds = (kind for kind in vars(module).values() if isinstance(kind, type) and is_dataclass(kind))
    return [kind for kind in kinds if kind.__module__ == module.__name__]


def needed_by(section: type) -> Iterator[str]:
    """The values without which a section cannot be filled, where it applies at all."""
    for name, (kind, optional) in _hints(section).items():
        if not optional and kind is not Items:
            yield name


def _unwrap(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        inner = [a for a in get_args(hint) if a is not type(None)]
        return inner[0], True
    return hint, False


class Rulebooks:
    """All rulebooks of a deployment, every version of each."""

    def __init__(self, files: Files, vocabulary: Vocabulary) -> None:
        self.files = files
        self.vocabulary = vocabulary
        self._books: dict[tuple[str, tuple[str, ...], date | None], Rulebook] = {}
        self._turns: dict[tuple[str, str], list[date]] = {}
        self._sound: set[type] = set()

    def __iter__(self) -> Iterator[Rulebook]:
        """Every version of every text that speaks by itself, on its last day."""
        for versions in self.files.instruments.values():
            for file in versions.values():
                if not file.opt_in:
                    yield self.get(file.name)

    def get(self, name: str, on: date | None = None) -> Rulebook:
        """By id (the latest version), by id and version, or by the name that a record is bound to; `on` is the day that
        is meant where the name has none. KeyError when there is none."""
        texts, _, day = name.partition(":")
        (text, *figures) = texts.split("+")
        book_id, _, version = text.partition("@")
        try:
            as_of = date.fromisoformat(day) if day else None
            wanted = int(version) if version else None
        except ValueError:
            raise KeyError(name) from None
        if wanted is None and book_id in self.files.instruments:
            wanted = max(self.files.instruments[book_id])
        file = self.files.instruments.get(book_id, {}).get(wanted or 0)
        if file is None:
            overlay = self._overlay(text)
            return self._overlaid(overlay, self.files.instruments[overlay.overlay_of][1])
        fills = [self._overlay(each) for each in figures] if as_of or figures else self._figures_ever(file)
        if as_of is None and on is not None and file.speaks(on):
            return self._on(file, on, file.jurisdiction)
        return self._book(file, fills, as_of, name if version else file.name)

    def governing(self, place: str, on: date, case: Case = UNKNOWN) -> Rulebook | None:
        """The rulebook by which the case is decided there that day, as it reads that day: the text of the nearest
        jurisdiction (`5101/510104`, then `5101`) that applies to it, or national law with the figures of the place;
        None before all of them. Where the case does not tell whether a text applies, it does."""
        return next(self.each_governing(place, on, case), None)

    def each_governing(self, place: str, on: date, case: Case = UNKNOWN) -> Iterator[Rulebook]:
        """Those by one of which the case is decided there, the nearest first: behind a text that is limited stands what
        holds for whom it leaves out. Of two that apply the one that is limited goes first, then the later."""
        for area in dict.fromkeys((*upwards(place), NATION)):
            texts = [file for file in self._used(on) if file.jurisdiction == area and file.speaks(on)]
            held = [(self._chosen(file, case), file) for file in texts]
            for sure, file in sorted(held, key=_nearest, reverse=True):
                if sure is not False:
                    yield self._on(file, on, place)
                if sure:
                    return

    def beside(self, book: Rulebook, place: str, on: date) -> frozenset[str]:
        """The texts, by id, under which others buy there while some buy under this one: that day, or on the day from
        which it reads so. What one of them does to a provider touches no purchase under this one."""
        texts: set[str] = set()
        for day in {on, book.day}:
            held = {each.id for each in self.each_governing(place, day)}
            if book.id in held:
                texts |= held - {book.id}
        return frozenset(texts)

    def of_place(self, rulebook: str) -> str:
        """The text, by id, by which a clause speaks that is cited under this name; empty for national law, which speaks
        to all, and for what is not held here."""
        try:
            file = self.get(rulebook).file
        except (KeyError, ValueError):
            return ""
        return "" if file.level == "national" else file.id

    def _chosen(self, file: RulebookFile, case: Case) -> bool | None:
        """Whether the text applies, by the facts by which a text is chosen; None where the case does not tell."""
        asked = {limit: () for limit, fact, _ in file.applies.limits() if fact not in CHOOSES}
        return self.vocabulary.holds(file.applies.model_copy(update=asked), case)

    @cached_property
    def named(self) -> list[Rulebook]:
        """Every rulebook that a record can be bound to, under each of its names."""
        books: dict[str, Rulebook] = {}
        for versions in self.files.instruments.values():
            for file in versions.values():
                if file.opt_in or not re.match(PATTERN, file.jurisdiction):
                    continue
                books[file.name] = self.get(file.name)
                below = (each.jurisdiction for each in self._figures_above(file))
                places = {file.jurisdiction, *(place for place in below if within(place, file.jurisdiction))}
                for place in sorted(places):
                    for day in self._days(file, place):
                        book = self._on(file, day, place)
                        books[book.name] = book
                        bare = f"{file.name}:{day}"
                        books.setdefault(bare, self._book(file, [], day, bare))
        return list(books.values())

    def check(self, sections: Iterable[type]) -> None:
        """Raises RulebookError for every section that cannot be filled in some case on a day on which a text of a place
        is in force, for every clause that gives it a value in cases that it does not ask for, and for every clause that
        contradicts a higher one without saying so, all at once."""
        asked, wrong = [one for one in dict.fromkeys(sections) if one not in self._sound], dict[str, None]()
        for book in self.named:
            for section in asked:
                wrong.update(dict.fromkeys(book.faults(section)))
        for said in self.contradictions:
            wrong[said] = None
        if wrong:
            raise RulebookError("\n".join(wrong))
        self._sound.update(asked)

    @cached_property
    def contradictions(self) -> list[str]:
        """A sentence for each conflict that its clause does not name."""
        return list(dict.fromkeys(_said(*each) for each in self.conflicts() if not _is_named(each[1], each[2])))

    def conflicts(self) -> Iterator[tuple[str, Given, Given]]:
        """Every value of a lower text that contradicts a higher one, on whatever day."""
        seen: set[tuple[str, str, str]] = set()
        for book in self.named:
            for name, lower, higher in book.conflicts():
                key = (name, lower.entry.id, higher.entry.id)
                if key not in seen:
                    seen.add(key)
                    yield name, lower, higher

    def used_on(self, on: date) -> list[Rulebook]:
        """Every text in force that day, as it reads that day."""
        return [self._on(file, on, file.jurisdiction) for file in self._used(on) if file.speaks(on)]

    def _used(self, on: date) -> Iterator[RulebookFile]:
        """Of every text that speaks by itself the version that is used that day."""
        for versions in self.files.instruments.values():
            file = self._version(versions, on)
            if not file.opt_in:
                yield file

    @staticmethod
    def _version(versions: Mapping[int, RulebookFile], on: date) -> RulebookFile:
        released = [file for file in versions.values() if file.version == 1 or (file.released or on) <= on]
        return max(released or versions.values(), key=lambda file: file.version)

    def _on(self, file: RulebookFile, on: date, place: str) -> Rulebook:
        """The text as it reads that day, under the name that a record is bound to."""
        day = max((turn for turn in self._days(file, place) if turn <= on), default=file.effective_from)
        fills = self._figures(file, day, place)
        texts = [file.name, *(f"{each.id}@{each.version}" for each in fills)]
        return self._book(file, fills, day, f"{'+'.join(texts)}:{day}")

    def _days(self, file: RulebookFile, place: str) -> list[date]:
        """The days of its own on which it begins to read otherwise in that place."""
        key = (file.name, place)
        if key not in self._turns:
            self._turns[key] = sorted({turn for turn in self._turns_of(file, place) if file.speaks(turn)})
        return self._turns[key]

    def _turns_of(self, file: RulebookFile, place: str) -> Iterator[date]:
        for text in self._with_above(file):
            yield from text.turns()
            for overlay in self.files.overlays.get(text.id, []):
                if within(place, overlay.jurisdiction):
                    yield from overlay.as_file(text).turns()

    def _with_above(self, file: RulebookFile) -> Iterator[RulebookFile]:
        """The text, and every version of all that it extends."""
        yield file
        for name in file.extends:
            for _, version in sorted(self.files.instruments[name].items(), reverse=True):
                yield from self._with_above(version)

    def _figures_above(self, file: RulebookFile) -> list[Overlay]:
        """All figures, of whatever day and place, that are of the text or of one that it extends."""
        texts = dict.fromkeys(text.id for text in self._with_above(file))
        return [overlay for text in texts for overlay in self.files.overlays.get(text, [])]

    def _figures(self, file: RulebookFile, day: date, place: str) -> list[Overlay]:
        """The figures of the place that hold that day, of each the latest version: those of the text, and those of what
        it extends."""
        spoken = {text.id for text in self._with_above(file) if text.speaks(day)}
        begun = [
            each
            for each in self._figures_above(file)
            if each.overlay_of in spoken and each.effective_from <= day and within(place, each.jurisdiction)
        ]
        latest = _latest(begun)
        return [each for each in latest if each.effective_to is None or day <= each.effective_to]

    def _figures_ever(self, file: RulebookFile) -> list[Overlay]:
        """Those of the text for every place; of what it extends those for its own."""
        return _latest(
            each
            for each in self._figures_above(file)
            if each.overlay_of == file.id or within(file.jurisdiction, each.jurisdiction)
        )

    def _overlay(self, name: str) -> Overlay:
        for overlays in self.files.overlays.values():
            for overlay in overlays:
                if f"{overlay.id}@{overlay.version}" == name:
                    return overlay
        raise KeyError(name)

    def _overlaid(self, overlay: Overlay, file: RulebookFile) -> Rulebook:
        return Rulebook(overlay.as_file(file), self.vocabulary)

    def _book(self, file: RulebookFile, fills: Sequence[Overlay], day: date | None, name: str) -> Rulebook:
        key = (name, tuple(f"{each.id}@{each.version}" for each in fills), day)
        if key not in self._books:
            self._books[key] = self._made(file, fills, day, name)
        return self._books[key]

    def _made(self, file: RulebookFile, fills: Sequence[Overlay], day: date | None, name: str) -> Rulebook:
        on = day or file.effective_to or date.max
        above = [self._version(self.files.instruments[parent], on) for parent in file.extends]
        gaps = [(gap, self._version(self.files.instruments[gap.instead], on)) for gap in file.gap if gap.open_on(on)]
        text = Rulebook(file, self.vocabulary, name=name, day=on)
        own = [each for each in fills if each.overlay_of == file.id]
        higher = [each for each in fills if each.overlay_of != file.id]
        return Rulebook(
            file,
            self.vocabulary,
            name=name,
            day=on,
            above=[self._above(parent, higher, on) for parent in above if parent.speaks(on)],
            fills=[Rulebook(each.as_file(file), self.vocabulary, day=on, cites=text) for each in own],
            gaps=gaps,
            ever=() if day else list(self._with_above(file)),
        )

    def _above(self, parent: RulebookFile, figures: Sequence[Overlay], on: date) -> Rulebook:
        """A text that another extends, with the figures that are of it or of what it extends itself."""
        texts = {text.id for text in self._with_above(parent)}
        return self._book(parent, [each for each in figures if each.overlay_of in texts], on, parent.name)


def _nearest(chosen: tuple[bool | None, RulebookFile]) -> tuple[bool, bool, date]:
    sure, file = chosen
    return sure is True, file.applies != EVERYTHING, file.effective_from


def _latest(figures: Iterable[Overlay]) -> list[Overlay]:
    """Of each the latest version, in the order of their names."""
    latest = {each.id: each for each in sorted(figures, key=lambda each: each.version)}
    return [each for _, each in sorted(latest.items())]


def _is_named(lower: Given, higher: Given) -> bool:
    conflict = lower.entry.conflict
    return (
        conflict is not None
        and conflict.against == higher.entry.id
        and conflict.holds in (lower.entry.id, higher.entry.id)
    )


def _said(name: str, lower: Given, higher: Given) -> str:
    low, high = (shown(each.entry.values[name]) for each in (lower, higher))
    return (
        f"{lower.book.file.name}: clause {lower.entry.id}: {name} = {low} contradicts {higher.entry.id} ({high}),"
        f' a higher text: say conflict = {{ with = "{higher.entry.id}", holds = …, reading = … }}'
    )


def load(*folders: Path, vocabulary: Vocabulary | None = None) -> Rulebooks:
    """Reads every TOML file of the folders and of those in them: instruments of every version, and figures of a city.
    Raises RulebookError. Without a vocabulary that which is shipped holds."""
    files, words = read_folders(folders), vocabulary or shipped_vocabulary()
    if wrong := list(dict.fromkeys(words.wrong(files))):
        raise RulebookError("\n".join(wrong))
    return Rulebooks(files, words)


@cache
def shipped_vocabulary() -> Vocabulary:
    return read_vocabulary(HERE / "vocabulary.toml")


@lru_cache
def rulebooks() -> Rulebooks:
    """The rulebooks of this deployment: those shipped, and those of the folder GOUFU_RULEBOOKS names. Raises
    RulebookError."""
    extra = os.environ.get("GOUFU_RULEBOOKS")
    folders = [INSTRUMENTS] + ([Path(extra)] if extra else [])
    if extra and not os.path.isdir(extra):
        raise RulebookError(f"GOUFU_RULEBOOKS: {extra} is no folder; name the folder of the overlays, or leave it out")
    return load(*folders)
