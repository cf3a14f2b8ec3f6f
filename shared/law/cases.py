"""Cases: what a rule is asked and what the law says to it, as data. `cases/<instrument>.toml` holds those of one text.

    place = "4404"
    day = 2022-03-01

    [base.contract]                     # the facts of a lawful case, by the name of its question
    price = "200000.00"
    payments = [{ number = 1, kind = "advance", amount = "80000.00", gate = "contract" }]

    [[case]]                            # two neighbours that differ in one fact
    question = "contract"
    fact = "payments.1.amount"
    passes = "80000.00"
    refuses = "80000.01"
    finding = "advance_over_cap"
    clause = "ZH21-23.1"

What is left out of `passes` and `refuses` is as in the base. A case may have a `base` of another name (for all files:
`bases.toml`), its own `place` and `day`, and `differs`: facts in which both neighbours are not like the base.
`fact` may also be `place` or `day`. Instead of what passes and refuses, a case says what each of two values `gives`:
the outcome. In a fact `@anna` is a person or an organisation, `§GPL-77.1` a clause, `{ with = "x" }` and
`{ without = "x" }` a list with one member more or less, `{ none = true }` nothing, and `{ absent = true }` leaves out
what the base says.

A question is a pure rule of a service, by the name under which its `cases.py` offers it: sections come from the law of
the place that day, `today`, `day` and `on` are the day, everything else are facts.
"""

import inspect
import tomllib
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_type_hints
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.fields.places import Place
from shared.law import rulebook, scope
from shared.law.decision import Clause, Decision, Finding
from shared.law.instruments import RulebookError, Written
from shared.law.rulebook import HERE, INSTRUMENTS, Rulebook, Rulebooks

CASES = HERE / "cases"
FIGURES = CASES / "figures"
BASES = CASES / "bases.toml"
PEOPLE = UUID("8a3b9c62-54cf-4f4a-9f0e-5d6d3b0f7a11")
DAYS = ("today", "day", "on")

Rule = Callable[..., Decision[Any]]
Side = Literal["passes", "refuses"]
Facts = dict[str, Any]


class CaseError(Exception):
    """A case that cannot be asked; the message says where and why."""


class Gives(Written):
    """What comes of one value of the fact: parts of the outcome by name, or the outcome itself."""

    value: Any
    outcome: Any


