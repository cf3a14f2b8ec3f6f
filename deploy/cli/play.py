"""`goufu demo`, `up`, `down`: the demonstration, and the same deployment kept open to explore.

What the demonstration needs is imported where it plays: a service's process loads this file too.
"""

import asyncio
import sys

import typer

from deploy.cli.common import OPEN, plainly
from deploy.local.background import Background


def register(app: typer.Typer) -> None:
    """Adds the commands to the program."""
    app.command()(demo)
    app.command()(up)
    app.command()(down)


def demo() -> None:
    """Play the whole circle on private servers and leave nothing running."""
    from deploy.demo.play import play

    try:
        raise typer.Exit(asyncio.run(play()))
    except KeyboardInterrupt:
        typer.echo("interrupted; everything was cleaned up", err=True)
        raise typer.Exit(130) from None


def up() -> None:
    """Start every service in the background; print addresses and a token for each role."""
    with plainly():
        state = Background(OPEN).start([sys.executable, "-m", "deploy.open"])
    for line in state["lines"]:
        typer.echo(line)


def down() -> None:
    """End what `up` started."""
    with plainly():
        typer.echo("stopped" if Background(OPEN).stop() else "not running")
