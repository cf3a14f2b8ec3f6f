"""The tables of the references: those of contracts and evaluation, with the same columns and indexes, in a schema of
their own, and the outbox of the WAL stream."""

import asyncio
from typing import Any

SCHEMA = "reference"
TRIES = 150
_ACTIVE = "SELECT active FROM pg_replication_slots WHERE slot_name = $1"
SLOT, PUBLICATION = "bench_reference", "bench_reference"

_SAME = {
    "contracts": ("payment_lines", "payments", "journal", "queue", "idempotency", "inbox"),
    "evaluation": ("evaluations",),
}
_OUTBOX = f"""
CREATE TABLE {SCHEMA}.outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, aggregatetype text NOT NULL DEFAULT 'T',
  aggregateid text NOT NULL, type text NOT NULL DEFAULT 'bid', payload jsonb NOT NULL);
CREATE TABLE {SCHEMA}.entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entry uuid NOT NULL, key uuid NOT NULL, version bigint NOT NULL,
  type text NOT NULL, correlation uuid NOT NULL, recorded_at timestamptz NOT NULL, value text NOT NULL);
"""


async def make(admin: Any) -> None:
    """Makes the tables once; foreign keys are left out, which only spares the references work."""
    await admin.execute(f"CREATE SCHEMA {SCHEMA}")
    for service, tables in _SAME.items():
        for table in tables:
            await admin.execute(f"CREATE TABLE {SCHEMA}.{table} (LIKE {service}.{table} INCLUDING ALL)")
    await admin.execute(_OUTBOX)


async def drop(admin: Any) -> None:
    await admin.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


async def open_slot(admin: Any, table: str) -> None:
    """A slot from which the stream of this outbox begins now."""
    await close_slot(admin)
    await admin.execute(f"CREATE PUBLICATION {PUBLICATION} FOR TABLE {SCHEMA}.{table} WITH (publish = 'insert')")
    await admin.execute("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", SLOT)


async def close_slot(admin: Any) -> None:
    """An idle slot keeps the log for ever, so it never outlives its round. A server notices a moment later that the
    stream it served has ended, and until then the slot cannot be dropped."""
    for _ in range(TRIES):
        if not await admin.fetchval(_ACTIVE, SLOT):
            break
        await asyncio.sleep(0.1)
    await admin.execute(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1", SLOT
    )
    await admin.execute(f"DROP PUBLICATION IF EXISTS {PUBLICATION}")
