"""The house as it is measured: a database with every schema, a bus, and processes started one by one."""

import asyncio
import contextlib
import os
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

import asyncpg

from deploy.local.ports import free_ports
from shared.events import SERVICES
from shared.process.settings import Settings
from shared.road.migrations import service_url
from shared.web.issuer import ISSUER, DevelopmentIssuer
from shared.work.database import SHANGHAI
from shared.work.identity import login_of
from shared.worker import ensure_topics
from tests.support.servers import SECRET, drop, in_database, make_template

PROJECT = Path(__file__).resolve().parents[2]
OVERLAYS = PROJECT / "deploy" / "demo" / "rulebooks"
RATE = 1e6
"""One person asks as much as thousands would."""
POOL = 16
"""Connections of an HTTP process, ours and the reference's."""
FIRST_DAY = date(2022, 3, 1)
STREET, PROVIDER = UUID(int=0x57), UUID(int=0x70)
PLACE = "4404/440402"
DUTIES = ("request_payment", "conclude_evaluation", "audit")
READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who sends requests."""

    person: UUID
    token: str


class House:
    """One database of its own on `database_url`; `kafka` is `host:port`, or None where no bus is needed."""

    def __init__(self, database_url: str, kafka: str | None = None) -> None:
        self.server_url = database_url
        self.name = f"bench_{secrets.token_hex(3)}"
        self.admin_url = in_database(database_url, self.name)
        self.kafka = kafka
        self.topic_prefix = self.name.replace("_", "-")
        self._exit = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.folder = Path(self._exit.enter_context(tempfile.TemporaryDirectory(prefix="goufu-bench-")))
        await make_template(self.server_url, self.name)
        self._exit.push_async_callback(drop, self.server_url, self.name)
        self.admin = await asyncpg.connect(self.admin_url)
        self._exit.push_async_callback(self.admin.close)
        await self._begin_on(FIRST_DAY)
        self.issuer = DevelopmentIssuer(self.folder / "issuer", sandbox=True)
        self.settings = self._settings()
        if self.kafka is not None:
            await ensure_topics(self.settings, SERVICES[0])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exit.aclose()

    async def _begin_on(self, day: date) -> None:
        moment = datetime.combine(day, time(9), SHANGHAI)
        await self.admin.execute("UPDATE sandbox.clock SET ahead = $1::timestamptz - clock_timestamp()", moment)

    def _settings(self) -> Settings:
        values: dict[str, Any] = {f"{name}_url": service_url(self.admin_url, SECRET, name) for name in SERVICES}
        values |= {"bus": f"kafka://{self.kafka}" if self.kafka else "postgres", "topic_prefix": self.topic_prefix}
        values |= {"jwks": str(self.issuer.jwks_path), "pool": POOL, "sandbox": True, "rate": RATE, "burst": RATE}
        return Settings(**values)

    @property
    def environment(self) -> dict[str, str]:
        """What a process of the house is told; logs are as verbose as in operation."""
        urls = {f"GOUFU_{name.upper()}_URL": self.settings.url(name) for name in SERVICES}
        rest = {
            "GOUFU_BUS": self.settings.bus,
            "GOUFU_TOPIC_PREFIX": self.topic_prefix,
            "GOUFU_JWKS": self.settings.jwks,
            "GOUFU_POOL": str(POOL),
            "GOUFU_RATE": str(RATE),
            "GOUFU_BURST": str(RATE),
            "GOUFU_SANDBOX": "1",
            "GOUFU_RULEBOOKS": str(OVERLAYS),
            "GOUFU_LOG_LEVEL": "info",
        }
        return {**urls, **rest}

    async def officer(self) -> "Officer":
        """A person of the street with the duties that the measured requests need, known to every service at once."""
        person, subject = uuid4(), f"officer-{secrets.token_hex(4)}"
        for service in ("contracts", "evaluation"):
            await self.admin.execute(
                f"INSERT INTO {service}.accounts VALUES ($1, $2, $3, true, 1)",
                ISSUER,
                login_of(ISSUER, subject),
                person,
            )
            await self.admin.execute(
                f"INSERT INTO {service}.posts VALUES ($1, $2, $3, $4, $5, '2000-01-01', NULL, 1)",
                *(uuid4(), person, STREET, PLACE, DUTIES),
            )
            await self.admin.execute(
                f"INSERT INTO {service}.sources VALUES ('registry', 0, clock_timestamp() + interval '1 day')"
                " ON CONFLICT DO NOTHING"
            )
        return Officer(person, self.issuer.token(subject, audience=self.settings.audience))

    async def settle(self) -> None:
        """What was just seeded is vacuumed and on the disk, so that no round pays for the seeds of another."""
        await self.admin.execute("VACUUM ANALYZE")
        await self.admin.execute("CHECKPOINT")

    @contextlib.asynccontextmanager
    async def api(self, service: str) -> AsyncIterator[str]:
        """The HTTP process of a service, as in operation; yields its address."""
        [port] = free_ports(1)
        argv = ("-m", "deploy.cli.main", "serve", service, "--port", str(port))
        async with self.process(f"{service}-api", *argv, environment=self.environment):
            await _until(lambda: _listens(port), f"{service}-api")
            yield f"http://127.0.0.1:{port}"

    @contextlib.asynccontextmanager
    async def worker(self, service: str) -> AsyncIterator["Process"]:
        """The worker process of a service, as in operation."""
        argv = ("-m", "deploy.cli.main", "work", service)
        async with self.process(f"{service}-worker", *argv, environment=self.environment) as process:
            yield process

    @contextlib.asynccontextmanager
    async def reference_api(self) -> AsyncIterator[str]:
        """The bare app beside it, with as many connections; yields its address."""
        [port] = free_ports(1)
        options = ("--no-access-log", "--log-level", "warning", "--loop", "uvloop", "--http", "httptools")
        argv = ("-m", "uvicorn", "tests.bench.reference.app:app", "--port", str(port), *options)
        given = {"REFERENCE_URL": self.admin_url, "REFERENCE_POOL": str(POOL)}
        async with self.process("reference-api", *argv, environment=given):
            await _until(lambda: _listens(port), "reference-api")
            yield f"http://127.0.0.1:{port}"

    @contextlib.asynccontextmanager
    async def process(
        self, name: str, *argv: str, environment: Mapping[str, str] | None = None
    ) -> AsyncIterator["Process"]:
        """A Python process with its own log; ended by SIGTERM."""
        log = self.folder / f"{name}.log"
        logged = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            running = await asyncio.create_subprocess_exec(
                sys.executable,
                *argv,
                cwd=PROJECT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": str(PROJECT), **(environment or {})},
            )
        process = Process(name, running, log, logged)
        try:
            yield process
        finally:
            await process.end()


class Process:
    """A running process and its log; `logged` bytes of that log are of a process before it."""

    def __init__(self, name: str, running: asyncio.subprocess.Process, log: Path, logged: int) -> None:
        self.name = name
        self._running = running
        self._log = log
        self._logged = logged

    async def said(self, word: str) -> None:
        """Waits until its log has the word. Raises TimeoutError."""
        await _until(lambda: self._said(word), self.name)

    async def _said(self, word: str) -> bool:
        if self._running.returncode is not None:
            raise RuntimeError(f"{self.name} ended:\n{self._log.read_text()[-2000:]}")
        return word in self._log.read_text()[self._logged :]

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._running.terminate()
        try:
            await asyncio.wait_for(self._running.wait(), 15)
        except TimeoutError:
            self._running.kill()
            await self._running.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def _until(question: Callable[[], Awaitable[bool]], name: str) -> None:
    end = asyncio.get_running_loop().time() + READY_SECONDS
    while not await question():
        if asyncio.get_running_loop().time() > end:
            raise TimeoutError(f"{name} did not come up")
        await asyncio.sleep(0.05)
