"""The journal over HTTP, for integrators without Kafka: `GET /v1/events`, and what followed a request: `GET /v1/trace`.

A reader gets public entries whole, and the entries of their own organisation; of every other position they get
`{position, hash}`, so that the chain can be checked by all. Positions never change and none is ever left out.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi import Query as Parameter
from pydantic import BaseModel, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.fields.places import NATION
from shared.web.http import Listed, Query, Waiting, router
from shared.web.paging import DEFAULT_LIMIT, Limit, Listing, read_cursor, write_cursor
from shared.work.database import Call, Reader, Row
from shared.work.identity import NotAllowed

WAIT_STEP_SECONDS = 0.2
LONGEST_WAIT = 20
T = TypeVar("T")

_AFTER = (
    "SELECT l.position, l.hash, j.audience, j.organisation, j.jurisdiction, j.kind, j.entry FROM ledger l"
    " JOIN journal j ON j.id = l.entry WHERE l.position > $1 ORDER BY l.position LIMIT $2"
)
_REFUSED = """
SELECT * FROM (
  SELECT j.id, j.kind, j.actor, j.subject, j.organisation, j.jurisdiction, j.correlation, j.recorded_at,
         j.entry::jsonb -> 'event' ->> 'operation' AS operation, j.entry::jsonb -> 'clauses' AS clauses,
         j.entry::jsonb -> 'event' AS event, j.id::text AS tie
  FROM journal j WHERE j.kind <> 'event' AND NOT EXISTS (SELECT FROM sealed_queue s WHERE s.entry = j.id)
  UNION ALL
  SELECT NULL, c.kind, c.actor, CASE WHEN cardinality(c.objects) = 1 THEN c.objects[1] END, c.organisation,
         c.jurisdiction, c.correlations[cardinality(c.correlations)], c.last_at, c.operation, to_jsonb(c.clauses),
         jsonb_build_object('codes', c.codes, 'count', c.counted, 'first_at', c.first_at, 'last_at', c.last_at,
                            'objects', c.objects), encode(c.digest, 'hex')
  FROM refusal_counts c WHERE c.counted > 0 AND NOT EXISTS (SELECT FROM seals WHERE subject = c.seal)) r
WHERE ($9::timestamptz IS NULL OR (recorded_at, tie) < ($9, $10))
  AND EXISTS (SELECT FROM unnest($1::text[]) area WHERE place_within(coalesce(jurisdiction, $8), area))
  AND ($2::text IS NULL OR kind = $2) AND ($3::uuid IS NULL OR actor = $3) AND ($4::text IS NULL OR operation = $4)
  AND ($5::uuid IS NULL OR subject = $5 OR event -> 'objects' ? $5::text)
  AND ($6::text IS NULL OR event -> 'codes' ? $6)
ORDER BY recorded_at DESC, tie DESC LIMIT $7
"""
_FOLLOWED = (
    "SELECT id, type, kind, subject, audience, organisation, jurisdiction, recorded_at, entry FROM journal"
    " WHERE correlation = $1 AND NOT EXISTS (SELECT FROM sealed_queue s WHERE s.entry = journal.id)"
    " AND ($2::timestamptz IS NULL OR (recorded_at, id) > ($2, $3)) ORDER BY recorded_at, id LIMIT $4"
)


class FeedEntry(BaseModel):
    """A position of the ledger; `entry` is the hashed text, absent where it is not the reader's to see."""

    position: int
    hash: str
    entry: str | None = None


class Feed(BaseModel):
    """Entries in order; `next` goes into `after`, also when nothing came."""

    items: list[FeedEntry]
    next: str


class Refusal(BaseModel):
    """What was refused: what was asked, by whom, of which record. `kind` is `refusal` by a rule, with its clauses, or
    `denied` for want of a duty. The input is not kept. `count` tells how many an entry stands for: repetitions are
    counted, and `first_at` and `last_at` say when they came. While they are still being counted there is no `id`."""

    id: UUID | None
    kind: str
    operation: str
    codes: list[str]
    clauses: list[str]
    person: UUID | None
    subject: UUID | None
    organisation: UUID | None
    correlation: UUID
    recorded_at: str
    count: int = 1
    first_at: str | None = None
    last_at: str | None = None
    objects: list[UUID] = []


class Step(BaseModel):
    """One entry that a request caused, directly or through events."""

    id: UUID
    service: str
    type: str
    kind: str
    subject: UUID | None
    clauses: list[str]
    recorded_at: str


def _wait(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 2:
        value = int(value)
    if type(value) is not int or not 0 <= value <= LONGEST_WAIT:
        raise PydanticCustomError("wait", f"give whole seconds from 0 to {LONGEST_WAIT}")
    return value


Wait = Annotated[
    int, BeforeValidator(_wait), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT})
]
"""How long an answer may be held, in seconds, 0 to 20; a query parameter's text is read as plain ASCII digits only."""


