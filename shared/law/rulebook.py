"""Law as dated data: loads `rulebooks/*.toml`, says which is in force, and hands a service its typed section.

A rulebook is one instrument (`zhuhai-2021`); an entry is one clause with named values. A section is a frozen
dataclass of a service whose fields name values; each field arrives as `Value` (what and which clause), `Demand` or
`Ban` (yes and no), or `Items` (a list whose members may come from several clauses), so that a rule can never use a
number without its clause.

    class PaymentSection:                          [[clause]]
        advance_max_ratio: Value[Decimal] | None   id = "ZH21-23.1"
                                                   values = { advance_max_ratio = "0.40" }

Where the city's text is silent the instruments it extends answer; a parent's clause with `prevails = true` wins
over the city's (CD17 art. 40). Which text says what is data, never a condition in Python.
"""

import dataclasses
import os
import tomllib
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from shared.fields.places import NATION, Place, upwards
from shared.law.decision import Clause

T = TypeVar("T")
S = TypeVar("S")


class RulebookError(Exception):
    """Rulebook files that cannot be used; the message has one line for each mistake, with the file, the place in it and
    what is allowed there."""


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

    def __contains__(self, name: object) -> bool:
        return name in self.members

    def __iter__(self) -> Iterator[str]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)

    def clause(self, name: str) -> Clause:
        """The clause that names this member; for a member not listed, the clause that opens the list."""
        return self.members.get(name) or next(iter(self.members.values()))


Side = Literal["refuses", "accepts", "shows"]
"""What a clause can do to a case: refuse it, allow it, or have something shown."""


class ClauseEntry(BaseModel):
    """One clause in a rulebook file. `values` carry what rules compare; `reading` says which of two readings holds;
    `set_by` names who must give a number that the text leaves open; `source` marks values that no text gives. `sides`
    are those the text has: a duty both refuses and accepts, a mere permission only accepts, and what must be recorded
    or made public shows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    article: str
    level: Literal["must", "should", "may", "context"] = "must"
    service: str
    zh: str
    en: str
    values: dict[str, Any] = {}
    units: dict[str, str] = {}
    open: bool = False
    prevails: bool = False
    verified: bool = True
    reading: str | None = None
    set_by: Literal["purchaser", "finance", "city"] | None = None
    source: str | None = None
    sides: tuple[Side, ...] = ("refuses", "accepts")


Subject = Annotated[str, StringConstraints(pattern=rf"^{NATION}/[a-z][a-z-]*$")]
"""National law on one subject (`000000/internal-control`): it speaks only where another text extends it."""


class RulebookFile(BaseModel):
    """One instrument as written in its TOML file; `effective_to` is its last day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    version: int = 1
    title_zh: str
    title_en: str
    issuer: str
    jurisdiction: Place | Subject
    level: Literal["national", "province", "city", "district"]
    effective_from: date
    effective_to: date | None = None
    extends: list[str] = []
    succeeds: str | None = None
    basis: list[str] = []
    clause: list[ClauseEntry] = []


class Overlay(BaseModel):
    """Values that a city or a demonstration adds to an instrument without changing its text; each names its source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    overlay_of: str
    source: str
    clause: list[ClauseEntry]


Written = Mapping[tuple[str, str], str]
"""The file in which an instrument's value stands, by clause and name: its own, or that of an overlay."""


