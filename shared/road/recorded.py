"""What the journal says of rows: a table a service, by which `goufu audit verify` finds a row changed behind it.

    Says(PaymentApproved, LINES, {"id": "line_id"}, {"state": Is("approved"), "approved_by": ACTOR})

Entries are read in the order of their positions and the last one wins; what a row holds at the end is compared with
what they said. A row that no entry brought, and one that should be there and is not, is found too. A value `ANY` is one
that the journal does not tell.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from json import loads
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg

from shared.events import Event
from shared.work.database import SHANGHAI
from shared.work.journal import shown_actor

ANY: Final = object()
ACTOR: Final = object()
"""The person who acted, as the entry names them."""


DAY: Final = object()
"""The day of the entry, by the legal clock."""
INSTANT: Final = object()
"""When the entry was made, by the legal clock."""


EACH: Final = "each"
"""An item of a list of ids, as a field of the event."""


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
class OneOf:
    """One of these values: what comes after the event by itself, without an entry."""

    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Adds:
    """The event's amount is added to what was said before, or taken away."""

    field: str
    sign: int = 1


@dataclass(frozen=True, slots=True)
class Nth:
    """The how manieth row of those with the same values before it in the key: for rows whose events carry no number."""


def watched(kind: str, record: str, last_day: str, *, states: str = "'open'", provisional: str = "false") -> str:
    """SQL: what acts when a record's last day is over is there, and acts then. `record`: its table's name in the query,
    `last_day`: a day of it, in SQL; `states` of the deadline, `provisional`: whether that day may still move."""
    return (
        f"EXISTS (SELECT FROM deadlines d WHERE d.kind = '{kind}' AND d.subject = {record}.id AND d.key = {record}.key"
        f" AND d.state IN ({states}) AND d.provisional = {provisional}"
        f" AND d.due_at = ({last_day} + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')"
    )


OPEN_OR_OVER: Final = "'open', 'fired'"
OWNED: Final = ("key", "jurisdiction", "organisation")
"""The columns by which a record is found, seen and acted upon."""

Value: TypeAlias = str | Is | Adds | Nth | Callable[[Mapping[str, Any], Mapping[str, Any]], object] | object
"""A field of the event by its name, or what gives the value: a function gets the event, with the actor and
when it was recorded, and what was said before."""


@dataclass(frozen=True)
class Rows:
    """Rows as they stand: a name for findings, the query, the columns that tell one row from another. `whole`: no row
    is there but by an entry. `reads`: columns that are compared as what this makes of them. `makes`: what is compared
    besides, made of the whole row. `owned`: columns that say whose the row is and where it lies, as the entry that
    begins it does. `swept`: rows go after their last day, so that one which is missing is not found."""

    name: str
    query: str
    key: tuple[str, ...]
    whole: bool = False
    reads: Mapping[str, Callable[[Any], object]] = field(default_factory=dict, hash=False)
    makes: Mapping[str, Callable[[Mapping[str, Any]], object]] = field(default_factory=dict, hash=False)
    owned: tuple[str, ...] = ()
    swept: bool = False


