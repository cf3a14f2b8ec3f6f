"""`goufu audit`: checks that nothing which was recorded has been altered."""

import asyncio
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from deploy.cli.common import AdminUrl, administrators, counted, fail, known, opened, plainly, settings, told
from deploy.serve import worker
from shared import bus
from shared.bus.access import PUBLIC
from shared.events import SERVICES, topic_of
from shared.fields.strict_json import canonical
from shared.process.settings import SettingsError
from shared.road.audit import ChainBroken, audit, walk_file
from shared.road.checkpoints import (
    Checkpoint,
    everything,
    of_service,
    public_key,
    public_text,
    read_files,
    read_topics,
    signing_key,
)
from shared.road.followed import Followed, follow
from shared.road.rebuild import compare
from shared.work.database import Database

app = typer.Typer(no_args_is_help=True, help="Check the record for alterations.")

Kept = Annotated[list[str], typer.Option(help="SERVICE:POSITION:HASH as printed before: it must still be in the chain")]
Folder = Annotated[
    Path | None, typer.Option(help="signed checkpoints: a file, or the folder that GOUFU_CHECKPOINTS names")
]
Key = Annotated[str, typer.Option(help="the public key of the checkpoints, as `goufu audit key` prints it")]
_EXPORT = (
    "SELECT l.position, encode(l.hash, 'hex') AS hash, j.entry FROM ledger l JOIN journal j ON j.id = l.entry"
    " WHERE l.position > $1 ORDER BY l.position LIMIT 5000"
)


@app.command()
def verify(
    service: Annotated[list[str], typer.Option(help="only this service; may be given again")] = [],  # noqa: B006
    checkpoint: Kept = [],  # noqa: B006
    checkpoints: Folder = None,
    topic: Annotated[bool, typer.Option(help="compare with the checkpoints on the bus too")] = False,
    rows: Annotated[bool, typer.Option(help="compare rows with the journal too")] = True,
    key: Key = "",
    database_url: AdminUrl = "",
) -> None:
    """Recompute the hash chain of every service's ledger, compare it with checkpoints kept elsewhere, the rows of
    money, standing, posts, bids and results with what the journal says, and every copy with its sources' ledgers; name
    what does not fit.

    Connects with GOUFU_<SERVICE>_URL where that is set, else as the administrator, as whom alone the sources of copies
    can be read. Exit status 1 when anything was found.
    """
    services = [known(name) for name in service] or list(SERVICES)
    kept = [_checkpoint(text) for text in checkpoint]
    with plainly():
        signed, bad = _signed(checkpoints, key, topic=topic)
        known_ones = [*kept, *signed]
        whole = [asyncio.run(_verified(name, _url(name, database_url), known_ones, rows=rows)) for name in services]
        if rows and (told(database_url) or opened("database_url")):
            admin = administrators(database_url)
            whole += [asyncio.run(_copies_agree(name, admin)) for name in services]
        elif rows:
            typer.echo("copies are not compared, DATABASE_URL is not given 未比对副本：未提供 DATABASE_URL")
    for line in bad:
        typer.echo(f"no checkpoint 检查点无效: {line}")
    if bad or not all(whole):
        fail("the record was altered: keep it as it is, and compare with a backup 记录已被改动，请保全现场并与备份比对")


@app.command(name="key")
def print_key() -> None:
    """Print the public key of the checkpoints, for those who verify. It runs where a worker does: theirs is the private
    key."""
    with plainly():
        typer.echo(public_text(_believed("")))


@app.command()
def export(
    service: Annotated[str, typer.Argument(help="whose ledger")],
    file: Annotated[Path, typer.Argument(help="is written anew: a line a position")],
    database_url: AdminUrl = "",
) -> None:
    """Write a service's ledger to a file, which `goufu audit verify-file` checks without any database."""
    with plainly():
        count = asyncio.run(_export(known(service), _url(service, database_url), file))
    typer.echo(f"{count} positions -> {file}")


@app.command()
def verify_file(
    service: Annotated[str, typer.Argument(help="whose ledger it is")],
    file: Annotated[Path, typer.Argument(help="as `goufu audit export` wrote it")],
    checkpoint: Kept = [],  # noqa: B006
    checkpoints: Folder = None,
    key: Key = "",
) -> None:
    """Recompute the hash chain of an exported ledger, and compare it with checkpoints. Needs no database."""
    kept = [_checkpoint(text) for text in checkpoint]
    with plainly():
        signed, bad = _signed(checkpoints, key, topic=False)
    if bad:
        fail(f"no checkpoint 检查点无效: {bad[0]}")
    try:
        with file.open("rb") as lines:
            position, digest = walk_file(lines, of_service(known(service), [*kept, *signed]))
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except (ChainBroken, ValueError, KeyError) as error:
        fail(f"{service} BROKEN 断裂 at {error}")
    else:
        typer.echo(f"{service:<12}whole 完整 {position:>10} positions   {service}:{position}:{digest.hex()}")


