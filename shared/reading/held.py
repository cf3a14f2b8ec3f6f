"""Events that rest, for operators: seen, replayed, or skipped by two persons with a reason. Each step is an entry."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from shared.events.road import EventReplayAsked, EventSkipAsked, EventSkipped, of_service
from shared.fields.places import NATION
from shared.fields.text import ShortText
from shared.road.consumer import replay
from shared.web.http import Body, Command, Listed, Query, View, perform, router
from shared.work.database import Answer, Call, NotFound, Row, Transaction, WrongState

_LIST = (
    "SELECT event, source, key, version, type, state, awaits, reason, held_at, skip_asked_by IS NOT NULL AS skip_asked"
    " FROM held WHERE $1::timestamptz IS NULL OR (held_at, event) > ($1, $2) ORDER BY held_at, event LIMIT $3"
)
_ONE = "SELECT * FROM held WHERE event = $1 FOR UPDATE"
_ASK = "UPDATE held SET skip_asked_by = $2, skip_reason = $3 WHERE event = $1"
_KEEP = (
    "INSERT INTO skipped (event, source, key, version, type, failed, value, asked_by, asked_because, confirmed_by,"
    " confirmed_because, skipped_at) SELECT event, source, key, version, type, reason, value, $2, $3, $4, $5, $6"
    " FROM held WHERE event = $1"
)
_SKIP = "DELETE FROM held WHERE event = $1"
_NEXT = (
    "UPDATE held SET state = 'waits', awaits = key WHERE event = (SELECT event FROM held"
    " WHERE source = $1 AND key = $2 AND state = 'behind' ORDER BY version LIMIT 1)"
)


class HeldView(BaseModel):
    """An event that rests: it waits for a key, is parked by an error, or stands behind such a one."""

    event: UUID
    source: str
    key: UUID
    version: int
    type: str
    state: str
    awaits: UUID | None
    reason: str
    held_at: datetime
    skip_asked: bool


class HeldAnswer(View):
    """What became of it."""

    event: UUID
    state: str


class SkipBody(Body):
    """Why the event may be left out. It stays in the record for good: name no person."""

    reason: ShortText


Apart = Callable[[Transaction, bytes], Awaitable[None]]
"""Gets the entry that is held. Raises Refused when the operator has an interest in whom it is about (GPR-9.1)."""


def held_router(apart: Apart) -> APIRouter:
    """The routes; every service has them. Duty: operate, for the nation-wide jurisdiction of the deployment. `apart`:
    who leaves no event out."""
    routes = router("held-events")

    @routes.get("/held-events", operation_id="list_held_events")
    async def list_held(query: Query, listed: Listed) -> list[HeldView]:
        """Events that rest, oldest first. Duty: operate."""
        query.require("operate", None, NATION)
        rows = await query.connection.fetch(_LIST, *(listed.after or (None, None)), listed.fetched)
        return [HeldView(**dict(row)) for row in listed.page(rows, "held_at", "event")]

    @routes.post("/held-events/{event_id}/replay", operation_id="replay_held_event", response_model=HeldAnswer)
    async def post_replay(event_id: UUID, call: Command) -> Response:
        """Tries an event again that is parked or waits; what stood behind it follows in order. Duty: operate."""
        return await perform(_replay, call, event_id)

    @routes.post("/held-events/{event_id}/skip", operation_id="skip_held_event", response_model=HeldAnswer)
    async def post_skip(event_id: UUID, body: SkipBody, call: Command) -> Response:
        """Leaves an event out that is parked, or that waits for what does not come: one person asks with a reason,
        another confirms. Duty: operate."""
        return await perform(_skip, call, (event_id, body.reason, apart))

    return routes


async def _replay(call: Call, event_id: UUID) -> Answer:
    async with call.transaction() as tx:
        person = tx.require("operate", None, NATION)
        row = await _resting(tx, event_id)
        if not await replay(tx, event_id):
            raise NotFound
        tx.emit(of_service(EventReplayAsked, call.database.service)(**_about(tx, row), asked_by=person))
        return tx.answer(200, HeldAnswer(event=event_id, state="waits"))


async def _skip(call: Call, command: tuple[UUID, str, Apart]) -> Answer:
    event_id, reason, apart = command
    async with call.transaction() as tx:
        person = tx.require("operate", None, NATION)
        row = await _resting(tx, event_id)
        await apart(tx, row["value"])
        about = _about(tx, row)
        if row["skip_asked_by"] is None or row["skip_asked_by"] == person:
            await tx.connection.execute(_ASK, event_id, person, reason)
            asked = of_service(EventSkipAsked, call.database.service)
            tx.emit(asked(**about, asked_by=person, asked_because=reason))
            return tx.answer(200, HeldAnswer(event=event_id, state="skip_asked"))
        persons = {
            "asked_by": row["skip_asked_by"],
            "asked_because": row["skip_reason"],
            "confirmed_by": person,
            "confirmed_because": reason,
        }
        await tx.connection.execute(_KEEP, event_id, *persons.values(), tx.now)
        tx.emit(of_service(EventSkipped, call.database.service)(**about, **persons))
        return await _left_out(tx, row)


async def _resting(tx: Transaction, event_id: UUID) -> Row:
    """An event that is parked or waits, first of its key: what stands behind it follows by itself. The event's own id
    is the key of what is recorded about it; its row is locked after it. Raises NotFound and WrongState."""
    await tx.lock(event_id)
    row = await tx.connection.fetchrow(_ONE, event_id)
    if row is None:
        raise NotFound
    if row["state"] == "behind":
        raise WrongState("behind", "parked", "waits")
    return row


def _about(tx: Transaction, row: Row) -> dict[str, Any]:
    """The event that rests, as what is recorded about it names it; and the post by which the operator acts."""
    posts = [post for post in tx.actor.posts if "operate" in post.duties]
    return {
        "event": row["event"],
        "source": row["source"],
        "of_type": row["type"],
        "of_key": row["key"],
        "of_version": row["version"],
        "sha256": hashlib.sha256(row["value"]).hexdigest(),
        "organisation": posts[0].organisation,
    }


async def _left_out(tx: Transaction, held: Row) -> Answer:
    await tx.connection.execute(_SKIP, held["event"])
    await tx.connection.execute(_NEXT, held["source"], held["key"])
    return tx.answer(200, HeldAnswer(event=held["event"], state="skipped"))
