"""Deadlines as rows, and the sweeper that acts when they pass.

Closed-ness is computed from the clock in every request as well, so that a sweeper that is down lets nothing late in;
a provisional end (beyond the last known calendar year) is shown but closes nothing.

A last day that is counted in working days is kept with what it was counted from, how many, and under which calendar.
When another calendar is installed the sweeper counts again, and the kind's `Moved` takes the day over to the record.
What has passed stays passed, and what was done in time stays done.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import structlog

from shared.fields.calendar import WARN_DAYS, Due, closes_at, default_calendar, today
from shared.fields.ids import new_id
from shared.law.decision import Clause
from shared.process.outages import is_outage, keep_going, told
from shared.process.telemetry import CALENDAR_DAYS, FAILING_DEADLINES, OVERDUE
from shared.work.database import Database, Reader, Row, Transaction
from shared.work.records import Identified

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 0.5
FAILED_SECONDS = 30.0
"""The pause after a first failure; each further one is twice as long, up to an hour."""
OUTAGE_SECONDS = 1.0
"""The same where the database could not do what was asked, which passes."""
LONGEST_SECONDS = 3600.0


class NotOver(Exception):
    """A deadline was to act while the last day of its record is not over: one of both was altered behind the commands.
    Its act fails, which operators are told of."""


@dataclass(frozen=True, kw_only=True)
class Deadline(Identified):
    """A last day, as it is kept: what is due (`kind`) for which record (`subject`), until which instant, by which
    clause of the record's rulebook."""

    kind: str
    subject: UUID
    key: UUID
    due_at: datetime
    provisional: bool
    clause: str
    state: str
    counted_from: date | None
    working_days: int | None
    calendar: str | None
    attempts: int
    next_at: datetime | None


Action = Callable[[Transaction, Deadline], Awaitable[None]]
Moved = Callable[[Transaction, Deadline, Due], Awaitable[None]]
"""Takes a last day that was counted again over to the deadline's record, and tells it: the row before, the day now."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A kind of deadline that is counted in working days: what follows when its day moves, and when it has passed."""

    moved: Moved
    passed: Action | None = None


Kinds = Mapping[str, Action | Counted]
"""By the kind of deadline, what follows when it has passed."""


_SET = (
    "INSERT INTO deadlines"
    " (id, kind, subject, key, due_at, provisional, clause, state, counted_from, working_days, calendar, attempts)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, 0) ON CONFLICT (kind, subject) DO UPDATE"
    " SET due_at = excluded.due_at, provisional = excluded.provisional, clause = excluded.clause, state = 'open',"
    " counted_from = excluded.counted_from, working_days = excluded.working_days, calendar = excluded.calendar,"
    " attempts = 0, next_at = NULL"
)
_MEET = "UPDATE deadlines SET state = 'met' WHERE kind = $1 AND subject = $2 AND state = 'open'"
_REOPEN = "UPDATE deadlines SET state = 'open' WHERE kind = $1 AND subject = $2 AND state = 'met'"
_PASSED = "state = 'open' AND NOT provisional AND due_at <= clock.now()"
_TO_COME = "state = 'open' AND (provisional OR due_at > clock.now())"
_TRIED = "(next_at IS NULL OR next_at <= clock_timestamp())"
_DUE = (
    f"SELECT id, key FROM deadlines WHERE {_PASSED} AND {_TRIED} AND kind = ANY($1) ORDER BY attempts, due_at LIMIT 100"
)
_TAKE = "UPDATE deadlines SET state = 'fired' WHERE id = $1 AND state = 'open' AND due_at <= $2 RETURNING *"
"""By the transaction's own now: were the clock set back meanwhile, the act would find that its day is not over."""
_LATER = (
    "UPDATE deadlines SET attempts = attempts + 1, next_at = clock_timestamp()"
    " + make_interval(secs => least($2::float8 * 2::float8 ^ least(attempts, 20), $3::float8)) WHERE id = $1"
)
_LATE = (
    "SELECT count(*) AS passed, count(*) FILTER (WHERE attempts > 0) AS failing, clock.now() AS now"
    f" FROM deadlines WHERE {_PASSED} AND kind = ANY($1)"
)
_LATEST = "(SELECT fingerprint FROM calendars ORDER BY installed_at DESC LIMIT 1)"
_INSTALL = (
    "INSERT INTO calendars (id, fingerprint, source, known_until, installed_at)"
    f" SELECT $1, $2, $3, $4, clock_timestamp() WHERE $2 IS DISTINCT FROM {_LATEST}"
)
_RECOUNT = (
    f"SELECT id, key FROM deadlines WHERE {_TO_COME} AND {_TRIED} AND kind = ANY($1)"
    f" AND working_days IS NOT NULL AND calendar <> $2 AND $2 = {_LATEST} ORDER BY attempts, due_at LIMIT 100"
)
_COUNTED = f"SELECT * FROM deadlines WHERE id = $1 AND calendar <> $2 AND {_TO_COME} FOR UPDATE"
_MOVE = "UPDATE deadlines SET due_at = $2, provisional = $3, calendar = $4, attempts = 0, next_at = NULL WHERE id = $1"
_PERIOD = "SELECT counted_from, working_days FROM deadlines WHERE kind = $1 AND subject = $2 AND working_days > 0"


async def set_deadline(
    tx: Transaction,
    kind: str,
    subject: UUID,
    key: UUID,
    due_at: datetime,
    clause: Clause,
    *,
    provisional: bool = False,
) -> None:
    """Sets or moves the deadline `kind` of a record; `due_at` is exclusive: at that instant it has passed."""
    tx.write("deadlines", _SET, new_id(), kind, subject, key, due_at, provisional, clause.id, None, None, None)


