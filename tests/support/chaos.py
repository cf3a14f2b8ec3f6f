"""Trouble for the story: processes die at named points, in commands and in workers, and come back."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

from deploy.demo.stage import Trouble
from deploy.deployment import Deployment
from deploy.serve import worker
from shared.faults import POINTS
from shared.settings import SERVICES
from tests.support.journey import RunningServers

COMMAND_POINTS = tuple(point for point in POINTS if point.startswith("command."))
WORKER_POINTS = tuple(point for point in POINTS if not point.startswith("command."))
CONSUMER_POINTS = tuple(point for point in POINTS if point.startswith("consumer."))

ReactionDeath = tuple[str, str, str]
"""A service, a consumer's point, and the type of event that it reacts to."""


class Kills(Trouble):
    """Kills the API in chosen commands: `choose` is asked for every command with its number, and names the point. A
    command that does not pass the point is answered, and harms nobody."""

    def __init__(self, deployment: Deployment, choose: Callable[[int], str | None]) -> None:
        self._deployment = deployment
        self._choose = choose
        self.commands = 0
        self.died: list[str] = []

    def fault(self, service: str, path: str) -> str | None:
        self.commands += 1
        point = self._choose(self.commands)
        self._at = f"{service} {path} {point}"
        return f"{point}:1" if point else None

    async def recover(self, service: str) -> None:
        """Restarts the API that died. When none did, only a connection was lost, and the command is sent again."""
        with contextlib.suppress(TimeoutError):
            await self._deployment.died(f"{service}-api", 5.0)
            self.died.append(self._at)
            self._deployment.start_api(service, GOUFU_FAULT="header")
            await self._deployment.ready(service)


class WorkerKills:
    """Keeps the workers running, each start with the next point at which it dies; after the last they stay sound."""

    def __init__(self, deployment: Deployment, points: dict[str, Iterator[str]]) -> None:
        self._deployment = deployment
        self._points = points
        self._tasks: list[asyncio.Task[None]] = []
        self.died: list[str] = []

    async def __aenter__(self) -> "WorkerKills":
        for service in SERVICES:
            self._tasks.append(asyncio.create_task(self._keep(service)))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, service: str) -> None:
        name = f"{service}-worker"
        point = None
        while True:
            with contextlib.suppress(TimeoutError):
                await self._deployment.died(name, 3600)
                if point is not None:
                    self.died.append(f"{service} {point}")
                point = next(self._points[service], None)
                fault = {"GOUFU_FAULT": point} if point else {}
                self._deployment.start_worker(service, **fault)


def every_point(times: int) -> dict[str, Iterator[str]]:
    """For each service every worker point `times` over, at the first, second … pass."""
    turns = [f"{point}:{n}" for n in range(1, times + 1) for point in WORKER_POINTS]
    return {service: itertools.chain(turns) for service in SERVICES}


class MortalWorkers(Deployment):
    """Its workers die at every consumer's point once for every type that they react to, and are started again at once.
    `memory` is a folder that keeps what has been; deployments that share it share the deaths."""

    def __init__(self, servers: RunningServers, rulebooks: Path, memory: Path) -> None:
        super().__init__(servers, rulebooks)
        self._memory = memory
        self._keepers: list[asyncio.Task[None]] = []
        self.killed: set[int] = set()
        """Process ids of the workers that `kill -9` ended."""

    async def start(self) -> None:
        await super().start()
        self._keepers = [asyncio.create_task(self._keep(service)) for service in SERVICES]

    async def close(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await super().close()

    def start_worker(self, service: str, **environment: str) -> None:
        """Starts it armed, unless it runs: the story starts a worker again that its keeper was quicker to start."""
        name = f"{service}-worker"
        if name in self._processes and self.running(name):
            return
        folder = self._memory / service
        folder.mkdir(exist_ok=True)
        super().start_worker(service, **environment, GOUFU_FAULT=f"each:{folder}")

    async def _keep(self, service: str) -> None:
        name = f"{service}-worker"
        while True:
            status, process = await self.died(name, 3600), self._processes[name].started.result()
            if status == -9:
                self.killed.add(process)
            self.start_worker(service)


def every_reaction() -> set[ReactionDeath]:
    """Every consumer's point for every entry of every service's table of reactions."""
    return {
        (service, point, reaction.event.type_name())
        for service in SERVICES
        for reaction in worker(service).reactions
        for point in CONSUMER_POINTS
    }


def noted(memory: Path) -> dict[ReactionDeath, int]:
    """The deaths that the workers noted right before they died, each with the process id."""
    notes = (note for service in SERVICES for note in (memory / service).iterdir())
    return {(note.parent.name, *note.name.split(" ")): int(note.read_text()) for note in notes}  # type: ignore[misc]
