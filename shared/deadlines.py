"""Deadlines as rows, and the sweeper that acts when they pass.

Closed-ness is computed from the clock in every request as well, so that a sweeper that is down lets nothing late in;
a provisional end (beyond the last known calendar year) is shown but closes nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from shared.database import Database, Row, Transaction
from shared.decision import Clause
from shared.ids import new_id
from shared.outages import is_outage, keep_going, told
from shared.telemetry import OVERDUE

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 0.5
FAILED_SECONDS = 30.0
Action = Callable[[Transaction, Row], Awaitable[None]]

_SET = (
    "INSERT INTO deadlines (id, kind, subject, key, due_at, provisional, clause, state)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, 'open') ON CONFLICT (kind, subject) DO UPDATE"
    " SET due_at = excluded.due_at, provisional = excluded.provisional, clause = excluded.clause, state = 'open'"
)
_MEET = "UPDATE deadlines SET state = 'met' WHERE kind = $1 AND subject = $2 AND state = 'open'"
_DUE = (
    "SELECT id, key FROM deadlines WHERE state = 'open' AND NOT provisional AND due_at <= clock.now()"
    " AND kind = ANY($1) AND id <> ALL($2) ORDER BY due_at LIMIT 100"
)
_TAKE = "UPDATE deadlines SET state = 'fired' WHERE id = $1 AND state = 'open' AND due_at <= clock.now() RETURNING *"


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
    tx.write("deadlines", _SET, new_id(), kind, subject, key, due_at, provisional, clause.id)


async def meet_deadline(tx: Transaction, kind: str, subject: UUID) -> None:
    """What was due has been done; no deadline of that kind open is no error."""
    tx.write("deadlines", _MEET, kind, subject)


class Sweeper:
    """Fires deadlines of one service, each in its own transaction, the record's key locked first."""

    def __init__(self, database: Database, actions: Mapping[str, Action]) -> None:
        self._database = database
        self._actions = actions
        self._failed: dict[UUID, float] = {}  # until when each is left alone

    async def run(self) -> None:
        if self._actions:
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
        """Acts on everything that is due; returns how many deadlines fired."""
        now = time.monotonic()
        self._failed = {deadline: until for deadline, until in self._failed.items() if until > now}
        rows = await connection.fetch(_DUE, list(self._actions), list(self._failed))
        OVERDUE.labels(self._database.service).set(len(rows) + len(self._failed))
        fired = 0
        for row in rows:
            try:
                fired += await self._fire(connection, row)
            except Exception as error:
                if is_outage(error):
                    raise
                self._failed[row["id"]] = now + FAILED_SECONDS  # else a hundred of them would be all that is ever tried
                log.error("deadline_failed", deadline=str(row["id"]), error=told(error))
        return fired

    async def _fire(self, connection: Any, due: Row) -> int:
        async with self._database.system_transaction(connection) as tx:
            await tx.lock(due["key"])
            row = await connection.fetchrow(_TAKE, due["id"])
            if row is None:
                return 0
            await self._actions[row["kind"]](tx, row)
            return 1
