"""A whole Goufu in one process: every API over ASGI, one real PostgreSQL database, events carried by hand.

The road is the real one (journal, ledger, consumers); only the bus between ledger and consumer is replaced by `pump`,
so that a test decides when events arrive. Journeys on a real Kafka are elsewhere.
"""

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from fastapi import FastAPI

from shared.bus import Record
from shared.bus.records import Sender
from shared.errands.deadlines import Sweeper
from shared.events import SERVICES, Event
from shared.fields.calendar import default_calendar
from shared.process.settings import Settings
from shared.road.consumer import Consumer
from shared.road.migrations import service_url
from shared.road.relay import _Tip, move, take
from shared.road.timelines import present
from shared.web.issuer import ISSUER, DevelopmentIssuer
from shared.work.database import SHANGHAI, Database
from shared.work.identity import login_of
from tests.proof import seen

FIRST_DAY = date(2022, 3, 1)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `ok`, `refused` and `problem` assert and unpack."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def ok(self) -> Any:
        assert 200 <= self.status < 300, f"{self.status}: {self.body.decode()[:2000]}"
        return self.json

    def refused(self, clause: str | None = None, code: str | None = None) -> dict[str, Any]:
        """The finding that refused, by clause or code."""
        assert self.status == 422, f"{self.status}: {self.body.decode()[:2000]}"
        findings = self.json.get("findings") or []
        for found in findings:
            if (clause is None or found["clause"] == clause) and (code is None or found["code"] == code):
                return dict(found)
        raise AssertionError(f"no finding {clause or code} in {self.body.decode()[:2000]}")

    def problem(self, status: int, code: str | None = None) -> dict[str, Any]:
        assert self.status == status, f"{self.status}: {self.body.decode()[:2000]}"
        assert self.headers["content-type"].startswith("application/problem+json")
        if code is not None:
            assert self.json["code"] == code, self.json
        return dict(self.json)


@dataclass(slots=True)
class Person:
    """Somebody with posts, who sends requests."""

    world: "World"
    id: UUID
    organisation: UUID
    token: str
    account: str = ""

    async def get(self, service: str, path: str, **parameters: Any) -> Reply:
        return await self.send(service, "GET", path, params=parameters or None)

    async def post(
        self, service: str, path: str, body: Any = None, *, etag: str = "*", key: str | None = None, **extra: Any
    ) -> Reply:
        """A command with a new Idempotency-Key; `If-Match: *` unless an ETag is given."""
        sent = {"idempotency-key": key or uuid4().hex, "if-match": etag}
        return await self.send(service, "POST", path, json=body, headers=sent, **extra)

    async def send(
        self, service: str, method: str, path: str, *, headers: Mapping[str, str] | None = None, **rest: Any
    ) -> Reply:
        given = {"authorization": f"Bearer {self.token}", "accept-language": "en", **(headers or {})}
        answer = await self.world.clients[service].request(method, path, headers=given, **rest)
        seen.answer(answer.status_code, answer.content)
        return Reply(answer.status_code, answer.headers, answer.content)


@dataclass(slots=True)
class _Service:
    app: FastAPI
    database: Database
    consumer: Consumer
    sweeper: Sweeper
    writer: Any
    tip: _Tip
    sender: Sender
    pumped: int = 0


_WORK = " UNION ALL ".join(
    f"SELECT '{name}' AS name, EXISTS (SELECT FROM {name}.queue) AS queued,"
    f" coalesce((SELECT max(position) FROM {name}.ledger), 0) AS told,"
    f" EXISTS (SELECT FROM {name}.held WHERE state = 'waits') AS waits,"
    f" EXISTS (SELECT FROM {name}.deadlines WHERE state = 'open'"
    " AND (due_at <= clock.now() OR calendar <> $1)) AS due"
    for name in SERVICES
)
"""Which services have something to do."""


def _everywhere(insert: str) -> str:
    """One statement that inserts the same row in every service."""
    first, *others = [insert.format(name) for name in SERVICES]
    return f"WITH {', '.join(f'_{n} AS ({each})' for n, each in enumerate(others))} {first}"


_ACCOUNTS = _everywhere("INSERT INTO {}.accounts VALUES ($1, $2, $3, true, 1, $4)")
_POSTS = _everywhere("INSERT INTO {}.posts VALUES ($1, $2, $3, $4, $5, '2000-01-01', NULL, 1)")

