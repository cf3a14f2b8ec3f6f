"""The bare app: FastAPI and asyncpg, the same rows, statement by statement between BEGIN and COMMIT."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from fastapi import FastAPI, Header, Request
from pydantic import BaseModel, Field

_LINE = "SELECT * FROM payment_lines WHERE id = $1"
_ASK = (
    "UPDATE payment_lines SET state = 'requested', requested_by = $2, papers = $3, version = version + 1 WHERE id = $1"
)
_JOURNAL = (
    "INSERT INTO journal (id, key, version, kind, type, audience, subject, jurisdiction, organisation, actor, cause,"
    " correlation, traceparent, recorded_at, entry)"
    " VALUES ($1, $2, $3, 'event', $4, 'services', $5, $6, $7, $8, NULL, $9, NULL, $10, $11)"
)
_QUEUE = "INSERT INTO queue (entry) VALUES ($1)"
_IDEMPOTENCY = (
    "INSERT INTO idempotency (scope, request, status, headers, body, created_at) VALUES ($1, $2, 200, $3, $4, $5)"
)
_CONCLUDE = (
    "UPDATE evaluations SET state = 'concluded', score = $2, grade = $3, result_version = 1, concluded_by = $4,"
    " concluded_on = $5, version = version + 1 WHERE id = $1"
)
_OUTBOX = "INSERT INTO outbox (aggregateid, payload) VALUES ($1, $2)"
_TYPE = "goufu.contracts.payment_requested.v1"
_PERSON = UUID(int=1)


class Asked(BaseModel):
    papers: UUID | None = None


class Concluded(BaseModel):
    attained: dict[str, str] = Field(default={}, max_length=100)
    survey_id: UUID | None = None


class Done(BaseModel):
    id: UUID
    status: str


class Line(BaseModel):
    id: UUID
    contract_id: UUID
    version: int
    number: int
    kind: str
    planned: Decimal
    paid: Decimal
    gate: str
    period: int | None
    due_days: int
    bands: list[list[str]]
    state: str
    papers: UUID | None
    result_id: UUID | None
    result_version: int | None
    due_on: date | None


@asynccontextmanager
async def life(app: FastAPI) -> AsyncIterator[None]:
    size = int(os.environ["REFERENCE_POOL"])
    settings = {"search_path": "reference"}
    app.state.pool = await asyncpg.create_pool(
        os.environ["REFERENCE_URL"], min_size=size, max_size=size, init=_prepare, server_settings=settings
    )
    yield
    await app.state.pool.close()


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


app = FastAPI(lifespan=life)


@app.post("/payment-lines/{line_id}/request", response_model=Done)
async def request_payment(
    line_id: UUID, body: Asked, request: Request, idempotency_key: str = Header()
) -> dict[str, Any]:
    """A payment asked for: lock, update, journal, queue, stored answer."""
    now, entry = datetime.now(UTC), uuid4()
    done = {"id": str(line_id), "status": "requested"}
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        line = await connection.fetchrow(f"{_LINE} FOR UPDATE", line_id)
        await connection.execute(_ASK, line_id, _PERSON, body.papers)
        text = json.dumps(_entry(entry, line, now))
        row = (entry, line["key"], line["version"], _TYPE, line_id, "4404/440402", _PERSON, _PERSON, entry, now, text)
        await connection.execute(_JOURNAL, *row)
        await connection.execute(_QUEUE, entry)
        stored = (idempotency_key.encode(), b"-" * 32, {"content-type": "application/json"}, json.dumps(done).encode())
        await connection.execute(_IDEMPOTENCY, *stored, now)
    return done


def _entry(entry: UUID, line: Any, now: datetime) -> dict[str, Any]:
    event = {name: str(line[name]) for name in ("key", "contract_id", "id", "number", "planned")}
    about = {"id": str(entry), "service": "contracts", "actor": str(_PERSON), "correlation": str(entry), "cause": None}
    place = {"jurisdiction": "4404/440402", "organisation": str(_PERSON), "audience": "services", "kind": "event"}
    named = {"key": str(line["key"]), "version": line["version"], "type": _TYPE, "subject": str(line["id"])}
    law = {"clauses": ["ZH21-23.3"], "rulebook": "zhuhai-2021@1", "recorded_at": now.isoformat()}
    return {**about, **place, **named, **law, "event": event}


@app.get("/payment-lines/{line_id}", response_model=Line)
async def read_line(line_id: UUID, request: Request) -> dict[str, Any]:
    """A payment line by its id."""
    return dict(await request.app.state.pool.fetchrow(_LINE, line_id))


@app.post("/evaluations/{evaluation_id}/conclusion", status_code=201, response_model=Done)
async def conclude(evaluation_id: UUID, body: Concluded, request: Request) -> dict[str, Any]:
    """An evaluation concluded: update, outbox."""
    result = (Decimal("86.00"), "fair", _PERSON, date(2022, 12, 1))
    event = {"evaluation_id": str(evaluation_id), "score": "86.00", "grade": "fair", "attained": body.attained}
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(_CONCLUDE, evaluation_id, *result)
        await connection.execute(_OUTBOX, str(evaluation_id), event)
    return {"id": evaluation_id, "status": "concluded"}
