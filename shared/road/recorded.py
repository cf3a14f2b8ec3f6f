"""What the journal says of rows: a table a service, by which `goufu audit verify` finds a row changed behind it.

    Says(PaymentApproved, LINES, {"id": "line_id"}, {"state": Is("approved"), "approved_by": ACTOR})

Entries are read in the order of their positions and the last one wins; what a row holds at the end is compared with
what they said. A row that no entry brought, and one that should be there and is not, is found too. A value `ANY` is one
that the journal does not tell.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID

from shared.events import Event
from shared.work.journal import shown_actor

ANY: Final = object()
ACTOR: Final = object()
"""The person who acted, as the entry names them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The actor of a public entry, which names nobody: whoever it was, their id gives this digest."""

    entry: UUID
    digest: str


@dataclass(frozen=True, slots=True)
class Is:
    """This value, whatever the event."""

    value: object


@dataclass(frozen=True, slots=True)
class Adds:
    """The event's amount is added to what was said before, or taken away."""

    field: str
    sign: int = 1


@dataclass(frozen=True, slots=True)
class Nth:
    """The how manieth row of those with the same values before it in the key: for rows whose events carry no number."""


Value: TypeAlias = str | Is | Adds | Nth | Callable[[Mapping[str, Any], Mapping[str, Any]], object] | object
"""A field of the event by its name, or what gives the value: a function gets the event, with the actor, and what was
said before."""


@dataclass(frozen=True)
class Rows:
    """Rows as they stand: a name for findings, the query, the columns that tell one row from another. `whole`: no row
    is there but by an entry. `reads`: columns that are compared as what this makes of them."""

    name: str
    query: str
    key: tuple[str, ...]
    whole: bool = False
    reads: Mapping[str, Callable[[Any], object]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Says:
    """What an event says of one row. `begins`: the row is there from then on; else it is told of only when it is.
    `each`: a list of the event, every item of which tells of a row, with its fields before the event's."""

    event: type[Event]
    rows: Rows
    key: Mapping[str, Value]
    columns: Mapping[str, Value]
    begins: bool = True
    each: str | None = None


@dataclass(slots=True)
class Told:
    """What was said of the rows so far."""

    says: Mapping[str, Sequence[Says]]
    rows: dict[tuple[Rows, tuple[str, ...]], dict[str, Any]] = field(default_factory=dict)
    at: dict[tuple[Rows, tuple[str, ...]], int] = field(default_factory=dict)
    counts: dict[tuple[Rows, tuple[str, ...]], int] = field(default_factory=dict)

    def take(self, position: int, entry: Mapping[str, Any]) -> None:
        """The next entry in order."""
        event = entry["event"]
        for says in self.says.get(entry["type"], ()):
            for said in [event] if says.each is None else [{**event, **item} for item in event[says.each]]:
                self._tell(says, position, entry, said)

    def _tell(self, says: Says, position: int, entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        place = says.rows, self._key(says, entry, event)
        before = self.rows.get(place)
        if before is None:
            if not says.begins:
                return
            before = self.rows[place] = {}
        self.at[place] = position
        before.update({name: _value(value, entry, event, before, name) for name, value in says.columns.items()})

    def _key(self, says: Says, entry: Mapping[str, Any], event: Mapping[str, Any]) -> tuple[str, ...]:
        found: list[str] = []
        for name in says.rows.key:
            value = says.key[name]
            if isinstance(value, Nth):
                group = says.rows, tuple(found)
                self.counts[group] = self.counts.get(group, 0) + 1
                found.append(str(self.counts[group]))
            else:
                found.append(str(_value(value, entry, event, {}, name)))
        return tuple(found)

    def all_rows(self) -> list[Rows]:
        return list(dict.fromkeys(says.rows for each in self.says.values() for says in each))


def _value(
    value: Value, entry: Mapping[str, Any], event: Mapping[str, Any], before: Mapping[str, Any], name: str
) -> Any:
    if value is ACTOR:
        return _actor(entry)
    if isinstance(value, str):
        return event.get(value)
    if isinstance(value, Is):
        return value.value
    if isinstance(value, Adds):
        return str(Decimal(before.get(name) or "0") + value.sign * Decimal(event[value.field]))
    return value({**event, "actor": _actor(entry)}, before) if callable(value) else value


def _actor(entry: Mapping[str, Any]) -> object:
    """Who acted: their id, or what a public entry shows instead."""
    if entry["audience"] == "public" and entry["actor"] is not None:
        return Shown(UUID(entry["id"]), entry["actor"])
    return entry["actor"]


def if_told(name: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], object]:
    """The field where the entry has it, empty or not: older ones, or others of the kind, do not."""
    return lambda event, before: event.get(name, ANY)


def table_of(says: Sequence[Says]) -> dict[str, list[Says]]:
    """By the events' type."""
    found: dict[str, list[Says]] = {}
    for each in says:
        found.setdefault(each.event.type_name(), []).append(each)
    return found


async def compare(connection: Any, told: Told) -> Iterator[str]:
    """Every row that is not as the journal says: which, its column, and the position that said otherwise."""
    found: list[str] = []
    for rows in told.all_rows():
        there: dict[tuple[str, ...], Any] = {}
        for row in await connection.fetch(rows.query):
            there[tuple(str(row[name]) for name in rows.key)] = row
        found += _differences(rows, there, told)
    return iter(found)


def _differences(rows: Rows, there: Mapping[tuple[str, ...], Any], told: Told) -> Iterator[str]:
    said = {key: columns for (of, key), columns in told.rows.items() if of is rows}
    for key, columns in said.items():
        place = f"{rows.name} {'/'.join(key)}"
        position = told.at[rows, key]
        row = there.get(key)
        if row is None:
            yield f"{place}: the row is missing, position {position} tells of it"
            continue
        for name, value in columns.items():
            column = rows.reads[name](row[name]) if name in rows.reads else row[name]
            if value is not ANY and column != "*" and not same(column, value):
                yield f"{place}: the column {name} is not what position {position} says"
    if rows.whole:
        for key in there.keys() - said.keys():
            yield f"{rows.name} {'/'.join(key)}: no entry of the journal tells of this row"


def same(column: Any, said: Any) -> bool:
    """Whether a column holds what an entry's text says: figures by their value, lists in any order."""
    if column is None or said is None:
        return column is None and said is None
    if isinstance(said, Shown):
        return shown_actor(said.entry, column, "public") == said.digest
    if isinstance(column, Decimal):
        return column == Decimal(str(said))
    if isinstance(column, datetime):
        return column == datetime.fromisoformat(str(said))
    if isinstance(column, bool) or isinstance(said, bool):
        return column is said
    if isinstance(column, list | tuple):
        return sorted(map(_text, column)) == sorted(map(_text, said))
    return _text(column) == _text(said)


def _text(value: Any) -> str:
    return str(value) if isinstance(value, UUID) else value.isoformat() if hasattr(value, "isoformat") else str(value)
