"""docs/states.md: the states of every record, the ways between them and who takes them along, made from the code.

`make api` writes it anew. Ways are declared beside the enums (`shared/work/states.py`); who moves a record is read out
of the source: the commands, reactions and deadlines from which a function is reached that names the state it moves to.
"""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import import_module, resources
from pathlib import Path
from typing import get_type_hints

from shared.events import SERVICES
from shared.work.records import Record
from shared.work.states import WAYS

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docs/states.md"
HEAD = """# States

Made by `make api` from the declarations beside the enums and from the handlers; not written by hand. A record begins
where an arrow comes out of the dot, and ends where none leads on. Below each diagram stands who moves a record into a
state: commands by their names, what happens by itself by the event or the deadline that it follows (`on_…`).
"""


@dataclass(frozen=True, slots=True)
class Stated:
    """A record with states: its table, the record, the enum and its ways."""

    service: str
    table: str
    record: type[Record]
    states: type[StrEnum]


def stated() -> list[Stated]:
    """Every record that a service keeps in a state, by service and table."""
    found = []
    for service in SERVICES:
        for record, table in import_module(f"services.{service}.tables").RECORDS.items():
            kind = get_type_hints(record).get("state")
            if isinstance(kind, type) and issubclass(kind, StrEnum):
                found.append(Stated(service, table.name, record, kind))
    return sorted(found, key=lambda each: (each.service, each.table))


Name = tuple[str, str]
"""A function or a class by its module and its name."""
State = tuple[str, str]
"""A state by the names of its enum and of the member."""


@dataclass
class _Function:
    to: set[State] = field(default_factory=set)
    uses: set[Name] = field(default_factory=set)
    first: bool = False
    """Whether requests, events or deadlines begin with it."""


class _Names(ast.NodeVisitor):
    """What a function moves to, and what it uses. A state that is compared, or given to a function that writes no state
    which it is given, is asked for; `writers` are the functions that do write one."""

    def __init__(self, module: str, known: dict[str, Name], enums: frozenset[str], writers: dict[Name, bool]) -> None:
        self.module, self.known, self.enums, self.writers = module, known, enums, writers
        self.found, self.asks = _Function(), False

    def visit_Compare(self, node: ast.Compare) -> None:
        self._each(ast.iter_child_nodes(node), asks=True)

    def visit_MatchValue(self, node: ast.MatchValue) -> None:
        self._each(ast.iter_child_nodes(node), asks=True)

    def visit_keyword(self, node: ast.keyword) -> None:
        self._each([node.value], asks=self.asks or node.arg == "states")

    def visit_Call(self, node: ast.Call) -> None:
        """Whoever calls a record makes one in the state in which it begins. What is called within a question is used
        nevertheless, and moves by itself."""
        called = _called(node, self.module, self.known)
        if isinstance(node.func, ast.Name):
            self.found.uses.add((called[0], f"{called[1]}()"))
        self.visit(node.func)
        given = [*node.args, *node.keywords]
        match self.writers.get(called):
            case None if not called[0].startswith("shared."):
                written = [each for each in node.keywords if each.arg == "state"]
                self._each((each for each in given if each not in written), asks=self.asks)
                self._each((each.value for each in written), asks=False)
            case writes:
                self._each(given, asks=not writes)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            self._each([value], asks=self.asks or not (isinstance(key, ast.Constant) and key.value == "state"))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        match node.value:
            case ast.Name(id=name) if name in self.enums:
                if not self.asks:
                    self.found.to.add((name, node.attr))
                return
            case ast.Name(id=name) if name in self.known:
                module, attribute = self.known[name]
                self.found.uses.add((f"{module}.{attribute}", node.attr))
        if node.attr != "state" or isinstance(node.value, ast.Call):
            self.found.uses.add(("", node.attr))
        self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        self.found.uses.add(self.known.get(node.id, (self.module, node.id)))

    def _each(self, nodes: Iterable[ast.AST], *, asks: bool) -> None:
        before, self.asks = self.asks, asks
        for node in nodes:
            self.visit(node)
        self.asks = before


@dataclass(frozen=True, slots=True)
class Module:
    """A module of a service by its name, as text, and what its names stand for."""

    name: str
    tree: ast.Module
    known: dict[str, Name]


