"""The consumers: polls of at most 500 messages, each applied in one transaction, offsets committed in the background.

`python -m tests.bench.reference.consumer <database url> <broker> <topic> <group> set-based|payment`: set-based marks
the line, journals and queues, a statement each for the whole poll; payment writes the payments of a poll in one
statement.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer

OFFSET_SECONDS = 0.5
_SEEN = (
    "INSERT INTO inbox (event, applied_at) SELECT e, $2 FROM unnest($1::uuid[]) e"
    " ON CONFLICT DO NOTHING RETURNING event"
)
_MARK = (
    "UPDATE payment_lines l SET state = 'withheld', result_id = u.result, version = version + 1"
    " FROM unnest($1::uuid[], $2::uuid[]) u (line, result) WHERE l.id = u.line"
)
_JOURNAL = (
    "INSERT INTO journal (id, key, version, kind, type, audience, subject, correlation, recorded_at, entry)"
    " SELECT id, key, version, 'event', 'goufu.contracts.payment_withheld.v1', 'services', subject, id, $5, entry"
    " FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $6::text[]) u (id, key, version, subject, entry)"
)
_QUEUE = "INSERT INTO queue (entry) SELECT * FROM unnest($1::uuid[])"
_PAY = (
    "WITH new AS (INSERT INTO inbox (event, applied_at) SELECT e, $2 FROM unnest($1::uuid[]) e ON CONFLICT DO NOTHING"
    " RETURNING event)"
    " INSERT INTO payments (id, contract_id, line_id, number, kind, attempt, amount, parts, released_at)"
    " SELECT gen_random_uuid(), event, event, 1, 'release', 1, 60000, '{}', $2 FROM new"
)
_WITHHELD = {"amount": "60000.00", "clause": "ZH21-27.5", "gate": "evaluation", "number": 3, "planned": "60000.00"}


async def set_based(connection: Any, messages: Sequence[Any]) -> None:
    """Inbox, line, journal, queue: four statements, one transaction."""
    now = datetime.now(UTC)
    events = {UUID(entry["id"]): entry for entry in (json.loads(message.value) for message in messages)}
    async with connection.transaction():
        new = {row["event"] for row in await connection.fetch(_SEEN, list(events), now)}
        entries = [entry for event, entry in events.items() if event in new]
        lines = [UUID(entry["event"]["line_id"]) for entry in entries]
        keys = [UUID(entry["key"]) for entry in entries]
        results = [UUID(entry["event"]["evaluation_id"]) for entry in entries]
        await connection.execute(_MARK, lines, results)
        ids = [uuid4() for _ in entries]
        texts = [_text(event_id, entry) for event_id, entry in zip(ids, entries, strict=True)]
        versions = [entry["version"] for entry in entries]
        await connection.execute(_JOURNAL, ids, keys, versions, lines, now, texts)
        await connection.execute(_QUEUE, ids)


def _text(event_id: UUID, entry: dict[str, Any]) -> str:
    about = {name: entry[name] for name in ("key", "version", "jurisdiction", "organisation", "rulebook")}
    return json.dumps({**about, "id": str(event_id), "cause": entry["id"], "event": {**entry["event"], **_WITHHELD}})


async def payment(connection: Any, messages: Sequence[Any]) -> None:
    """Inbox and payments in one statement."""
    await connection.execute(_PAY, [UUID(json.loads(m.value)["evaluation_id"]) for m in messages], datetime.now(UTC))


FORMS: dict[str, Callable[[Any, Sequence[Any]], Awaitable[None]]] = {"set-based": set_based, "payment": payment}


async def main(url: str, broker: str, topic: str, group: str, form: str) -> None:
    connection = await asyncpg.connect(url, server_settings={"search_path": "reference"})
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=broker, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    print("ready", flush=True)
    storing, stored = None, time.monotonic()
    while True:
        polled = await consumer.getmany(timeout_ms=500, max_records=500)
        messages = [message for batch in polled.values() for message in batch]
        if messages:
            await FORMS[form](connection, messages)
        if time.monotonic() - stored > OFFSET_SECONDS and (storing is None or storing.done()):
            stored = time.monotonic()
            storing = asyncio.create_task(consumer.commit())


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:6]))
