"""Trouble for the story: processes die at named points, in commands and in workers, and come back."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterator

from deploy.demo.stage import Trouble
from deploy.deployment import Deployment
from shared.faults import POINTS
from shared.settings import SERVICES

COMMAND_POINTS = tuple(point for point in POINTS if point.startswith("command."))
WORKER_POINTS = tuple(point for point in POINTS if not point.startswith("command."))


class Kills(Trouble):
    """Kills the API in chosen commands: `choose` is asked for every command with its number, and names the point."""

    def __init__(self, deployment: Deployment, choose: Callable[[int], str | None]) -> None:
        self._deployment = deployment
        self._choose = choose
        self.commands = 0
        self.died: list[str] = []
        self.unharmed: list[str] = []

    def fault(self, service: str, path: str) -> str | None:
        self.commands += 1
        point = self._choose(self.commands)
        self._at = f"{service} {path} {point}"
        return f"{point}:1" if point else None

    async def recover(self, service: str) -> None:
        """Restarts the API; one that did not pass the point (its command was refused before) is killed too."""
        name = f"{service}-api"
        try:
            await self._deployment.died(name, 2.0)
            self.died.append(self._at)
        except TimeoutError:
            self.unharmed.append(self._at)
            await self._deployment.kill(name)
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
