"""`goufu audit verify`: checks that nothing which was recorded has been altered."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import asyncpg
import typer

from deploy.cli.common import AdminUrl, administrators, counted, fail, known, plainly, settings
from shared.ledger import ChainBroken
from shared.ledger import verify as verify_chain
from shared.settings import SERVICES, SettingsError

app = typer.Typer(no_args_is_help=True, help="Check the record for alterations.")

Checkpoint = tuple[str, int, str]


@app.command()
def verify(
    service: Annotated[list[str], typer.Option(help="only this service; may be given again")] = [],  # noqa: B006
    checkpoint: Annotated[
        list[str], typer.Option(help="SERVICE:POSITION:HASH as printed before: it must still be in the chain")
    ] = [],  # noqa: B006
    database_url: AdminUrl = "",
) -> None:
    """Recompute the hash chain of every service's ledger; name the first position that does not fit.

    Connects with GOUFU_<SERVICE>_URL where that is set, else as the administrator. Exit status 1 when a chain is
    broken or a checkpoint is gone.
    """
    services = [known(name) for name in service] or list(SERVICES)
    kept = [_checkpoint(text) for text in checkpoint]
    with plainly():
        whole = [asyncio.run(_verified(name, _url(name, database_url), kept)) for name in services]
    if not all(whole):
        fail("the record was altered: keep it as it is, and compare with a backup 记录已被改动，请保全现场并与备份比对")


def _checkpoint(text: str) -> Checkpoint:
    service, position, digest = (*text.split(":"), "", "")[:3]
    if not position.isdigit() or len(digest) != 64:
        raise typer.BadParameter("a checkpoint is SERVICE:POSITION:HASH, as `goufu audit verify` prints it")
    return known(service), int(position), digest


def _url(service: str, database_url: str) -> str:
    try:
        return settings().url(service)
    except SettingsError:
        return administrators(database_url)


async def _verified(service: str, url: str, checkpoints: Sequence[Checkpoint]) -> bool:
    connection = await asyncpg.connect(url, server_settings={"search_path": service})
    try:
        begun = time.monotonic()
        total = await connection.fetchval("SELECT coalesce(max(position), 0) FROM ledger")
        with counted(f"Verifying {service}") as tell:
            position, digest = await verify_chain(_Counting(connection, total, tell))
        await _compare(connection, [kept for kept in checkpoints if kept[0] == service])
    except ChainBroken as error:
        typer.echo(f"{service:<12}BROKEN 断裂 at {error}")
        return False
    finally:
        await connection.close()
    speed = position / max(time.monotonic() - begun, 0.001)
    checkpoint = f"{service}:{position}:{digest.hex()}"
    typer.echo(f"{service:<12}whole 完整 {position:>10} positions {speed:>8.0f} entries/s   {checkpoint}")
    return True


async def _compare(connection: Any, checkpoints: Sequence[Checkpoint]) -> None:
    """A tail cut off, or a chain made anew from the start, verifies in itself; a hash kept elsewhere finds it."""
    for _, position, digest in checkpoints:
        found = await connection.fetchval("SELECT hash FROM ledger WHERE position = $1", position)
        if position and (found is None or found.hex() != digest):
            raise ChainBroken(position, "the checkpoint is not in the chain")


class _Counting:
    """A connection that tells how far the walk has come."""

    def __init__(self, connection: Any, total: int, tell: Callable[[int, int], None]) -> None:
        self._connection, self._total, self._tell = connection, total, tell

    async def fetch(self, statement: str, position: int) -> Any:
        rows = await self._connection.fetch(statement, position)
        self._tell(position + len(rows), max(self._total, position + len(rows)))
        return rows
