"""Written notices with a provable time of delivery; objections and payments count from it.

Delivered means: lies in the recipient organisation's inbox here. Mail and web hooks are copies for convenience.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from shared.fields.ids import new_id
from shared.web.http import Listed, Query, router
from shared.work.database import Transaction

_WRITE = (
    "INSERT INTO notices (id, recipient_organisation, subject, kind, facts, delivered_at)"
    " VALUES ($1, $2, $3, $4, $5, $6)"
)
_READ = (
    "SELECT id, subject, kind, facts, delivered_at FROM notices WHERE recipient_organisation = ANY($1)"
    " AND ($2::timestamptz IS NULL OR (delivered_at, id) < ($2, $3)) ORDER BY delivered_at DESC, id DESC LIMIT $4"
)


async def notify(tx: Transaction, recipient: UUID, kind: str, subject: UUID, facts: Mapping[str, str]) -> datetime:
    """Delivers a notice to an organisation, in the transaction that decides; returns the time of delivery."""
    tx.write("notices", _WRITE, new_id(), recipient, subject, kind, dict(facts), tx.now)
    return tx.now


class NoticeView(BaseModel):
    """A notice as its recipient reads it; times are legal times, aware."""

    id: UUID
    subject: UUID
    kind: str
    facts: dict[str, str]
    delivered_at: datetime


def notices_router() -> APIRouter:
    """`GET /v1/notices`: the notices of the caller's organisations."""
    routes = router("notices")

    @routes.get("/notices", operation_id="list_notices")
    async def list_notices(query: Query, listed: Listed) -> list[NoticeView]:
        """Notices delivered to the caller's organisations, newest first."""
        mine, (at, last) = list(query.actor.organisations()), listed.after or (None, None)
        rows = await query.connection.fetch(_READ, mine, at, last, listed.fetched)
        return [NoticeView(**dict(row)) for row in listed.page(rows, "delivered_at", "id")]

    return routes
