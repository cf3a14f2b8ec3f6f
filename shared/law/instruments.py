"""The files of the law as they are written: instruments, and the figures that a city sets for one of them.

An instrument is one file a version, `instruments/<id>/<version>.toml`. A clause speaks from `from` to `to`, where the
text says so; a value with days of its own is a list, `[{ from = 2022-07-01, value = "0.10" }, …]`. What no rule reads
yet stands under `later`. A figure of the city is a file of its own with id, version, place and days (`overlay_of`).
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from shared.fields.places import NATION, Place
from shared.law.scope import EVERYTHING, Applies


class RulebookError(Exception):
    """Files of the law that cannot be used; the message has one line for each mistake, with the file, the place in it
    and what is allowed there."""


Side = Literal["refuses", "accepts", "shows"]
"""What a clause can do to a case: refuse it, allow it, or have something shown."""

Rank = Literal[
    "law", "administrative_regulation", "ministerial_order", "ministry_notice", "province", "city", "bureau", "local"
]
"""Who speaks, the highest first."""

RANKS: tuple[str, ...] = get_args(Rank)
_RANK_OF: dict[str, Rank] = {
    "national": "ministry_notice",
    "province": "province",
    "city": "city",
    "district": "bureau",
}

Identity = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,60}$")]
Subject = Annotated[str, StringConstraints(pattern=rf"^{NATION}/[a-z][a-z-]*$")]
"""National law on one subject (`000000/internal-control`): it speaks only where another text extends it."""


class Written(BaseModel):
    """What is written in a file: no word that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Conflict(Written):
    """That a clause contradicts one of a higher text, which of the two holds (by its id), and why."""

    against: str = Field(alias="with")
    holds: str
    reading: str


class ClauseEntry(Written):
    """One clause in a file. `values` carry what rules compare, `later` what none compares yet; `reading` says which of
    two readings holds; `set_by` names who must give a number that the text leaves open; `source` marks values that no
    text gives. `sides` are those the text has: a duty both refuses and accepts, a mere permission only accepts, and
    what must be recorded or made public shows. `first` and `to` (written `from`, `to`) are its own days where they are
    not those of its text. `text` is the article's original wording, beside `zh` and `en` in our own; `checked` is the
    day on which a second reader compared the two. `applies` says for which cases it holds, where not for all."""

    id: str
    article: str
    level: Literal["must", "should", "may", "context"] = "must"
    service: str
    zh: str
    en: str
    text: str | None = None
    checked: date | None = None
    applies: Applies = EVERYTHING
    first: date | None = Field(default=None, alias="from")
    to: date | None = None
    values: dict[str, Any] = {}
    later: dict[str, Any] = {}
    units: dict[str, str] = {}
    open: bool = False
    conflict: Conflict | None = None
    verified: bool = True
    reading: str | None = None
    set_by: Literal["purchaser", "finance", "city"] | None = None
    source: str | None = None
    sides: tuple[Side, ...] = ("refuses", "accepts")

    def on(self, day: date) -> "ClauseEntry | None":
        """The clause as it speaks that day; None where it does not."""
        if (self.first and day < self.first) or (self.to and day > self.to):
            return None
        if not any(map(is_dated, self.values.values())):
            return self
        held = {name: value_on(value, day) for name, value in self.values.items()}
        return self.model_copy(update={"values": {name: value for name, value in held.items() if value is not None}})

    def turns(self) -> Iterator[date]:
        """The days from which it says something else."""
        yield from _turns(self.first, self.to)
        for value in filter(is_dated, self.values.values()):
            yield from (each["from"] for each in value)


