"""What a write conflicts with: which constraint, by which fields, and the record there, if the caller may see it."""

import re
from uuid import UUID

import asyncpg

from shared.process.outages import MAY_BE_OUTAGES
from shared.work.database import Call

_KEY = re.compile(r"\((?P<columns>[a-z_]+(?:, [a-z_]+)*)\)=\((?P<values>.*)\)", re.S)
_LOOK_UP_SECONDS = 0.5

_CONDITION = "SELECT coalesce(pg_get_expr(indpred, indrelid), 'true') FROM pg_index WHERE indexrelid = $1::regclass"


class Conflict(Exception):
    """409: the same is recorded already. `record` is its id where the caller may see it."""

    def __init__(self, constraint: str, fields: list[str], record: UUID | None) -> None:
        self.constraint, self.fields, self.record = constraint, fields, record
        super().__init__(constraint)


async def conflict_of(call: Call, error: asyncpg.UniqueViolationError) -> Conflict:
    """The conflict behind a unique constraint that was met."""
    found = _KEY.search(error.detail or "")
    columns = found["columns"].split(", ") if found else []
    try:
        record = await _record(call, error, columns, found["values"]) if found else None
    except MAY_BE_OUTAGES:
        record = None  # the answer is as true without it
    return Conflict(error.constraint_name, [name.removesuffix("_folded") for name in columns], record)


async def _record(call: Call, error: asyncpg.UniqueViolationError, columns: list[str], values: str) -> UUID | None:
    text = ", ".join(f"coalesce({name}::text, 'null')" for name in columns)
    async with call.reading() as reader:
        condition = await reader.connection.fetchval(_CONDITION, error.constraint_name)
        row = await reader.connection.fetchval(
            f"SELECT to_jsonb(t) FROM {error.table_name} t"
            f" WHERE concat_ws(', ', {text}) = $1 AND ({condition}) LIMIT 1",
            values,
            timeout=_LOOK_UP_SECONDS,
        )
        if row is None or not {"id", "organisation", "jurisdiction"} <= row.keys():
            return None
        registered = row["id"] == row["organisation"]  # the registers of organisations are public
        seen = registered or reader.actor.scope().sees((UUID(row["organisation"]),), row["jurisdiction"])
        return UUID(row["id"]) if seen else None
