"""`goufu clock`: the day of a sandbox. A production database has the real clock and nothing to move."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any

import asyncpg
import typer

from deploy.cli.common import AdminUrl, administrators, fail, plainly
from shared.events import SERVICES
from shared.events.road import ClockMoved
from shared.work.acts import recorded
from shared.work.database import SHANGHAI, Database

app = typer.Typer(no_args_is_help=True, help="See and move the clock of a sandbox.")

OFFICE_HOUR = 9
_NOW = "SELECT clock.now() AS now, ahead FROM sandbox.clock"
_MOVE = "UPDATE sandbox.clock SET ahead = $1::timestamptz - clock_timestamp()"
_EMPTY = " AND ".join(f'NOT EXISTS (SELECT FROM "{service}".journal)' for service in SERVICES)


@app.command()
def show(database_url: AdminUrl = "") -> None:
    """Print the sandbox's time and the real one, both in Beijing."""
    with plainly():
        asyncio.run(_show(administrators(database_url)))


@app.command()
def advance(
    to: Annotated[datetime, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="a day (09:00) or a minute")],
    database_url: AdminUrl = "",
) -> None:
    """Move the sandbox's clock forward to a moment in Beijing; deadlines on the way fall due at once."""
    hour = timedelta(hours=OFFICE_HOUR) if to.time() == datetime.min.time() else timedelta(0)
    with plainly():
        asyncio.run(_advance(administrators(database_url), to.replace(tzinfo=SHANGHAI) + hour))


async def _show(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        now, ahead = await _read(connection)
        typer.echo(
            f"sandbox 沙盒 {now:%Y-%m-%d %H:%M:%S}   real 真实 {now - ahead:%Y-%m-%d %H:%M:%S} (Beijing 北京时间)"
        )
    finally:
        await connection.close()


async def _advance(url: str, moment: datetime) -> None:
    connection = await asyncpg.connect(url)
    try:
        now, ahead = await _read(connection)
        # A sandbox begins at the real time: before anything is recorded, its first day may be an earlier one.
        beginning = not ahead and await connection.fetchval(f"SELECT {_EMPTY}")
        if moment <= now and not beginning:
            fail(f"it is {now:%Y-%m-%d %H:%M} in the sandbox: its clock moves forward only 沙盒时钟只能向前")
        await connection.execute(_MOVE, moment)
        for service in SERVICES:
            await recorded(Database(service, url), ClockMoved, was=now.isoformat())
    finally:
        await connection.close()
    typer.echo(f"sandbox 沙盒 {moment:%Y-%m-%d %H:%M:%S} (Beijing 北京时间)")


async def _read(connection: Any) -> tuple[datetime, timedelta]:
    if await connection.fetchval("SELECT to_regclass('sandbox.clock')") is None:
        fail("this database is no sandbox: its clock is the real one and cannot be moved 非沙盒数据库，时钟不可拨动")
    row = await connection.fetchrow(_NOW)
    return row["now"].astimezone(SHANGHAI), row["ahead"]
