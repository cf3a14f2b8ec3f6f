"""Two services and the bus between them: the registry publishes people, contracts copies them."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from deploy.deployment import login_settings
from services.contracts.worker import WORKER as CONTRACTS
from services.registry.worker import WORKER as REGISTRY
from shared.bus.login import NO_LOGIN, Login
from shared.events import SERVICES, Event
from shared.events.registry import AccountLinked, PostEnded, PostGiven
from shared.process.settings import Settings
from shared.road.migrations import service_url
from shared.road.rebuild import Report, compare, rebuild
from shared.web.issuer import ISSUER
from shared.work.database import Database
from shared.worker import ensure_topics
from tests.support.servers import SECRET, clone, drop, lay_on_postgres

ABOUT: dict[str, Any] = {"jurisdiction": "4404/440402", "organisation": uuid4()}
PEOPLE = ("accounts", "posts")
FIRST = date(2022, 3, 1)


async def _ended(task: "asyncio.Task[None] | None") -> None:
    assert task is not None
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@dataclass
class Road:
    """Registry and contracts with their workers, on a bus."""

    admin_url: str
    settings: Settings
    admin: Any = None
    registry: Database = field(init=False)
    contracts_worker: "asyncio.Task[None] | None" = None
    registry_worker: "asyncio.Task[None] | None" = None

    async def start(self) -> None:
        """Both services begin to work."""
        self.registry = Database("registry", self.settings.url("registry"), size=1)
        await self.registry.open()
        self.admin = await asyncpg.connect(self.admin_url)
        self.registry_worker = asyncio.create_task(REGISTRY.run(self.settings))
        await self.work()

    async def stop(self) -> None:
        """Nothing is connected to the database any more."""
        await self.rest()
        await _ended(self.registry_worker)
        await self.admin.close()
        await self.registry.close()

    async def work(self) -> None:
        self.contracts_worker = asyncio.create_task(CONTRACTS.run(self.settings))

    async def rest(self) -> None:
        await _ended(self.contracts_worker)

    async def emit(self, *events: Event) -> None:
        connection = await self.registry.connect()
        async with self.registry.system_transaction(connection) as tx:
            await tx.lock(*{event.key for event in events})
            for event in events:
                tx.emit(event)
        await connection.close()

    async def a_person(self) -> tuple[UUID, UUID]:
        """Somebody with an account and a post that was later ended; the ids of person and post."""
        person, post = uuid4(), uuid4()
        given: dict[str, Any] = {
            **ABOUT,
            "post_id": post,
            "person_id": person,
            "duties": ["audit"],
            "valid_from": FIRST,
        }
        account: dict[str, Any] = {"issuer": ISSUER, "account": f"a-{person.hex}", "enabled": True}
        await self.emit(
            AccountLinked(**ABOUT, person_id=person, **account),
            PostGiven(**given),
            PostEnded(**given, valid_until=date(2022, 12, 31)),
        )
        return person, post

    async def arrived(self, person: UUID, version: int = 3) -> None:
        """Waits until contracts has seen that version of the person."""
        end = time.monotonic() + 30
        while await self.admin.fetchval("SELECT version FROM contracts.seen WHERE key = $1", person) != version:
            assert time.monotonic() < end, "the events did not arrive"
            await asyncio.sleep(0.05)

    async def rebuild(self) -> Report:
        copies = [copy for copy in CONTRACTS.copies if copy.table.name in PEOPLE]
        return await rebuild(Database("contracts", self.admin_url), copies)

    async def compare(self) -> list[str]:
        copies = [copy for copy in CONTRACTS.copies if copy.table.name in PEOPLE]
        return await compare(Database("contracts", self.admin_url), copies)


@contextlib.asynccontextmanager
async def a_road(database_url: str, template: str, bus_url: str, login: Login = NO_LOGIN) -> AsyncIterator[Road]:
    name = f"copies_{secrets.token_hex(4)}"
    admin_url = await clone(database_url, template, name)
    urls: dict[str, Any] = {f"{s}_url": service_url(admin_url, SECRET, s, database=template) for s in SERVICES}
    urls |= login_settings(login) | {"bus": bus_url, "topic_prefix": name.replace("_", "-")}
    settings = Settings(**urls, sandbox=True, log_level="error")
    if bus_url == "postgres":
        await lay_on_postgres(settings, admin_url, template)
    else:
        await ensure_topics(settings, "registry")
    road = Road(admin_url, settings)
    await road.start()
    try:
        yield road
    finally:
        await road.stop()
        await drop(database_url, name)