UNHURRIED: dict[str, Any] = {"rate": 1e6, "burst": 1e6}
"""Settings under which a test's few persons ask as much as a city's many."""


PAPERS = ("ab" * 32, "0f" * 32)
"""Hashes (hex) of papers that every organisation with a post in it has uploaded to registry and evaluation."""

_KEPT_PAPERS = """
INSERT INTO {0}.documents (id, organisation_id, jurisdiction, uploaded_by, name, media_type, size, sha256, audience,
                           state, created_at)
SELECT gen_random_uuid(), $1, $2, gen_random_uuid(), 'paper', 'text/plain', 1, decode(digest, 'hex'), 'parties',
       'pending', clock_timestamp()
FROM unnest($3::text[]) digest
WHERE NOT EXISTS (SELECT FROM {0}.documents WHERE organisation_id = $1 AND sha256 = decode(digest, 'hex'))
"""


@dataclass
class World:
    """One database with all services on it."""

    admin_url: str
    roles_of: str
    secret: str
    folder: Path
    begins: date = FIRST_DAY
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    services: dict[str, _Service] = field(default_factory=dict)
    street: UUID = field(default_factory=uuid4)
    office: UUID = field(default_factory=uuid4)
    finance_zh: UUID = field(default_factory=uuid4)
    finance_cd: UUID = field(default_factory=uuid4)
    provider: UUID = field(default_factory=uuid4)
    offset: int = 0

    async def open(self) -> None:
        self._exit = contextlib.AsyncExitStack()
        self.admin = await asyncpg.connect(self.admin_url)
        self._exit.push_async_callback(self.admin.close)
        await self.admin.set_type_codec("jsonb", schema="pg_catalog", encoder=_to_json, decoder=json.loads)
        self.issuer = DevelopmentIssuer(self.folder / "issuer", sandbox=True)
        addresses: dict[str, Any] = {
            f"{name}_url": service_url(self.admin_url, self.secret, name, database=self.roles_of) for name in SERVICES
        }
        self.settings = Settings(
            **addresses,
            sandbox=True,
            jwks=str(self.issuer.jwks_path),
            pool=4,
            **UNHURRIED,
        )
        for name in SERVICES:
            await self._open_service(name)
        await self.today_is(self.begins)
        await self._posts_are_fresh()

    async def close(self) -> None:
        await self._exit.aclose()

    async def _open_service(self, name: str) -> None:
        app: FastAPI = import_module(f"services.{name}.app").create_app(self.settings)
        worker = import_module(f"services.{name}.worker").WORKER
        await self._exit.enter_async_context(app.router.lifespan_context(app))
        database = app.state.database
        writer = await database.connect()
        self._exit.push_async_callback(writer.close)
        consumer = Consumer(database, None, worker.copies, worker.reactions, self.settings.tags)  # type: ignore[arg-type]
        sender = Sender(name, await present(writer, name), self.settings.tags)
        sweeper = Sweeper(database, worker.deadlines)
        self.services[name] = _Service(app, database, consumer, sweeper, writer, _Tip(), sender)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
        client = httpx.AsyncClient(transport=transport, base_url=f"http://{name}")
        self.clients[name] = await self._exit.enter_async_context(client)

    async def today_is(self, day: date, hour: int = 9, minute: int = 0, second: int = 0) -> None:
        """Moves the sandbox clock forward to that moment in Beijing; what falls due on the way is done by `pump`."""
        moment = datetime.combine(day, time(hour, minute, second), SHANGHAI)
        await self.admin.execute("UPDATE sandbox.clock SET ahead = $1::timestamptz - clock_timestamp()", moment)

    async def person(
        self,
        name: str = "somebody",
        *,
        duties: Iterable[str],
        organisation: UUID | None = None,
        jurisdiction: str = "4404/440402",
        auth_age: timedelta = timedelta(0),
        machine: bool = False,
    ) -> Person:
        """A person with one post, or a program that acts for itself, known to every service at once."""
        person_id, organisation = uuid4(), organisation or self.street
        subject = f"{name}-{person_id.hex[:8]}"
        await self.admin.execute(_ACCOUNTS, ISSUER, login_of(ISSUER, subject), person_id, machine)
        person = Person(self, person_id, organisation, "", subject)
        await self.post_for(person, duties, organisation, jurisdiction)
        logged_in = datetime.now(UTC) - auth_age
        audience = self.settings.audience
        person.token = self.issuer.token(subject, audience=audience, auth_time=logged_in, client=machine)
        return person

    async def post_for(
        self, person: Person, duties: Iterable[str], organisation: UUID, jurisdiction: str = "4404/440402"
    ) -> None:
        """Another post for a person."""
        post_id = uuid4()
        await self.admin.execute(_POSTS, post_id, person.id, organisation, jurisdiction, list(duties))
        for service in ("registry", "evaluation"):
            await self.admin.execute(_KEPT_PAPERS.format(service), organisation, jurisdiction, [*PAPERS])

    async def organisation(self, kind: str = "purchaser", jurisdiction: str = "4404/440402") -> UUID:
        """An organisation that the registry has registered, known to every service at once."""
        organisation = uuid4()
        for service in SERVICES:
            await self.admin.execute(
                f"INSERT INTO {service}.organisations VALUES ($1, $2, $3, 1)", organisation, kind, jurisdiction
            )
        return organisation

    async def insert(self, service: str, table: str, row: dict[str, Any]) -> None:
        """A row as a precondition."""
        names = ", ".join(row)
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        await self.admin.execute(f"INSERT INTO {service}.{table} ({names}) VALUES ({places})", *row.values())

    async def rows(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        """What stands in the database, read as administrator."""
        return [dict(row) for row in await self.admin.fetch(statement, *arguments)]

    async def emit(self, service: str, event: Event) -> None:
        """The event, as if that service had published it."""
        state = self.services[service]
        async with state.database.system_transaction(state.writer) as tx:
            await tx.lock(event.key)
            tx.emit(event)
            seen.arranged(entry.id for entry in tx.entries)

    async def pump(self) -> None:
        """Sweeps deadlines, carries events and tries again what waits, until nothing moves any more."""
        calendar, moved = default_calendar().fingerprint, 0
        for _ in range(50):
            work = [(self.services[row["name"]], row) for row in await self.admin.fetch(_WORK, calendar)]
            before, moved, touched = moved, 0, set()
            for state, row in work:
                if row["due"] or state.sweeper._installed != calendar:
                    moved += await state.sweeper.sweep(state.writer)
                    touched.add(row["name"])
                if before and row["waits"]:
                    await state.consumer.retry_waiting(state.writer)
                    touched.add(row["name"])
            for state, row in work:
                if row["queued"] or row["told"] > state.pumped or row["name"] in touched:
                    moved += await self._carry(row["name"])
            if not moved:
                return
        raise AssertionError(f"events go round and round: {moved} moved in the last of 50 turns")

    async def _carry(self, name: str) -> int:
        state = self.services[name]
        while taken := await take(state.writer):
            await move(state.writer, state.tip, taken)
        rows = await state.writer.fetch(
            "SELECT l.position, l.hash, j.* FROM ledger l JOIN journal j ON j.id = l.entry"
            " WHERE l.position > $1 AND j.kind = 'event' ORDER BY l.position",
            state.pumped,
        )
        if not rows:
            return 0
        state.pumped = rows[-1]["position"]
        records = [self._record(name, row) for row in rows]
        for consumer in self.services.values():
            await consumer.consumer.handle(consumer.writer, records)
        return len(records)

    def _record(self, service: str, row: Any) -> Record:
        self.offset += 1
        seen.event(row["id"], row["entry"])
        sent = self.services[service].sender.event(row["position"], row, row["hash"])
        return Record(sent.topic, 0, self.offset, sent.key, sent.value, sent.headers)

    async def _posts_are_fresh(self) -> None:
        """Posts are seeded, not sent; so the copies count as fresh for a day."""
        for service in SERVICES:
            await self.admin.execute(
                f"INSERT INTO {service}.sources VALUES ('registry', 0, clock_timestamp() + interval '1 day')"
            )

    async def parked(self) -> list[dict[str, Any]]:
        """Every event that rests, of every service: a test that ends with some has a reason to."""
        found: list[dict[str, Any]] = []
        for service in SERVICES:
            found += await self.rows(f"SELECT '{service}' AS service, type, state, reason FROM {service}.held")
        return found


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