class Gap(Written):
    """Days on which a text spoke that is not carried, or (`spoke = false`) none spoke yet: `instead` names the text
    from which a value is taken that no rule can do without. A finding that rests on it is a note and refuses nobody."""

    id: str
    article: str
    zh: str
    en: str
    first: date | None = Field(default=None, alias="from")
    to: date
    instead: Identity
    spoke: bool = True

    def open_on(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and day <= self.to


class RulebookFile(Written):
    """One version of an instrument; `effective_to` is its last day. `released` is the first day on which a version
    after the first is used: what began before it keeps the version that it began with. An instrument without clauses is
    a collection of those that it extends. One that is `opt_in` speaks only where another text extends it, as a profile
    that a city chooses does. One that `applies` to some cases alone leaves the others to what holds beside it."""

    id: Identity
    version: int = Field(default=1, ge=1)
    released: date | None = None
    title_zh: str
    title_en: str
    issuer: str
    jurisdiction: Place | Subject
    level: Literal["national", "province", "city", "district"]
    rank: Rank | None = None
    effective_from: date
    effective_to: date | None = None
    extends: list[str] = []
    opt_in: bool = False
    applies: Applies = EVERYTHING
    succeeds: str | None = None
    basis: list[str] = []
    clause: list[ClauseEntry] = []
    gap: list[Gap] = []

    @property
    def name(self) -> str:
        return f"{self.id}@{self.version}"

    @property
    def place(self) -> int:
        """Its place among the ranks: 0 is the highest."""
        return RANKS.index(self.rank or _RANK_OF[self.level])

    def speaks(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)

    def turns(self) -> Iterator[date]:
        yield from _turns(self.effective_from, self.effective_to)
        yield from (day for day in [self.released] if day)
        for gap in self.gap:
            yield from _turns(gap.first, gap.to)
        for entry in self.clause:
            yield from entry.turns()


class Overlay(Written):
    """Figures of the lowest rank that a city sets for an instrument without changing its text, each from its source:
    thresholds by year, weights, limits. An entry with the id of a clause fills what that clause leaves open."""

    overlay_of: Identity
    id: Identity
    version: int = Field(default=1, ge=1)
    jurisdiction: Place
    effective_from: date
    effective_to: date | None = None
    source: str
    clause: list[ClauseEntry]

    def as_file(self, text: RulebookFile) -> RulebookFile:
        """The same as an instrument of the lowest rank that fills this text."""
        return RulebookFile(
            id=self.id,
            version=self.version,
            title_zh=text.title_zh,
            title_en=text.title_en,
            issuer=self.source,
            jurisdiction=self.jurisdiction,
            level="district",
            rank="local",
            effective_from=self.effective_from,
            effective_to=self.effective_to,
            clause=[entry.model_copy(update={"source": self.source}) for entry in self.clause],
        )


def _turns(first: date | None, last: date | None) -> Iterator[date]:
    if first:
        yield first
    if last and last < date.max:
        yield date.fromordinal(last.toordinal() + 1)


def is_dated(value: Any) -> bool:
    """Whether a value is written with days of its own."""
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) and "from" in v for v in value)


def value_on(value: Any, day: date) -> Any:
    """The value as it is that day; None before the first of its days."""
    if not is_dated(value):
        return value
    begun = [each for each in value if each["from"] <= day]
    return max(begun, key=lambda each: each["from"])["value"] if begun else None


def each_value(value: Any) -> list[Any]:
    """Everything that a value ever is."""
    return [each.get("value") for each in value] if is_dated(value) else [value]


