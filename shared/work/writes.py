"""Writes that wait: most of what a command or a poll costs are its trips to the database.

A write whose answer nobody needs waits until something is read, or until the end. At the end of a command the few that
wait go out in one statement with journal, queue, key versions and the stored answer; in a poll equal writes of many
events go out together. Writes to one table always keep their order, and none goes out before an earlier one to a table
that it refers to.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from shared.work.journal import Entry
from shared.work.sql import Update

FEW = 8
"""Writes that may share one statement: each further one makes another statement of every combination."""
ONE_BY_ONE = 4
"""Journal entries written as rows of their own; for more, arrays are cheaper than a longer statement."""

_JOURNAL = (
    "INSERT INTO journal (id, key, version, kind, type, audience, subject, jurisdiction, organisation, actor, cause,"
    " correlation, traceparent, recorded_at, entry)"
)
_TYPES = [
    *("uuid", "uuid", "bigint", "text", "text", "text", "uuid", "text", "uuid", "uuid", "uuid", "uuid", "text"),
    *("timestamptz", "text"),
]
_ANSWER = "INSERT INTO idempotency (scope, request, status, headers, body, created_at)"
_PARAMETER = re.compile(r"\$(\d+)")


class RowMissing(Exception):
    """An update found no row."""


@dataclass(slots=True)
class _Group:
    """One statement and the arguments of each of its uses. An update must find its row, and returns it."""

    table: str
    text: str
    update: Update | None = None
    behind: frozenset[str] = frozenset()
    arguments: list[Sequence[Any]] = field(default_factory=list)

    async def send(self, connection: Any) -> None:
        if self.update is None:
            await connection.executemany(self.text, self.arguments)
        elif await self._update(connection, self.update) != len(self.arguments):
            raise RowMissing

    async def _update(self, connection: Any, update: Update) -> int:
        """How many rows were found. Different ones go into one statement, which takes a third of the time."""
        if update.together is None or len(self.arguments) == 1:
            return len(await connection.fetchmany(self.text, self.arguments))
        found = 0
        for rows in _different(self.arguments, update.row_id):
            found += len(await connection.fetch(update.together, *map(list, zip(*rows, strict=True))))
        return found


def _different(arguments: Sequence[Sequence[Any]], row_id: int) -> Iterator[list[Sequence[Any]]]:
    """The updates in their order, parted where a row comes again."""
    rows: dict[Any, Sequence[Any]] = {}
    for each in arguments:
        if each[row_id] in rows:
            yield list(rows.values())
            rows = {}
        rows[each[row_id]] = each
    yield list(rows.values())


class Writes:
    """What waits, in groups of equal statements."""

    def __init__(self) -> None:
        self._groups: list[_Group] = []

    def add(self, table: str, text: str, arguments: Sequence[Any], behind: frozenset[str] = frozenset()) -> None:
        """A statement on that table whose answer nobody needs. `behind`: tables whose writes come before it."""
        self._add(_Group(table, text, behind=behind), arguments)

    def add_update(self, table: str, update: Update, arguments: Sequence[Any], behind: frozenset[str]) -> None:
        """An update of one row, which must be there."""
        self._add(_Group(table, update.text, update, behind), arguments)

    def _add(self, group: _Group, arguments: Sequence[Any]) -> None:
        known = self._equal(group)
        if known is None:
            self._groups.append(group)
        (known or group).arguments.append(arguments)

    def _equal(self, group: _Group) -> _Group | None:
        """The group of that statement, unless another write to its table, or to one it stays behind, comes later."""
        for earlier in reversed(self._groups):
            if earlier.text == group.text:
                return earlier
            if earlier.table == group.table or earlier.table in group.behind:
                return None
        return None

    def take_back(self, table: str) -> None:
        """Undoes the last `add` to that table, which still waits."""
        place = max(place for place, group in enumerate(self._groups) if group.table == table)
        self._groups[place].arguments.pop()
        if not self._groups[place].arguments:
            del self._groups[place]

    def concern(self, table: str) -> bool:
        return any(group.table == table for group in self._groups)

    def drop(self) -> None:
        """Forgets what waits: the work was rolled back."""
        self._groups = []

    async def flush(self, connection: Any) -> None:
        """Sends everything, equal statements together. Raises RowMissing."""
        groups, self._groups = self._groups, []
        for group in groups:
            await group.send(connection)

    def take_few(self) -> list[_Group]:
        """The last groups that can share one statement, in which none sees what another does."""
        first, tables = len(self._groups), set[str]()
        while first and len(tables) < FEW:
            group = self._groups[first - 1]
            if len(group.arguments) > 1 or group.table in tables:
                break
            tables.add(group.table)
            first -= 1
        few = self._groups[first:]
        del self._groups[first:]
        return few


async def finish(
    connection: Any, writes: Writes, entries: Sequence[Entry], answer: Sequence[Any], seal: UUID | None = None
) -> None:
    """The last statement of a transaction: what waits, the entries with their queue (that of the seal, as long as it is
    not lifted) and the versions of their keys, and the stored answer (scope, request, status, headers, body, time),
    where there is one. Raises RowMissing."""
    few = writes.take_few()
    await writes.flush(connection)
    arguments: list[Any] = [argument for group in few for argument in group.arguments[0]]
    versions = {entry.key: entry.version for entry in entries if entry.version is not None}
    many = len(entries) > ONE_BY_ONE
    if many:
        arguments += map(list, zip(*(entry.row() for entry in entries), strict=True))
        arguments += [list(versions), list(versions.values())]
    else:
        arguments += [value for entry in entries for value in entry.row()]
        arguments += [value for pair in versions.items() for value in pair]
    sealed = seal is not None and bool(entries)
    arguments += (seal,) if sealed else ()
    arguments += answer
    if arguments:
        texts = tuple((group.text, group.update is not None) for group in few)
        statement = _last(texts, None if many else (len(entries), len(versions)), sealed, bool(answer))
        if await connection.fetchval(statement, *arguments) != sum(group.update is not None for group in few):
            raise RowMissing


@lru_cache(maxsize=1024)
def _last(writes: tuple[tuple[str, bool], ...], rows: tuple[int, int] | None, sealed: bool, answered: bool) -> str:
    """The text: every part a statement of its own in one WITH. `rows`: how many entries and keys, None for arrays of
    them. It returns how many rows the writes found."""
    text = _Text()
    found = []
    for statement, finds in writes:
        name = text.renumbered(statement)
        if finds:
            found.append(f"(SELECT count(*) FROM {name})")
    ids = text.entries_in_arrays() if rows is None else text.entries_in_rows(*rows)
    if sealed:
        text.queue_under_seal(ids)
    elif ids:
        text.add(f"INSERT INTO queue (entry) SELECT u.id FROM {ids} ORDER BY u.n")
    if answered:
        text.add(f"{_ANSWER} VALUES {text.row(5)[:-1]}, clock_timestamp())")
    return f"WITH {', '.join(text.parts)} SELECT {' + '.join(found) or '0'}"


class _Text:
    """A statement in the making: its parts, and how many parameters they have."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._parameters = 0

    def add(self, statement: str) -> str:
        """Adds a part and returns its name."""
        name = f"part_{len(self.parts)}"
        self.parts.append(f"{name} AS ({statement})")
        return name

    def renumbered(self, statement: str) -> str:
        """Adds a statement that counts its own parameters from 1."""
        before = self._parameters
        self._parameters += max((int(number) for number in _PARAMETER.findall(statement)), default=0)
        return self.add(_PARAMETER.sub(lambda found: f"${int(found[1]) + before}", statement))

    def next(self, count: int) -> list[str]:
        """The next so many parameters."""
        first = self._parameters + 1
        self._parameters += count
        return [f"${number}" for number in range(first, first + count)]

    def row(self, count: int) -> str:
        return f"({', '.join(self.next(count))})"

    def entries_in_rows(self, entries: int, keys: int) -> str:
        """Their ids, as a table `u (id, n)`."""
        if not entries:
            return ""
        rows = [self.row(len(_TYPES)) for _ in range(entries)]
        ids = [f"({row[1:].partition(',')[0]}::uuid, {number})" for number, row in enumerate(rows)]
        self.add(f"{_JOURNAL} VALUES {', '.join(rows)}")
        for _ in range(keys):
            key, version = self.next(2)
            self.add(f"UPDATE keys SET version = {version} WHERE key = {key}")
        return f"(VALUES {', '.join(ids)}) AS u (id, n)"

    def entries_in_arrays(self) -> str:
        """Their ids, as a table `u (id, n)`."""
        columns = [f"{place}::{kind}[]" for place, kind in zip(self.next(len(_TYPES)), _TYPES, strict=True)]
        self.add(f"{_JOURNAL} SELECT * FROM unnest({', '.join(columns)})")
        keys, versions = self.next(2)
        pairs = f"unnest({keys}::uuid[], {versions}::bigint[]) AS u (key, version)"
        self.add(f"UPDATE keys SET version = u.version FROM {pairs} WHERE keys.key = u.key")
        return f"unnest({columns[0]}) WITH ORDINALITY AS u (id, n)"

    def queue_under_seal(self, ids: str) -> None:
        """The seal's row is held until the end: whoever lifts it waits, and whoever comes after that finds none."""
        (subject,) = self.next(1)
        seal = self.add(f"SELECT subject FROM seals WHERE subject = {subject} FOR KEY SHARE")
        self.add(f"INSERT INTO sealed_queue (entry, seal) SELECT u.id, {seal}.subject FROM {ids}, {seal}")
        unsealed = f"SELECT u.id FROM {ids} WHERE NOT EXISTS (SELECT FROM {seal}) ORDER BY u.n"
        self.add(f"INSERT INTO queue (entry) {unsealed}")
