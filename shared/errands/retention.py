"""What need not or may not be kept any longer goes: uploads that no command named, documents and private texts whose
last day is over, answers stored under old Idempotency-Keys.

The journal stays whole: it names no person and holds no private text, only salted hashes of such, whose salt goes with
the text.
"""

import asyncio
from typing import Any

import sqlalchemy as sa
import structlog

from shared.errands import documents
from shared.process.outages import keep_going
from shared.work.database import Database

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 600.0
KEY_DAYS = 30
"""How long, in real time, an Idempotency-Key finds its answer again; a client that retries later acts anew."""
AT_ONCE = 2000
"""Rows of a table in one transaction, so that a command waits for none of them."""

_KEYS = (
    "DELETE FROM idempotency WHERE scope IN (SELECT scope FROM idempotency"
    f" WHERE created_at < clock_timestamp() - interval '{KEY_DAYS} days' ORDER BY created_at LIMIT {AT_ONCE})"
)
_OVER = "keep_until < (clock.now() AT TIME ZONE 'Asia/Shanghai')::date"


def private_tables(metadata: sa.MetaData) -> list[sa.Table]:
    """The tables of private texts and names that a last day is set for."""
    found = [table for table in metadata.sorted_tables if "keep_until" in table.c and table.name != "documents"]
    return list(reversed(found))  # those that refer to another first


def erasing(table: sa.Table) -> str:
    """The statement that erases what is over: the row, or where others need it only what is private in it, as the
    table's `info["erased"]` says (column: SQL value)."""
    values: dict[str, str] = table.info.get("erased", {})
    keys = ", ".join(column.name for column in table.primary_key)
    done = "".join(f" AND {name} <> {value}" for name, value in values.items())
    some = f"({keys}) IN (SELECT {keys} FROM {table.name} WHERE {_OVER}{done} LIMIT {AT_ONCE})"
    if not values:
        return f"DELETE FROM {table.name} WHERE {some}"
    return f"UPDATE {table.name} SET {', '.join(f'{name} = {value}' for name, value in values.items())} WHERE {some}"


class Retention:
    """The sweep of one service."""

    def __init__(self, database: Database, metadata: sa.MetaData, store: Any) -> None:
        self._database = database
        self._store = store
        self._statements = [_KEYS, *(erasing(table) for table in private_tables(metadata))]

    async def run(self) -> None:
        await keep_going("retention", self._database.service, self._keep_sweeping)

    async def _keep_sweeping(self) -> None:
        connection = await self._database.connect()
        try:
            while True:
                await self.sweep(connection)
                await asyncio.sleep(SWEEP_SECONDS)
        finally:
            connection.terminate()

    async def sweep(self, connection: Any) -> int:
        """Erases all that is over; returns how many rows and documents."""
        async with self._database.system_transaction(connection) as tx:
            gone = await documents.sweep_unlinked(tx) + await documents.erase_expired(tx)
        await documents.forget(self._store, gone)
        erased = len(gone)
        for statement in self._statements:
            while count := await self._erase(connection, statement):
                erased += count
        if erased:
            log.info("erased", service=self._database.service, count=erased)
        return erased

    async def _erase(self, connection: Any, statement: str) -> int:
        async with self._database.system_transaction(connection) as tx:
            return int((await tx.connection.execute(statement)).rsplit(" ", 1)[-1])
