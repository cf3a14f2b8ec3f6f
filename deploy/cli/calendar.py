"""`goufu calendar`: the schedules by which working days are counted."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.common import plainly
from shared.fields.calendar import default_calendar, load_year, today

app = typer.Typer(no_args_is_help=True, help="The schedules by which working days are counted.")


@app.command()
def check(file: Annotated[Path, typer.Argument(help="a year's schedule, as docs/calendar.md shows")]) -> None:
    """Say whether a year's schedule adds up."""
    with plainly():
        year = load_year(file)
        typer.echo(f"{year.year}: {len(year.holidays)} days off, {len(year.makeup_days)} worked; {year.source}")


@app.command()
def show() -> None:
    """Print the years that are known here, from where, and until when no day is missing."""
    with plainly():
        calendar, day = default_calendar(), today(datetime.now(UTC))
        for number, year in sorted(calendar.years.items()):
            typer.echo(f"{number}: {len(year.holidays)} days off, {len(year.makeup_days)} worked; {year.source}")
        typer.echo(f"known until {calendar.known_until(day)}, {calendar.known_days(day)} days from {day}")
