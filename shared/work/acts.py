"""What is done to a database behind the commands is recorded too: by which act, and what it changed."""

from typing import Any

from shared.events.road import RoadEvent, of_service
from shared.fields.ids import new_id
from shared.work.database import Database, Transaction


async def record_act(tx: Transaction, kind: type[RoadEvent], **fields: Any) -> None:
    """Adds the act to what this transaction commits, under a key of its own."""
    key = new_id()
    await tx.lock(key)
    tx.emit(of_service(kind, tx.database.service)(**{kind.key_field: key}, **fields))


async def recorded(database: Database, kind: type[RoadEvent], **fields: Any) -> None:
    """Records an act in a transaction of its own, unless nothing was ever recorded in that service."""
    connection = await database.connect()
    try:
        if await connection.fetchval("SELECT EXISTS (SELECT FROM journal)"):
            async with database.system_transaction(connection) as tx:
                await record_act(tx, kind, **fields)
    finally:
        await connection.close()