def _modules(service: str) -> Iterator[Module]:
    for path in sorted((ROOT / "services" / service).rglob("*.py")):
        if "migrations" not in path.parts:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            known = {
                alias.asname or alias.name: (node.module or "", alias.name)
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
            yield Module(".".join(path.relative_to(ROOT).with_suffix("").parts), tree, known)


def _called(call: ast.Call, module: str, known: dict[str, Name]) -> Name:
    """What is called, as far as an import or the module itself says it."""
    match call.func:
        case ast.Name(id=name):
            return known.get(name, (module, name))
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in known:
            return ".".join(known[name]), attribute
    return "", ast.unparse(call.func)


def writers(modules: Iterable[Module]) -> dict[Name, bool]:
    """Every function, and whether it writes an argument as a state: as `state=`, or by a function that does."""
    known = {
        (module.name, node.name): (module, node)
        for module in modules
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    found, size = set[Name](), -1
    while size < len(found):
        size = len(found)
        found |= {name for name, (module, node) in known.items() if _writes(node, module, found)}
    return {name: name in found for name in known}


def _writes(function: ast.FunctionDef | ast.AsyncFunctionDef, module: Module, found: Collection[Name]) -> bool:
    arguments = {each.arg for each in (*function.args.args, *function.args.kwonlyargs)}
    for call in ast.walk(function):
        match call:
            case ast.Call() if _called(call, module.name, module.known) in found:
                given: list[ast.AST] = [*call.args, *call.keywords]
            case ast.Call(keywords=keywords):
                given = [each.value for each in keywords if each.arg == "state"]
            case ast.Dict(keys=keys, values=values):
                pairs = zip(keys, values, strict=True)
                given = [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "state"]
            case _:
                continue
        if any(isinstance(name, ast.Name) and name.id in arguments for each in given for name in ast.walk(each)):
            return True
    return False


def read_functions(service: str, enums: frozenset[str]) -> dict[Name, _Function]:
    """Every function and record of the service. A property is found by its name alone, in the module of no name."""
    found: dict[Name, _Function] = {}
    modules = list(_modules(service))
    written = writers(modules)
    for source in modules:
        module, tree, known = source.name, source.tree, source.known

        def read(nodes: list[ast.stmt], module: str = module, known: dict[str, Name] = known) -> _Function:
            names = _Names(module, known, enums, written)
            for node in nodes:
                names.visit(node)
            return names.found

        for node in tree.body:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    found[module, node.name] = each = read(node.body)
                    each.first = _is_command(node) or node.name.startswith("on_")
                case ast.ClassDef(name=name, body=body, bases=bases) if name not in enums:
                    states = [value for part in body if (value := _state_of(part)) is not None]
                    made: list[ast.stmt] = [
                        ast.Expr(value) for value in (*states, *(ast.Call(base, [], []) for base in bases))
                    ]
                    found[module, f"{name}()"] = read(made)
                    for method in body:
                        if isinstance(method, ast.FunctionDef) and (of := read(method.body)).to:
                            found["", method.name] = of
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    found[module, name] = read([ast.Expr(value)])
                    found[module, name].to.clear()
                    for call in ast.walk(value):
                        match call:
                            case ast.keyword(arg="state", value=ast.Attribute(value=ast.Name(id=kind), attr=state)):
                                found[module, name].to.add((kind, state))
    return found


def _is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    first = node.args.args[0].annotation if node.args.args else None
    return isinstance(first, ast.Name) and first.id == "Call"


def _state_of(node: ast.stmt) -> ast.expr | None:
    """The state in which a record begins that says nothing else."""
    match node:
        case ast.AnnAssign(target=ast.Name(id="state"), value=value):
            return value
    return None


def reached_from(functions: dict[Name, _Function], start: Name) -> Iterator[Name]:
    seen, left = {start}, [start]
    while left:
        name = left.pop()
        yield name
        new = {each for each in functions[name].uses if each in functions} - seen
        seen |= new
        left.extend(new)


@cache
def movers(service: str) -> dict[State, tuple[str, ...]]:
    """By state, the commands, reactions and deadlines of the service that make a record in it or move one there."""
    enums = frozenset(each.states.__name__ for each in stated() if each.service == service)
    functions = read_functions(service, enums)
    found: dict[State, set[str]] = defaultdict(set)
    for name, function in functions.items():
        if function.first:
            for reached in reached_from(functions, name):
                for state in functions[reached].to:
                    found[state].add(name[1])
    return {state: tuple(sorted(names)) for state, names in found.items()}


def titles() -> dict[str, dict[str, str]]:
    """The words of every state, in both languages."""
    found: dict[str, dict[str, str]] = tomllib.loads(
        resources.files("shared.web").joinpath("texts.toml").read_text(encoding="utf-8")
    )["states"]
    return found


def text() -> str:
    """The page as it is committed. Tables that share their states share a diagram."""
    parts, words = [HEAD], titles()
    for service in SERVICES:
        parts.append(f"## {service}\n")
        own = [each for each in stated() if each.service == service]
        for states in dict.fromkeys(each.states for each in own):
            tables = ", ".join(each.table for each in own if each.states is states)
            parts.append(_diagram(service, tables, states, words))
    return "\n".join(parts)


def _diagram(service: str, tables: str, states: type[StrEnum], words: dict[str, dict[str, str]]) -> str:
    ways, moved = WAYS[states], movers(service)
    lines = [f"### {tables}\n", (states.__doc__ or "").strip() + "\n", "```mermaid", "stateDiagram-v2"]
    lines += [f"    {state.value}: {state.value} {words[state.value]['zh']}" for state in states]
    lines += [f"    [*] --> {state.value}" for state in states if state in ways.begins]
    lines += [f"    {was.value} --> {to.value}" for was in states for to in states if to in ways.out_of[was]]
    lines += ["```\n", "| state | 状态 | | by |", "|---|---|---|---|"]
    for state in states:
        by = ", ".join(f"`{name}`" for name in moved.get((states.__name__, state.name), ()))
        lines.append(f"| `{state.value}` | {words[state.value]['zh']} | {words[state.value]['en']} | {by} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Writes the page."""
    FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
