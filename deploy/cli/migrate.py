"""`goufu migrate`, `revise`: the database brought to the present, and the next step written.

The migration tools are imported where they run: a service's process loads this file too.
"""

import asyncio
from typing import Annotated

import asyncpg
import typer

from deploy.cli.common import AdminUrl, administrators, known, plainly, settings
from deploy.local.progress import say, told
from deploy.road import RightsMissing, lay
from shared.events import SERVICES
from shared.process.settings import SettingsError, from_file
from shared.work.database import connections_needed
from shared.work.revisions import ROAD

Secret = Annotated[str, typer.Option(envvar="GOUFU_ROLE_SECRET", help="derives the roles' passwords")]
SHORTEST_SECRET = 32


def register(app: typer.Typer) -> None:
    """Adds the commands to the program."""
    app.command()(migrate)
    app.command()(revise)


def migrate(
    database_url: AdminUrl = "",
    secret: Secret = "",
    sandbox: Annotated[bool, typer.Option(envvar="GOUFU_SANDBOX", help="with a clock that can be moved")] = False,
    show_urls: Annotated[bool, typer.Option(help="print the services' connection strings and passwords")] = False,
) -> None:
    """Bring schemas, roles, tables, topics and rights to the present. Safe to run again, and by two at once.

    A user that may not create roles gets, on standard output, the SQL that somebody else has to run first; a login that
    may not give rights on Kafka gets the commands. GOUFU_BUS_ADMIT says what is done there: users, rights, nothing.
    """
    from shared.road.migrations import NeedsRoles, service_url

    try:
        with plainly():
            database_url, secret = administrators(database_url), _secret(secret, sandbox=sandbox)
            with told("Migrating"):
                passwords, warnings = asyncio.run(_migrate(database_url, secret, sandbox=sandbox))
    except NeedsRoles as error:
        say("this user may not create roles: have an administrator run the following SQL, then migrate again")
        say("此用户无权创建角色：请由管理员先执行下列语句，再重新迁移")
        typer.echo(error.sql)
        raise typer.Exit(1) from None
    except RightsMissing as error:
        say(f"{error} 请由 Kafka 管理员授予下列权限")
        typer.echo("\n".join(error.lines))
        raise typer.Exit(1) from None
    for warning in warnings:
        say(warning)
    if show_urls:
        for service in SERVICES:
            typer.echo(f"GOUFU_{service.upper()}_URL={service_url(database_url, secret, service)}")
        for who, password in passwords.items():
            typer.echo(f"GOUFU_{who.upper()}_BUS_PASSWORD={password}")


def revise(
    line: Annotated[str, typer.Argument(help=f"one of {', '.join(SERVICES)}; or road, whose tables all have")],
    message: Annotated[str, typer.Argument(help="what changed, in a few words")],
    database_url: AdminUrl = "",
) -> None:
    """Write the next migration: how tables.py, a service's or the road's, differs from a migrated database."""
    from shared.road.migrations import revise as write

    with plainly():
        asyncio.run(write(administrators(database_url), line if line == ROAD else known(line), message))


def _secret(given: str, *, sandbox: bool) -> str:
    """What the roles' passwords are derived from. Raises SettingsError."""
    secret = given or from_file("GOUFU_ROLE_SECRET") or ""
    if len(secret) < SHORTEST_SECRET and not (secret and sandbox):
        raise SettingsError(f"set GOUFU_ROLE_SECRET to a random secret of at least {SHORTEST_SECRET} characters")
    return secret


async def _migrate(database_url: str, secret: str, *, sandbox: bool) -> tuple[dict[str, str], list[str]]:
    from shared.road import migrations

    given = settings()
    warnings = []
    if await _other_secret(database_url, secret):
        warnings.append(
            "GOUFU_ROLE_SECRET is not the one of the last migration: the services have new passwords; give every"
            " process the addresses that --show-urls prints 角色密钥已变更，请以 --show-urls 的新地址更新各服务"
        )
    await migrations.migrate(database_url, secret, sandbox=sandbox)
    warnings += await _too_few_connections(database_url, given.pool)
    return await lay(given, database_url, secret), warnings


async def _other_secret(database_url: str, secret: str) -> bool:
    """Whether a role that is there already has another password than the one derived from the secret."""
    from shared.road.migrations import role_of, service_url

    connection = await asyncpg.connect(database_url)
    try:
        role = role_of(await connection.fetchval("SELECT current_database()"), SERVICES[0])
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role):
            return False
    finally:
        await connection.close()
    try:
        await (await asyncpg.connect(service_url(database_url, secret, SERVICES[0]), timeout=10)).close()
    except asyncpg.InvalidPasswordError:
        return True
    except (asyncpg.PostgresError, OSError):
        return False  # what else keeps the role out, its process will say
    return False


async def _too_few_connections(database_url: str, pool: int) -> list[str]:
    connection = await asyncpg.connect(database_url)
    try:
        most = int(await connection.fetchval("SHOW max_connections"))
    finally:
        await connection.close()
    needed = connections_needed(pool)
    if needed <= most:
        return []
    return [
        f"PostgreSQL allows {most} connections; an API with GOUFU_POOL={pool} and a worker for each service, two of"
        f" each, may take {needed}: raise max_connections or lower GOUFU_POOL 连接数上限过低，"
        "请调高 max_connections 或调低 GOUFU_POOL"
    ]
