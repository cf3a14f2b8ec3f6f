"""What a record of 2022 is bound to: the rulebooks of the demonstration, by name."""

from datetime import date

from shared.law.rulebook import rulebooks
from shared.law.scope import Case

OPEN_TENDER, CONSULTATION = Case(method="open_tender"), Case(method="competitive_consultation")


def bound_in(place: str, on: date = date(2022, 3, 1)) -> str:
    """The name of the rulebook in force there that day."""
    book = rulebooks().governing(place, on)
    assert book is not None
    return book.name
