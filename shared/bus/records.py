"""What a record of the road looks like: how a relay writes it, and what a consumer believes of one that arrived.

Nothing is believed because it lies on a topic. A record counts when it has the form that a relay gives it, when its
source is the topic's, when its key is the event's, and when it carries its source's tag: HMAC-SHA256, under a key that
only the deployment's workers have, over everything a consumer acts on. Headers and entry must say the same.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic_core import from_json

from shared.bus import Message, Record
from shared.events import Event, heartbeats_of, topic_of
from shared.fields.ids import traceparent
from shared.fields.strict_json import canonical_record

LARGEST_EVENT: Final = 1 << 20
LARGEST_NUMBER: Final = 10**18 - 1
"""Of versions, positions and counts: what has more digits is none of ours, and fits no column."""
TAG: Final = "goufu-tag"
HASH, ENTRY = "ce_hash", "ce_entryhash"
"""On the public topic: the hash at the position; and where the entry is not there to be hashed, that of its text."""
SEALED: Final = b"goufu.sealed_position.v1"
INTERNAL: Final = "goufu.internal.v1"
"""The type under which the services get an internal event: that it happened, not what."""
EventType: TypeAlias = type[Event]

_INNER, _OUTER = bytes(n ^ 0x36 for n in range(256)), bytes(n ^ 0x5C for n in range(256))
_SPECVERSION, _CONTENT_TYPE = ("ce_specversion", b"1.0"), ("content-type", b"application/json")
_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NUMBER = re.compile(rb"[1-9][0-9]{0,17}")
_TYPE = re.compile(rb"goufu(\.[a-z][a-z_]{0,60}){1,2}\.v[0-9]{1,3}")
_NAMES = ("ce_id", "ce_type", "ce_position", "ce_key", "ce_keyversion", "ce_timeline")
_FORMS = (_ID, _TYPE, _NUMBER, _ID, _NUMBER, _ID)


class Unbelievable(Exception):
    """The record was not made by its source's relay as it stands; the message says what does not fit."""


class Mismatch(ValueError):
    """Parts of one event contradict each other, or what this service holds; it is parked."""


def together(event: Event, held: Any, **columns: str) -> None:
    """What the event says belongs together must do so by what this service holds: each of these fields equals the named
    column of the record. Raises Mismatch, which parks the event."""
    for name, column in columns.items():
        kept = held[column] if hasattr(held, "keys") else getattr(held, column)
        if getattr(event, name) != kept:
            raise Mismatch(f"its {name} is not that of the record it names")


