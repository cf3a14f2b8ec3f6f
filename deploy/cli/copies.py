"""`goufu rebuild-copies`: a service's copies of what the others published, made anew from the topics."""

import asyncio
from typing import Annotated

import typer

from deploy.cli.common import AdminUrl, administrators, counted, known, opened, plainly, settings
from deploy.serve import worker
from shared import bus
from shared.copies import Rebuilt, Report, rebuild
from shared.database import Database
from shared.inbox import Copy


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command(name="rebuild-copies")(rebuild_copies)


def rebuild_copies(
    service: Annotated[str, typer.Argument(help="whose copies")],
    table: Annotated[str, typer.Argument(help="only this table; all of them when left out")] = "",
    database_url: AdminUrl = "",
) -> None:
    """Rebuild copies from position 0 while everything goes on, and say what in them was wrong.

    Reads GOUFU_BUS and GOUFU_TOPIC_PREFIX as the services do. What the service's worker has applied is applied, no
    more and no less; where content differs it is put right in one transaction.
    """
    copies = _copies(known(service), table)
    with plainly():
        url = administrators(database_url)
        report = asyncio.run(_rebuild(url, service, copies, *_road(database_url)))
    for each in report.tables:
        typer.echo(_line(each))
    for event in report.left_out:
        typer.echo(f"left out, it cannot be read 无法读取，已略过: {event}")


def _copies(service: str, table: str) -> list[Copy]:
    copies = worker(service).copies
    chosen = [copy for copy in copies if table in ("", copy.table.name)]
    if not chosen:
        there = ", ".join(sorted({copy.table.name for copy in copies})) or "none"
        raise typer.BadParameter(f"{service} has no copy {table or 'at all'}: {there}")
    return chosen


def _road(database_url: str) -> tuple[str, str]:
    """The bus and the topics' prefix: those of the environment, or of `goufu up` when that is what is meant."""
    if database_url:
        return settings().bus, settings().topic_prefix
    return opened("bus"), opened("topic_prefix")


async def _rebuild(url: str, service: str, copies: list[Copy], bus_url: str, prefix: str) -> Report:
    connection = bus.connect(url if bus_url == "postgres" else bus_url)
    try:
        with counted(f"Reading what {service} copies") as tell:
            return await rebuild(Database(service, url), copies, connection, prefix=prefix, progress=tell)
    finally:
        await connection.close()


def _line(found: Rebuilt) -> str:
    what = f"{found.restored} restored, {found.corrected} corrected, {found.removed} removed"
    outcome = "equal 一致" if found.equal else f"put right 已修复 ({what})"
    return f"{found.table:<20} rows {found.before.rows} -> {found.after.rows}   {outcome}   {found.after.sha256}"
