"""What `goufu audit verify` compares of every table, and what it does not, with the reason: `uncompared.toml`."""

import ast
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.events import SERVICES
from shared.road.migrations import metadata_of
from tests.support.altering import OF_EVERY_SERVICE, UNCOMPARED, compared, named

TABLES = [(service, table.name) for service in SERVICES for table in metadata_of(service).sorted_tables]


@pytest.mark.parametrize("service", SERVICES)
def test_every_column_is_compared_or_it_is_said_why_not(service: str) -> None:
    missing, both, gone = [], [], []
    for table in metadata_of(service).sorted_tables:
        columns, told, excused = set(table.c.keys()), compared(service, table.name), named(service, table.name)
        computed = {column.name for column in table.c if isinstance(column.computed, sa.Computed)}
        missing += [f"{table.name}.{name}" for name in sorted(columns - told - excused - computed - {"version"})]
        if table.name not in OF_EVERY_SERVICE:
            both += [f"{table.name}.{name}" for name in sorted(told & excused)]
        gone += [f"{table.name}.{name}" for name in sorted(excused - columns)]

    assert missing == [], "neither compared by recorded.py nor named in uncompared.toml"
    assert both == [], "compared, and named as if it were not"
    assert gone == [], "named, and not there"


def test_every_reason_is_of_a_table_that_there_is() -> None:
    tables: set[tuple[str, str]] = {(service, table) for service, table in TABLES if table not in OF_EVERY_SERVICE}
    tables |= {("every", table) for table in OF_EVERY_SERVICE}
    reasons = {(service, table): why for service, of in UNCOMPARED.items() for table, why in of.items()}

    assert set(reasons) <= tables
    assert all(len(text) > 10 for why in reasons.values() for text in why.values())


def written_out(names: ast.expr, module: ast.Module) -> bool:
    """Whether this argument is a name, or names that stand one by one in the same file."""
    if isinstance(names, ast.Starred):
        names = names.value
    if isinstance(names, ast.Name):
        given = [node.value for node in module.body if isinstance(node, ast.Assign) and _gives(node, names.id)]
        return len(given) == 1 and written_out(given[0], module)
    if isinstance(names, ast.Tuple):
        return all(written_out(name, module) for name in names.elts)
    return isinstance(names, ast.Constant) and isinstance(names.value, str)


def _gives(node: ast.Assign, name: str) -> bool:
    return [target.id for target in node.targets if isinstance(target, ast.Name)] == [name]


def unwritten(source: str) -> list[int]:
    """The lines on which a hash is made over columns that are not written out."""
    module = ast.parse(source)
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Facts"]
    return [
        call.lineno
        for call in made
        if not all(written_out(given, module) for given in [*call.args[1:], *(word.value for word in call.keywords)])
    ]


def test_every_hash_over_a_row_names_its_columns() -> None:
    """Over whatever columns a table has, every row that is there would be a finding on the day of a migration."""
    services = Path(__file__).parents[2] / "services"
    sources = {path: path.read_text(encoding="utf-8") for path in services.rglob("*.py")}

    assert {str(path): lines for path, source in sources.items() if (lines := unwritten(source))} == {}
    assert sum("Facts(" in source for source in sources.values()) >= 5


@pytest.mark.parametrize(
    ("names", "written"),
    [
        ('"id", *("key", "state")', True),
        ("*_NAMES", True),
        ("*(column.name for column in rows.c)", False),
        ("*rows.c.keys()", False),
        ("*_ALL", False),
        ('"id", later=tuple(rows.c.keys())', False),
    ],
)
def test_a_hash_over_what_a_table_happens_to_have_is_found(names: str, written: bool) -> None:
    source = f'_NAMES = ("id", "key")\n_ALL = tuple(rows.c.keys())\nROW = Facts(rows, {names})\n'

    assert unwritten(source) == ([] if written else [3])
