"""What the faults strike: private servers behind a network that can be cut, and processes that a keeper restarts."""

import asyncio
import copy
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

from deploy.deployment import PROJECT, Deployment
from deploy.local.kafka import PrivateKafka
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.postgres import PrivatePostgres
from deploy.road import lay
from shared.events import SERVICES
from shared.process.settings import Settings
from tests.faults.run.evidence import Restore
from tests.support.journey import RunningServers

PROCESSES = tuple(f"{service}-{part}" for service in SERVICES for part in ("api", "worker"))
LOG_SHOWN = 1500


class Network:
    """The ports before the servers: one a service before PostgreSQL, one before Kafka."""

    def __init__(self, ports: dict[str, int], targets: dict[str, int]) -> None:
        self.ports = ports
        self._targets = targets
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        pairs = [f"{self.ports[name]}:{target}" for name, target in self._targets.items()]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.faults.run.proxy", *pairs),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )
        assert await self._answer() == b"ready\n"

    async def set(self, state: str, *names: str) -> None:
        """Puts these links into a state of `proxy.STATES`."""
        async with self._turn:
            for name in names:
                assert self._process.stdin is not None
                self._process.stdin.write(f"{self.ports[name]} {state}\n".encode())
                await self._answer()

    async def _answer(self) -> bytes:
        assert self._process.stdout is not None
        answer = await self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the network between the processes and the servers is gone")
        return answer

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


class KeptDeployment(Deployment):
    """Processes that reach their servers over the network alone; whichever ends is started again. Those that were not
    killed have ended by themselves, which `exits` tells."""

    def __init__(self, servers: RunningServers, rulebooks: Path, network: Network) -> None:
        super().__init__(servers, rulebooks)
        self._network = network
        self._struck: set[int] = set()
        self._keepers: list[asyncio.Task[None]] = []
        self._at_work = asyncio.Event()
        self._at_work.set()
        self.exits: list[str] = []
        self.kills = 0

    def _settings(self) -> Settings:
        settings = super()._settings()
        for service in SERVICES:
            name = f"GOUFU_{service.upper()}_URL"
            parts = urlsplit(self._environment[name])
            place = f"{parts.username}:{parts.password}@{LOOPBACK}:{self._network.ports[service]}"
            self._environment[name] = urlunsplit((parts.scheme, place, parts.path, "", ""))
        return settings

    async def start(self) -> None:
        await super().start()
        self._keepers = [asyncio.create_task(self._keep(name)) for name in PROCESSES]

    async def close(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for name in PROCESSES:
            if self.running(name):
                await self.send(name, signal.SIGCONT)
        await super().close()

    async def kill(self, name: str) -> None:
        if not self.running(name):
            return
        self._struck.add(await asyncio.shield(self._processes[name].started))
        self.kills += 1
        await super().kill(name)

    async def rest(self) -> None:
        """Ends every process; none is started again before `resume`."""
        self._at_work.clear()
        for name in PROCESSES:
            if self.running(name):
                self._struck.add(await asyncio.shield(self._processes[name].started))
                await super().kill(name)

    async def resume(self) -> None:
        """Starts every process again; returns when all APIs answer."""
        self._at_work.set()
        await asyncio.gather(*(self.ready(service) for service in SERVICES))

    async def lay_road(self) -> None:
        """Topics, users and rights again, on a broker that has lost them."""
        await lay(self.settings, self.admin_url, self._secret)

    async def send(self, name: str, number: int) -> None:
        await self._processes[name].signal(number)

    async def _keep(self, name: str) -> None:
        service, _, part = name.partition("-")
        while True:
            process = self._processes[name]
            status = await asyncio.shield(process.ended)
            if process.started.result() not in self._struck:
                log = self.log(name).read_text(errors="replace")[-LOG_SHOWN:]
                self.exits.append(f"{name} ended by itself with status {status}: …{log}")
                await asyncio.sleep(1)
            await self._at_work.wait()
            if part == "api":
                self.start_api(service)
            else:
                self.start_worker(service)


class Rig:
    """Everything that can be struck, and how many processes were killed."""

    def __init__(self, rulebooks: Path, chance: random.Random) -> None:
        self.chance = chance
        self._rulebooks = rulebooks
        self._began = time.monotonic()
        self.over = asyncio.Event()
        self.under_way: Mapping[str, int] = {}
        """How many requests each service is answering now, as far as the clients tell."""
        self.restores: list[Restore] = []
        self.part: Callable[[], float] = lambda: 0.0
        """The part of the run that is over, of one."""
        self.taken_back: Callable[[], None] = lambda: None
        """Tells the clients that a restore took back what they have played."""

    async def __aenter__(self) -> Self:
        self._exit = AsyncExitStack()
        try:
            await self._start()
        except BaseException:
            await self._exit.aclose()
            raise
        return self

    async def _start(self) -> None:
        ports = dict(zip((*SERVICES, "kafka"), free_ports(len(SERVICES) + 1), strict=True))
        self.postgres, self.kafka = PrivatePostgres(), PrivateKafka(advertised_port=ports["kafka"])
        for server in (self.postgres, self.kafka):
            self._exit.push_async_callback(asyncio.to_thread, server.close)
        await asyncio.gather(asyncio.to_thread(self.postgres.start), asyncio.to_thread(self.kafka.start))
        self.tell("PostgreSQL and Kafka are up")
        targets = {str(service): self.postgres.port for service in SERVICES}
        targets["kafka"] = self.kafka.port
        self.network = Network(ports, targets)
        await self.network.open()
        self._exit.push_async_callback(self.network.close)
        servers = RunningServers(self.postgres.url, self.kafka.bootstrap, self.kafka.login)
        self.deployment = KeptDeployment(servers, self._rulebooks, self.network)
        await self._exit.enter_async_context(self.deployment)
        self.tell("five APIs and five workers are up")

    async def __aexit__(self, *_: Any) -> None:
        await self._exit.aclose()

    @property
    def kills(self) -> int:
        return self.deployment.kills

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._began

    def tell(self, what: str) -> None:
        print(f"[{self.seconds:6.1f}] {what}", flush=True)

    async def kill_server(self, server: PrivatePostgres | PrivateKafka) -> None:
        await asyncio.to_thread(server.kill)
        self.deployment.kills += 1

    def with_chance(self, chance: random.Random) -> "Rig":
        """The same rig for a lane that draws its own lots, so that its order does not depend on the other's pace."""
        mine = copy.copy(self)
        mine.chance = chance
        return mine

    async def asked(self, name: str) -> None:
        """Waits until somebody asks this process something, three seconds at most. Nobody asks a worker."""
        service, _, part = name.partition("-")
        for _ in range(600):
            if part != "api" or self.under_way.get(service):
                return
            await asyncio.sleep(0.005)

    async def hold(self, shortest: float, longest: float) -> None:
        """Waits a while by chance; not past the end of the run."""
        try:
            async with asyncio.timeout(self.chance.uniform(shortest, longest)):
                await self.over.wait()
        except TimeoutError:
            pass
