"""What leaves the house: treasury orders, mails, web hooks. A row with a unique business key, sent by the worker.

A consumer or command only writes the row; a replay finds the key and writes none. Sent at least once, with the key as
the receiver's idempotency key, until it is taken: hourly in the end, for ever. It ends otherwise only when what it
orders is settled (`closed`) or when two operators cancel it. While it is `sending`, or once an attempt ended without
an answer (`unsure`), the receiver may have taken it, and whoever would do the same by hand has to know.
What failed often, or waits long, shows in readyz, in the metrics and among the tasks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from shared.process.outages import keep_going, told
from shared.process.telemetry import FAILED_SENDS, LATE_DISPATCHES, OLDEST_DISPATCH
from shared.work.database import Database, Row, Transaction
from shared.work.records import Record

log = structlog.get_logger(__name__)

SEND_SECONDS = 15.0
"""The longest that sending one errand may take in all, however slowly its receiver answers."""
TAKEN_SECONDS = 60.0
"""An errand that is being sent is nobody else's for so long; when its worker has died, it is sent again then."""
MEASURE_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 3600.0
LONG_HOURS = 1
"""An errand that was not taken for so long is shown to those who can do something about it."""
Adapter = Callable[[str, dict[str, Any]], Awaitable[str | None]]
"""Sends an errand, and returns by which reference its receiver knows it, if it says so. Raises NotTaken, NotSure, or
anything else, which counts as not sure."""


class NotTaken(OSError):
    """The receiver has certainly not taken the errand. The text says why, in words that may be shown and logged."""


class NotSure(OSError):
    """Whether the receiver has taken the errand is unknown. The text says why, in words that may be shown."""


_WRITE = (
    "INSERT INTO dispatches (business_key, channel, payload, state, attempts, next_at, since)"
    " VALUES ($1, $2, $3, 'waiting', 0, clock_timestamp(), $4) ON CONFLICT (business_key) DO NOTHING"
)
_TAKE = (
    "UPDATE dispatches SET state = 'sending', unsure = unsure OR state = 'sending',"
    " next_at = clock_timestamp() + make_interval(secs => $2) WHERE business_key IN ("
    "SELECT business_key FROM dispatches WHERE state IN ('waiting', 'sending') AND next_at <= clock_timestamp()"
    " AND channel = ANY($1) ORDER BY next_at LIMIT 20 FOR UPDATE SKIP LOCKED) RETURNING *"
)
_SENT = (
    "UPDATE dispatches SET state = 'sent', attempts = attempts + 1, reason = NULL, reference = $2"
    " WHERE business_key = $1 AND state = 'sending'"
)
_LATER = (
    "UPDATE dispatches SET state = 'waiting', attempts = attempts + 1, reason = $3, unsure = unsure OR $4,"
    " next_at = clock_timestamp() + make_interval(secs => least(2.0 ^ least(attempts, 20), $2))"
    " WHERE business_key = $1 AND state = 'sending'"
)
_STATE = "SELECT state, unsure, reference FROM dispatches WHERE business_key = $1 FOR UPDATE"
_CLOSE = "UPDATE dispatches SET state = 'closed' WHERE business_key = $1"
_MEASURE = (
    "SELECT count(*) FILTER (WHERE attempts >= $1) AS late,"
    " coalesce(extract(epoch FROM clock.now() - min(since)), 0)::float8 AS oldest"
    " FROM dispatches WHERE state IN ('waiting', 'sending')"
)


async def dispatch(tx: Transaction, business_key: str, channel: str, payload: dict[str, Any]) -> None:
    """Writes the errand, once for its business key."""
    tx.write("dispatches", _WRITE, business_key, channel, payload, tx.now)


@dataclass(frozen=True, kw_only=True)
class Taken(Record):
    """How far an errand has come: whether its receiver may have it (`unsure`), and by which reference it knows it."""

    state: str
    unsure: bool
    reference: str | None


async def lock_dispatch(tx: Transaction, business_key: str) -> Taken | None:
    """How far the errand has come: until this transaction ends, no worker takes it. None when there is none."""
    await tx.flush()
    row = await tx.connection.fetchrow(_STATE, business_key)
    return None if row is None else Taken.of(row)


async def close_dispatch(tx: Transaction, business_key: str) -> None:
    """What it ordered is settled: it is never sent (again)."""
    await tx.connection.execute(_CLOSE, business_key)


class Dispatcher:
    """Sends what waits, through one adapter a channel, and measures what waits, also where there is none."""

    def __init__(self, database: Database, adapters: Mapping[str, Adapter]) -> None:
        self._database = database
        self._adapters = adapters

    async def run(self) -> None:
        async with asyncio.TaskGroup() as loops:
            loops.create_task(keep_going("dispatch_gauge", self._database.service, self._keep_measuring))
            if self._adapters:
                loops.create_task(keep_going("dispatcher", self._database.service, self._keep_sending))

    async def _keep_measuring(self) -> None:
        while True:
            async with self._database.connection() as connection:
                await self.measure(connection)
            await asyncio.sleep(MEASURE_SECONDS)

    async def measure(self, connection: Any) -> None:
        """Sets the gauges: how many failed often, and how old the oldest is that was not taken."""
        row = await connection.fetchrow(_MEASURE, FAILED_SENDS)
        LATE_DISPATCHES.labels(self._database.service).set(row["late"])
        OLDEST_DISPATCH.labels(self._database.service).set(row["oldest"])

    async def _keep_sending(self) -> None:
        connection = await self._database.connect()
        try:
            while True:
                await self.send_waiting(connection)
                await asyncio.sleep(0.5)
        finally:
            connection.terminate()

    async def send_waiting(self, connection: Any) -> None:
        """Sends what is due, side by side: none waits for another's receiver, and no transaction waits for any."""
        rows = await connection.fetch(_TAKE, list(self._adapters), TAKEN_SECONDS)
        for sending in asyncio.as_completed([self._send(row) for row in rows]):
            statement, *values = await sending
            await connection.execute(statement, *values)

    async def _send(self, row: Row) -> tuple[Any, ...]:
        """How it ended, as the statement that keeps it."""
        key = row["business_key"]
        try:
            async with asyncio.timeout(SEND_SECONDS):
                reference = await self._adapters[row["channel"]](key, row["payload"])
        except Exception as error:
            reason = _in_words(error)
            log.warning(
                "dispatch_failed",
                business_key=key,
                channel=row["channel"],
                reason=reason,
                attempts=row["attempts"] + 1,
            )
            return _LATER, key, LONGEST_WAIT_SECONDS, reason, not isinstance(error, NotTaken)
        return _SENT, key, reference


def _in_words(error: Exception) -> str:
    """Why it failed: in the adapter's words where it has some; of any other error only its kind may be told."""
    if isinstance(error, TimeoutError):
        return f"no whole answer within {SEND_SECONDS:g} seconds"
    return str(error) if isinstance(error, NotTaken | NotSure) else told(error)