class Rulebook:
    """One instrument together with what it extends, ready to answer for values."""

    def __init__(self, file: RulebookFile, parents: tuple["Rulebook", ...], written: "Written | None" = None) -> None:
        self.file = file
        self._written = written or {}
        self.parents = parents
        self._own = {entry.id: entry for entry in file.clause}
        self._sections: dict[type, Any] = {}

    @property
    def id(self) -> str:
        return self.file.id

    @property
    def version(self) -> int:
        return self.file.version

    @property
    def name(self) -> str:
        """Identity stored with every decision: `zhuhai-2021@1`."""
        return f"{self.file.id}@{self.file.version}"

    def in_force(self, on: date) -> bool:
        last = self.file.effective_to
        return self.file.effective_from <= on and (last is None or on <= last)

    def entries(self) -> list[tuple["Rulebook", ClauseEntry]]:
        """Every clause that speaks here, in order of precedence: prevailing parents, own, other parents."""
        own = [(self, entry) for entry in self.file.clause]
        above = [pair for parent in self.parents for pair in parent.entries()]
        return [p for p in above if p[1].prevails] + own + [p for p in above if not p[1].prevails]

    def clause(self, clause_id: str) -> Clause:
        """The clause by its id, here or in what this rulebook extends; KeyError when no text has it."""
        for book, entry in self.entries():
            if entry.id == clause_id:
                return book._clause(entry)
        raise KeyError(clause_id)

    def section(self, kind: type[S]) -> S:
        """The typed section `kind` filled from this rulebook. Raises RulebookError for a missing or ill-typed value."""
        if kind not in self._sections:
            self._sections[kind] = self._fill(kind)
        return self._sections[kind]  # type: ignore[no-any-return]

    def _clause(self, entry: ClauseEntry) -> Clause:
        return Clause(entry.id, entry.article, self.name, entry.zh, entry.en)

    def _fill(self, kind: type[S]) -> S:
        hints = get_type_hints(kind)
        filled = {f.name: self._field(f.name, hints[f.name]) for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
        return kind(**filled)

    def _field(self, name: str, hint: Any) -> Any:
        found = [(book, entry) for book, entry in self.entries() if name in entry.values]
        kind, optional = _unwrap(hint)
        if not found:
            if kind is Items:
                return Items({})
            if optional:
                return None
            raise RulebookError(f"{self.name}: no clause gives {name}")
        if kind is Items:
            return self._items(name, found)
        book, entry = found[0]
        same_text = [e for b, e in found if b is book]
        if len(same_text) > 1:
            raise RulebookError(f"{self.name}: {name} is given by {', '.join(e.id for e in same_text)}")
        value = book._read(kind, entry, name)
        if kind not in (Demand, Ban):
            return Value(value, book._clause(entry))
        if value is (kind is Demand):
            return kind(book._clause(entry))
        if optional:
            return None
        raise RulebookError(f"{book._place(entry, name)} cannot be {str(value).lower()}: no service can do without it")

    def wrong(self, fields: Mapping[str, Any]) -> Iterator[str]:
        """A sentence for each value of its own text that is not what a service reads under that name."""
        for name, kind in fields.items():
            giving = [entry for entry in self.file.clause if name in entry.values]
            if kind is Items:
                continue
            if len(giving) > 1:
                others = ", ".join(entry.id for entry in giving[:-1])
                yield f"{self._place(giving[-1], name)} stands also in {others}: give it once"
            for entry in giving:
                try:
                    self._read(kind, entry, name)
                except RulebookError as error:
                    yield str(error)

    def _read(self, kind: Any, entry: ClauseEntry, name: str) -> Any:
        wanted, given = value_type(kind), entry.values[name]
        try:
            return _adapter(wanted).validate_python(given)
        except (ValueError, TypeError, ArithmeticError):
            raise RulebookError(f"{self._place(entry, name)} is {_allowed(wanted)}, not {_shown(given)}") from None

    def _place(self, entry: ClauseEntry, name: str) -> str:
        return f"{self._written.get((entry.id, name), self.name)}: clause {entry.id}: {name}"

    def _items(self, name: str, found: list[tuple["Rulebook", ClauseEntry]]) -> Items:
        nearest = found[0][0]  # a list of the city replaces the list of what it extends
        members: dict[str, Clause] = {}
        for book, entry in found:
            if book is not nearest:
                continue
            given = entry.values[name]
            for member in given if isinstance(given, list) else [given]:
                members.setdefault(str(member), book._clause(entry))
        return Items(members, any(entry.open for book, entry in found if book is nearest))


def value_type(kind: Any) -> Any:
    """The type in which the file writes the value of a field: of `Value[int]` int, of a demand or ban bool."""
    return bool if kind in (Demand, Ban) else get_args(kind)[0]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


_KINDS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    str: "text in quotes",
    date: "a day, as in 2022-03-01",
    Decimal: 'a number in quotes, as in "0.40"',
    Fraction: 'a fraction in quotes, as in "2/3"',
}


