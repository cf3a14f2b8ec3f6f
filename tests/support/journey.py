"""A deployment as processes on a real PostgreSQL and Kafka, and people who talk to it over HTTP."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from deploy.deployment import Deployment
from shared.bus.login import NO_LOGIN, Login
from shared.events import SERVICES, Event
from shared.web.issuer import ISSUER
from shared.work.database import Database
from shared.work.identity import login_of
from tests.support.world import Person, Reply, _to_json


@dataclass(frozen=True, slots=True)
class RunningServers:
    """Servers that the test session holds."""

    database_url: str
    kafka_bootstrap: str | None
    bus_login: Login = NO_LOGIN

    @property
    def bus_url(self) -> str:
        return f"kafka://{self.kafka_bootstrap}" if self.kafka_bootstrap else "postgres"


@dataclass
class Journey:
    """What a World is in one process, a Journey is in ten; it has the same people and examples."""

    deployment: Deployment
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    street: UUID = field(default_factory=uuid4)
    office: UUID = field(default_factory=uuid4)
    provider: UUID = field(default_factory=uuid4)

    async def open(self) -> None:
        self._exit = AsyncExitStack()
        await self._exit.enter_async_context(self.deployment)
        await self.reconnect()
        for service in SERVICES:
            client = httpx.AsyncClient(base_url=self.deployment.url(service), timeout=20)
            self.clients[service] = await self._exit.enter_async_context(client)
        await self.eventually(self._old_copies, [], seconds=60)

    async def _old_copies(self) -> list[str]:
        """Services whose copy of posts is not fresh yet: they refuse heavy acts."""
        fresh = (
            "SELECT EXISTS (SELECT FROM {}.sources WHERE source = 'registry'"
            " AND fresh_at > clock_timestamp() - interval '5 seconds')"
        )
        copying = (service for service in SERVICES if service != "registry")
        return [service for service in copying if not await self.admin.fetchval(fresh.format(service))]

    async def reconnect(self) -> None:
        """The administrator's connection, again after the server was away."""
        self.admin = await asyncpg.connect(self.deployment.admin_url)
        await self.admin.set_type_codec("jsonb", schema="pg_catalog", encoder=_to_json, decoder=json.loads)

    async def close(self) -> None:
        await self.admin.close()
        await self._exit.aclose()

    async def person(
        self,
        name: str,
        *,
        duties: Iterable[str],
        organisation: UUID | None = None,
        jurisdiction: str = "4404/440402",
    ) -> Person:
        """A person with one post, known to every service at once."""
        person_id, organisation = uuid4(), organisation or self.street
        subject = f"{name}-{person_id.hex[:8]}"
        for service in SERVICES:
            await self.admin.execute(
                f"INSERT INTO {service}.accounts VALUES ($1, $2, $3, true, 1)",
                ISSUER,
                login_of(ISSUER, subject),
                person_id,
            )
            await self.admin.execute(
                f"INSERT INTO {service}.posts VALUES ($1, $2, $3, $4, $5, '2000-01-01', NULL, 1)",
                uuid4(),
                person_id,
                organisation,
                jurisdiction,
                list(duties),
            )
        token = self.deployment.issuer.token(
            subject, audience=self.deployment.settings.audience, auth_time=datetime.now(UTC)
        )
        return Person(self, person_id, organisation, token, subject)  # type: ignore[arg-type]

    async def insert(self, service: str, table: str, row: dict[str, Any]) -> None:
        names = ", ".join(row)
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        await self.admin.execute(f"INSERT INTO {service}.{table} ({names}) VALUES ({places})", *row.values())

    async def rows(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.admin.fetch(statement, *arguments)]

    async def emit(self, service: str, event: Event) -> None:
        await emit(self.deployment, service, event)

    async def eventually(self, question: Callable[[], Awaitable[Any]], expected: Any, *, seconds: float = 30.0) -> None:
        """Asks until the answer is as expected; fails with the last answer."""
        end = time.monotonic() + seconds
        while True:
            answer = await question()
            if answer == expected:
                return
            if time.monotonic() > end:
                raise AssertionError(f"after {seconds:.0f} s: {answer!r}, expected {expected!r}")
            await asyncio.sleep(0.05)


async def emit(deployment: Deployment, service: str, event: Event) -> None:
    """The event as if that service had published it: journalled with its role, sent by its own worker."""
    database = Database(service, deployment.settings.url(service), size=1)
    await database.open()
    try:
        connection = await database.connect()
        async with database.system_transaction(connection) as tx:
            await tx.lock(event.key)
            tx.emit(event)
        await connection.close()
    finally:
        await database.close()


async def persistent(send: Callable[[], Awaitable[Reply]], *, seconds: float = 60.0) -> Reply:
    """Sends the same request again until it is answered: a lost answer is unknown, never refused."""
    end = time.monotonic() + seconds
    while True:
        try:
            reply = await send()
            if reply.status not in (409, 503) or time.monotonic() > end:
                return reply
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
        await asyncio.sleep(0.1)
