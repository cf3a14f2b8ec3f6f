"""The WAL stream: inserts into an outbox, read from PostgreSQL's log (pgoutput, protocol version 1) and sent to Kafka.

`python -m tests.bench.reference.wal <database url> <broker> <topic> bare|same`: bare sends key and payload of `outbox`,
same sends what Goufu's relay sends of an entry, headers and all, from `entries`.
"""

import asyncio
import contextlib
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg2  # type: ignore[import-untyped] # it ships no types, and only this reference uses it
import psycopg2.extras  # type: ignore[import-untyped]
import uvloop

from tests.bench.reference.kafka import Sent, producer, send
from tests.bench.reference.schema import PUBLICATION, SLOT

BATCH = 1000
_INSERT, _COMMIT = ord("I"), ord("C")
_int32, _int16, _int64 = (struct.Struct(form).unpack_from for form in (">i", ">h", ">q"))


def columns(message: bytes) -> list[bytes]:
    """The columns of an Insert: after relation id and 'N', their number, then of each its kind, length and text."""
    place, found = 8, []
    for _ in range(_int16(message, 6)[0]):
        (length,) = _int32(message, place + 1)
        found.append(message[place + 5 : place + 5 + length])
        place += 5 + length
    return found


def bare(found: list[bytes]) -> Sent:
    """Key and payload alone: columns id, aggregatetype, aggregateid, type, payload."""
    return found[2], found[4], []


def same(found: list[bytes]) -> Sent:
    """The message as Goufu's relay sends it: columns id, entry, key, version, type, correlation, recorded_at, value."""
    position, entry, key, version, kind, correlation, recorded_at, value = found
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", entry),
        ("ce_source", b"/evaluation"),
        ("ce_type", kind),
        ("ce_time", recorded_at),
        ("content-type", b"application/json"),
        ("ce_position", position),
        ("ce_key", key),
        ("ce_keyversion", version),
        ("ce_correlation", correlation),
    ]
    return key, value, headers


FORMS: dict[str, Callable[[list[bytes]], Sent]] = {"bare": bare, "same": same}


class Stream:
    """The replication connection, and what of its messages has not been sent yet."""

    def __init__(self, url: str, form: Callable[[list[bytes]], Sent]) -> None:
        self._form = form
        connection = psycopg2.connect(url, connection_factory=psycopg2.extras.LogicalReplicationConnection)
        self._cursor: Any = connection.cursor()
        options = {"proto_version": "1", "publication_names": PUBLICATION, "messages": "true"}
        self._cursor.start_replication(slot_name=SLOT, decode=False, options=options)
        self._came = asyncio.Event()
        self._came.set()
        asyncio.get_running_loop().add_reader(connection.fileno(), self._came.set)

    async def follow(self, producer: Any, topic: str) -> None:
        """Sends what comes, at most a batch at a time, and tells PostgreSQL what need not come again."""
        beat = time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._came.wait(), 1)
            self._came.clear()
            await self._send_all(producer, topic)
            if time.monotonic() - beat > 5:
                self._cursor.send_feedback()
                beat = time.monotonic()

    async def _send_all(self, producer: Any, topic: str) -> None:
        rows: list[Sent] = []
        committed = None
        more = True
        while more:
            message = self._cursor.read_message()
            more = message is not None
            if more:
                payload = message.payload
                if payload[0] == _INSERT:
                    rows.append(self._form(columns(payload)))
                elif payload[0] == _COMMIT:
                    (committed,) = _int64(payload, 10)
            if rows and (not more or len(rows) >= BATCH):
                await send(producer, topic, rows)
                rows = []
            if committed and not rows:
                self._cursor.send_feedback(flush_lsn=committed)
                committed = None


async def main(url: str, broker: str, topic: str, form: str) -> None:
    made = await producer(broker)
    stream = Stream(url, FORMS[form])
    print("ready", flush=True)
    await stream.follow(made, topic)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:5]))
