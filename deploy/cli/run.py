"""`goufu serve`, `work`, `migrate`, `token`: what operators and containers run."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.serve import serve as serve_all
from shared.issuer import DevelopmentIssuer
from shared.migrations import NeedsRoles, service_url
from shared.migrations import migrate as migrate_database
from shared.settings import SERVICES, Settings
from shared.worker import ensure_topics

Service = Annotated[str, typer.Argument(help=f"one of {', '.join(SERVICES)}; leave it out with --all")]
Secret = Annotated[str, typer.Option(envvar="GOUFU_ROLE_SECRET", help="derives the roles' passwords")]
AdminUrl = Annotated[str, typer.Option(envvar="DATABASE_URL", help="connection string of the administrator")]


def register(app: typer.Typer) -> None:
    """Adds the commands to the program."""
    app.command()(serve)
    app.command()(work)
    app.command()(migrate)
    app.command()(token)


def serve(
    service: Service = "",
    all_services: Annotated[bool, typer.Option("--all", help="every API and worker in this process")] = False,
    host: Annotated[str, typer.Option(envvar="GOUFU_HOST")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="GOUFU_PORT", help="the first port; with --all the next ones follow")
    ] = 8000,
) -> None:
    """Serve a service's HTTP API, or everything at once."""
    if all_services:
        ports: dict[str, int] = {name: port + n for n, name in enumerate(SERVICES)}
        asyncio.run(serve_all(Settings(), ports, SERVICES, host))
    else:
        asyncio.run(serve_all(Settings(), {_known(service): port}, (), host))


def work(service: Service) -> None:
    """Run a service's worker: relay, consumer, deadlines, errands."""
    asyncio.run(serve_all(Settings(), {}, (_known(service),)))


def migrate(
    database_url: AdminUrl,
    secret: Secret,
    sandbox: Annotated[bool, typer.Option(envvar="GOUFU_SANDBOX", help="with a clock that can be moved")] = False,
    show_urls: Annotated[bool, typer.Option(help="print the services' connection strings")] = False,
) -> None:
    """Bring schemas, roles, tables and topics to the present. Safe to run again, and by two at once."""
    try:
        asyncio.run(migrate_database(database_url, secret, sandbox=sandbox))
    except NeedsRoles as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    urls = {service: service_url(database_url, secret, service) for service in SERVICES}
    given: dict[str, Any] = {f"{service}_url": url for service, url in urls.items()}
    settings = Settings(**given)
    asyncio.run(ensure_topics(settings, SERVICES[0]))
    if show_urls:
        for service, url in urls.items():
            typer.echo(f"GOUFU_{service.upper()}_URL={url}")


def token(
    subject: Annotated[str, typer.Argument(help="the account, as the registry knows it")],
    folder: Annotated[Path, typer.Option(help="where the development issuer keeps its key")],
) -> None:
    """Print a bearer token of the development issuer (sandbox only)."""
    settings = Settings()
    issuer = DevelopmentIssuer(folder, sandbox=settings.sandbox)
    typer.echo(issuer.token(subject, audience=settings.audience))


def _known(service: str) -> str:
    if service not in SERVICES:
        raise typer.BadParameter(f"name one of {', '.join(SERVICES)}")
    return service
