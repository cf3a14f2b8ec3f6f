"""A finding asks something of the case, so that its answer can be another one; what cannot be false is a note."""

import ast
from collections.abc import Iterator

from tests.architecture.source import Source, dotted, read

ASKERS = ("finding", "of_person")
OF_LAW = ("Section", "Clause", "Items", "Value", "Demand", "Ban", "Rulebook", "Effect")
"""How types end whose values are the law's and not the case's."""
ADMITTED = {
    "threshold_missing": "a figure that the text leaves to the city and nobody has set refuses every case until it is",
}


def constant_findings(source: Source) -> Iterator[str]:
    for function in ast.walk(source.tree):
        if isinstance(function, ast.FunctionDef):
            law = _of_law(function)
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                if dotted(call.func).split(".")[-1] in ASKERS and _code(call) not in ADMITTED:
                    yield from _fault(source, call, law)


def _code(call: ast.Call) -> str:
    return str(call.args[0].value) if call.args and isinstance(call.args[0], ast.Constant) else ""


def _fault(source: Source, call: ast.Call, law: set[str]) -> Iterator[str]:
    named = {word.arg: word.value for word in call.keywords}
    asked = call.args[2] if len(call.args) > 2 else named.get("satisfied")
    if asked is None:
        return
    if isinstance(asked, ast.Constant):
        if asked.value is not False:  # what is only said where it does not hold
            yield source.at(call, f"{_code(call)} cannot be false: write note(code, clause)")
    elif _is_law(asked, law):
        yield source.at(call, f"{_code(call)} compares the law with itself: ask of the case, or note(code, clause)")


def _of_law(function: ast.FunctionDef) -> set[str]:
    """The names in it that hold nothing but the law: parameters by their type, and what is made of such names alone."""
    arguments = [*function.args.args, *function.args.kwonlyargs]
    law = {each.arg for each in arguments if _is_type_of_law(each.annotation)}
    case = {each.arg for each in arguments} - law
    for _ in range(5):  # a name may be made of one that is assigned below it
        for target, value in _assigned(function):
            names = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
            if _is_law(value, law):
                law |= names - case
            else:
                case |= names
                law -= names
    return law


def _is_type_of_law(annotation: ast.expr | None) -> bool:
    names = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)} if annotation else set()
    return any(name.endswith(OF_LAW) for name in names)


def _assigned(function: ast.FunctionDef) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _pairs(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                yield target, value
            case ast.NamedExpr(target=target, value=value):
                yield target, value
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                yield target, value


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


def _is_law(expression: ast.expr, law: set[str]) -> bool:
    """Whether every name that it is made of is the law's; functions and types do not count."""
    called = {id(node.func) for node in ast.walk(expression) if isinstance(node, ast.Call)}
    names = [node.id for node in ast.walk(expression) if isinstance(node, ast.Name) and id(node) not in called]
    return all(name in law or name[0].isupper() for name in names) and not isinstance(expression, ast.Lambda)


def test_every_finding_asks_something_of_the_case() -> None:
    sources = read("services/**/*.py")

    offences = [offence for source in sources for offence in constant_findings(source)]

    assert sum(len(list(source.calls())) for source in sources) > 1000
    assert offences == []


def planted(asked: str) -> list[str]:
    text = f"""
def rule(case: Case, section: FileSection):
    checkers, grade = section.checked_by, section.grade
    for step in section.steps:
        first = list(section.steps)[0]
    yield finding("planted", section.grade.clause, {asked}, step=step)
"""
    return list(constant_findings(Source("services/x/y/rules.py", text)))


def test_what_holds_whatever_the_case_is_is_found() -> None:
    constant = ("True", '"purchaser" in checkers', "first == step", "grade is not None", "len(section.steps) > 0")
    asking = ("case.given", "case.word in checkers", "grade.value <= case.grade", "section.allowed.value or case.one")

    assert [asked for asked in constant if len(planted(asked)) != 1] == []
    assert [planted(asked) for asked in asking] == [[]] * len(asking)
