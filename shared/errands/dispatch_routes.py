"""Errands that wait to be sent, for operators: seen, sent now, or cancelled, by two persons with a reason each. Each
step is an entry."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from shared.events.road import (
    DispatchCancelAsked,
    DispatchCancelled,
    DispatchEvent,
    DispatchRetried,
    DispatchRetryAsked,
    of_service,
)
from shared.fields.places import NATION
from shared.fields.text import ShortText
from shared.web.http import Body, Command, Listed, Query, View, perform, router
from shared.work.database import Answer, Call, NotFound, Row, Transaction, WrongState

Act = Literal["retry", "cancel"]
KeepsApart = Callable[[Transaction, str, str], Awaitable[None]]
"""Gets the errand's channel and business key. Raises Refused when the operator has an interest in whom the errand is
for (GPR-9.1)."""
_POSSIBLE: dict[Act, tuple[str, ...]] = {"retry": ("waiting", "cancelled"), "cancel": ("waiting",)}
"""From which states. What is being sent ends by itself within seconds, and what was taken is its receiver's."""

_COLUMNS = "id, business_key, channel, state, unsure, attempts, since, next_at, reason, asked, asked_because"
_LIST = (
    f"SELECT {_COLUMNS} FROM dispatches WHERE state IN ('waiting', 'sending', 'cancelled')"
    " AND ($1::timestamptz IS NULL OR (since, id) > ($1, $2)) ORDER BY since, id LIMIT $3"
)
_ONE = "SELECT * FROM dispatches WHERE id = $1 FOR UPDATE"
_ASK = "UPDATE dispatches SET asked = $2, asked_by = $3, asked_because = $4 WHERE id = $1"
_RETRY = (
    "UPDATE dispatches SET state = 'waiting', next_at = clock_timestamp(), asked = NULL, asked_by = NULL,"
    " asked_because = NULL, cancel_asked_by = NULL, cancelled_by = NULL WHERE id = $1"
)
_CANCEL = (
    "UPDATE dispatches SET state = 'cancelled', cancel_asked_by = asked_by, cancelled_by = $2, asked = NULL,"
    " asked_by = NULL, asked_because = NULL WHERE id = $1"
)


class DispatchView(BaseModel):
    """An errand that its receiver has not taken, or that was cancelled: how often it was tried, why the last try
    failed, when the next one is. `unsure`: the receiver may have taken it. `asked`: what one operator asked for."""

    id: UUID
    business_key: str
    channel: str
    state: str
    unsure: bool
    attempts: int
    since: datetime
    next_at: datetime
    reason: str | None
    asked: str | None
    asked_because: str | None


class DispatchAnswer(View):
    """What became of it."""

    dispatch: UUID
    business_key: str
    state: str


class ReasonBody(Body):
    """Why. It stays in the record for good: name no person."""

    reason: ShortText


async def for_nobody(tx: Transaction, channel: str, business_key: str) -> None:
    """Errands of a service that sends none for a supplier."""


def dispatches_router(keeps_apart: KeepsApart = for_nobody) -> APIRouter:
    """The routes; every service has them. Duty: operate, for the nation-wide jurisdiction of the deployment."""
    routes = router("dispatches")

    @routes.get("/dispatches", operation_id="list_dispatches")
    async def list_dispatches(query: Query, listed: Listed) -> list[DispatchView]:
        """Errands that wait, are being sent, or were cancelled; oldest first. Duty: operate."""
        query.require("operate", None, NATION)
        rows = await query.connection.fetch(_LIST, *(listed.after or (None, None)), listed.fetched)
        return [DispatchView(**dict(row)) for row in listed.page(rows, "since", "id")]

    @routes.post("/dispatches/{dispatch_id}/retry", operation_id="retry_dispatch", response_model=DispatchAnswer)
    async def post_retry(dispatch_id: UUID, body: ReasonBody, call: Command) -> Response:
        """Sends it now, one that was cancelled too: one person asks with a reason, another confirms. Duty: operate."""
        return await perform(_decide, call, (dispatch_id, "retry", body.reason, keeps_apart))

    @routes.post("/dispatches/{dispatch_id}/cancel", operation_id="cancel_dispatch", response_model=DispatchAnswer)
    async def post_cancel(dispatch_id: UUID, body: ReasonBody, call: Command) -> Response:
        """Sends it no more: one person asks with a reason, another confirms. What it ordered may then be settled by
        hand, or sent after all. Duty: operate."""
        return await perform(_decide, call, (dispatch_id, "cancel", body.reason, keeps_apart))

    return routes


async def _decide(call: Call, command: tuple[UUID, Act, str, KeepsApart]) -> Answer:
    dispatch_id, act, reason, keeps_apart = command
    async with call.transaction() as tx:
        person = tx.require("operate", None, NATION)
        await tx.lock(dispatch_id)  # its id is the key of what is recorded about it
        row = await tx.connection.fetchrow(_ONE, dispatch_id)
        if row is None:
            raise NotFound
        await keeps_apart(tx, row["channel"], row["business_key"])
        if row["state"] not in _POSSIBLE[act]:
            raise WrongState(row["state"], *_POSSIBLE[act])
        if row["asked"] != act or row["asked_by"] == person:
            await tx.connection.execute(_ASK, dispatch_id, act, person, reason)
            asked = DispatchRetryAsked if act == "retry" else DispatchCancelAsked
            _record(tx, asked, row, asked_by=person, asked_because=reason)
            return _answer(tx, row, f"{act}_asked")
        both = {
            "asked_by": row["asked_by"],
            "asked_because": row["asked_because"],
            "confirmed_by": person,
            "confirmed_because": reason,
        }
        if act == "retry":
            await tx.connection.execute(_RETRY, dispatch_id)
            _record(tx, DispatchRetried, row, **both)
            return _answer(tx, row, "waiting")
        await tx.connection.execute(_CANCEL, dispatch_id, person)
        _record(tx, DispatchCancelled, row, **both, unsure=row["unsure"])
        return _answer(tx, row, "cancelled")


def _record(tx: Transaction, kind: type[DispatchEvent], row: Row, **fields: Any) -> None:
    """The errand, and the post by which the operator acts."""
    posts = [post for post in tx.actor.posts if "operate" in post.duties]
    about = {"dispatch": row["id"], "business_key": row["business_key"], "channel": row["channel"]}
    tx.emit(of_service(kind, tx.database.service)(**about, **fields, organisation=posts[0].organisation))


def _answer(tx: Transaction, row: Row, state: str) -> Answer:
    return tx.answer(200, DispatchAnswer(dispatch=row["id"], business_key=row["business_key"], state=state))
