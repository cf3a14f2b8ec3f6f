"""The source text as the architecture tests read it: files, what they import, call and say."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """One Python file; `path` is relative to the repository, as in `services/contracts/payments/rules.py`."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split("/"))

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def service(self) -> str | None:
        """The service it belongs to; None for what is shared."""
        return self.parts[1] if self.parts[0] == "services" and len(self.parts) > 2 else None

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").replace("/", ".")

    def at(self, node: ast.AST, what: str) -> str:
        """An offence as a person finds it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {what}"

    def imports(self) -> Iterator[tuple[ast.stmt, str]]:
        """Every module that is imported, with the names taken from it: `shared.fields.money.of`."""
        for node in ast.walk(self.tree):
            match node:
                case ast.Import(names=names):
                    yield from ((node, alias.name) for alias in names)
                case ast.ImportFrom(module=str(module), names=names):
                    yield from ((node, f"{module}.{alias.name}") for alias in names)

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Every call with the dotted name of what is called: `asyncpg.connect`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node, dotted(node.func)

    def texts(self) -> Iterator[tuple[ast.Constant, str]]:
        """Every string that the program uses: no docstrings, and no examples for the documentation."""
        told = {id(node) for node in self._for_readers()}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
                yield node, node.value

    def _for_readers(self) -> Iterator[ast.AST]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                yield node.value
            if isinstance(node, ast.keyword) and node.arg in ("examples", "description"):
                yield from ast.walk(node.value)


def dotted(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
        case _:
            return "?"


def read(*patterns: str) -> list[Source]:
    """The files that match, by path."""
    paths = sorted({path for pattern in patterns for path in ROOT.glob(pattern)})
    return [Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths]


def every() -> list[Source]:
    """All of services and shared."""
    return read("services/**/*.py", "shared/**/*.py")


def services() -> list[str]:
    return sorted(path.parent.name for path in ROOT.glob("services/*/app.py"))
