"""Values and clauses of the law come from a rulebook: no number, no clause and no instrument of it stands in Python."""

import ast
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import pytest

from tests.architecture.source import ROOT, Source, dotted, read

NEUTRAL = {Decimal(0), Decimal(1), Decimal(100), Decimal("0.01")}
"""Nothing, the whole, per cent, and the hundredth to which points and yuan are rounded."""


@lru_cache
def rulebook_files() -> tuple[dict[str, Any], ...]:
    files = sorted((ROOT / "shared" / "law" / "instruments").rglob("*.toml"))
    return tuple(tomllib.loads(file.read_text(encoding="utf-8")) for file in files)


@lru_cache
def instruments() -> frozenset[str]:
    return frozenset(file["id"] for file in rulebook_files())


@lru_cache
def a_clause() -> re.Pattern[str]:
    """Matches the id of a clause of any rulebook, as in `ZH21-23.1`."""
    prefixes = {clause["id"].rpartition("-")[0] for file in rulebook_files() for clause in file.get("clause", [])}
    return re.compile(rf"\b({'|'.join(sorted(prefixes))})-[0-9A-Z]")


# --- clauses


def clauses_by_hand(source: Source) -> Iterator[str]:
    for node, text in source.texts():
        if a_clause().search(text):
            yield source.at(node, f"the clause {text} stands in Python: take it from the section")
        if text in instruments() or text.partition("@")[0] in instruments():
            yield source.at(node, f"the instrument {text} stands in Python: which text says what is data")
    for call, name in source.calls():
        if name.split(".")[-1] == "Clause" and any(isinstance(arg, ast.Constant) for arg in call.args):
            yield source.at(call, "a clause is made by the rulebook, or read again from what cited it")
        if name.split(".")[-1] == "finding" and not _cites(call):
            yield source.at(call, "finding(code, clause, satisfied): the clause comes from the section")


def _cites(call: ast.Call) -> bool:
    """The second argument leads somewhere: it is no literal, and not left out."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    clause = call.args[1] if len(call.args) > 1 else given.get("clause")
    return isinstance(clause, ast.Attribute | ast.Name | ast.Call | ast.Subscript | ast.IfExp)


def test_no_clause_and_no_instrument_stands_in_a_service() -> None:
    sources = [source for source in read("services/**/*.py") if "migrations" not in source.parts]

    assert [offence for source in sources for offence in clauses_by_hand(source)] == []


@pytest.mark.parametrize(
    "text",
    [
        'x = finding("code", "ZH21-23.1", True)',
        'x = finding("code", clauses["CD17-17"], True)',
        'x = section.clause("D102-10.1")',
        'if rulebook == "zhuhai-2021": x = 1',
        'x = "chengdu-2017@1"',
        'x = Clause("A", "B", "C", "D", "E")',
        'x = finding("code")',
        'x = finding("code", None, True)',
        'x = finding("code", f"{city}-1", True)',
    ],
)
def test_a_clause_by_hand_would_be_found(text: str) -> None:
    assert list(clauses_by_hand(Source("services/contracts/payments/rules.py", text)))


@pytest.mark.parametrize(
    "text",
    [
        '"""ZH21-23.1  all advances together"""',
        'def f():\n    """As ZH21-23.1 says."""',
        'x = Field(examples=["ZH21-27.6"])',
        'x = finding("code", cap.clause, asked <= most)',
        'x = finding("code", section.items.clause(name), True)',
    ],
)
def test_citing_for_readers_is_left_alone(text: str) -> None:
    assert list(clauses_by_hand(Source("services/contracts/payments/rules.py", text))) == []


# --- values


def values_by_hand(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        for value in _values(node):
            if (source.path, value) not in NOT_OF_THE_LAW:
                yield source.at(node, f"the value {value} stands in Python: take it from the section")


def _values(node: ast.AST) -> Iterator[object]:
    match node:
        case ast.Constant(value=float() as value):
            yield value
        case ast.Call(func=func, args=[ast.Constant(value=value)]) if _name(func) in ("Decimal", "Fraction"):
            if _number(value) not in NEUTRAL:
                yield value
        case ast.Call(func=func, keywords=keywords) if _name(func) == "timedelta":
            yield from (k.value.value for k in keywords if isinstance(k.value, ast.Constant) and k.value.value != 1)
        case ast.Compare(left=left, ops=ops, comparators=others):
            if any(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in ops):
                yield from (each.value for each in (left, *others) if isinstance(each, ast.Constant) and _weighs(each))


def _name(node: ast.expr) -> str:
    return dotted(node).split(".")[-1]


def _number(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _weighs(constant: ast.Constant) -> bool:
    return type(constant.value) is int and constant.value not in (0, 1, 100)


NOT_OF_THE_LAW = {("services/evaluation/plans/rules.py", 28): "the last day that every month has"}
"""Numbers by hand that no text gives, each with the reason."""


def test_no_value_of_the_law_stands_in_a_rule() -> None:
    assert [offence for source in read("services/*/*/rules.py") for offence in values_by_hand(source)] == []


@pytest.mark.parametrize(
    "text",
    [
        'x = Decimal("0.40")',
        "x = Decimal(60)",
        "x = price * 0.4",
        "x = len(observers) >= 3",
        "x = 5 <= days",
        "x = today + timedelta(days=30)",
        'x = Fraction("1/3")',
    ],
)
def test_a_value_by_hand_would_be_found(text: str) -> None:
    assert list(values_by_hand(Source("services/contracts/payments/rules.py", text)))


@pytest.mark.parametrize(
    "text",
    ['x = Decimal("0.00")', "x = Decimal(100)", "x = len(items) > 0", "x = today + timedelta(days=1)", "x = 12 * n"],
)
def test_neutral_numbers_are_left_alone(text: str) -> None:
    assert list(values_by_hand(Source("services/contracts/payments/rules.py", text))) == []
