"""The clauses as the rulebooks carry them, and which of their values a service reads."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from deploy.serve import sections
from shared.events import SERVICES
from shared.law import rulebook
from shared.law.rulebook import Ban, ClauseEntry, Demand, Items, Rulebook, RulebookError, load
from shared.law.scope import filled_with

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("GOUFU_BUILD", ROOT / "build"))
SHIPPED = ROOT / "shared" / "law" / "instruments"
OVERLAYS = (ROOT / "deploy" / "demo" / "rulebooks", ROOT / "tests" / "tendering" / "overlays")


@cache
def carried() -> dict[str, ClauseEntry]:
    """Every clause of the texts that are shipped, by id, as the latest version has it."""
    return _merged(SHIPPED)


@cache
def with_overlays() -> dict[str, ClauseEntry]:
    """The same with the numbers that a city sets and the tests' overlays give."""
    return _merged(SHIPPED, *OVERLAYS)


def _merged(*folders: Path) -> dict[str, ClauseEntry]:
    found: dict[str, ClauseEntry] = {}
    for entry in (entry for written in load(*folders).files.all() for entry in written.clause):
        before = found.get(entry.id)
        values = {**(before.values if before else {}), **entry.values}
        found[entry.id] = (before or entry).model_copy(update={"values": values})
    return found


def system_of(clause: str) -> str:
    """The text a clause belongs to: its id without the number. `GPR-41.1` is of GPR, the regulation, as `ZH21-2.1`
    is of ZH21; so every national text counts as a system of its own."""
    return clause.rpartition("-")[0]


@cache
def read_values() -> dict[str, Any]:
    """The values that sections of services read, with the type they are read as; Items for a list."""
    return {name: kind for section in _sections() for name, kind in _fields(section)}


@cache
def movable_values() -> dict[str, Any]:
    """Those that can say something else. A text that did not demand what a service cannot do without, or named another
    word than the only one known, could not be read at all, and any test would go red."""
    fixed = {name for section in _sections() for name, hint in get_type_hints(section).items() if _is_fixed(hint)}
    return {name: kind for name, kind in read_values().items() if name not in fixed}


def _is_fixed(hint: Any) -> bool:
    kind, optional = rulebook._unwrap(hint)
    if kind in (Demand, Ban):
        return not optional
    word = kind if kind is Items else rulebook.value_type(kind)
    return get_origin(word) is Literal and len(get_args(word)) == 1


def is_read(clause: str) -> bool:
    """Whether a service reads any value of the clause; a clause that none reads can decide nothing."""
    entry = with_overlays().get(clause)
    return entry is not None and any(name in read_values() for name in entry.values)


def unreadable(value: str) -> set[tuple[str, str]]:
    """The rulebooks and sections that do not go together, by their names; of the sections that read this value."""
    reading = [section for section in _sections() if value in dict(_fields(section))]
    books = rulebook.rulebooks()
    return {(book.name, section.__name__) for book in books for section in reading if _fails(book, section)}


def _fails(book: Rulebook, section: type) -> bool:
    try:
        for case in book.cases(filled_with(section)):
            book.section(section, case)
    except RulebookError:
        return True
    return False


def _sections() -> Iterator[type]:
    for service in SERVICES:
        yield from sections(service)


def _fields(section: type) -> Iterator[tuple[str, Any]]:
    for name, kind in rulebook.fields_of(section):
        yield name, Items if kind is Items else rulebook.value_type(kind)


def tables() -> Path | None:
    """The folder of tables that the rulebooks are compared with, where CLAUSE_TABLES names one."""
    given = os.environ.get("CLAUSE_TABLES")
    return Path(given) if given else None
