"""`goufu migrate`, `revise`: the database brought to the present, and the next step written.

The migration tools are imported where they run: a service's process loads this file too.
"""

import asyncio
from typing import Annotated

import typer

from deploy.cli.common import known, plainly, settings
from deploy.local.progress import say, told
from deploy.road import RightsMissing, lay
from shared.settings import SERVICES

Secret = Annotated[str, typer.Option(envvar="GOUFU_ROLE_SECRET", help="derives the roles' passwords")]
AdminUrl = Annotated[str, typer.Option(envvar="DATABASE_URL", help="connection string of the administrator")]


def register(app: typer.Typer) -> None:
    """Adds the commands to the program."""
    app.command()(migrate)
    app.command()(revise)


def migrate(
    database_url: AdminUrl,
    secret: Secret,
    sandbox: Annotated[bool, typer.Option(envvar="GOUFU_SANDBOX", help="with a clock that can be moved")] = False,
    show_urls: Annotated[bool, typer.Option(help="print the services' connection strings and passwords")] = False,
) -> None:
    """Bring schemas, roles, tables, topics and rights to the present. Safe to run again, and by two at once.

    A user that may not create roles gets, on standard output, the SQL that somebody else has to run first; a login that
    may not give rights on Kafka gets the commands. GOUFU_BUS_ADMIT says what is done there: users, rights, nothing.
    """
    from shared.migrations import NeedsRoles, service_url

    try:
        with plainly(), told("Migrating"):
            passwords = asyncio.run(_migrate(database_url, secret, sandbox=sandbox))
    except NeedsRoles as error:
        say("this user may not create roles: have an administrator run the following SQL, then migrate again")
        say("此用户无权创建角色：请由管理员先执行下列语句，再重新迁移")
        typer.echo(error.sql)
        raise typer.Exit(1) from None
    except RightsMissing as error:
        say(f"{error} 请由 Kafka 管理员授予下列权限")
        typer.echo("\n".join(error.lines))
        raise typer.Exit(1) from None
    if show_urls:
        for service in SERVICES:
            typer.echo(f"GOUFU_{service.upper()}_URL={service_url(database_url, secret, service)}")
        for who, password in passwords.items():
            typer.echo(f"GOUFU_{who.upper()}_BUS_PASSWORD={password}")


def revise(
    service: Annotated[str, typer.Argument(help=f"one of {', '.join(SERVICES)}")],
    message: Annotated[str, typer.Argument(help="what changed, in a few words")],
    database_url: AdminUrl,
) -> None:
    """Write a service's next migration: the difference between its tables.py and a migrated database."""
    from shared.migrations import revise as write

    with plainly():
        asyncio.run(write(database_url, known(service), message))


async def _migrate(database_url: str, secret: str, *, sandbox: bool) -> dict[str, str]:
    from shared import migrations

    await migrations.migrate(database_url, secret, sandbox=sandbox)
    return await lay(settings(), database_url, secret)