class Files:
    """Every file of some folders: instruments by id and version, figures by the instrument that they are of. `written`
    says in which file an instrument stands."""

    def __init__(self) -> None:
        self.instruments: dict[str, dict[int, RulebookFile]] = {}
        self.overlays: dict[str, list[Overlay]] = {}
        self.written: dict[str, str] = {}

    def add(self, name: str, read: "RulebookFile | Overlay") -> None:
        """Raises RulebookError for a second file of one id and version."""
        stands = f"{read.id}@{read.version}"
        if stands in self.written:
            raise RulebookError(f"{name}: {stands} stands also in {self.written[stands]}")
        self.written[stands] = name
        if isinstance(read, Overlay):
            self.overlays.setdefault(read.overlay_of, []).append(read)
            return
        if read.version > 1 and read.released is None:
            raise RulebookError(f"{name}: released is missing: from which day on is version {read.version} used?")
        self.instruments.setdefault(read.id, {})[read.version] = read

    def all(self) -> Iterator["RulebookFile | Overlay"]:
        """Every version of every text, and all figures."""
        for versions in self.instruments.values():
            yield from versions.values()
        for overlays in self.overlays.values():
            yield from overlays

    def where(self, written: "RulebookFile | Overlay") -> str:
        """The file in which it stands."""
        return self.written[f"{written.id}@{written.version}"]

    def wrong(self) -> Iterator[str]:
        """A sentence for each name that leads to no file, and for what extends itself."""
        for overlays in self.overlays.values():
            for overlay in overlays:
                if overlay.overlay_of not in self.instruments:
                    yield f"{self.where(overlay)}: an overlay of {overlay.overlay_of}: there is no such rulebook"
        for versions in self.instruments.values():
            for file in versions.values():
                yield from self._wrong_above(file, ())

    def _wrong_above(self, file: RulebookFile, below: tuple[str, ...]) -> Iterator[str]:
        for name in file.extends:
            if name in (file.id, *below):
                yield f"{name} extends itself: {' > '.join((*below, file.id))}"
            elif name not in self.instruments:
                yield f"{file.id} extends {name}: there is no such rulebook"
            else:
                for version in self.instruments[name].values():
                    yield from self._wrong_above(version, (*below, file.id))


def read_folders(folders: Iterable[Path]) -> Files:
    """Reads every TOML file below the folders. Raises RulebookError."""
    files, wrong = Files(), list[str]()
    for folder in folders:
        for path in sorted(folder.rglob("*.toml")):
            try:
                files.add(_shown_path(path, folder), _read_file(path, _shown_path(path, folder)))
            except RulebookError as error:
                wrong.append(str(error))
    wrong = wrong or list(dict.fromkeys(files.wrong()))
    if wrong:
        raise RulebookError("\n".join(wrong))
    return files


def _shown_path(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _read_file(path: Path, name: str) -> RulebookFile | Overlay:
    """Raises RulebookError with a line for each mistake of the file."""
    data: dict[str, Any] = {}
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        kind = Overlay if "overlay_of" in data else RulebookFile
        return kind.model_validate(data)
    except ValidationError as error:
        wrong = [f"{name}: {_sentence(kind, data, each)}" for each in error.errors()]
        raise RulebookError("\n".join(dict.fromkeys(wrong))) from None
    except UnicodeDecodeError as error:
        raise RulebookError(f"{name}: byte {error.start} and those after it are no text in UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise RulebookError(f"{name}: this is not TOML: {' '.join(str(error).split())}") from None
    except OSError as error:
        raise RulebookError(f"{name}: it cannot be read: {error.strerror}") from None


_SENTENCES = {
    "string_type": "is text in quotes",
    "int_type": "is a whole number",
    "int_parsing": "is a whole number",
    "bool_type": "is true or false",
    "bool_parsing": "is true or false",
    "list_type": "is a list in brackets",
    "tuple_type": "is a list in brackets",
    "too_short": "is a list of at least one",
    "dict_type": "is a table, as in { name = value }",
    "model_type": "is a [[clause]]",
}


def _sentence(kind: type[BaseModel], data: Mapping[str, Any], fault: Any) -> str:
    """Where in the file, and what is allowed there."""
    place, (name, *inner), model = "", list(fault["loc"]), kind
    if name == "clause" and inner:
        entry = data["clause"][inner[0]]
        known = isinstance(entry, dict) and entry.get("id")
        place = f"clause {known or f'number {inner[0] + 1}'}: "
        (name, *inner), model = inner[1:] or ["clause"], ClauseEntry
    if name == "applies":
        if not inner:
            return f"{place}applies is a table, as in {{ methods = [ … ] }}{_not(fault)}"
        place, (name, *inner), model = f"{place}applies: ", inner, Applies
    if fault["type"] == "extra_forbidden":
        known_names = [field.alias or each for each, field in model.model_fields.items()]
        return f"{place}{name} is not known here; known are {', '.join(known_names)}"
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
    return f", not {shown(fault['input'])}"


def shown(given: Any) -> str:
    """A value as an error shows it."""
    text = str(given).lower() if isinstance(given, bool) else str(given)
    return " ".join(text.split())[:60] or "nothing"