class Tags:
    """Makes and checks tags: HMAC-SHA256 (RFC 2104), begun once for each source, which is twice as fast as anew for
    each event. `secret` is the deployment's; each source has a key of its own, derived from it."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._begun: dict[str, tuple[Any, Any]] = {}

    def of(self, source: str, *parts: bytes) -> bytes:
        """The tag of that source over the parts; none but the last may hold NUL."""
        begun = self._begun.get(source)
        if begun is None:
            key = hmac.digest(self._secret, b"goufu road tag 1 " + source.encode(), "sha256").ljust(64, b"\0")
            begun = hashlib.sha256(key.translate(_INNER)), hashlib.sha256(key.translate(_OUTER))
            self._begun[source] = begun
        inner, outer = begun[0].copy(), begun[1].copy()
        inner.update(b"\0".join(parts))
        outer.update(inner.digest())
        tag: bytes = outer.digest()
        return tag

    def check(self, source: str, given: object, *parts: bytes) -> None:
        """Raises Unbelievable."""
        if not isinstance(given, bytes) or not hmac.compare_digest(given, self.of(source, *parts)):
            raise Unbelievable(f"the tag is not that of {source}")


@dataclass(frozen=True, slots=True)
class Sender:
    """Writes the records of one service in its present timeline."""

    service: str
    timeline: UUID
    tags: Tags
    prefix: str = "goufu"

    def event(self, position: int, row: Any, digest: bytes = b"") -> Message:
        """An event for the services, with its tag: the journal entry as it was hashed, or of an internal one its place
        in the chain (`digest` is its hash) and among the versions of its key, so that neither has a gap."""
        topic = topic_of(self.service, self.prefix)
        if row["audience"] == "internal":
            parts = self._parts(position, row, INTERNAL)
            value = canonical_record({"position": position, "hash": digest.hex(), "service": self.service})
            headers = self._place(parts)  # neither person nor type, record, cause or time
        else:
            parts = self._parts(position, row, row["type"])
            value, headers = row["entry"].encode(), (*self._place(parts), *_about(row))
        tag = self.tags.of(self.service, topic.encode(), *parts, value)
        return Message(topic, parts[3], value, (*headers, (TAG, tag)))

    def whole(self, topic: str, position: int, row: Any, digest: bytes) -> Message:
        """An entry as CloudEvents 1.0 in Kafka's binary mode; the value is the entry itself, `digest` the hash at its
        position, so that a reader can follow the chain."""
        parts = self._parts(position, row, row["type"])
        about = (*self._place(parts), *_about(row), (HASH, digest.hex().encode()))
        return Message(topic, parts[3], row["entry"].encode(), about)

    def sealed(self, topic: str, position: int, row: Any, digest: bytes) -> Message:
        """A position that is not public: its hash, and the entry's, so that the chain can be followed past it. A
        guess of the entry can be tried on it no better than on the hashes of this position and the one before."""
        service, text = self.service.encode(), str(position).encode()
        value = sealed_value(self.service, position, digest)
        given = (
            ("ce_specversion", b"1.0"),
            ("ce_id", service + b"-" + text),
            ("ce_type", SEALED),
            ("ce_source", b"/" + service),
            ("ce_position", text),
            ("ce_timeline", str(self.timeline).encode()),
            (HASH, digest.hex().encode()),
            (ENTRY, hashlib.sha256(row["entry"].encode()).hexdigest().encode()),
        )
        return Message(topic, service, value, given)

    def _parts(self, position: int, row: Any, kind: str) -> tuple[bytes, ...]:
        """What stands under `_NAMES`."""
        key, version = str(row["key"]).encode(), str(row["version"]).encode()
        event, timeline = str(row["id"]).encode(), str(self.timeline).encode()
        return event, kind.encode(), str(position).encode(), key, version, timeline

    def _place(self, parts: tuple[bytes, ...]) -> tuple[tuple[str, bytes], ...]:
        source = ("ce_source", b"/" + self.service.encode())
        return (_SPECVERSION, source, _CONTENT_TYPE, *zip(_NAMES, parts, strict=True))

    def heartbeat(self, position: int, events: int, at: float) -> Message:
        """How far the service has come: everything recorded before `at` (seconds since 1970) is among the `events`
        that the services' topic has."""
        topic, service = heartbeats_of(self.service, self.prefix), self.service.encode()
        said = {"service": self.service, "timeline": str(self.timeline), "position": position, "events": events}
        value = canonical_record({**said, "at_us": round(at * 1_000_000)})
        tag = self.tags.of(self.service, topic.encode(), value)
        return Message(topic, service, value, (("ce_type", b"goufu.heartbeat.v1"), (TAG, tag)))


def _about(row: Any) -> tuple[tuple[str, bytes], ...]:
    """What a reader may want to know of an event before its content."""
    time, correlation = row["recorded_at"].isoformat().encode(), str(row["correlation"]).encode()
    cause = (("ce_cause", str(row["cause"]).encode()),) if row["cause"] else ()
    trace = (("traceparent", row["traceparent"].encode()),) if row["traceparent"] else ()
    return (("ce_time", time), ("ce_correlation", correlation), *cause, *trace)