@dataclass(frozen=True)
class Says:
    """What an event says of one row. `begins`: the row is there from then on; else it is told of only when it is.
    `each`: a list of the event, every item of which tells of a row, with its fields before the event's; an id is the
    field `EACH`. A column whose name begins with `_` is remembered, and not compared."""

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
    partly: set[Rows] = field(default_factory=set)
    """Rows of which entries of before a list or a name was told said less: some of them nobody tells of."""

    def take(self, position: int, entry: Mapping[str, Any]) -> None:
        """The next entry in order."""
        event = entry["event"]
        for says in self.says.get(entry["type"], ()):
            if says.each is not None and says.begins and says.each not in event:
                self.partly.add(says.rows)
            for said in [event] if says.each is None else _items(event, says.each):
                if any(isinstance(name, str) and name not in said for name in says.key.values()):
                    self.partly.add(says.rows)
                    continue
                self._tell(says, position, entry, said)

    def _tell(self, says: Says, position: int, entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        place = says.rows, self._key(says, entry, event)
        before = self.rows.get(place)
        if before is None:
            if not says.begins:
                return
            owner = {**{name: event.get(name, ANY) for name in OWNED}, "key": entry["key"]}
            before = self.rows[place] = {name: owner[name] for name in says.rows.owned}
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


def _items(event: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """The event once an item of the list: with the item's fields before its own, or with the item under `EACH`."""
    for item in event.get(name) or ():
        yield {**event, **(item if isinstance(item, dict) else {EACH: item})}


def _value(
    value: Value, entry: Mapping[str, Any], event: Mapping[str, Any], before: Mapping[str, Any], name: str
) -> Any:
    if value is ACTOR:
        return _actor(entry)
    if value is DAY:
        return day_of(entry["recorded_at"])
    if value is INSTANT:
        return entry["recorded_at"]
    if isinstance(value, str):
        return event.get(value)
    if isinstance(value, Is):
        return value.value
    if isinstance(value, Adds):
        return str(Decimal(before.get(name) or "0") + value.sign * Decimal(event[value.field]))
    if not callable(value):
        return value
    return value({**event, "actor": _actor(entry), "recorded_at": entry["recorded_at"]}, before)


def _actor(entry: Mapping[str, Any]) -> object:
    """Who acted: their id, or what a public entry shows instead."""
    if entry["audience"] == "public" and entry["actor"] is not None:
        return Shown(UUID(entry["id"]), entry["actor"])
    return entry["actor"]


def day_of(instant: str) -> date:
    """The day of an instant as an entry writes it, by the legal clock."""
    return datetime.fromisoformat(instant).astimezone(SHANGHAI).date()


def as_json(column: Any) -> Any:
    """A column of JSON, which comes as text or as a connection of ours has read it."""
    return loads(column) if isinstance(column, str) else column


def if_told(name: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], object]:
    """The field where the entry has it, empty or not: older ones, or others of the kind, do not."""
    return lambda event, before: event.get(name, ANY)


def table_of(says: Sequence[Says]) -> dict[str, list[Says]]:
    """By the events' type."""
    found: dict[str, list[Says]] = {}
    for each in says:
        found.setdefault(each.event.type_name(), []).append(each)
    return found


async def compare(connection: Any, told: Told, only: Sequence[Rows] | None = None) -> Iterator[str]:
    """Every row, or only these, that is not as the journal says: which, its column, and the position that said
    otherwise."""
    found: list[str] = []
    for rows in told.all_rows() if only is None else only:
        there: dict[tuple[str, ...], Any] = {}
        try:
            async with connection.transaction():
                read = await connection.fetch(rows.query)
        except asyncpg.DataError as error:
            found.append(f"{rows.name}: a row holds what no command writes: {error}")
            continue
        for row in read:
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
            if rows.swept:
                continue
            yield f"{place}: the row is missing, position {position} tells of it"
            continue
        for name, value in columns.items():
            if name.startswith("_"):
                continue
            if value is not ANY and (column := _column(rows, name, row)) != "*" and not same(column, value):
                yield f"{place}: the column {name} is not what position {position} says"
    if rows.whole and rows not in told.partly:
        for key in there.keys() - said.keys():
            yield f"{rows.name} {'/'.join(key)}: no entry of the journal tells of this row"


def _column(rows: Rows, name: str, row: Any) -> Any:
    """What is compared; what cannot even be read is like nothing that an entry says."""
    made = rows.makes.get(name)
    try:
        return made(row) if made else rows.reads[name](row[name]) if name in rows.reads else row[name]
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        return error


def same(column: Any, said: Any) -> bool:
    """Whether a column holds what an entry's text says: figures by their value, lists in any order."""
    if isinstance(said, OneOf):
        return any(same(column, each) for each in said.values)
    if column is None or said is None:
        return column is None and said is None
    if isinstance(column, Exception):
        return False
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
