"""`goufu road refill` and `goufu restore-finish`: events sent again, and a restored database told from what it was."""

import asyncio
import time
from typing import Annotated

import typer

from deploy.cli.common import AdminUrl, administrators, counted, fail, known, opened, plainly, settings, told
from deploy.local.progress import say
from deploy.serve import worker
from shared import bus
from shared.bus.login import Login
from shared.bus.records import Tags
from shared.events import SERVICES
from shared.road.recovery import Finished, StillAtWork, finish, refill, unsent
from shared.worker import make_topics

app = typer.Typer(no_args_is_help=True, help="The road between the services.")


def register(program: typer.Typer) -> None:
    """Adds the commands to the program."""
    program.add_typer(app, name="road")
    program.command(name="restore-finish")(restore_finish)


@app.command(name="refill")
def refill_topic(
    service: Annotated[str, typer.Argument(help="whose events")],
    start: Annotated[int, typer.Option("--from", min=1, help="the first position to send again")] = 1,
    wait: Annotated[int, typer.Option(min=0, help="follow it for so many seconds; the service's worker sends")] = 600,
    database_url: AdminUrl = "",
) -> None:
    """Send a service's ledger again to its topics, because they were emptied or lost; may run while all work.

    Topics that are missing are made. Consumers read the topic from its beginning and apply what they lack, once.
    """
    with plainly():
        url = administrators(database_url)
        count = asyncio.run(_refill(url, known(service), start, database_url))
        typer.echo(f"{service}: {count} positions will be sent again 将重新发送")
        left = asyncio.run(_followed(url, service, count, wait))
    if left:
        fail(f"{left} positions are not sent yet: does `goufu work {service}` run? 尚未发完，请确认 worker 在运行")


async def _followed(url: str, service: str, count: int, seconds: int) -> int:
    end, left = time.monotonic() + seconds, count
    with counted(f"Sending {service} again") as tell:
        while left and time.monotonic() < end:
            await asyncio.sleep(0.5)
            left = await unsent(url, service)
            tell(max(0, count - left), count)
    return left if seconds else 0


def restore_finish(
    service: Annotated[list[str], typer.Option(help="only this service was restored; may be given again")] = [],  # noqa: B006
    database_url: AdminUrl = "",
) -> None:
    """Finish a restore of PostgreSQL, before APIs and workers are started again.

    Each restored service begins a new timeline. What it had published beyond the backup is listed, with what other
    services did because of it; every consumer is put back to what the sources know, copies are rebuilt, and topics
    that lack events get them when the workers start. Exit status 1 when services are still connected.
    """
    services = [known(name) for name in service] or list(SERVICES)
    with plainly():
        url = administrators(database_url)
        try:
            done = asyncio.run(_finish(url, services, database_url))
        except StillAtWork as error:
            fail(f"{error} 请先停止各服务的 API 与 worker")
    _show(done)


async def _finish(url: str, services: list[str], given: str) -> Finished:
    connection, tags, prefix = _road(url, given)
    copies = {str(name): worker(name).copies for name in SERVICES}
    try:
        await make_topics(connection, prefix)
        return await finish(url, connection, tags, copies, services, prefix=prefix, tell=say)
    finally:
        await connection.close()


async def _refill(url: str, service: str, start: int, given: str) -> int:
    connection, _, prefix = _road(url, given)
    try:
        await make_topics(connection, prefix)
    finally:
        await connection.close()
    return await refill(url, service, start)


def _road(url: str, given: str) -> tuple[bus.Bus, Tags, str]:
    """The bus as the administrator reaches it, what tags are checked with, and the topics' prefix: those of this
    process's settings, or of `goufu up` when that is meant."""
    if told(given):
        own = settings()
        address = url if own.bus == "postgres" else own.bus
        return bus.connect(address, own.bus_login()), own.tags, own.topic_prefix
    address = url if opened("bus") == "postgres" else opened("bus")
    login = Login(**opened("bus_login"))
    return bus.connect(address, login), Tags(opened("road_secret")), opened("topic_prefix")


def _show(done: Finished) -> None:
    for service, (timeline, fork) in done.begun.items():
        typer.echo(
            f"{service:<12}timeline {timeline} after position {fork}; {done.missing[service]} events to send again"
        )
    for event in done.lost:
        place = f"position {event.position}, version {event.version} of {event.key}"
        typer.echo(f"lost 已丢失  {event.service} {event.type} {event.event} ({place})")
    for effect in done.effects:
        typer.echo(
            f"stands 仍生效 {effect.service} {effect.type} {effect.entry} of {effect.subject}"
            f" since {effect.recorded_at:%Y-%m-%d %H:%M:%S}, because of {effect.cause}: decide by hand 须人工处理"
        )
    for consumer, resting in done.held:
        typer.echo(f"forgotten 已清除 at {consumer}: {resting} rested there, and its source does not know it any more")
    for service, report in done.rebuilt.items():
        for table in report.tables:
            if not table.equal:
                changes = f"{table.restored} restored, {table.corrected} corrected, {table.removed} removed"
                typer.echo(f"{service:<12}copy {table.table} put right: {changes}")
    typer.echo("start the workers, then the APIs 请先启动 worker，再启动 API")
