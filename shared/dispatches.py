"""What leaves the house: treasury orders, mails, web hooks. A row with a unique business key, sent by the worker.

A consumer or command only writes the row; a replay finds the key and writes none. Sent at least once, with the key as
the receiver's idempotency key, until it is taken: hourly in the end. What failed often shows in readyz and metrics.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from shared.database import Database, Transaction
from shared.outages import keep_going, told
from shared.telemetry import LATE_DISPATCHES

log = structlog.get_logger(__name__)

SEND_SECONDS = 15.0
"""The longest that sending one errand may take in all, however slowly its receiver answers."""
TAKEN_SECONDS = 60.0
"""An errand that is being sent is nobody else's for so long; when its worker has died, it is sent again then."""
MANY_ATTEMPTS = 12
LONGEST_WAIT_SECONDS = 3600.0
Adapter = Callable[[str, dict[str, Any]], Awaitable[None]]

_WRITE = (
    "INSERT INTO dispatches (business_key, channel, payload, state, attempts, next_at)"
    " VALUES ($1, $2, $3, 'waiting', 0, clock_timestamp()) ON CONFLICT (business_key) DO NOTHING"
)
_TAKE = (
    "UPDATE dispatches SET next_at = clock_timestamp() + make_interval(secs => $2) WHERE business_key IN ("
    "SELECT business_key FROM dispatches WHERE state = 'waiting' AND next_at <= clock_timestamp()"
    " AND channel = ANY($1) ORDER BY next_at LIMIT 20 FOR UPDATE SKIP LOCKED) RETURNING *"
)
_SENT = "UPDATE dispatches SET state = 'sent', attempts = attempts + 1 WHERE business_key = $1"
_LATER = (
    "UPDATE dispatches SET attempts = attempts + 1,"
    " next_at = clock_timestamp() + make_interval(secs => least(2.0 ^ least(attempts, 20), $2)) WHERE business_key = $1"
)
_TAKE_UP = "UPDATE dispatches SET state = 'waiting' WHERE state = 'failed' AND channel = ANY($1)"
_LATE = "SELECT count(*) FROM dispatches WHERE state = 'waiting' AND attempts >= $1"


async def dispatch(tx: Transaction, business_key: str, channel: str, payload: dict[str, Any]) -> None:
    """Writes the errand, once for its business key."""
    tx.write("dispatches", _WRITE, business_key, channel, payload)


class Dispatcher:
    """Sends what waits, through one adapter a channel."""

    def __init__(self, database: Database, adapters: Mapping[str, Adapter]) -> None:
        self._database = database
        self._adapters = adapters

    async def run(self) -> None:
        if self._adapters:
            await keep_going("dispatcher", self._database.service, self._keep_sending)

    async def _keep_sending(self) -> None:
        connection = await self._database.connect()
        try:
            await connection.execute(_TAKE_UP, list(self._adapters))
            while True:
                await self.send_waiting(connection)
                LATE_DISPATCHES.labels(self._database.service).set(await connection.fetchval(_LATE, MANY_ATTEMPTS))
                await asyncio.sleep(0.5)
        finally:
            connection.terminate()

    async def send_waiting(self, connection: Any) -> None:
        """Sends what is due, side by side: none waits for another's receiver, and no transaction waits for any."""
        rows = await connection.fetch(_TAKE, list(self._adapters), TAKEN_SECONDS)
        for sending in asyncio.as_completed([self._send(row) for row in rows]):
            key, sent = await sending
            await (connection.execute(_SENT, key) if sent else connection.execute(_LATER, key, LONGEST_WAIT_SECONDS))

    async def _send(self, row: Any) -> tuple[str, bool]:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._adapters[row["channel"]](row["business_key"], row["payload"])
        except Exception as error:
            log.warning("dispatch_failed", channel=row["channel"], error=told(error), attempts=row["attempts"] + 1)
            return row["business_key"], False
        return row["business_key"], True
