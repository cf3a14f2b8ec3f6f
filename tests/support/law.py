"""What a record of 2022 is bound to: the rulebooks of the demonstration, by name."""

from datetime import date
from typing import Any

from shared.law.rulebook import rulebooks
from shared.law.scope import Case
from shared.law.vocabulary import Named, Term

OPEN_TENDER, CONSULTATION = Case(method="open_tender"), Case(method="competitive_consultation")


def bound_in(place: str, on: date = date(2022, 3, 1)) -> str:
    """The name of the rulebook in force there that day."""
    book = rulebooks().governing(place, on)
    assert book is not None
    return book.name


def term(**written: Any) -> Term:
    """A value of a test's own vocabulary, whatever it is called."""
    called = Named(zh="甲", en="a")
    return Term(title=called, question=called, **written)
