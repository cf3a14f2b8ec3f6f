"""What abuse is measured by: it is refused in the one form, nothing changed, nothing came back."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shared.events import SERVICES
from shared.road.migrations import metadata_of
from tests.abuse.surface import every_duty
from tests.support.world import Person, Reply, World

CANARY = "canary-1c9e-13812345678"
_NEVER_SHOWN = ("Traceback", "asyncpg", "sqlalchemy", "SELECT ", "INSERT ", "UPDATE ", "/shared/", "site-packages")


@pytest.fixture(scope="module")
async def anybody(world: World) -> Person:
    """A person who is known and holds no post."""
    person = await world.person("anybody", duties=())
    for service in SERVICES:
        await world.rows(f"DELETE FROM {service}.posts WHERE person_id = $1", person.id)
    return person


@pytest.fixture(scope="module")
async def everybody(world: World) -> Person:
    """A person whose post has every duty there is, everywhere."""
    return await world.person("everybody", duties=every_duty(), jurisdiction="000000")


async def row_counts(world: World) -> dict[str, int]:
    """Rows of every table of every service."""
    tables = [f"{service}.{table}" for service in SERVICES for table in metadata_of(service).tables]
    union = " UNION ALL ".join(f"SELECT '{table}' AS name, count(*) AS n FROM {table}" for table in tables)
    return {row["name"]: row["n"] for row in await world.rows(union)}


@asynccontextmanager
async def nothing_changed(world: World, *but: str) -> AsyncIterator[None]:
    """Afterwards every table of every service, but those of these names, has the rows that it had before."""
    before = await row_counts(world)
    yield
    after = await row_counts(world)
    changed = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert {name: n for name, n in changed.items() if name.partition(".")[2] not in but} == {}


def is_refused(reply: Reply, *statuses: int) -> dict[str, Any]:
    """The problem document of a reply with one of these statuses; it repeats and reveals nothing."""
    shown = reply.body.decode() + repr(dict(reply.headers))
    assert reply.status in statuses, f"{reply.status}, expected one of {statuses}: {shown[:1000]}"
    assert CANARY not in shown
    if reply.body:  # a HEAD has none
        assert reply.headers["content-type"].startswith("application/problem+json")
        assert [word for word in _NEVER_SHOWN if word in shown] == []
        document: dict[str, Any] = json.loads(reply.body)
        assert document["status"] == reply.status
        assert document["code"]
        assert document["title"]
        return document
    return {}
