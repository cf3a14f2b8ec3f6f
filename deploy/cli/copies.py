"""`goufu rebuild-copies`: a service's copies of what the others published, made anew from their ledgers."""

import asyncio
from typing import Annotated

import typer

from deploy.cli.common import AdminUrl, administrators, counted, known, plainly
from deploy.serve import worker
from shared.road.consumer import Copy
from shared.road.rebuild import Rebuilt, Report, rebuild
from shared.work.database import Database


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command(name="rebuild-copies")(rebuild_copies)


def rebuild_copies(
    service: Annotated[str, typer.Argument(help="whose copies")],
    table: Annotated[str, typer.Argument(help="only this table; all of them when left out")] = "",
    database_url: AdminUrl = "",
) -> None:
    """Rebuild copies from position 0 while everything goes on, and say what in them was wrong.

    What the service's worker has applied is applied, no more and no less, as the sources' own ledgers tell it; where
    content differs it is put right in one transaction.
    """
    copies = _copies(known(service), table)
    with plainly():
        url = administrators(database_url)
        report = asyncio.run(_rebuild(url, service, copies))
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


async def _rebuild(url: str, service: str, copies: list[Copy]) -> Report:
    with counted(f"Reading what {service} copies") as tell:
        return await rebuild(Database(service, url), copies, progress=tell)


def _line(found: Rebuilt) -> str:
    what = f"{found.restored} restored, {found.corrected} corrected, {found.removed} removed"
    outcome = "equal 一致" if found.equal else f"put right 已修复 ({what})"
    return f"{found.table:<20} rows {found.before.rows} -> {found.after.rows}   {outcome}   {found.after.sha256}"
