"""Journal entries: what a command leaves behind, once, for audit trail, outbox and feed alike.

The entry's text is canonical JSON and is what travels, what is hashed and what a third party can check:
`hash(position) = SHA-256(hash(position - 1) ‖ position as 8 bytes ‖ SHA-256(entry))`, beginning with 32 zero bytes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.events import Event
from shared.fields.ids import new_id
from shared.fields.strict_json import canonical_record

GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class Context:
    """What every entry of one command or reaction has in common."""

    service: str
    actor: UUID | None
    correlation: UUID
    cause: UUID | None
    traceparent: str | None
    recorded_at: datetime
    machine: bool = False
    """Whether the actor is a program that acts for itself."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the journal; `version` is the key's next, and None for what was refused, which changes nothing."""

    id: UUID
    key: UUID | None
    version: int | None
    kind: str
    type: str
    audience: str
    subject: UUID | None
    jurisdiction: str | None
    organisation: UUID | None
    context: Context
    text: str

    def row(self) -> tuple[Any, ...]:
        c = self.context
        return (
            self.id,
            self.key,
            self.version,
            self.kind,
            self.type,
            self.audience,
            self.subject,
            self.jurisdiction,
            self.organisation,
            c.actor,
            c.cause,
            c.correlation,
            c.traceparent,
            c.recorded_at,
            self.text,
        )


def event_entry(event: Event, version: int, context: Context, clauses: Sequence[str], rulebook: str | None) -> Entry:
    """The entry of an event: it will be sent, exactly once in effect."""
    return _entry(
        context,
        kind="event",
        type=event.type_name(),
        key=event.key,
        version=version,
        audience=event.audience,
        subject=event.subject,
        jurisdiction=event.jurisdiction,
        organisation=event.organisation,
        clauses=list(clauses),
        rulebook=rulebook,
        event=event.model_dump(mode="json"),
    )


def refusal_entry(
    kind: str,
    event: dict[str, Any],
    context: Context,
    subject: UUID | None,
    organisation: UUID | None,
    jurisdiction: str | None,
    clauses: Sequence[str],
    rulebook: str | None,
) -> Entry:
    """The entry of a refusal by rule, of a lacking duty (`denied`), or of many of them: codes, clauses, person and
    object, never the input. It is not sent."""
    return _entry(
        context,
        kind=kind,
        type=f"goufu.{context.service}.{event['operation']}.{'refused' if kind == 'refusal' else kind}",
        key=None,
        version=None,
        audience="internal",
        subject=subject,
        jurisdiction=jurisdiction,
        organisation=organisation,
        clauses=list(clauses),
        rulebook=rulebook,
        event=event,
    )


def shown_actor(entry_id: UUID, actor: UUID | None, audience: str) -> UUID | str | None:
    """Who acted, as the entry's text says it: in a public one SHA-256(id of the entry ‖ id of the person), by which
    nobody who does not know the person finds what else they did; the journal's column keeps the person."""
    if actor is None or audience != "public":
        return actor
    return hashlib.sha256(entry_id.bytes + actor.bytes).hexdigest()


def _entry(context: Context, **fields: Any) -> Entry:
    entry_id = new_id()
    document = {
        "id": entry_id,
        "service": context.service,
        "actor": shown_actor(entry_id, context.actor, fields["audience"]),
        "correlation": context.correlation,
        "cause": context.cause,
        "recorded_at": context.recorded_at,
        **({"machine": True} if context.machine else {}),
        **fields,
    }
    columns = ("key", "version", "kind", "type", "audience", "subject", "jurisdiction", "organisation")
    return Entry(
        id=entry_id,
        context=context,
        text=canonical_record(document).decode(),
        **{name: fields[name] for name in columns},
    )


def chain(previous: bytes, position: int, entry: str) -> bytes:
    """The hash at a position, from the hash before it and the entry's text."""
    return link(previous, position, hashlib.sha256(entry.encode()).digest())


def link(previous: bytes, position: int, digest: bytes) -> bytes:
    """The same, from the SHA-256 of the entry's text."""
    return hashlib.sha256(previous + position.to_bytes(8, "big") + digest).digest()
