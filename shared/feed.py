"""The journal over HTTP, for integrators without Kafka: `GET /v1/events`, and what followed a request: `GET /v1/trace`.

A reader gets public entries whole, and the entries of their own organisation; of every other position they get
`{position, hash}`, so that the chain can be checked by all. Positions never change and none is ever left out.
"""

import asyncio
import json
import time
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi import Query as Parameter
from pydantic import BaseModel

from shared.database import Reader, Row
from shared.http import Query, router
from shared.paging import Listing, read_cursor, write_cursor

WAIT_STEP_SECONDS = 0.2

_AFTER = (
    "SELECT l.position, l.hash, j.audience, j.organisation, j.jurisdiction, j.kind, j.entry FROM ledger l"
    " JOIN journal j ON j.id = l.entry WHERE l.position > $1 ORDER BY l.position LIMIT $2"
)
_FOLLOWED = (
    "SELECT id, type, kind, subject, audience, organisation, jurisdiction, recorded_at, entry FROM journal"
    " WHERE correlation = $1 ORDER BY recorded_at, id LIMIT 200"
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


class Step(BaseModel):
    """One entry that a request caused, directly or through events."""

    id: UUID
    service: str
    type: str
    kind: str
    subject: UUID | None
    clauses: list[str]
    recorded_at: str


def feed_router() -> APIRouter:
    """The routes; every service has them."""
    routes = router("events")

    @routes.get("/events", operation_id="read_events")
    async def read_events(
        request: Request,
        query: Query,
        after: Annotated[str | None, Parameter(max_length=2000)] = None,
        wait: Annotated[int, Parameter(ge=0, le=20)] = 0,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Feed:
        """The journal from a cursor on; `wait` holds the answer up to 20 s until something comes."""
        key = request.app.state.settings.cursor_key.get_secret_value().encode()
        listing = Listing("events", {"service": request.app.state.database.service}, str(query.actor.person_id))
        position = int(str(read_cursor(after, listing, key)[0])) if after else 0
        rows = await _waited(query, position, limit, wait)
        last = rows[-1]["position"] if rows else position
        return Feed(items=[_shown(row, query) for row in rows], next=write_cursor([last], listing, key))

    @routes.get("/trace/{correlation}", operation_id="trace")
    async def trace(
        correlation: UUID, request: Request, query: Query, wait: Annotated[int, Parameter(ge=0, le=20)] = 0
    ) -> list[Step]:
        """What this service recorded under a correlation: the `Goufu-Correlation` of the request that began it."""
        end = time.monotonic() + wait
        while True:
            rows = await query.connection.fetch(_FOLLOWED, correlation)
            steps = [_step(row, request.app.state.database.service) for row in rows if _visible(row, query)]
            if steps or time.monotonic() >= end:
                return steps
            await asyncio.sleep(WAIT_STEP_SECONDS)

    return routes


async def _waited(query: Reader, position: int, limit: int, wait: int) -> list[Row]:
    end = time.monotonic() + wait
    while True:
        rows: list[Row] = await query.connection.fetch(_AFTER, position, limit)
        if rows or time.monotonic() >= end:
            return rows
        await asyncio.sleep(WAIT_STEP_SECONDS)


def _visible(row: Row, query: Reader) -> bool:
    if row["audience"] == "public":
        return True
    owner = (row["organisation"],)
    return row["audience"] != "internal" and query.actor.scope().sees(owner, row["jurisdiction"] or "")


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
