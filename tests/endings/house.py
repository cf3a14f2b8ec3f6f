"""A World that can be put back to any moment of a story: the demonstration plays in one process, and before a command
the database is copied as a template, so that every branch begins where the story stood."""

import asyncio
import io
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import asyncpg
import httpx
from rich.console import Console

from deploy.demo.stage import Stage
from shared.bus.records import Sender
from shared.errands.deadlines import Sweeper
from shared.events import SERVICES
from shared.fields import calendar
from shared.road.consumer import Consumer
from shared.road.migrations import service_url
from shared.road.relay import _Tip
from shared.road.timelines import present
from tests.support.servers import clone, drop, in_database
from tests.support.world import World, _Service, _to_json

KEPT = 200
"""So many databases of branches, of 20 MB each, may lie about before they are dropped: each removal is a checkpoint."""
_PUBLISHED = calendar._published_calendar()

Before = Callable[[str, str], Awaitable[None]]
"""What is done before a command of the story, by service and path."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of the story: a copy of the database, and how far the road had come."""

    database: str
    marks: dict[str, tuple[int, _Tip]]
    offset: int


@dataclass
class House(World):
    """The World, and the databases it can be in."""

    made: list[str] = field(default_factory=list)
    """Databases that were made and are there still."""
    branched: list[str] = field(default_factory=list)
    """Those of them to which nobody comes back, but the last one."""
    lacking: frozenset[int] = frozenset()
    """Years whose schedule is not installed."""

    async def _open_service(self, name: str) -> None:
        """As in a World, but for the bell of the API, which would hold a connection: no relay listens here."""
        app = import_module(f"services.{name}.app").create_app(self.settings)
        worker = import_module(f"services.{name}.worker").WORKER
        database = app.state.database
        await database.open()
        self._exit.push_async_callback(database.close)
        writer = await database.connect()
        consumer = Consumer(database, None, worker.copies, worker.reactions, self.settings.tags)  # type: ignore[arg-type]
        sender = Sender(name, await present(writer, name), self.settings.tags)
        sweeper = Sweeper(database, worker.deadlines)
        self.services[name] = _Service(app, database, consumer, sweeper, writer, _Tip(), sender)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
        client = httpx.AsyncClient(transport=transport, base_url=f"http://{name}")
        self.clients[name] = await self._exit.enter_async_context(client)

    async def close(self) -> None:
        for state in self.services.values():
            await state.writer.close()
        self.schedules_lack()
        await super().close()

    async def moment(self, server: str, before: str) -> Moment:
        """Copies the database as it is now."""
        marks = {name: (state.pumped, _copied(state.tip)) for name, state in self.services.items()}
        await self._leave()
        name = f"e_{secrets.token_hex(4)}"
        await _until_nobody_is_in(server, before)
        await clone(server, before, name)
        self.made.append(name)
        await self._enter(before)
        return Moment(name, marks, self.offset)

    async def branch(self, server: str, moment: Moment) -> str:
        """Goes on from that moment, in a database of its own; returns its name."""
        name = f"e_{secrets.token_hex(4)}"
        await clone(server, moment.database, name)
        await self._leave()
        await self._clear(server)
        self.made.append(name)
        self.branched.append(name)
        self.schedules_lack()
        await self._enter(name)
        for service, (pumped, tip) in moment.marks.items():
            self.services[service].pumped, self.services[service].tip = pumped, _copied(tip)
        self.offset = moment.offset
        return name

    def schedules_lack(self, *years: int) -> None:
        """Every year is known again but for these."""
        self.lacking = frozenset(years)
        known = {year: of for year, of in _PUBLISHED.years.items() if year not in self.lacking}
        told = replace(_PUBLISHED, years=known)
        calendar._published_calendar = lambda: told
        calendar.default_calendar.cache_clear()

    async def _clear(self, server: str) -> None:
        if len(self.branched) >= KEPT:
            for name in self.branched:
                await drop(server, name)
                self.made.remove(name)
            self.branched.clear()

    async def _leave(self) -> None:
        await self.admin.close()
        for state in self.services.values():
            await state.writer.close()
            await state.database.close()

    async def _enter(self, name: str) -> None:
        self.admin_url = in_database(self.admin_url, name)
        self.admin = await asyncpg.connect(self.admin_url)
        await self.admin.set_type_codec("jsonb", schema="pg_catalog", encoder=_to_json, decoder=json.loads)
        for service, state in self.services.items():
            state.database.url = service_url(self.admin_url, self.secret, service, database=self.roles_of)
            await state.database.open()
            state.writer = await state.database.connect()


async def _until_nobody_is_in(server: str, database: str) -> None:
    """A backend ends a moment after its connection was closed, and of a database in use no copy is made."""
    admin = await asyncpg.connect(server)
    try:
        for _ in range(500):
            if not await admin.fetchval("SELECT count(*) FROM pg_stat_activity WHERE datname = $1", database):
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"somebody stays in {database}")
    finally:
        await admin.close()


def _copied(tip: _Tip) -> _Tip:
    """Where the ledger ends; what would be sent to a bus is left out, for there is none."""
    return _Tip(tip.position, tip.hash, events=tip.events)


@dataclass
class _Door:
    """A service's API, with something to do before each command."""

    house: House
    service: str
    before: Before

    async def request(self, method: str, path: str, **rest: Any) -> httpx.Response:
        if method == "POST":
            await self.before(self.service, path)
        return await self.house.clients[self.service].request(method, path, **rest)


class Theatre(Stage):
    """The stage of the demonstration, in a House."""

    def __init__(self, house: House, before: Before) -> None:
        deployment: Any = SimpleNamespace(settings=house.settings, issuer=house.issuer)
        super().__init__(deployment, Console(file=io.StringIO()))
        self.house = house
        doors: dict[str, Any] = {name: _Door(house, name, before) for name in SERVICES}
        self.clients = doors

    async def day(self, day: date, hour: int = 9) -> None:
        await self.house.today_is(day, hour)
        await self.settled()

    async def settled(self) -> None:
        await self.house.pump()
        assert await self.house.parked() == []