async def count_working_days(tx: Transaction, kind: str, subject: UUID, key: UUID, days: int, clause: Clause) -> Due:
    """Sets the deadline `kind` of a record to so many working days from today, and gives their last day. The day is
    counted again when a calendar comes or changes: the worker names the kind as `Counted`, and whoever keeps the day
    elsewhere too takes it over there."""
    calendar = default_calendar()
    due = calendar.add_working_days(tx.today, days)
    counted = (tx.today, days, calendar.fingerprint)
    tx.write("deadlines", _SET, new_id(), kind, subject, key, closes_at(due.day), due.provisional, clause.id, *counted)
    return due


async def counted_now(reader: Reader, kind: str, subject: UUID) -> Due | None:
    """The last day of a kept period as this process's calendar counts it; None where none is kept. For requests that
    must not wait until the sweeper has counted a provisional day again."""
    row = await reader.connection.fetchrow(_PERIOD, kind, subject)
    return default_calendar().add_working_days(row["counted_from"], row["working_days"]) if row else None


async def meet_deadline(tx: Transaction, kind: str, subject: UUID) -> None:
    """What was due has been done; no deadline of that kind open is no error."""
    tx.write("deadlines", _MEET, kind, subject)


async def reopen_deadline(tx: Transaction, kind: str, subject: UUID) -> None:
    """What was done in time was taken back: the same last day runs again, counted as before."""
    tx.write("deadlines", _REOPEN, kind, subject)


class Sweeper:
    """Counts again what another calendar moves, and fires the deadlines of one service, each in its own transaction,
    the record's key locked first. One that fails is tried again after a growing pause, behind those that have not."""

    def __init__(self, database: Database, kinds: Kinds) -> None:
        self._database = database
        self._moved = {kind: of.moved for kind, of in kinds.items() if isinstance(of, Counted)}
        passed = {kind: of.passed if isinstance(of, Counted) else of for kind, of in kinds.items()}
        self._actions = {kind: act for kind, act in passed.items() if act is not None}
        self._installed = ""
        self._broke_off: UUID | None = None  # what an outage ended, which nobody could note then
        self._warned: date | None = None

    async def run(self) -> None:
        if self._actions or self._moved:
            await keep_going("sweeper", self._database.service, self._keep_sweeping)

    async def _keep_sweeping(self) -> None:
        connection = await self._database.connect()
        try:
            while True:
                await self.sweep(connection)
                await asyncio.sleep(SWEEP_SECONDS)
        finally:
            connection.terminate()

    async def sweep(self, connection: Any) -> int:
        """Acts on everything that is due; returns how many deadlines moved or fired."""
        if self._broke_off is not None:
            await connection.execute(_LATER, self._broke_off, OUTAGE_SECONDS, LONGEST_SECONDS)
            self._broke_off = None
        late = await connection.fetchrow(_LATE, list(self._actions))
        OVERDUE.labels(self._database.service).set(late["passed"])
        FAILING_DEADLINES.labels(self._database.service).set(late["failing"])
        await self._look_at_calendar(connection, today(late["now"]))
        fingerprint = default_calendar().fingerprint
        to_move = await connection.fetch(_RECOUNT, list(self._moved), fingerprint)
        done = sum([await self._tried(connection, row, self._recount) for row in to_move])
        due = await connection.fetch(_DUE, list(self._actions))
        return done + sum([await self._tried(connection, row, self._fire) for row in due])

    async def _tried(self, connection: Any, row: Row, act: Callable[[Any, Row], Awaitable[int]]) -> int:
        self._broke_off = row["id"]
        try:
            done = await act(connection, row)
        except Exception as error:
            if is_outage(error):
                raise
            log.error("deadline_failed", deadline=str(row["id"]), error=told(error))
            await connection.execute(_LATER, row["id"], FAILED_SECONDS, LONGEST_SECONDS)
            done = 0
        self._broke_off = None
        return done

    async def _look_at_calendar(self, connection: Any, day: date) -> None:
        """Says which calendar is installed now: of several workers that differ, the one that came last counts. Tells
        how far it reaches."""
        calendar = default_calendar()
        if calendar.fingerprint != self._installed:
            installed = (new_id(), calendar.fingerprint, calendar.version, calendar.known_until(day))
            await connection.execute(_INSTALL, *installed)
            self._installed = calendar.fingerprint
        known = calendar.known_days(day)
        CALENDAR_DAYS.labels(self._database.service).set(known)
        if known < WARN_DAYS and self._warned != day:
            self._warned = day
            log.warning("calendar_ends", known_days=known, known_until=str(calendar.known_until(day)))

    async def _recount(self, connection: Any, found: Row) -> int:
        calendar = default_calendar()
        async with self._database.system_transaction(connection) as tx:
            await tx.lock(found["key"])
            row = await connection.fetchrow(_COUNTED, found["id"], calendar.fingerprint)
            if row is None:
                return 0
            due = calendar.add_working_days(row["counted_from"], row["working_days"])
            if not row["provisional"] and due.day < tx.today:
                due = Due(tx.today, due.provisional)  # whoever relied on a day that was certain keeps today
            await connection.execute(_MOVE, row["id"], closes_at(due.day), due.provisional, calendar.fingerprint)
            if (closes_at(due.day), due.provisional) == (row["due_at"], row["provisional"]):
                return 0
            await self._moved[row["kind"]](tx, Deadline.of(row), due)
            return 1

    async def _fire(self, connection: Any, due: Row) -> int:
        async with self._database.system_transaction(connection) as tx:
            await tx.lock(due["key"])
            row = await connection.fetchrow(_TAKE, due["id"], tx.now)
            if row is None:
                return 0
            await self._actions[row["kind"]](tx, Deadline.of(row))
            return 1
