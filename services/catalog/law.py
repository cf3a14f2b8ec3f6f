"""Which rulebook governs a place on a day."""

from datetime import date

from services.catalog.fields import WrongField
from shared.law.rulebook import Rulebook, rulebooks
from shared.law.scope import UNKNOWN, Case


def governing(jurisdiction: str, on: date, case: Case = UNKNOWN, *, place: str = "body") -> Rulebook:
    """The rulebook that applies to the case there that day, or national law where no text of the place does. Raises
    WrongField before both."""
    book = rulebooks().governing(jurisdiction, on, case)
    if book is None:
        message = "no rulebook is in force in this jurisdiction today: see GET /v1/rulebooks"
        raise WrongField("jurisdiction", "no_rulebook_in_force", message, place=place)
    return book
