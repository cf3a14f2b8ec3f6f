"""Signed checkpoints of the ledger, for those outside: service, timeline, position, hash and time.

Whoever may do anything to a database may cut off its newest entries and give their positions again, or make the whole
chain anew: in itself that verifies. A hash that lies elsewhere finds it. So the worker of each service signs where its
ledger ends (Ed25519), appends that to a file in a folder of the supervising body, and publishes it for ever, on a
topic that no other service may write to.

What is under a seal has no position yet: `sealed` commits to it (`shared/road/sealed.py`). It is in every line of every
service, has always one size and is never the same twice; and as long as a seal stands, which everybody may know, a line
goes out every minute whether or not anything came.

A line is canonical JSON; the signature is over the line without `signature`. The public key (`goufu audit key`) goes to
those who verify, by another way than the checkpoints.
"""

import asyncio
import base64
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.bus import Bus, Message, Publisher, Record
from shared.bus.access import INTEGRATOR
from shared.events import SERVICES, checkpoints_of
from shared.fields.strict_json import canonical
from shared.process.outages import keep_going
from shared.process.settings import Settings, SettingsError
from shared.road.sealed import commit_to
from shared.work.database import Database

log = structlog.get_logger(__name__)

EVERY_ENTRIES = 1000
EVERY_SECONDS = 60.0
LOOK_SECONDS = 2.0
_TIP = "SELECT position, hash FROM ledger ORDER BY position DESC LIMIT 1"
_SEALS = "SELECT EXISTS (SELECT FROM seals)"
_TIMELINE = "SELECT id FROM timelines WHERE source = $1 AND last IS NULL"
_SANDBOX_SEED = bytes(31) + b"\1"
"""What a sandbox signs with: everybody knows it."""


class BadCheckpoint(Exception):
    """A line that is no checkpoint, or was not signed with the key that is believed."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The ledger of a service had this hash at this position. `timeline` is empty where it is not known, `sealed` in a
    line that says nothing of what was under seal."""

    service: str
    timeline: str
    position: int
    hash: str
    at: str
    sealed: str = ""

    def signed(self, key: Ed25519PrivateKey) -> bytes:
        """The line that goes out."""
        said = asdict(self)
        return canonical({**said, "signature": _text(key.sign(canonical(said)))})


