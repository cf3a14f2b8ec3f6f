"""A rule that asks who acts says so, so that its refusal is kept whatever floods the journal."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import Source, read

CLAUSES = frozenset(
    {
        "two_person_acts",
        "recusal_grounds",
        "incompatible_posts_separated",
        "separate_need_review",
        "separate_file_check",
    }
)
"""Sections of the law that are about who acts."""
PERSONS = frozenset({"person", "signer", "authors", "checker", "approver", "confirmer", "verifier", "reviewer"})


def asks_who(function: ast.AST) -> Iterator[ast.Call]:
    """Calls of `finding` that compare persons, or rest on a clause about who acts."""
    assigned = {
        target.id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "finding":
            parts = [each for argument in node.args[1:3] for each in _with_what_it_names(argument, assigned)]
            if any(_about_persons(part) for part in parts):
                yield node


def _with_what_it_names(argument: ast.AST, assigned: dict[str, ast.expr]) -> Iterator[ast.AST]:
    for node in ast.walk(argument):
        yield node
        if isinstance(node, ast.Name) and node.id in assigned:
            yield from ast.walk(assigned[node.id])


def _about_persons(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and node.attr in CLAUSES:
        return True
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.NotEq | ast.NotIn):
        return any(_person(side) for side in (node.left, *node.comparators))
    return False


def _person(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.endswith("_by") or name in (
        "person",
        "signer",
        "authors",
        "checker",
        "approver",
        "confirmer",
        "verifier",
    )


@pytest.mark.parametrize(
    "source", [*read("services/*/*/rules.py"), *read("shared/*.py")], ids=lambda source: source.path
)
def test_a_finding_about_persons_is_made_by_of_person(source: Source) -> None:
    functions = [node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef)]

    assert [source.at(call, "asks who acts: of_person") for each in functions for call in asks_who(each)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('def f(s): yield finding("a", s.apart.clause, s.confirmed_by != s.proposed_by)', 1),
        ('def f(s):\n two = s.two_person_acts.clause("x")\n yield finding("a", two, s.shares > 1)', 1),
        ('def f(s):\n other = s.reviewed_by != s.written_by\n yield finding("a", s.apart.clause, other)', 1),
        ('def f(s): yield finding("a", s.apart.clause, s.price != s.planned)', 0),
        ('def f(s): yield of_person("a", s.apart.clause, s.confirmed_by != s.proposed_by)', 0),
    ],
)
def test_it_is_seen_by_what_is_compared_and_by_the_clause(text: str, found: int) -> None:
    assert len(list(asks_who(ast.parse(text)))) == found
