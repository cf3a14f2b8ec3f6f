"""What is there after a run: rows of the tables as the administrator reads them, records as they lie on the topics.

Nothing here asks the services' own queries, so that a mistake of theirs cannot hide itself.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import asyncpg

from deploy.serve import worker
from shared import bus
from shared.events import SERVICES
from shared.process.settings import Settings
from shared.road.checkpoints import everything
from shared.road.recovery import Finished

ROAD: tuple[str, ...] = ("journal", "ledger", "queue", "sealed_queue", "timelines")
ROAD += ("keys", "seen", "inbox", "held", "idempotency", "dispatches")
MONEY = ("contracts", "payment_lines", "payments")
_PRIMARY = (
    "SELECT n.nspname AS service, c.relname AS table, a.attname AS column FROM pg_index i"
    " JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey) WHERE i.indisprimary"
)


class Sent(NamedTuple):
    """A record of a topic."""

    id: str
    position: int
    value: bytes
    timeline: str = ""


@dataclass
class Evidence:
    """Rows by service and table, records by topic, primary keys by service and table."""

    tables: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    topics: dict[str, list[Sent]] = field(default_factory=dict)
    primary: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def rows(self, service: str, table: str) -> list[dict[str, Any]]:
        return self.tables[service][table]


@dataclass
class Restore:
    """These services' tables were put back to a backup: what there was before, what after, and what was told."""

    services: tuple[str, ...]
    before: Evidence
    after: Evidence
    told: Finished

    def gone(self, service: str) -> set[str]:
        """The entries that the service's journal had, and has no more."""
        before, after = ({row["id"] for row in one.rows(service, "journal")} for one in (self.before, self.after))
        return before - after


def copied_tables(service: str) -> dict[str, set[str]]:
    """The tables that a service fills from others' events, each with the types that fill it."""
    found: dict[str, set[str]] = {}
    for copy in worker(service).copies:
        found.setdefault(copy.table.name, set()).add(copy.event.type_name())
    return found


def reacted_types(service: str) -> set[str]:
    return {reaction.event.type_name() for reaction in worker(service).reactions}


async def tables(admin: asyncpg.Connection, *only: str) -> Evidence:
    """Every row of the tables that are checked, or of these alone."""
    evidence = Evidence()
    for row in await admin.fetch(_PRIMARY):
        evidence.primary.setdefault((row["service"], row["table"]), []).append(row["column"])
    for service in SERVICES:
        names = set(only) or {*ROAD, *(MONEY if service == "contracts" else ()), *copied_tables(service)}
        evidence.tables[service] = {name: await _rows(admin, f"{service}.{name}") for name in names}
    return evidence


async def _rows(admin: asyncpg.Connection, table: str) -> list[dict[str, Any]]:
    return [{name: _plain(value) for name, value in row.items()} for row in await admin.fetch(f"SELECT * FROM {table}")]


def _plain(value: Any) -> Any:
    """As JSON would have it, but for bytes: ids and times as text."""
    if value is None or isinstance(value, str | int | bool | bytes | Decimal | dict):
        return value
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


async def topics(settings: Settings) -> dict[str, list[Sent]]:
    """Every record of the services' topics and of the public one, from the first to the last."""
    connection = bus.connect(settings.bus_url(SERVICES[0]), settings.bus_login())
    names = {f"{settings.topic_prefix}.{name}.v1": name for name in (*SERVICES, "public")}
    found: dict[str, list[Sent]] = {name: [] for name in names.values()}
    try:
        async for record in everything(connection, list(names), settings.topic_prefix, "checker"):
            found[names[record.topic]].append(sent(record.headers, record.value))
    finally:
        await connection.close()
    return found


def sent(headers: Any, value: bytes) -> Sent:
    known: Mapping[str, bytes] = dict(headers)
    position = known.get("ce_position", b"0").decode()
    timeline = known.get("ce_timeline", b"").decode()
    return Sent(known.get("ce_id", b"").decode(), int(position) if position.isdecimal() else 0, value, timeline)


def document(value: Any) -> Any:
    """JSON with its numbers exact; what the connection has read already is left as it is."""
    return json.loads(value, parse_float=Decimal) if isinstance(value, str | bytes) else value
