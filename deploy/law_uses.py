"""shared/law/uses.json: by which section, which rules and for which commands each value of the law is read.

`make api` writes it anew. It is read out of the source: a function reads a value when it takes or fills a section that
has it and names it; a command reads it when it reaches such a function. Where none names it, as when a section is asked
by a word, all that take the section do.
"""

import ast
import json
from collections.abc import Iterator
from typing import Any

from deploy.serve import sections
from deploy.state_diagrams import ROOT, Name, reached_from, read_functions
from shared.events import SERVICES
from shared.law.rulebook import USES, fields_of

Readers = dict[str, dict[Name, set[str]]]
"""By section the functions that take or fill it, each with the attributes that it names."""


def uses() -> dict[str, list[dict[str, Any]]]:
    """By value, every section that reads it, with its rules and commands."""
    found: dict[str, list[dict[str, Any]]] = {}
    for service in SERVICES:
        readers, commands = _readers(service), _commands(service)
        for section in sections(service):
            takers = readers.get(section.__name__, {})
            for name, _ in fields_of(section):
                rules = [each for each, attributes in takers.items() if name in attributes] or list(takers)
                found.setdefault(name, []).append(
                    {
                        "service": service,
                        "section": section.__name__,
                        "rules": sorted({_shown(each) for each in rules}),
                        "operations": sorted({one for each in rules for one in _operations(each, commands)}),
                    }
                )
    return dict(sorted(found.items()))


def text() -> str:
    """The file as it is committed: a line for each value."""
    lines = (f"{json.dumps(name)}: {json.dumps(each)}" for name, each in uses().items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _shown(name: Name) -> str:
    module, function = name
    return f"{module.removeprefix('services.').partition('.')[2]}.{function.removesuffix('()')}"


def _operations(rule: Name, commands: dict[Name, set[str]]) -> set[str]:
    """A clause by which somebody waits is shown among the tasks."""
    return {"list_tasks"} if rule[0].endswith(".tasks") else commands.get(rule, set())


def _commands(service: str) -> dict[Name, set[str]]:
    """By function the operations, reactions and deadlines from which it is reached."""
    functions, routes, found = read_functions(service, frozenset()), _routes(service), dict[Name, set[str]]()
    for name, function in functions.items():
        if name in routes or function.first:
            for each in reached_from(functions, name):
                found.setdefault(each, set()).update(routes.get(name, {name[1]}))
    return found


def _routes(service: str) -> dict[Name, set[str]]:
    """By function the operations whose routes name it."""
    found: dict[Name, set[str]] = {}
    for path in sorted((ROOT / "services" / service).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known = {
            alias.asname or alias.name: (node.module or "", alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for node in tree.body:
            for operation in _operation_of(node):
                for used in ast.walk(node):
                    match used:
                        case ast.Name(id=name) if name in known:
                            found.setdefault(known[name], set()).add(operation)
                        case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in known:
                            module, inner = known[name]
                            found.setdefault((f"{module}.{inner}", attr), set()).add(operation)
    return found


def _operation_of(node: ast.stmt) -> Iterator[str]:
    for decorator in getattr(node, "decorator_list", ()):
        for each in getattr(decorator, "keywords", ()):
            if each.arg == "operation_id" and isinstance(each.value, ast.Constant):
                yield str(each.value.value)


def _readers(service: str) -> Readers:
    known = {section.__name__ for section in sections(service)}
    found: Readers = {}
    for path in sorted((ROOT / "services" / service).rglob("*.py")):
        if "migrations" in path.parts or path.name == "cases.py":
            continue
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for name, function in _each_function(ast.parse(path.read_text(encoding="utf-8"))):
            attributes = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
            for section in {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} & known:
                found.setdefault(section, {}).setdefault((module, name), set()).update(attributes)
    return found


def _each_function(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Every function of a module by its name, and every class by what calls it."""
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name, node
            case ast.ClassDef():
                yield f"{node.name}()", node


def main() -> None:
    """Writes the file."""
    USES.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