@app.command()
def verify_public(key: Key = "") -> None:
    """Follow each source's chain on the public topic back from its signed checkpoints, and compare the headers; name
    what does not fit, what a restore has declared lost, and up to which position everything is proven. Needs no
    database; an integrator's login is enough. Exit status 1 when anything was found.
    """
    with plainly():
        found, bad = asyncio.run(_followed(_believed(key)))
    for source, each in found.items():
        typer.echo(f"{source:<12}proven 已证明 {each.proven:>10} of {each.read} positions")
        for note in each.notes:
            typer.echo(f"{source:<12}to come 待到 {note}")
        for note in each.lost:
            typer.echo(f"{source:<12}restored 曾恢复 {note}")
        for finding in each.findings:
            typer.echo(f"{source:<12}BROKEN 断裂 at {finding}")
    for line in bad:
        typer.echo(f"no checkpoint 检查点无效: {line}")
    if bad or any(each.findings for each in found.values()):
        fail("not everything on the public topic is of the source it names 公开主题上有来源不明的记录")


def _checkpoint(text: str) -> Checkpoint:
    service, position, digest = (*text.split(":"), "", "")[:3]
    if not position.isdigit() or len(digest) != 64:
        raise typer.BadParameter("a checkpoint is SERVICE:POSITION:HASH, as `goufu audit verify` prints it")
    return Checkpoint(known(service), "", int(position), digest, "the command line")


def _believed(given: str) -> Ed25519PublicKey:
    """The public key: as given, or of the deployment's own private one. Raises SettingsError."""
    try:
        if given:
            return public_key(given)
    except ValueError:
        raise SettingsError("--key is what `goufu audit key` prints") from None
    private = signing_key(settings())
    if private is None:
        raise SettingsError(
            "give --key with the public one; `goufu audit key` prints it where GOUFU_CHECKPOINT_KEY is set: at a worker"
        )
    return private.public_key()


def _signed(folder: Path | None, key: str, *, topic: bool) -> tuple[list[Checkpoint], list[str]]:
    found: list[Checkpoint] = []
    bad: list[str] = []
    if folder is not None:
        if not folder.exists():
            raise SettingsError(f"there is no {folder}")
        found, bad = read_files(folder, _believed(key))
    if topic:
        more, worse = asyncio.run(_on_the_bus(_believed(key)))
        found, bad = [*found, *more], [*bad, *worse]
    return found, bad


async def _on_the_bus(key: Ed25519PublicKey) -> tuple[list[Checkpoint], list[str]]:
    connection, prefix = _bus()
    try:
        return await read_topics(connection, prefix, key)
    finally:
        await connection.close()


async def _followed(key: Ed25519PublicKey) -> tuple[dict[str, Followed], list[str]]:
    """As an integrator reads it; the checkpoints first, so that what they name has come."""
    connection, prefix = _bus()
    try:
        signed, bad = await read_topics(connection, prefix, key)
        records = [record async for record in everything(connection, [topic_of(PUBLIC, prefix)], prefix)]
    finally:
        await connection.close()
    return follow(records, signed), bad


def _bus() -> tuple[bus.Bus, str]:
    given, prefix = opened("bus") or settings().bus, opened("topic_prefix") or settings().topic_prefix
    where = _url(SERVICES[0], "") if given == "postgres" else given
    return bus.connect(where, settings().bus_login()), prefix


def _url(service: str, database_url: str) -> str:
    given = settings()
    return given.url(service) if getattr(given, f"{service}_url") else administrators(database_url)


async def _verified(service: str, url: str, checkpoints: Sequence[Checkpoint], *, rows: bool) -> bool:
    says = import_module(f"services.{service}.recorded").RECORDED if rows else ()
    connection = await asyncpg.connect(url, server_settings={"search_path": service})
    try:
        begun = time.monotonic()
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            total = await connection.fetchval("SELECT coalesce(max(position), 0) FROM ledger")
            with counted(f"Verifying {service}") as tell:
                mine = of_service(service, checkpoints)
                report = await audit(connection, says, mine, lambda done: tell(done, max(total, done)))
    finally:
        await connection.close()
    for note in report.notes:
        typer.echo(f"{service:<12}restored 曾恢复 {note}")
    for finding in report.findings:
        typer.echo(f"{service:<12}BROKEN 断裂 at {finding}")
    if report.findings:
        return False
    speed = report.position / max(time.monotonic() - begun, 0.001)
    checkpoint = f"{service}:{report.position}:{report.hash.hex()}"
    typer.echo(f"{service:<12}whole 完整 {report.position:>10} positions {speed:>8.0f} entries/s   {checkpoint}")
    return True


async def _copies_agree(service: str, admin: str) -> bool:
    with counted(f"Comparing what {service} copies") as tell:
        findings = await compare(Database(service, admin), worker(service).copies, progress=tell)
    for finding in findings:
        typer.echo(f"{service:<12}BROKEN 断裂 at {finding}")
    return not findings


async def _export(service: str, url: str, file: Path) -> int:
    connection = await asyncpg.connect(url, server_settings={"search_path": service})
    position = 0
    try:
        with file.open("wb") as out:
            while rows := await connection.fetch(_EXPORT, position):
                out.writelines(canonical(dict(row)) + b"\n" for row in rows)
                position = rows[-1]["position"]
    finally:
        await connection.close()
    return position
