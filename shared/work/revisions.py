"""Which tables this program was written for: the revisions of its migrations, known without running them.

Two lines of migrations make a service's schema: its own, and the road's, which stands in every schema alike.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

ROAD = "road"
_HERE = Path(__file__).resolve()
_SAYS = re.compile(r'^(revision|down_revision)\b[^=\n]*= (?:"(\w+)"|None)$', re.MULTILINE)


class TablesUnknown(Exception):
    """The tables are of a newer program, or of one before 0.2, whose migrations were drawn together into the first."""

    def __init__(self, service: str, has: str) -> None:
        super().__init__(
            f"{service} has tables of revision {has}, which this program does not know: take the program that made them"
            " (see CHANGELOG.md, upgrading) 数据库版本与程序不符，请使用相应版本的程序"
        )


def folder_of(line: str) -> Path:
    """Where the migrations of a service lie, or those of the road."""
    if line == ROAD:
        return _HERE.parents[1] / "road" / "alembic" / "versions"
    return _HERE.parents[2] / "services" / line / "migrations"


def version_table(line: str) -> str:
    return "road_version" if line == ROAD else "alembic_version"


@cache
def revisions(line: str) -> tuple[frozenset[str], str]:
    """Every revision of the line, and the last one."""
    known, before = set(), set()
    for path in folder_of(line).glob("[0-9]*.py"):
        said = dict(_SAYS.findall(path.read_text(encoding="utf-8")))
        known.add(said["revision"])
        before.add(said["down_revision"])
    [last] = known - before
    return frozenset(known), last


async def tables_have(connection: Any, service: str, line: str) -> str | None:
    """The revision that the line has in the service's schema; None before the first."""
    table = f'"{service}".{version_table(line)}'
    if await connection.fetchval("SELECT to_regclass($1)", table) is None:
        return None
    found: str | None = await connection.fetchval(f"SELECT min(version_num) FROM {table}")
    return found


async def lacking(connection: Any, service: str) -> list[str]:
    """The lines whose tables lack what the program needs, in words. Tables of a revision that it does not know are
    newer, and a program of the release before goes on with them while the others are replaced."""
    lines = []
    for line in (service, ROAD):
        has, (known, last) = await tables_have(connection, service, line), revisions(line)
        if has is None or (has in known and has != last):
            lines.append(f"{line} has {has or 'no tables'}, needs {last}")
    return lines
