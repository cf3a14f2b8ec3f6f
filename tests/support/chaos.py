"""Trouble for the story: processes die at named points, in commands and in workers, and come back."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.demo.stage import Trouble
from deploy.deployment import Deployment
from deploy.serve import worker
from shared.events import SERVICES
from shared.process.faults import POINTS
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


class KeptWorkers(Deployment):
    """Starts every worker again as soon as it has ended."""

    def __init__(self, servers: RunningServers, rulebooks: Path, *, faults: bool = False) -> None:
        super().__init__(servers, rulebooks, faults=faults)
        self._keepers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await super().start()
        self._keepers = [asyncio.create_task(self._keep(service)) for service in SERVICES]

    async def close(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await super().close()

    async def _keep(self, service: str) -> None:
        name = worker_of(service)
        while True:
            status = await self.died(name, 3600)
            self.ended(service, self.pid(name), status)
            self.start_worker(service)

    def ended(self, service: str, pid: int, status: int) -> None:
        """Hears of a worker that has ended, before it is started again."""


class PointedWorkers(KeptWorkers):
    """Its workers die at the points named for their service, a point a start; after the last they stay sound."""

    def __init__(
        self, servers: RunningServers, rulebooks: Path, points: Mapping[str, Sequence[str]], *, faults: bool = False
    ) -> None:
        super().__init__(servers, rulebooks, faults=faults)
        self._left: dict[str, deque[str]] = {service: deque(points.get(service, ())) for service in SERVICES}
        self._armed: dict[str, str] = {}
        self._struck: set[int] = set()
        self.died_at: list[str] = []

    def start_worker(self, service: str, **environment: str) -> None:
        if self.running(worker_of(service)):
            return
        self._armed.pop(service, None)
        if self._left[service]:
            environment["GOUFU_FAULT"] = self._armed[service] = self._left[service].popleft()
        super().start_worker(service, **environment)

    async def kill(self, name: str) -> None:
        """A worker killed by the story has not died at its point, and will be armed with it again."""
        self._struck.add(self.pid(name))
        await super().kill(name)

    def ended(self, service: str, pid: int, status: int) -> None:
        point = self._armed.get(service)
        if point and pid in self._struck:
            self._left[service].appendleft(point)
        elif point and status == -9:
            self.died_at.append(f"{service} {point}")


class MortalWorkers(KeptWorkers):
    """Its workers die at every consumer's point once for every type that they react to. `memory` is a folder that keeps
    what has been; deployments that share it share the deaths."""

    def __init__(self, servers: RunningServers, rulebooks: Path, memory: Path) -> None:
        super().__init__(servers, rulebooks)
        self._memory = memory
        self.killed: set[int] = set()
        """Process ids of the workers that `kill -9` ended."""

    def start_worker(self, service: str, **environment: str) -> None:
        folder = self._memory / service
        folder.mkdir(exist_ok=True)
        super().start_worker(service, **environment, GOUFU_FAULT=f"each:{folder}")

    def ended(self, service: str, pid: int, status: int) -> None:
        if status == -9:
            self.killed.add(pid)


def worker_of(service: str) -> str:
    """The name of the service's worker among a deployment's processes."""
    return f"{service}-worker"


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
