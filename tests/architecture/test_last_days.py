"""Every last day in working days that is kept is counted in one place, which counts it again when a calendar comes."""

import ast
from importlib import import_module
from pathlib import Path

from shared.errands.deadlines import Counted
from shared.events import SERVICES

COUNTED_ANEW = {"services/tendering/awards/rules.py", "services/tendering/notices/rules.py"}
"""These count in each decision anew and keep nothing."""


def calls(name: str) -> list[tuple[Path, ast.Call]]:
    """Where a function or method of that name is called in the services."""
    found = []
    for path in sorted(Path("services").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
                found.append((path, node))
    return found


def test_no_service_counts_working_days_that_it_keeps_by_itself() -> None:
    assert {str(path) for path, _ in calls("add_working_days")} == COUNTED_ANEW


def test_a_kind_that_is_counted_in_working_days_says_what_follows_when_its_day_moves() -> None:
    kinds = set()
    for path, call in calls("count_working_days"):
        kind = call.args[1]
        module = import_module(".".join(path.with_suffix("").parts))
        kinds.add((path.parts[1], kind.value if isinstance(kind, ast.Constant) else getattr(module, ast.unparse(kind))))

    named = {
        (service, kind)
        for service in SERVICES
        for kind, of in import_module(f"services.{service}.worker").WORKER.deadlines.items()
        if isinstance(of, Counted)
    }
    assert kinds == named
    assert len(kinds) >= 3


def test_no_deadline_is_provisional_without_what_it_was_counted_from() -> None:
    given = {str(path) for path, call in calls("set_deadline") if any(k.arg == "provisional" for k in call.keywords)}

    assert given == set()
