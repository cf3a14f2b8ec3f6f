"""A story as a test tells it: without its audience, and checked afterwards."""

import io
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
from rich.console import Console

from deploy.demo.stage import Stage, Trouble
from deploy.deployment import Deployment
from shared.events import SERVICES
from tests.support import invariants

T = TypeVar("T")
Story = Callable[[Stage], Awaitable[tuple[T, int]]]
"""Plays on a stage; returns what came of it, and how many events the topics hold."""


async def told(deployment: Deployment, story: Story[T], trouble: Trouble | None = None, patience: float = 40.0) -> T:
    """What came of it, after everything that must hold was checked and every event counted."""
    async with Stage(deployment, Console(file=io.StringIO()), trouble or Trouble(), patience=patience) as stage:
        outcome, events = await story(stage)
        await stage.settled()
    admin = await asyncpg.connect(deployment.admin_url)
    try:
        await invariants.check(admin, deployment.settings)
        journalled = await _journalled(admin, "event")
        assert events == journalled, f"{journalled} events are journalled, {events} are on the topics"
    finally:
        await admin.close()
    return outcome


async def refusals(deployment: Deployment) -> int:
    """How many refusals are on record, in all services."""
    admin = await asyncpg.connect(deployment.admin_url)
    try:
        return await _journalled(admin, "refusal")
    finally:
        await admin.close()


async def _journalled(admin: asyncpg.Connection, kind: str) -> int:
    counts = [await admin.fetchval(f"SELECT count(*) FROM {name}.journal WHERE kind = $1", kind) for name in SERVICES]
    return sum(counts)
