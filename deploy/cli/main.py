"""The `goufu` command and the groups it is made of."""

from importlib.metadata import version as version_of

import typer

from deploy.cli import (
    audit,
    bid,
    calendar,
    clock,
    copies,
    dispatches,
    held,
    law,
    local,
    migrate,
    opening,
    people,
    play,
    road,
    run,
    status,
    trace,
)
from deploy.cli.common import plainly
from shared.process.settings import refuse_unreadable

app = typer.Typer(name="goufu", no_args_is_help=True, pretty_exceptions_show_locals=False)
play.register(app)
run.register(app)
migrate.register(app)
app.add_typer(audit.app, name="audit")
app.add_typer(calendar.app, name="calendar")
app.add_typer(clock.app, name="clock")
app.add_typer(held.app, name="held")
app.add_typer(law.app, name="law")
app.add_typer(dispatches.app, name="dispatches")
trace.register(app)
copies.register(app)
app.add_typer(people.app, name="administrator")
road.register(app)
status.register(app)
app.add_typer(opening.app, name="opening")
app.add_typer(bid.app, name="bid")
app.add_typer(local.app, name="local", hidden=True)


@app.callback()
def goufu() -> None:
    """购服: a city buys public services, from need to payment, in the open."""
    with plainly():
        refuse_unreadable()


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(version_of("goufu"))


if __name__ == "__main__":
    app()
