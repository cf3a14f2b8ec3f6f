"""`goufu status`: what a deployment lacks, and what waits in it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import typer

from deploy.cli.common import AdminUrl, plainly, settings
from deploy.cli.common import administrators as url_of
from shared.events import SERVICES
from shared.process.telemetry import FAILED_SENDS
from shared.routes import road_state
from shared.work.database import connections_needed
from shared.work.revisions import lacking as tables_lacking

_LATE = f"SELECT count(*) FROM {{0}}.dispatches WHERE state = 'waiting' AND attempts >= {FAILED_SENDS}"
_ADMINISTRATORS = "SELECT count(DISTINCT person_id) FROM registry.posts WHERE 'administer_posts' = ANY(duties)"


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command()(status)


def status(database_url: AdminUrl = "") -> None:
    """Say what is missing and what waits; status 1 when something has to be done."""
    with plainly():
        lines, lacking = asyncio.run(_look(url_of(database_url)))
    for line in lines:
        typer.echo(line)
    for each in lacking:
        typer.echo(f"missing 缺少: {each}")
    raise typer.Exit(1 if lacking else 0)


async def _look(url: str) -> tuple[list[str], list[str]]:
    connection = await asyncpg.connect(url)
    try:
        lines, lacking = [], []
        for service in SERVICES:
            if old := await tables_lacking(connection, service):
                lacking.append(f"{service}'s tables ({'; '.join(old)}): goufu migrate")
                continue
            state = await road_state(connection, service) | {"late": await connection.fetchval(_LATE.format(service))}
            lines.append(f"{service:<12}" + "  ".join(f"{name} {state[name]}" for name in _SHOWN))
            lacking += _held(service, state)
        lacking += [each async for each in _of_the_whole(connection, registry=bool(lines))]
        return lines, lacking
    finally:
        await connection.close()


_SHOWN = ("unsent", "waiting", "stuck", "parked", "overdue", "late")


def _held(service: str, state: dict[str, Any]) -> Iterator[str]:
    if state["parked"]:
        yield f"{service} has {state['parked']} events parked: goufu held list"
    if state["stuck"]:
        yield f"{service} has {state['stuck']} events that wait for what does not come: goufu held list"
    if state["late"]:
        yield f"{service} has {state['late']} errands that failed {FAILED_SENDS} times and more"


async def _of_the_whole(connection: Any, *, registry: bool) -> Any:
    if registry and await connection.fetchval(_ADMINISTRATORS) < 2:
        yield "two administrators of posts: goufu administrator add"
    most, needed = int(await connection.fetchval("SHOW max_connections")), connections_needed(settings().pool)
    if most < needed:
        yield f"connections: PostgreSQL allows {most}, two of each process may take {needed}: see GOUFU_POOL"
