"""A whole Goufu as processes on this machine: databases migrated, topics made, an API and a worker a service.

What `make demo`, `make up` and the journeys stand on. Processes are killed and started again one by one; nothing of
theirs outlives the deployment.
"""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx

from deploy.local.ports import free_ports
from deploy.road import lay
from shared.bus.access import user_of
from shared.bus.login import NO_LOGIN, Login
from shared.events import SERVICES
from shared.process.settings import Settings
from shared.road.migrations import migrate, role_of, service_url
from shared.web.issuer import DevelopmentIssuer

READY_SECONDS = 60.0
PROJECT = Path(__file__).resolve().parents[1]


class DeploymentError(Exception):
    """A process did not come up or went away; the message holds the end of its log."""


def login_settings(login: Login) -> dict[str, str]:
    """The login as a process is told of it, by the settings' names."""
    return {f"bus_{name}": value for name, value in asdict(login).items()}


def _without_login(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("GOUFU_BUS_")}


class Servers(Protocol):
    """Where PostgreSQL and the bus are, and the administrator's login there; `deploy.local.stack.Stack` is one."""

    @property
    def database_url(self) -> str: ...

    @property
    def bus_url(self) -> str: ...

    @property
    def bus_login(self) -> Login: ...


class Process:
    """A process as the launcher tells of it: its id once started, its exit status once ended."""

    def __init__(self) -> None:
        self.started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def note(self, message: dict[str, Any]) -> None:
        if "status" in message:
            self.ended.set_result(message["status"])
        else:
            self.started.set_result(message["pid"])

    async def signal(self, number: int) -> None:
        """Sends it the signal, unless it has ended already."""
        pid = await asyncio.shield(self.started)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


