"""Rules decide and do nothing else: no I/O, no clock, no logging, no settings, and nothing imported that does."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import ROOT, Source, dotted, read

STANDARD = frozenset(
    (
        *("bisect", "calendar", "collections", "csv", "dataclasses", "datetime", "decimal", "enum", "fractions"),
        *("functools", "io", "itertools", "math", "operator", "re", "string", "typing", "uuid"),
    )
)
SHARED = frozenset(
    (
        *(
            f"shared.fields.{name}"
            for name in ("calendar", "credit_code", "days", "money", "payment_terms", "places", "text")
        ),
        *(
            "shared.law.decision",
            "shared.law.grading",
            "shared.law.rulebook",
            "shared.work.identity",
            "shared.work.records",
            "shared.work.states",
        ),
    )
)
NOT_PURE = frozenset(("api", "app", "consumers", "handlers", "settings", "store", "tables", "views", "worker"))
CLOCKS = frozenset(("now", "utcnow", "today", "fromtimestamp", "time", "time_ns", "monotonic", "perf_counter"))
CLOCK_OWNERS = frozenset(("datetime", "date", "time"))
FORBIDDEN_CALLS = frozenset({"open", "print", "input", "exec", "eval", "compile", "__import__", "io.open"})


def impurities(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        match node:
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield source.at(node, "a rule waits for nothing: pass in what it needs")
            case ast.Attribute(value=owner, attr=attr) if attr in CLOCKS and _is_clock(owner):
                yield source.at(node, "a rule has no clock: pass in `today`")
            case ast.Global() | ast.Nonlocal():
                yield source.at(node, "a rule keeps no state")
    for call, name in source.calls():
        if name in FORBIDDEN_CALLS:
            yield source.at(call, f"a rule does no I/O: {name}")
    for node, name in source.imports():
        if not may_import(source, name):
            yield source.at(node, f"a rule does not import {name}")


def _is_clock(owner: ast.AST) -> bool:
    return dotted(owner).split(".")[-1] in CLOCK_OWNERS


def may_import(source: Source, name: str) -> bool:
    top, module = name.split(".", maxsplit=1)[0], ".".join(name.split(".")[:3])
    if top == "services":
        _, service, *rest = name.split(".")
        return service == source.service and not NOT_PURE & set(rest[:2])
    if top in STANDARD or module in SHARED:
        return True
    # Typed data beside the rules.
    return source.name != "rules.py" and (top == "pydantic" or name.startswith("shared.events."))


def imported_of_own_service(source: Source) -> Iterator[str]:
    """Paths of what a rule imports from its own service: that has to be as pure as the rule."""
    for _, name in source.imports():
        if name.startswith(f"services.{source.service}."):
            parts = name.split(".")
            for path in ("/".join(parts) + ".py", "/".join(parts[:-1]) + ".py"):
                if (ROOT / path).exists():
                    yield path


def rules_and_what_they_use() -> list[Source]:
    found: dict[str, Source] = {}
    todo = [source.path for source in read("services/*/*/rules.py")]
    while todo:
        path = todo.pop()
        if path not in found:
            [found[path]] = read(path)
            todo.extend(imported_of_own_service(found[path]))
    return sorted(found.values(), key=lambda source: source.path)


@pytest.mark.parametrize("source", rules_and_what_they_use(), ids=lambda source: source.path)
def test_a_rule_is_pure(source: Source) -> None:
    assert list(impurities(source)) == []


@pytest.mark.parametrize(
    "text",
    [
        "async def decide(): ...",
        "from datetime import datetime\nx = datetime.now()",
        "import datetime\nx = datetime.date.today()",
        "from datetime import date\nx = date.today",
        "import time",
        "import logging",
        "import structlog",
        "from shared.work.database import Transaction",
        "from shared.process.settings import settings",
        "from shared import events",
        "from shared.events.contracts import PaymentReleased",
        "import sqlalchemy as sa",
        "from services.contracts.payments.store import read_line",
        "from services.contracts.payments import store",
        "from services.contracts.tables import contracts",
        "from services.registry.standing.rules import bars",
        "x = open('law.txt')",
        "def f():\n    global x\n    x = 1",
        "import os",
        "from pydantic import BaseModel",
        "import random",
    ],
)
def test_an_impure_rule_would_be_found(text: str) -> None:
    assert list(impurities(Source("services/contracts/payments/rules.py", text)))


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import date\ndef decide(today: date) -> date: return today.replace(day=1)",
        "from services.contracts.rulebook import PaymentSection",
        "from services.contracts.terms.rules import last_day",
        "from shared.law.decision import Decision, finding",
    ],
)
def test_a_pure_rule_is_left_alone(text: str) -> None:
    assert list(impurities(Source("services/contracts/payments/rules.py", text))) == []