class WrittenCase(Written):
    """Two neighbours as a file has them, see above. `effect = "reference"`: the finding does not hold, and nobody is
    refused for it. `also`: other findings that do not hold with it, each as `code clause`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    question: str
    fact: str
    says: str = ""
    base: str = ""
    place: Place | None = None
    day: date | None = None
    differs: Facts = Field(default_factory=dict)
    passes: Any = None
    refuses: Any = None
    finding: str = ""
    clause: str = ""
    effect: Literal["refuses", "reference"] = "refuses"
    also: tuple[str, ...] = ()
    gives: tuple[Gives, ...] = Field(default=(), max_length=2)


class CaseFile(Written):
    """The cases of one text."""

    place: Place
    day: date
    base: dict[str, Facts] = Field(default_factory=dict)
    case: tuple[WrittenCase, ...] = ()


@dataclass(frozen=True)
class Record:
    """Facts as they are asked in a place on a day."""

    question: str
    place: str
    day: date
    facts: Facts

    @property
    def tree(self) -> Facts:
        return {**self.facts, "place": self.place, "day": self.day}


@dataclass(frozen=True)
class Case:
    """Two neighbours: each a record, and the values in which they differ."""

    name: str
    written: WrittenCase
    records: tuple[Record, Record]
    values: tuple[Any, Any]

    @property
    def expects(self) -> str:
        return f"{self.written.finding} {self.written.clause}"


def read_cases(folder: Path = CASES) -> list[Case]:
    """Every case of the folder. Raises CaseError with a line for each mistake."""
    found, wrong, common = list[Case](), list[str](), _bases(folder)
    for path in sorted(folder.glob("*.toml")):
        if path.name == BASES.name:
            continue
        try:
            file = CaseFile.model_validate(_toml(path))
        except ValidationError as error:
            wrong += [f"{path.name}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
            continue
        for number, written in enumerate(file.case, 1):
            name = f"{path.stem} {number} ({written.question}, {written.fact})"
            try:
                found.append(_case(name, written, file, {**common, **file.base}))
            except CaseError as error:
                wrong.append(f"{name}: {error}")
    if wrong:
        raise CaseError("\n".join(wrong))
    return found


def _bases(folder: Path) -> dict[str, Facts]:
    path = folder / BASES.name
    bases: dict[str, Facts] = _toml(path) if path.exists() else {}
    return bases


def _toml(path: Path) -> dict[str, Any]:
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CaseError(f"{path.name}: {error}") from None
    return {name: _read(each) for name, each in written.items()}


def _read(value: Any) -> Any:
    """As it is written, with nothing where `{ none = true }` stands."""
    match value:
        case {"none": True}:
            return None
        case dict():
            return {name: _read(each) for name, each in value.items()}
        case list():
            return [_read(each) for each in value]
        case _:
            return value


def _case(name: str, written: WrittenCase, file: CaseFile, bases: Mapping[str, Facts]) -> Case:
    base = bases.get(written.base or written.question)
    if base is None:
        raise CaseError(f"there is no base {written.base or written.question}")
    facts = {**base}
    for path, value in written.differs.items():
        facts = changed(facts, path, value)
    like = Record(written.question, written.place or file.place, written.day or file.day, facts)
    records = _neighbours(written, like)
    apart = differences(*(record.tree for record in records))
    if apart != 1:
        raise CaseError(f"its neighbours differ in {apart} facts")
    values = tuple(_at(record.tree, written.fact) for record in records)
    return Case(name, written, records, (values[0], values[1]))


def _neighbours(written: WrittenCase, like: Record) -> tuple[Record, Record]:
    given = written.model_fields_set
    if "gives" in given:
        if len(written.gives) != 2 or given & {"passes", "refuses", "finding", "clause"}:
            raise CaseError("it gives something for each of two values, and then refuses nobody")
        one, other = (_with(like, written.fact, each.value) for each in written.gives)
        return one, other
    if not given >= {"finding", "clause"} or not given & {"passes", "refuses"}:
        raise CaseError("it says what passes, what refuses, by which finding and clause; or what it gives")
    passing = _with(like, written.fact, written.passes) if "passes" in given else like
    return passing, _with(like, written.fact, written.refuses) if "refuses" in given else like


def _at(tree: Facts, path: str) -> Any:
    found: Any = tree
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else found[_key(found, step, path)]
    return found


def _with(record: Record, fact: str, value: Any) -> Record:
    if fact == "place":
        return Record(record.question, value, record.day, record.facts)
    if fact == "day":
        return Record(record.question, record.place, value, record.facts)
    return Record(record.question, record.place, record.day, changed(record.facts, fact, value))


def changed(facts: Facts, path: str, value: Any) -> Facts:
    """The facts with another value at a path: `payments.1.amount` is the amount of the first payment. Raises
    CaseError."""
    result: Any = deepcopy(facts)
    *way, last = path.split(".")
    inside = result
    for step in way:
        inside = inside[_key(inside, step, path)]
    key = _key(inside, last, path)
    if value == {"absent": True}:
        del inside[key]
    else:
        inside[key] = _changed(inside.get(key) if isinstance(inside, dict) else inside[key], value)
    found: Facts = result
    return found


def _key(inside: Any, step: str, path: str) -> Any:
    if isinstance(inside, list) and step.isdecimal() and 1 <= int(step) <= len(inside):
        return int(step) - 1
    if isinstance(inside, dict) and not step.isdecimal():
        inside.setdefault(step, {})
        return step
    raise CaseError(f"{path}: the base has nothing there")


def _changed(before: Any, value: Any) -> Any:
    match value:
        case {"without": member} if isinstance(before, list) and member in before:
            return [each for each in before if each != member]
        case {"with": member} if before in (None, {}) or (isinstance(before, list) and member not in before):
            return [*(before or []), member]
        case {"with": _} | {"without": _}:
            raise CaseError(f"{value} changes nothing of {before}")
        case _:
            return value


def differences(one: Any, other: Any) -> int:
    """In how many facts two neighbours differ; a member that one list has more is one."""
    if isinstance(one, dict) and isinstance(other, dict):
        return sum(differences(one.get(key), other.get(key)) for key in one.keys() | other.keys())
    if isinstance(one, list) and isinstance(other, list):
        if len(one) == len(other):
            return sum(differences(*pair) for pair in zip(one, other, strict=True))
        short, long = sorted((one, other), key=len)
        rest = [each for each in long if each not in short]
        return max(len(long) - len(short), len(rest))
    return int(one != other)


# --- asking


class Player:
    """Asks cases of the rules, by the law of their places and days."""

    def __init__(self, books: Rulebooks, questions: Mapping[str, Rule]) -> None:
        self._books = books
        self._questions = questions

    def ask(self, record: Record, book: Rulebook | None = None) -> Decision[Any]:
        """What the law of the place says that day, or `book`. Raises CaseError."""
        law = book or self._books.governing(record.place, record.day, known(record.facts))
        rule = self._questions.get(record.question)
        if law is None or rule is None:
            raise CaseError(f"no law of {record.place} on {record.day}" if rule else f"no question {record.question}")
        return rule(**_arguments(rule, record, law))

    def faults(self, case: Case) -> Iterator[str]:
        """A sentence for each way in which the law does not say what the case expects."""
        try:
            answers = tuple(self.ask(record) for record in case.records)
        except (CaseError, RulebookError) as error:
            yield f"{case.name}: {error}"
            return
        if case.written.gives:
            for given, answer in zip(case.written.gives, answers, strict=True):
                for said in unlike(given.outcome, answer.outcome):
                    yield f"{case.name}: {given.value}: {said}"
            return
        yield from (f"{case.name}: {said}" for said in _wrong(case, *answers))


def _wrong(case: Case, passing: Decision[Any], refusing: Decision[Any]) -> Iterator[str]:
    """The one passes, the other lacks exactly what the case says, and is refused for it unless that asks for a reason
    alone."""
    value, other = case.values
    reference, wanted = case.written.effect == "reference", {case.expects, *case.written.also}
    lacks, before = _lacking(refusing), _lacking(passing)
    if passing.refused or case.expects in before:
        yield f"{value} does not pass: {', '.join(before)}"
    if set(lacks) - set(before) != wanted - set(before) or case.expects not in lacks:
        yield f"{other} lacks {', '.join(lacks) or 'nothing'}, and not {', '.join(sorted(wanted))}"
    if refusing.refused is reference:
        yield f"{other} is {'' if refusing.refused else 'not '}refused"


def _lacking(answer: Decision[Any]) -> list[str]:
    return list(dict.fromkeys(told(found) for found in answer.findings if not found.satisfied))


def told(found: Finding) -> str:
    return f"{found.code} {found.clause.id}"


def unlike(wanted: Any, outcome: Any) -> Iterator[str]:
    """Where the outcome is not as wanted."""
    if isinstance(wanted, dict):
        for name, part in wanted.items():
            yield from unlike(part, getattr(outcome, name, "nothing"))
    elif str(wanted).lower() != str(outcome.id if isinstance(outcome, Clause) else outcome).lower():
        yield f"{wanted} is expected, and it is {outcome}"


@dataclass(frozen=True)
class _Asked:
    """What a rule is asked with: its sections, its days, and of everything else the types."""

    sections: dict[str, type]
    days: tuple[str, ...]
    facts: dict[str, Any]

    @cached_property
    def record(self) -> str | None:
        """The one parameter whose fields are named directly."""
        tables = [name for name, kind in self.facts.items() if _is_table(kind)]
        return tables[0] if len(tables) == 1 else None

    @cached_property
    def taken(self) -> frozenset[str]:
        """The facts by name, those of the one record too; what else is known of the purchase fills sections alone."""
        own = get_type_hints(self.facts[self.record]) if self.record else {}
        return frozenset((*self.facts, *own))


@cache
def _asked(rule: Rule) -> _Asked:
    hints, parameters = get_type_hints(rule), inspect.signature(rule).parameters
    sections = {name: hints[name] for name in parameters if _is_section(hints[name])}
    days = tuple(name for name in parameters if name in DAYS and hints[name] is date)
    facts = {name: hints[name] for name in parameters if name not in sections and name not in days}
    return _Asked(sections, days, facts)


def _is_table(kind: Any) -> bool:
    return is_dataclass(kind) or (isinstance(kind, type) and issubclass(kind, BaseModel))


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__.endswith(".rulebook") and is_dataclass(kind)


def _arguments(rule: Rule, record: Record, law: Rulebook) -> dict[str, Any]:
    asked, given = _asked(rule), deepcopy(record.facts)
    case = known(given)
    arguments: dict[str, Any] = {name: law.section(kind, case) for name, kind in asked.sections.items()}
    arguments.update(dict.fromkeys(asked.days, record.day))
    for fact in scope.FACTS.values():
        if fact not in asked.taken:
            given.pop(fact, None)
    if asked.record is not None:
        named = given.pop(asked.record) if isinstance(given.get(asked.record), dict) else {}
        own = {name: given.pop(name) for name in list(given) if name not in asked.facts or name == asked.record}
        given[asked.record] = {**named, **own}
    for name in given.keys() - asked.facts.keys():
        raise CaseError(f"{name} is no fact of this question; known are {', '.join(asked.facts)}")
    for name, value in given.items():
        arguments[name] = _fact(asked.facts[name], _meant(value, law), name)
    return arguments


def known(facts: Facts) -> scope.Case:
    """What the facts tell of the purchase, by which texts and clauses apply to it."""
    inner = (each for each in facts.values() if isinstance(each, dict))
    return scope.Case.of(SimpleNamespace(**{name: each for told in (*inner, facts) for name, each in told.items()}))


def _meant(value: Any, law: Rulebook) -> Any:
    """Persons and clauses, by their names."""
    match value:
        case dict():
            return {name: _meant(each, law) for name, each in value.items()}
        case list():
            return [_meant(each, law) for each in value]
        case str() if value.startswith("@"):
            return uuid5(PEOPLE, value)
        case str() if value.startswith("§"):
            return law.clause(value[1:])
        case _:
            return value


def _fact(kind: Any, value: Any, name: str) -> Any:
    for strange in _strange(kind, value):
        raise CaseError(f"{name}: {strange} is no fact of it")
    try:
        return _adapter(kind).validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, (name, *first["loc"])))
        raise CaseError(f"{where}: {first['msg']}") from None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _strange(kind: Any, value: Any) -> Iterator[str]:
    """Names that a fact has and its type has not."""
    if isinstance(value, list):
        for member, inner in ((each, one) for each in value for one in get_args(kind)[:1]):
            yield from _strange(inner, member)
    if not isinstance(value, dict):
        return
    for inner in (kind, *get_args(kind)):
        if isinstance(inner, type) and is_dataclass(inner):
            known = {each.name for each in fields(inner)}
            yield from value.keys() - known
            hints = get_type_hints(inner)
            for name in value.keys() & known:
                yield from _strange(hints[name], value[name])


def books_of_cases() -> Rulebooks:
    """The texts that are shipped, with the figures that cases are played with. Raises RulebookError."""
    return rulebook.load(INSTRUMENTS, FIGURES)