class Deployment:
    """The processes of one deployment in a database of its own. `rulebooks` is a folder of overlays; topics begin with
    `topic_prefix`, by default the database's name, because others may use the same broker. `faults` lets a request name
    the point at which its API process dies."""

    def __init__(
        self, servers: Servers, rulebooks: Path | None = None, *, topic_prefix: str | None = None, faults: bool = False
    ) -> None:
        self.servers = servers
        self._database = f"goufu_{secrets.token_hex(3)}"
        self._faults = {"GOUFU_FAULT": "header"} if faults else {}
        self._prefix = topic_prefix or self._database.replace("_", "-")
        self._law = {} if rulebooks is None else {"GOUFU_RULEBOOKS": str(rulebooks)}
        self._secret = secrets.token_hex(16)
        self._orders: list[Process] = []
        self._processes: dict[str, Process] = {}
        self._launcher: asyncio.subprocess.Process | None = None
        self._environment: dict[str, str] = {}
        self._bus_passwords: dict[str, str] = {}
        self.ports: dict[str, int] = {}

    @property
    def admin_url(self) -> str:
        """Connection string of the administrator in the deployment's database."""
        parts = urlsplit(self.servers.database_url)
        return urlunsplit((parts.scheme, parts.netloc, f"/{self._database}", "", ""))

    @property
    def bus_login(self) -> Login:
        """The administrator's login on the bus."""
        return self.servers.bus_login if self.servers.bus_url != "postgres" else NO_LOGIN

    def bus_login_of(self, who: str) -> Login:
        """That of a service, or of the integrator; the administrator's where the broker takes no users from us."""
        if not (password := self._bus_passwords.get(who)):
            return self.bus_login
        return replace(self.bus_login, mechanism="SCRAM-SHA-512", user=user_of(who, self._prefix), password=password)

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    async def start(self) -> None:
        """Database, roles, schemas, topics, then every process; returns when all answer."""
        self._folder = tempfile.TemporaryDirectory(prefix="goufu-")
        self.folder = Path(self._folder.name)
        await self._launch()
        await self._make_database()
        self.issuer = DevelopmentIssuer(self.folder / "issuer", sandbox=True)
        self.settings = self._settings()
        self._bus_passwords = await lay(self.settings, self.admin_url, self._secret)
        self.ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        for service in SERVICES:
            self.start_api(service, **self._faults)
            self.start_worker(service)
        await asyncio.gather(*(self.ready(service) for service in SERVICES))

    async def _make_database(self) -> None:
        connection = await asyncpg.connect(self.servers.database_url)
        try:
            await connection.execute(f'CREATE DATABASE "{self._database}"')
        finally:
            await connection.close()
        await migrate(self.admin_url, self._secret, sandbox=True)

    def _settings(self) -> Settings:
        urls = {f"{name}_url": service_url(self.admin_url, self._secret, name) for name in SERVICES}
        documents = self.folder / "documents"
        documents.mkdir()
        values: dict[str, Any] = {
            **urls,
            "bus": self.servers.bus_url,
            "sandbox": True,
            "jwks": str(self.issuer.jwks_path),
            "documents": f"file://{documents}",
            "cursor_key": secrets.token_hex(16),
            "road_secret": secrets.token_hex(16),
            "topic_prefix": self._prefix,
            "log_level": "warning",
            "rate": 1e6,  # few persons play the parts of many
            "burst": 1e6,
        }
        self._environment = {f"GOUFU_{name.upper()}": str(value) for name, value in values.items()}
        self._environment["GOUFU_SANDBOX"] = "1"
        self._environment |= self._law
        return Settings(**values | login_settings(self.bus_login))

    def start_api(self, service: str, **environment: str) -> None:
        self._spawn(f"{service}-api", "serve", service, "--port", str(self.ports[service]), environment=environment)

    async def add_api(self, service: str, **environment: str) -> str:
        """Another API process of the service beside the first, on a port of its own; returns its address."""
        [port] = free_ports(1)
        name = f"{service}-api-{port}"
        self._spawn(name, "serve", service, "--port", str(port), environment=environment)
        await self._answers(f"http://127.0.0.1:{port}", name)
        return f"http://127.0.0.1:{port}"

    def start_worker(self, service: str, **environment: str) -> None:
        """Starts the service's worker, unless it runs."""
        name = f"{service}-worker"
        if not self.running(name):
            self._spawn(name, "work", service, environment=environment)

    def add_worker(self, service: str) -> None:
        """Another worker of the service beside the first."""
        self._spawn(f"{service}-worker-second", "work", service, environment={})

    def _spawn(self, name: str, *arguments: str, environment: Mapping[str, str]) -> None:
        """Each process gets only the connection string of its own service; a worker its login on the bus and the road's
        secret as well."""
        service = name.partition("-")[0]
        others = {f"GOUFU_{other.upper()}_URL" for other in SERVICES if other != service}
        if arguments[0] != "work":
            others.add("GOUFU_ROAD_SECRET")
        own = {key: value for key, value in self._environment.items() if key not in others}
        if arguments[0] == "work":
            login = login_settings(self.bus_login_of(service))
            own |= {f"GOUFU_{key.upper()}": value for key, value in login.items()}
        order = {
            "order": len(self._orders),
            "argv": arguments,
            "environment": {**_without_login(os.environ), **own, **environment},
            "log": str(self.log(name)),
        }
        self._processes[name] = Process()
        self._orders.append(self._processes[name])
        assert self._launcher is not None
        assert self._launcher.stdin is not None
        self._launcher.stdin.write(json.dumps(order).encode() + b"\n")

    async def _launch(self) -> None:
        """Starts the process that the others are forked from."""
        self._launcher = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "deploy.launcher",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **self._law, "PYTHONPATH": str(PROJECT)},
        )
        self._hearing = asyncio.create_task(self._hear())

    async def _hear(self) -> None:
        assert self._launcher is not None
        assert self._launcher.stdout is not None
        async for line in self._launcher.stdout:
            message = json.loads(line)
            self._orders[message["order"]].note(message)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def running(self, name: str) -> bool:
        return name in self._processes and not self._processes[name].ended.done()

    def pid(self, name: str) -> int:
        """The process id of the latest of that name, which has started."""
        return self._processes[name].started.result()

    async def kill(self, name: str) -> None:
        """`kill -9`, as a machine that loses power would."""
        process = self._processes[name]
        await process.signal(signal.SIGKILL)
        await asyncio.shield(process.ended)

    async def died(self, name: str, seconds: float = 30.0) -> int:
        """Waits until the process is gone; returns its exit status (negative: the signal)."""
        return await asyncio.wait_for(asyncio.shield(self._processes[name].ended), seconds)

    async def ready(self, service: str) -> None:
        """Waits until the service's API answers. Raises DeploymentError with the end of its log."""
        await self._answers(self.url(service), f"{service}-api")

    async def _answers(self, url: str, name: str) -> None:
        deadline = asyncio.get_running_loop().time() + READY_SECONDS
        async with httpx.AsyncClient() as client:
            while asyncio.get_running_loop().time() < deadline:
                try:
                    if (await client.get(f"{url}/readyz", timeout=2)).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                if not self.running(name):
                    break
                await asyncio.sleep(0.1)
        raise DeploymentError(f"{name} did not come up:\n{self.log(name).read_text()[-2000:]}")

    async def close(self) -> None:
        """Ends every process, politely first, and removes what they left."""
        living = [process for process in self._orders if not process.ended.done()]
        for process in living:
            await process.signal(signal.SIGTERM)
        if living:
            await asyncio.wait([process.ended for process in living], timeout=12)
        for process in living:
            if not process.ended.done():
                await process.signal(signal.SIGKILL)
                await process.ended
        if self._launcher is not None:
            assert self._launcher.stdin is not None
            self._launcher.stdin.close()
            await self._launcher.wait()
            await self._hearing
        await self._drop_database()
        self._folder.cleanup()

    async def _drop_database(self) -> None:
        """Leaves nothing behind on a server that is not ours alone."""
        with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError):
            connection = await asyncpg.connect(self.servers.database_url, timeout=5)
            await connection.execute(f'DROP DATABASE IF EXISTS "{self._database}" WITH (FORCE)')
            for service in SERVICES:
                await connection.execute(f'DROP ROLE IF EXISTS "{role_of(self._database, service)}"')
            await connection.close()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
