"""Events that rest, for operators: seen, replayed, or skipped by two persons with a reason."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from shared.database import Answer, Call, NotFound, Row, Transaction, WrongState
from shared.http import Body, Command, Query, View, perform, router
from shared.inbox import replay
from shared.places import NATION
from shared.text import ShortText

_LIST = (
    "SELECT event, source, key, version, type, state, awaits, reason, held_at, skip_asked_by IS NOT NULL AS skip_asked"
    " FROM held ORDER BY held_at, event LIMIT 200"
)
_ONE = "SELECT * FROM held WHERE event = $1 FOR UPDATE"
_ASK = "UPDATE held SET skip_asked_by = $2, skip_reason = $3 WHERE event = $1"
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
    """Why the event may be left out; kept with it."""

    reason: ShortText


def held_router() -> APIRouter:
    """The routes; every service has them. Duty: operate, for the nation-wide jurisdiction of the deployment."""
    routes = router("held-events")

    @routes.get("/held-events", operation_id="list_held_events")
    async def list_held(query: Query) -> list[HeldView]:
        """Events that rest, oldest first, at most 200. Duty: operate."""
        query.require("operate", None, NATION)
        return [HeldView(**dict(row)) for row in await query.connection.fetch(_LIST)]

    @routes.post("/held-events/{event_id}/replay", operation_id="replay_held_event", response_model=HeldAnswer)
    async def post_replay(event_id: UUID, call: Command) -> Response:
        """Tries a parked event again; what stood behind it follows in order. Duty: operate."""
        return await perform(_replay, call, event_id)

    @routes.post("/held-events/{event_id}/skip", operation_id="skip_held_event", response_model=HeldAnswer)
    async def post_skip(event_id: UUID, body: SkipBody, call: Command) -> Response:
        """Leaves a parked event out: one person asks with a reason, another confirms. Duty: operate."""
        return await perform(_skip, call, (event_id, body.reason))

    return routes


async def _replay(call: Call, event_id: UUID) -> Answer:
    async with call.transaction() as tx:
        tx.require("operate", None, NATION)
        if not await replay(tx, event_id):
            raise NotFound
        return tx.answer(200, HeldAnswer(event=event_id, state="waits"))


async def _skip(call: Call, command: tuple[UUID, str]) -> Answer:
    event_id, reason = command
    async with call.transaction() as tx:
        person = tx.require("operate", None, NATION)
        row = await tx.connection.fetchrow(_ONE, event_id)
        if row is None:
            raise NotFound
        if row["state"] != "parked":
            raise WrongState(row["state"], "parked")
        if row["skip_asked_by"] is None or row["skip_asked_by"] == person:
            await tx.connection.execute(_ASK, event_id, person, reason)
            return tx.answer(200, HeldAnswer(event=event_id, state="skip_asked"))
        return await _left_out(tx, row)


async def _left_out(tx: Transaction, held: Row) -> Answer:
    await tx.connection.execute(_SKIP, held["event"])
    await tx.connection.execute(_NEXT, held["source"], held["key"])
    return tx.answer(200, HeldAnswer(event=held["event"], state="skipped"))
