"""`goufu serve`, `work`, `token`: the processes of a service, and a way to speak to them in a sandbox."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import structlog
import typer
import uvloop

from deploy.cli.common import known, opened, plainly, settings
from deploy.serve import serve as serve_all
from shared.events import SERVICES
from shared.process.settings import SettingsError
from shared.web.issuer import DevelopmentIssuer, IssuerError

log = structlog.get_logger(__name__)

Service = Annotated[str, typer.Argument(help=f"one of {', '.join(SERVICES)}; leave it out with --all")]
Host = Annotated[str, typer.Option(envvar="GOUFU_HOST", help="the address to listen on")]


def register(app: typer.Typer) -> None:
    """Adds the commands to the program."""
    app.command()(serve)
    app.command()(work)
    app.command()(token)


@contextmanager
def _ending() -> Iterator[None]:
    """What ends a process is a sentence when its operator can mend it, and else a line of the log as every other."""
    try:
        with plainly(outages=False):
            yield
    except (typer.Exit, typer.BadParameter):
        raise
    except Exception:
        log.critical("process_ended", exc_info=True)
        raise SystemExit(1) from None


def serve(
    service: Service = "",
    all_services: Annotated[bool, typer.Option("--all", help="every API and worker in this process")] = False,
    host: Host = "127.0.0.1",
    port: Annotated[
        str, typer.Option(envvar="GOUFU_PORT", help="the first port; with --all the next ones follow")
    ] = "8000",
) -> None:
    """Serve a service's HTTP API, or everything at once."""
    with _ending():
        first = _port(port)
        if all_services:
            ports: dict[str, int] = {name: first + n for n, name in enumerate(SERVICES)}
            uvloop.run(serve_all(settings(), ports, SERVICES, host))
        else:
            uvloop.run(serve_all(settings(), {known(service): first}, (), host))


def _port(given: str) -> int:
    """Raises SettingsError for what is none."""
    if not re.fullmatch(r"[0-9]{1,5}", given) or int(given) > 65535:
        raise SettingsError("GOUFU_PORT (--port) is a number up to 65535")
    return int(given)


def work(service: Service, host: Host = "127.0.0.1") -> None:
    """Run a service's worker: relay, consumer, deadlines, errands; with GOUFU_METRICS_PORT it shows its metrics."""
    with _ending():
        uvloop.run(serve_all(settings(), {}, (known(service),), host))


def token(
    subject: Annotated[str, typer.Argument(help="the account, as the registry knows it")],
    folder: Annotated[
        Path | None, typer.Option(help="where the development issuer keeps its key; default: that of `goufu up`")
    ] = None,
) -> None:
    """Print a bearer token of the development issuer, logged in now (sandbox only)."""
    with plainly():
        if folder is not None:
            issuer, audience = DevelopmentIssuer(folder, sandbox=settings().sandbox), settings().audience
        elif (found := opened("issuer")) is not None:
            issuer, audience = DevelopmentIssuer(Path(found), sandbox=True), opened("audience")
        else:
            raise IssuerError("name the issuer's folder with --folder, or start `goufu up`")
        typer.echo(issuer.token(subject, audience=audience))
