"""What leaves the house: treasury orders, mails, web hooks. A row with a unique business key, sent by the worker.

A consumer or command only writes the row; a replay finds the key and writes none. Sent at least once, with the key as
the receiver's idempotency key; after the last attempt the row stays `failed`, for a person to look at.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from shared.database import Database, Transaction
from shared.outages import keep_going

log = structlog.get_logger(__name__)

ATTEMPTS = 12
Adapter = Callable[[str, dict[str, Any]], Awaitable[None]]

_WRITE = (
    "INSERT INTO dispatches (business_key, channel, payload, state, attempts, next_at)"
    " VALUES ($1, $2, $3, 'waiting', 0, clock_timestamp()) ON CONFLICT (business_key) DO NOTHING"
)
_NEXT = (
    "SELECT * FROM dispatches WHERE state = 'waiting' AND next_at <= clock_timestamp() AND channel = ANY($1)"
    " ORDER BY next_at LIMIT 20 FOR UPDATE SKIP LOCKED"
)
_SENT = "UPDATE dispatches SET state = 'sent', attempts = attempts + 1 WHERE business_key = $1"
_LATER = (
    "UPDATE dispatches SET attempts = attempts + 1, next_at = clock_timestamp() + make_interval(secs => $2),"
    " state = CASE WHEN attempts + 1 >= $3 THEN 'failed' ELSE 'waiting' END WHERE business_key = $1"
)


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
            while True:
                await self.send_waiting(connection)
                await asyncio.sleep(0.5)
        finally:
            connection.terminate()

    async def send_waiting(self, connection: Any) -> None:
        async with self._database.system_transaction(connection):
            for row in await connection.fetch(_NEXT, list(self._adapters)):
                try:
                    await self._adapters[row["channel"]](row["business_key"], row["payload"])
                    await connection.execute(_SENT, row["business_key"])
                except (OSError, TimeoutError) as error:
                    log.warning("dispatch_failed", channel=row["channel"], error=type(error).__name__)
                    await connection.execute(_LATER, row["business_key"], 2.0 ** min(row["attempts"], 10), ATTEMPTS)
