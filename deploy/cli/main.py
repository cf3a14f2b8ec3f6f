"""The `goufu` command and the groups it is made of."""

from importlib.metadata import version as version_of

import typer

from deploy.cli import local, run

app = typer.Typer(name="goufu", no_args_is_help=True, pretty_exceptions_show_locals=False)
app.add_typer(local.app, name="local", hidden=True)
run.register(app)


@app.callback()
def goufu() -> None:
    """购服: a city buys public services, from need to payment, in the open."""


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(version_of("goufu"))


if __name__ == "__main__":
    app()
