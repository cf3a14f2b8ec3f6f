"""One small wrong in a rule: a comparison that counts its limit otherwise, `and` for `or`, a `not` left out.

A flip is known by what it says, not by its line, so that it stays the same while the file around it changes. `apply`
exchanges the code of the one function in this process, wherever the function has gone.
"""

import ast
import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module
from types import CodeType, FunctionType
from typing import Any

from tests.proof.law import ROOT

RULES = (
    "services/*/*/rules.py",
    "services/tendering/bids/declarations.py",
    *(f"services/tendering/files/{name}.py" for name in ("factors", "small_enterprises", "terms")),
)
OTHER: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


@dataclass(frozen=True)
class Flip:
    """An expression of a function of a rules file, and what it becomes; `number` tells alike ones apart."""

    path: str
    function: str
    before: str
    after: str
    number: int = 1

    def __str__(self) -> str:
        again = f" ({self.number})" if self.number > 1 else ""
        return f"{self.path} {self.function}: {self.before} -> {self.after}{again}"

    @property
    def service(self) -> str:
        return self.path.split("/")[1]


def flips() -> list[Flip]:
    """Every flip of every rule."""
    paths = sorted({path for pattern in RULES for path in ROOT.glob(pattern)})
    return [flip for path in paths for flip in of_text(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))]


def of_text(path: str, text: str) -> Iterator[Flip]:
    for name, function in _functions(ast.parse(text)):
        seen: dict[tuple[str, str], int] = {}
        for node in ast.walk(function):
            other = _flipped(node)
            if other is not None:
                said = ast.unparse(node), ast.unparse(other)
                seen[said] = seen.get(said, 0) + 1
                yield Flip(path, name, *said, seen[said])


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{each.name}", each) for each in node.body if isinstance(each, ast.FunctionDef))


def _flipped(node: ast.AST) -> ast.expr | None:
    match node:
        case ast.Compare(left=left, ops=[op], comparators=others) if type(op) in OTHER:
            return ast.Compare(left, [OTHER[type(op)]()], others)
        case ast.BoolOp(op=ast.And(), values=values):
            return ast.BoolOp(ast.Or(), values)
        case ast.BoolOp(op=ast.Or(), values=values):
            return ast.BoolOp(ast.And(), values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operand
    return None


class _Flipping(ast.NodeTransformer):
    def __init__(self, node: ast.AST) -> None:
        self._node = node

    def visit(self, node: ast.AST) -> Any:
        if node is self._node:
            return ast.copy_location(deepcopy(_flipped(node)) or node, node)
        return self.generic_visit(node)


def wrong_code(flip: Flip, text: str) -> CodeType:
    """The code of the function with the flip in it."""
    tree = ast.parse(text)
    function = next(function for name, function in _functions(tree) if name == flip.function)
    alike = [node for node in ast.walk(function) if _says(node, flip)]
    changed = ast.fix_missing_locations(_Flipping(alike[flip.number - 1]).visit(tree))
    return next(code for code in _codes(compile(changed, flip.path, "exec")) if code.co_qualname == flip.function)


def _says(node: ast.AST, flip: Flip) -> bool:
    other = _flipped(node)
    return other is not None and (ast.unparse(node), ast.unparse(other)) == (flip.before, flip.after)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def apply(flip: Flip) -> None:
    """From now on the rule of this process is the flip's."""
    module = import_module(flip.path.removesuffix(".py").replace("/", "."))
    live(module, flip.function).__code__ = wrong_code(flip, (ROOT / flip.path).read_text("utf-8"))


def live(module: Any, name: str) -> FunctionType:
    """The function as this process holds it: of a module or of a class, a property's getter too."""
    owner, _, last = name.rpartition(".")
    found = vars(getattr(module, owner) if owner else sys.modules[module.__name__])[last]
    found = getattr(found, "fget", None) or getattr(found, "__func__", None) or found
    assert isinstance(found, FunctionType)
    return found