def _allowed(kind: Any) -> str:
    """What may stand where a value of that kind is read."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"one of {', '.join(str(each.value) for each in kind)}"
    return _KINDS.get(kind, str(kind))


def _shown(given: Any) -> str:
    text = str(given).lower() if isinstance(given, bool) else str(given)
    return " ".join(text.split())[:60] or "nothing"


def fields_of(section: type) -> Iterator[tuple[str, Any]]:
    """The values that a section reads, by name: in which of the ways above each arrives."""
    for name, hint in get_type_hints(section).items():
        yield name, _unwrap(hint)[0]


def _unwrap(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        inner = [a for a in get_args(hint) if a is not type(None)]
        return inner[0], True
    return hint, False


class Rulebooks:
    """All rulebooks of a deployment."""

    def __init__(self, books: dict[str, Rulebook]) -> None:
        self._books = books

    def __iter__(self) -> Iterator[Rulebook]:
        return iter(self._books.values())

    def get(self, name: str) -> Rulebook:
        """By id, or by id and version (`zhuhai-2021@1`); KeyError when there is none."""
        book_id, _, version = name.partition("@")
        book = self._books[book_id]
        if version and int(version) != book.version:
            raise KeyError(name)
        return book

    def check(self, sections: Iterable[type]) -> None:
        """Raises RulebookError for every value that is not what one of the sections reads, all at once."""
        fields = [dict(fields_of(section)) for section in sections]
        if wrong := [each for book in self for of_section in fields for each in book.wrong(of_section)]:
            raise RulebookError("\n".join(dict.fromkeys(wrong)))

    def in_force(self, jurisdiction: str, on: date) -> Rulebook | None:
        """The rulebook of the nearest jurisdiction (`5101/510104`, then `5101`) in force that day; None where only
        national law speaks. Of two in force the later one."""
        for place in upwards(jurisdiction):
            books = [b for b in self if b.file.jurisdiction == place and b.in_force(on)]
            if books:
                return max(books, key=lambda b: b.file.effective_from)
        return None


def load(*folders: Path) -> Rulebooks:
    """Reads every TOML file of the folders: instruments first, then overlays. Raises RulebookError."""
    files: dict[str, RulebookFile] = {}
    written: dict[str, dict[tuple[str, str], str]] = {}
    overlays: list[tuple[str, Overlay]] = []
    wrong: list[str] = []
    for path in [p for folder in folders for p in sorted(folder.glob("*.toml"))]:
        try:
            read = _read_file(path)
        except RulebookError as error:
            wrong.append(str(error))
            continue
        if isinstance(read, Overlay):
            overlays.append((path.name, read))
        else:
            files[read.id] = read
            written[read.id] = _places(path.name, read)
    for name, overlay in overlays:
        if overlay.overlay_of in files:
            files[overlay.overlay_of] = _laid_over(files[overlay.overlay_of], overlay)
            written[overlay.overlay_of] |= _places(name, overlay)
        elif not wrong:
            wrong.append(f"{name}: an overlay of {overlay.overlay_of}: there is no such rulebook")
    if wrong:
        raise RulebookError("\n".join(wrong))
    books: dict[str, Rulebook] = {}

    def build(book_id: str, above: tuple[str, ...] = ()) -> Rulebook:
        if book_id in above:
            raise RulebookError(f"{book_id} extends itself: {' > '.join(above)}")
        if book_id not in books:
            if book_id not in files:
                raise RulebookError(f"{above[-1]} extends {book_id}: there is no such rulebook")
            file = files[book_id]
            parents = tuple(build(parent, (*above, book_id)) for parent in file.extends)
            books[book_id] = Rulebook(file, parents, written[book_id])
        return books[book_id]

    for book_id in files:
        try:
            build(book_id)
        except RulebookError as error:
            wrong.append(str(error))
    if wrong:
        raise RulebookError("\n".join(dict.fromkeys(wrong)))
    return Rulebooks(books)


def _read_file(path: Path) -> RulebookFile | Overlay:
    """Raises RulebookError with a line for each mistake of the file."""
    data: dict[str, Any] = {}
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        kind = Overlay if "overlay_of" in data else RulebookFile
        return kind.model_validate(data)
    except ValidationError as error:
        wrong = [f"{path.name}: {_sentence(kind, data, each)}" for each in error.errors()]
        raise RulebookError("\n".join(dict.fromkeys(wrong))) from None
    except UnicodeDecodeError as error:
        raise RulebookError(f"{path.name}: byte {error.start} and those after it are no text in UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise RulebookError(f"{path.name}: this is not TOML: {' '.join(str(error).split())}") from None
    except OSError as error:
        raise RulebookError(f"{path.name}: it cannot be read: {error.strerror}") from None


_SENTENCES = {
    "string_type": "is text in quotes",
    "int_type": "is a whole number",
    "int_parsing": "is a whole number",
    "bool_type": "is true or false",
    "bool_parsing": "is true or false",
    "list_type": "is a list in brackets",
    "tuple_type": "is a list in brackets",
    "dict_type": "is a table, as in { name = value }",
    "model_type": "is a [[clause]]",
}


def _sentence(kind: type[BaseModel], data: dict[str, Any], fault: Any) -> str:
    """Where in the file, and what is allowed there."""
    place, (name, *inner), model = "", list(fault["loc"]), kind
    if name == "clause" and inner:
        entry = data["clause"][inner[0]]
        known = isinstance(entry, dict) and entry.get("id")
        place = f"clause {known or f'number {inner[0] + 1}'}: "
        (name, *inner), model = inner[1:] or ["clause"], ClauseEntry
    if fault["type"] == "extra_forbidden":
        return f"{place}{name} is not known here; known are {', '.join(model.model_fields)}"
    if fault["type"] == "missing":
        return f"{place}{name} is missing"
    if name == "jurisdiction":
        return f"{name} is the code of a place, as 4404 or 4404/440402, or of national law on a subject{_not(fault)}"
    if fault["type"] == "literal_error":
        return f"{place}{name} is one of {fault['ctx']['expected']}{_not(fault)}"
    allowed = "is a day, as in 2022-03-01" if fault["type"].startswith("date") else _SENTENCES.get(fault["type"])
    said = allowed or f"cannot be so ({fault['msg']})"
    return f"{place}{name} {said}{_not(fault)}"


def _not(fault: Any) -> str:
    return f", not {_shown(fault['input'])}"


def _places(name: str, read: RulebookFile | Overlay) -> dict[tuple[str, str], str]:
    return {(entry.id, value): name for entry in read.clause for value in entry.values}


def _laid_over(file: RulebookFile, overlay: Overlay) -> RulebookFile:
    entries = {entry.id: entry for entry in file.clause}
    for entry in overlay.clause:
        before = entries.get(entry.id)
        values = {**(before.values if before else {}), **entry.values}
        entries[entry.id] = (before or entry).model_copy(update={"values": values, "source": overlay.source})
    return file.model_copy(update={"clause": list(entries.values())})


@lru_cache
def rulebooks() -> Rulebooks:
    """The rulebooks of this deployment: those shipped, and those of the folder GOUFU_RULEBOOKS names. Raises
    RulebookError."""
    extra = os.environ.get("GOUFU_RULEBOOKS")
    folders = [Path(__file__).parent / "rulebooks"] + ([Path(extra)] if extra else [])
    if extra and not os.path.isdir(extra):
        raise RulebookError(f"GOUFU_RULEBOOKS: {extra} is no folder; name the folder of the overlays, or leave it out")
    return load(*folders)
