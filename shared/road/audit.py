"""Checks the record of a service against itself, and its rows against the record. Nothing here changes anything.

    the chain        every position has the hash that the entries before it give; the columns repeat the hashed text
    the tail         no position is missing that the relay has sent, or that a checkpoint kept elsewhere names
    the sealed       what was under a seal when a checkpoint was signed is here as it was (`sealed.py`)
    the waiting      every journal entry has its position or waits for one; the versions of a key have no hole
    the rows         money, standing, posts, bids and results are as the entries say (`<service>/recorded.py`)

To be run in one snapshot of the database, on a connection whose search path is the service's schema.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from shared.road import sealed
from shared.road.checkpoints import Checkpoint
from shared.road.recorded import Says, Told, compare, table_of
from shared.work.journal import GENESIS, chain, shown_actor

BATCH = 2000
_WALK = (
    "SELECT l.position, l.hash, j.* FROM ledger l LEFT JOIN journal j ON j.id = l.entry"
    f" WHERE l.position > $1 ORDER BY l.position LIMIT {BATCH}"
)
_QUEUES = (
    "SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name = 'entry'"
    " AND data_type = 'uuid' AND table_name NOT IN ('ledger', 'sealed_ledger')"
)
"""Where entries wait for their position: every table that names them, but for the ledger and the chain of what was
sealed."""
_MARK = "SELECT greatest(position, public) FROM relay_mark"
_HOLES = (
    "SELECT coalesce(j.key, k.key) AS key, coalesce(j.versions, 0) AS versions, coalesce(j.last, 0) AS last,"
    " coalesce(k.version, 0) AS counted FROM keys k FULL JOIN"
    " (SELECT key, count(*) AS versions, max(version) AS last FROM journal WHERE kind = 'event' GROUP BY key) j"
    " ON j.key = k.key WHERE coalesce(j.versions, 0) <> coalesce(j.last, 0)"
    " OR coalesce(j.last, 0) <> coalesce(k.version, 0) ORDER BY 1 LIMIT 20"
)


class ChainBroken(Exception):
    """The record was altered; `position` is the first entry that does not fit."""

    def __init__(self, position: int, why: str) -> None:
        self.position = position
        super().__init__(f"position {position}: {why}")


@dataclass(slots=True)
class Report:
    """Where the chain ends, everything that does not fit, and what a restore explains."""

    position: int = 0
    hash: bytes = GENESIS
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


async def audit(
    connection: Any,
    says: Sequence[Says],
    checkpoints: Sequence[Checkpoint] = (),
    progress: Callable[[int], None] = lambda position: None,
) -> Report:
    """Everything that can be found; `checkpoints` are those of this service that were kept elsewhere."""
    report, told = Report(), Told(table_of(says))
    checkpoints, unsealed = await _counting(connection, checkpoints, report)
    known = {each.position: each for each in checkpoints}
    try:
        report.position, report.hash = await verify(connection, told=told, known=known, progress=progress)
    except ChainBroken as error:
        report.findings.append(str(error))
        return report  # whatever came of entries that do not fit would only be found again
    report.findings += await _tail(connection, report.position, checkpoints)
    unlike, lost = await sealed.check(connection, checkpoints, unsealed)
    report.findings += unlike
    report.notes += lost
    report.findings += await _waiting(connection, told, report.position)
    report.findings += await compare(connection, told)
    return report


async def verify(
    connection: Any,
    after: int = 0,
    previous: bytes = GENESIS,
    *,
    told: Told | None = None,
    known: dict[int, Checkpoint] | None = None,
    progress: Callable[[int], None] = lambda position: None,
) -> tuple[int, bytes]:
    """Walks the chain from a checkpoint; returns the last position and hash. Raises ChainBroken at the first entry
    that does not fit: changed, missing, inserted, swapped, with columns that differ from the hashed text, or with
    another hash than a checkpoint kept elsewhere."""
    position, digest, known = after, previous, known or {}
    while rows := await connection.fetch(_WALK, position):
        for row in rows:
            position += 1
            if row["position"] != position:
                raise ChainBroken(position, "the entry is missing")
            if row["entry"] is None:
                raise ChainBroken(position, "the journal has no such entry")
            digest = chain(digest, position, row["entry"])
            if digest != row["hash"]:
                raise ChainBroken(position, "the entry does not have the hash it was given")
            if position in known and known[position].hash != digest.hex():
                raise ChainBroken(position, f"another hash than the checkpoint of {known[position].at} names")
            entry = from_json(row["entry"])
            _same_columns(position, row, entry)
            if told is not None:
                told.take(position, entry)
        progress(position)
    return position, digest


_REPEATED = (
    *("id", "key", "version", "kind", "type", "audience", "subject", "jurisdiction", "organisation"),
    *("actor", "cause", "correlation", "recorded_at"),
)


def _same_columns(position: int, row: Any, entry: dict[str, Any]) -> None:
    """Every column that repeats the hashed text: queries, and what a reader may see, go by the columns."""
    for name in _REPEATED:
        column = row[name] if name != "actor" else shown_actor(row["id"], row["actor"], row["audience"])
        if isinstance(column, UUID):
            column = str(column)
        elif isinstance(column, datetime):
            column = column.astimezone(UTC).isoformat(timespec="microseconds")
        if entry[name] != column:
            raise ChainBroken(position, f"the column {name} differs from the entry")


_TIMES = "SELECT id, last FROM timelines WHERE source = current_schema() ORDER BY number"
_BEGUN = "SELECT entry FROM journal WHERE type = 'goufu.' || current_schema() || '.timeline_began.v1'"


async def _timelines(connection: Any, report: Report) -> tuple[dict[str, int | None], dict[str, str]]:
    """By timeline the last position that counts, and until when who restored it knows what was under seal. The entry
    that begins one says which ended where; else whoever cuts off a tail would call it lost by a restore. What no backup
    knew has no entry, and ends before its first position; the timeline that is now present must have one."""
    rows = {str(row["id"]): row["last"] for row in await connection.fetch(_TIMES)}
    begun = [from_json(row["entry"])["event"] for row in await connection.fetch(_BEGUN)]
    said = {event["after"]: event["position"] for event in begun}
    names = {event["timeline"] for event in begun}
    for name, last in rows.items():
        if said.get(name, 0 if last == 0 else None) != last:
            report.findings.append(f"timeline {name}: it ends at {last}, and no entry of the journal says so")
        elif last is None and len(rows) > 1 and name not in names:
            report.findings.append(f"timeline {name}: no entry of the journal tells that it began")
    return rows, {event["after"]: event.get("sealed_until") or "" for event in begun}


async def _counting(
    connection: Any, checkpoints: Sequence[Checkpoint], report: Report
) -> tuple[list[Checkpoint], set[Checkpoint]]:
    """Those that must be in the chain, and which of them may have lost what was under seal then. What a timeline had
    beyond its end was lost by a restore, which is told."""
    ended, known_until = await _timelines(connection, report)
    counting: list[Checkpoint] = []
    unsealed: set[Checkpoint] = set()
    for each in checkpoints:
        last = ended.get(each.timeline, -1 if each.timeline else None)
        if last == -1:
            report.findings.append(f"position {each.position}: the checkpoint of {each.at} is of an unknown timeline")
        elif last is not None and each.position > last:
            report.notes.append(f"position {each.position} of {each.at} was lost by a restore to {last}")
        else:
            counting.append(each)
            if each.sealed and _later(each.at, known_until.get(each.timeline)):
                unsealed.add(each)
    return counting, unsealed


def _later(at: str, until: str | None) -> bool:
    """Whether it was signed after the last one of which the restored database knows what was under seal."""
    return until is not None and (not until or datetime.fromisoformat(at) > datetime.fromisoformat(until))


def walk_file(
    lines: Iterable[bytes], checkpoints: Sequence[Checkpoint], previous: bytes = GENESIS
) -> tuple[int, bytes]:
    """As `verify`, of a file of exported lines `{position, hash, entry}` alone. Raises ChainBroken."""
    position, digest = 0, previous
    known = {each.position: each for each in checkpoints}
    for line in lines:
        said = from_json(line)
        position += 1
        if said["position"] != position:
            raise ChainBroken(position, "the entry is missing")
        digest = chain(digest, position, said["entry"])
        if digest.hex() != said["hash"]:
            raise ChainBroken(position, "the entry does not have the hash it was given")
        if position in known and known[position].hash != digest.hex():
            raise ChainBroken(position, f"another hash than the checkpoint of {known[position].at} names")
    last = max(known, default=0)
    if last > position:
        raise ChainBroken(position + 1, f"the end is missing, the checkpoint of {known[last].at} names {last}")
    return position, digest


async def _tail(connection: Any, position: int, checkpoints: Sequence[Checkpoint]) -> list[str]:
    """What was there beyond the end: positions that were sent, or that somebody else knows."""
    found = []
    sent = await connection.fetchval(_MARK) or 0
    if sent > position:
        found.append(f"position {position + 1}: the end is missing, up to {sent} was sent")
    last = max(checkpoints, key=lambda each: each.position, default=None)
    if last is not None and last.position > position:
        why = f"the end is missing, the checkpoint of {last.at} names {last.position}"
        found.append(f"position {position + 1}: {why}")
    return found


async def _waiting(connection: Any, told: Told, position: int) -> list[str]:
    """Entries without a position: those that wait are read too, those that do not wait were kept from being sent."""
    found: list[str] = []
    names = [row["table_name"] for row in await connection.fetch(_QUEUES)]
    waits = " UNION ALL ".join(f'SELECT entry FROM "{name}"' for name in names)
    lost = (
        "SELECT j.id, j.type FROM journal j LEFT JOIN ledger l ON l.entry = j.id WHERE l.entry IS NULL"
        f" AND j.id NOT IN ({waits}) ORDER BY j.recorded_at, j.id LIMIT 20"
    )
    for row in await connection.fetch(lost):
        found.append(f"entry {row['id']} ({row['type']}): it is in no queue and has no position, so it is never sent")
    gone = f"SELECT entry FROM ({waits}) w WHERE NOT EXISTS (SELECT FROM journal j WHERE j.id = w.entry) LIMIT 20"
    for row in await connection.fetch(gone):
        found.append(f"entry {row['entry']}: it waits to be sent, and the journal has no such entry")
    twice = f"SELECT w.entry, l.position FROM ({waits}) w JOIN ledger l ON l.entry = w.entry ORDER BY 2 LIMIT 20"
    for row in await connection.fetch(twice):
        found.append(f"entry {row['entry']}: it waits although it has position {row['position']}")
    for row in await connection.fetch(_HOLES):
        what = f"{row['versions']} entries, the last of version {row['last']}, {row['counted']} counted"
        found.append(f"key {row['key']}: its versions have a hole: {what}")
    rest = f"SELECT j.entry FROM ({waits}) w JOIN journal j ON j.id = w.entry ORDER BY j.recorded_at, j.version"
    for row in await connection.fetch(rest):
        position += 1
        told.take(position, from_json(row["entry"]))
    return found