@dataclass(slots=True)
class Arrived:
    """An event as it came, or as it was held. Version 0 is a record that is not believed, in a place of its own."""

    id: UUID
    source: str
    key: UUID
    version: int
    type: str
    value: bytes
    traceparent: str | None
    awaits: UUID | None = None
    state: str = ""
    position: int = 0
    timeline: UUID | None = None
    why: str = ""
    parsed: Event | None = None
    entry: dict[str, Any] = field(default_factory=dict)

    def parse(self, kind: EventType) -> Event:
        """The event in the entry. Raises Mismatch where headers, entry and event do not say the same."""
        if self.parsed is None:
            self.entry = from_json(self.value)
            parsed = kind.model_validate(self.entry["event"])
            self._compare(kind, parsed)
            self.parsed = parsed
        return self.parsed

    def _compare(self, kind: EventType, parsed: Event) -> None:
        said = {
            "id": str(self.id),
            "key": str(self.key),
            "version": self.version,
            "type": self.type,
            "service": self.source,
            "kind": "event",
        }
        for name, value in said.items():
            if self.entry.get(name) != value:
                raise Mismatch(f"the entry's {name} is not that of the headers")
        if kind.service != self.source:
            raise Mismatch(f"{self.source} publishes no such event")
        if parsed.key != self.key:
            raise Mismatch("the event is of another key")
        UUID(self.entry["correlation"])


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a service says of itself once a second; `at` in microseconds since 1970."""

    service: str
    timeline: UUID
    events: int
    at_us: int


def arrived(record: Record, source: str, tags: Tags) -> Arrived:
    """Reads the headers. A record that is not believed gets an id and a key of its own place, so that it holds up
    nobody; it is parked."""
    try:
        return believed(record, source, tags)
    except Unbelievable as error:
        return unbelieved(f"{record.topic}/{record.partition}/{record.offset}", source, record.value, str(error))


def unbelieved(place: str, source: str, value: bytes, why: str) -> Arrived:
    """A record that counts for nothing and is shown to the operators."""
    own = uuid5(NAMESPACE_OID, place)
    return Arrived(own, source, own, 0, "", value[:LARGEST_EVENT], None, why=why)


def sealed_value(service: str, position: int, digest: bytes) -> bytes:
    """What stands on the public topic at a position that is not public."""
    return canonical_record({"position": position, "hash": digest.hex(), "service": service})


def believed(record: Record, source: str, tags: Tags) -> Arrived:
    """The event that the source's relay sent. Raises Unbelievable."""
    headers: Mapping[str, object] = dict(record.headers)
    if len(headers) != len(record.headers):
        raise Unbelievable("a header is there twice")
    parts: list[bytes] = []
    for name, form in zip(_NAMES, _FORMS, strict=True):
        given = headers.get(name)
        if not isinstance(given, bytes) or not form.fullmatch(given):
            raise Unbelievable(f"the header {name} is missing or has no form of an event's")
        parts.append(given)
    if len(record.value) > LARGEST_EVENT:
        raise Unbelievable(f"larger than {LARGEST_EVENT} bytes")
    if headers.get("ce_source") != b"/" + source.encode() or record.key != parts[3]:
        raise Unbelievable("source or key are not those of the topic and the record")
    tags.check(source, headers.get(TAG), record.topic.encode(), *parts, record.value)
    event_id, kind, position, key, version, timeline = (part.decode() for part in parts)
    trace = headers.get("traceparent")
    traced = traceparent(trace) if isinstance(trace, bytes) else None
    return Arrived(
        UUID(event_id),
        source,
        UUID(key),
        int(version),
        kind,
        record.value,
        traced,
        position=int(position),
        timeline=UUID(timeline),
    )


def heartbeat(record: Record, source: str, tags: Tags) -> Heartbeat:
    """Reads a heartbeat on the source's topic. Raises Unbelievable."""
    tags.check(source, dict(record.headers).get(TAG), record.topic.encode(), record.value)
    try:
        said = from_json(record.value)
        beat = Heartbeat(said["service"], UUID(said["timeline"]), said["events"], said["at_us"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unbelievable("no heartbeat of ours") from error
    if (record.key, beat.service) != (source.encode(), source):
        raise Unbelievable("of another service")
    if not (_counts(beat.events) and _counts(beat.at_us)):
        raise Unbelievable("with impossible figures")
    return beat


def _counts(number: object) -> bool:
    return type(number) is int and 0 <= number <= LARGEST_NUMBER