def read(line: bytes | str, key: Ed25519PublicKey) -> Checkpoint:
    """Reads a line and checks its signature. Raises BadCheckpoint."""
    try:
        said: dict[str, Any] = json.loads(line)
        signature = _bytes(said.pop("signature"))
        key.verify(signature, canonical(said))
        UUID(said["timeline"] or str(UUID(int=0)))
        return Checkpoint(**said)
    except (InvalidSignature, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadCheckpoint(f"not signed with this key: {type(error).__name__}") from error


def signing_key(settings: Settings) -> Ed25519PrivateKey | None:
    """The deployment's key, from 32 bytes as base64; none in production where it is not set. Raises SettingsError."""
    given = settings.checkpoint_key
    if given is None:
        return Ed25519PrivateKey.from_private_bytes(_SANDBOX_SEED) if settings.sandbox else None
    try:
        return Ed25519PrivateKey.from_private_bytes(_bytes(given.get_secret_value()))
    except ValueError as error:
        raise SettingsError("set GOUFU_CHECKPOINT_KEY to 32 random bytes as base64") from error


def public_text(key: Ed25519PublicKey) -> str:
    """The key as it is handed on."""
    return _text(key.public_bytes_raw())


def public_key(text: str) -> Ed25519PublicKey:
    """Reads what `public_text` wrote. Raises ValueError."""
    return Ed25519PublicKey.from_public_bytes(_bytes(text))


def read_files(folder: Path, key: Ed25519PublicKey) -> tuple[list[Checkpoint], list[str]]:
    """Every checkpoint in a folder, or in one file; and which lines are none. A last line that was cut short is none,
    and no finding: the process may have been killed while it wrote."""
    found: list[Checkpoint] = []
    bad: list[str] = []
    for path in [folder] if folder.is_file() else sorted(folder.glob("*.jsonl")):
        content = path.read_bytes()
        for number, line in enumerate(content.split(b"\n")[:-1], start=1):
            try:
                found.append(read(line, key))
            except BadCheckpoint as error:
                bad.append(f"{path}:{number}: {error}")
    return found, bad


async def read_topics(bus: Bus, prefix: str, key: Ed25519PublicKey) -> tuple[list[Checkpoint], list[str]]:
    """Every checkpoint on the services' topics, and which records are none of the service whose topic it is."""
    found: list[Checkpoint] = []
    bad: list[str] = []
    topics = {checkpoints_of(service, prefix): service for service in SERVICES}
    async for record in everything(bus, [*topics], prefix):
        try:
            said = read(record.value, key)
            if said.service != topics[record.topic]:
                raise BadCheckpoint(f"it speaks of {said.service}")
            found.append(said)
        except BadCheckpoint as error:
            bad.append(f"{record.topic}/{record.partition}/{record.offset}: {error}")
    return found, bad


async def everything(
    bus: Bus, topics: Sequence[str], prefix: str, group: str = f"{INTEGRATOR}.audit"
) -> AsyncIterator[Record]:
    """Every record that the topics hold when this begins, and what else comes meanwhile, in the way open to an
    integrator."""
    lasts = [record for topic in topics for record in await bus.last_records(topic)]
    ends = {(record.topic, record.partition): record.offset for record in lasts}
    subscriber = await bus.subscriber(f"{prefix}.{group}-{os.urandom(4).hex()}", topics)
    try:
        while ends:
            for record in await subscriber.poll(1.0):
                place = record.topic, record.partition
                if place in ends and record.offset >= ends[place]:
                    del ends[place]
                yield record
    finally:
        await subscriber.close()


class Checkpoints:
    """The loop of one service's worker: signs the end of the ledger every so many entries, or once a minute where
    there are any or a seal stands."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._topic = checkpoints_of(database.service, settings.topic_prefix)
        self._folder = _folder(settings.checkpoints)
        self._key = signing_key(settings)
        self._last = 0
        self._at = 0.0
        self._unsent: bytes | None = None

    async def run(self, bus: Bus) -> None:
        """Signs and publishes until it is cancelled."""
        if self._key is None:
            log.warning("no_checkpoints", service=self._database.service, why="set GOUFU_CHECKPOINT_KEY")
            return
        await keep_going("checkpoints", self._database.service, partial(self._keep, bus.publisher))

    async def _keep(self, opened: Callable[[str], Awaitable[Publisher]]) -> None:
        async with self._connected() as connection:
            publisher = await opened(f"checkpoints-{self._database.service}")
            try:
                while True:
                    self._unsent = self._unsent or await self.due(connection)
                    if self._unsent:  # until it is acknowledged, whatever ends this connection
                        message = Message(self._topic, self._database.service.encode(), self._unsent, ())
                        await (await publisher.send([message]))
                        self._unsent = None
                    await asyncio.sleep(LOOK_SECONDS)
            finally:
                await publisher.close()

    async def due(self, connection: Any) -> bytes | None:
        """The next line, if it is time for one; it is in the file when it is returned."""
        tip = await connection.fetchrow(_TIP)
        new = tip["position"] - self._last if tip is not None else 0
        if tip is None or (new < EVERY_ENTRIES and time.monotonic() - self._at < EVERY_SECONDS):
            return None
        if new == 0 and not await connection.fetchval(_SEALS):
            return None
        timeline = await connection.fetchval(_TIMELINE, self._database.service)
        now = await connection.fetchval("SELECT clock.now()")
        service, at = self._database.service, now.isoformat(timespec="microseconds")
        sealed = (await commit_to(connection, now)).hex()
        assert self._key is not None
        end = Checkpoint(service, str(timeline or ""), tip["position"], tip["hash"].hex(), at, sealed)
        line = end.signed(self._key)
        if self._folder is not None:
            await asyncio.to_thread(_append, self._folder / f"{service}.jsonl", line)
        self._last, self._at = tip["position"], time.monotonic()
        return line

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        connection = await self._database.connect()
        try:
            yield connection
        finally:
            connection.terminate()


def _folder(setting: str) -> Path | None:
    """Raises SettingsError for one that cannot be written to."""
    if not setting:
        return None
    folder = Path(setting.removeprefix("file://"))
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"GOUFU_CHECKPOINTS: {folder} is no folder that can be written to")
    return folder


def _append(path: Path, line: bytes) -> None:
    """On the disk when it returns. What a kill cut short is closed first, so that it spoils no further line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())


def of_service(service: str, checkpoints: Iterable[Checkpoint]) -> list[Checkpoint]:
    return [each for each in checkpoints if each.service == service]


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