def feed_router() -> APIRouter:
    """The routes; every service has them."""
    routes = router("events")

    @routes.get("/events", operation_id="read_events")
    async def read_events(
        request: Request,
        call: Waiting,
        after: Annotated[str | None, Parameter(max_length=2000)] = None,
        wait: Annotated[Wait, Parameter()] = 0,
        limit: Annotated[Limit, Parameter()] = DEFAULT_LIMIT,
    ) -> Feed:
        """The journal from a cursor on; `wait` holds the answer up to 20 s until something comes."""
        key = request.app.state.settings.cursor_key.get_secret_value().encode()
        return await _until(request, call, wait, lambda: _page(call, after, limit, key), lambda feed: bool(feed.items))

    @routes.get("/trace/{correlation}", operation_id="trace")
    async def trace(
        request: Request, correlation: UUID, call: Waiting, listed: Listed, wait: Annotated[Wait, Parameter()] = 0
    ) -> list[Step]:
        """What this service recorded under a correlation: the `Goufu-Correlation` of the request that began it."""
        return await _until(request, call, wait, lambda: _steps(call, correlation, listed), bool)

    @routes.get("/refusals", operation_id="list_refusals")
    async def list_refusals(
        query: Query,
        listed: Listed,
        kind: Literal["refusal", "denied"] | None = None,
        person: UUID | None = None,
        operation: Annotated[str | None, Parameter(max_length=100)] = None,
        subject: UUID | None = None,
        code: Annotated[str | None, Parameter(max_length=100)] = None,
    ) -> list[Refusal]:
        """The newest refusals by rule and lacking duties in the jurisdictions that the caller oversees; of one person,
        operation, record or code where that is asked. Duties: audit, supervise."""
        areas = [post.jurisdiction for post in query.actor.posts if post.duties & {"audit", "supervise"}]
        if not areas:
            raise NotAllowed("audit")
        asked = (kind, person, operation, subject, code)
        since = listed.after or (None, None)
        rows = await query.connection.fetch(_REFUSED, areas, *asked, listed.fetched, NATION, *since)
        return [_refusal(row) for row in listed.page(rows, "recorded_at", "tie")]

    return routes


async def _until(
    request: Request, call: Call, seconds: int, look: Callable[[], Awaitable[T]], found: Callable[[T], bool]
) -> T:
    """Looks until something is found, the time is over or the process is told to end; between two looks it holds
    nothing but one of the caller's places. Raises TooMany where none is free."""
    answer = await look()
    if found(answer) or not seconds:
        return answer
    ending, end = request.app.state.ending, time.monotonic() + seconds
    caller = (call.token.issuer, call.token.subject) if call.token else None
    with request.app.state.limits.waiting.taken(caller):
        while not (found(answer) or ending.is_set() or time.monotonic() >= end):
            with suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), WAIT_STEP_SECONDS)
            answer = await look()
    return answer


async def _page(call: Call, after: str | None, limit: int, key: bytes) -> Feed:
    async with call.reading() as query:
        listing = Listing("events", {"service": call.database.service}, str(query.actor.person_id))
        position = int(str(read_cursor(after, listing, key)[0])) if after else 0
        rows: list[Row] = await query.connection.fetch(_AFTER, position, limit)
        last = rows[-1]["position"] if rows else position
        return Feed(items=[_shown(row, query) for row in rows], next=write_cursor([last], listing, key))


async def _steps(call: Call, correlation: UUID, listed: Listed) -> list[Step]:
    async with call.reading() as query:
        since = listed.after or (None, None)
        rows = await query.connection.fetch(_FOLLOWED, correlation, *since, listed.fetched)
        shown = listed.page(rows, "recorded_at", "id")
        return [_step(row, call.database.service) for row in shown if _visible(row, query)]


def _visible(row: Row, query: Reader) -> bool:
    if row["audience"] == "public":
        return True
    owner = row["organisation"]
    return row["audience"] != "internal" and query.actor.scope().sees((owner,), row["jurisdiction"] or "", owner)


def _shown(row: Row, query: Reader) -> FeedEntry:
    entry = row["entry"] if _visible(row, query) else None
    return FeedEntry(position=row["position"], hash=row["hash"].hex(), entry=entry)


def _step(row: Row, service: str) -> Step:
    entry: dict[str, Any] = json.loads(row["entry"])
    return Step(
        id=row["id"],
        service=service,
        type=row["type"],
        kind=row["kind"],
        subject=row["subject"],
        clauses=entry["clauses"],
        recorded_at=row["recorded_at"].isoformat(),
    )


def _refusal(row: Row) -> Refusal:
    event = row["event"]
    return Refusal(
        id=row["id"],
        kind=row["kind"],
        operation=row["operation"],
        codes=event["codes"],
        clauses=row["clauses"],
        person=row["actor"],
        subject=row["subject"],
        organisation=row["organisation"],
        correlation=row["correlation"],
        recorded_at=row["recorded_at"].isoformat(),
        **{name: event[name] for name in ("count", "first_at", "last_at", "objects") if name in event},
    )
