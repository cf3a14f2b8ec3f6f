"""Written notices with a provable time of delivery; objections and payments count from it.

Delivered means: lies in the recipient organisation's inbox here. Mail and web hooks are copies for convenience.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from shared.database import Transaction
from shared.http import Query, router
from shared.ids import new_id

_WRITE = (
    "INSERT INTO notices (id, recipient_organisation, subject, kind, facts, delivered_at)"
    " VALUES ($1, $2, $3, $4, $5, $6)"
)
_READ = (
    "SELECT id, subject, kind, facts, delivered_at FROM notices WHERE recipient_organisation = ANY($1)"
    " ORDER BY delivered_at DESC, id LIMIT 200"
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
    """`GET /v1/notices`: the newest 200 notices of the caller's organisations."""
    routes = router("notices")

    @routes.get("/notices", operation_id="list_notices")
    async def list_notices(query: Query) -> list[NoticeView]:
        """Notices delivered to the caller's organisations, newest first, at most 200."""
        rows = await query.connection.fetch(_READ, list(query.actor.organisations()))
        return [NoticeView(**dict(row)) for row in rows]

    return routes
