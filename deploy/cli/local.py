"""`goufu local`: the private PostgreSQL and Kafka in the background."""

import sys

import typer

from deploy.local.background import Background, BackgroundError, State
from deploy.local.hold import STACK

app = typer.Typer(no_args_is_help=True, help="A private PostgreSQL and Kafka in the background.")

_NOT_RUNNING = 3


@app.command()
def start() -> None:
    """Start both unless they run; print where they are, as a shell reads it."""
    try:
        _print(Background(STACK).start([sys.executable, "-m", "deploy.local.hold"]))
    except BackgroundError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


@app.command()
def stop() -> None:
    """End both and remove their data."""
    typer.echo("stopped" if Background(STACK).stop() else "not running")


@app.command()
def status() -> None:
    """Print where they are; exit status 3 when they do not run."""
    state = Background(STACK).state()
    if state is None:
        typer.echo("not running")
        raise typer.Exit(_NOT_RUNNING)
    _print(state)


def _print(state: State) -> None:
    typer.echo(f"DATABASE_URL={state['database_url']}")
    if state["kafka_bootstrap"]:
        typer.echo(f"KAFKA_BOOTSTRAP={state['kafka_bootstrap']}")
        for name, value in state["bus_login"].items():
            if value:
                typer.echo(f"GOUFU_BUS_{name.upper()}={value}")
