"""Which rulebook governs a place on a day."""

from datetime import date

from services.catalog.fields import WrongField
from shared.fields.places import NATION
from shared.law.rulebook import Rulebook, rulebooks


def governing(jurisdiction: str, on: date, *, place: str = "body") -> Rulebook:
    """The rulebook in force there that day. Raises WrongField where only national law speaks: it starts no project of
    its own, but the answer points to it."""
    book = rulebooks().in_force(jurisdiction, on)
    if book is None:
        national = rulebooks().in_force(NATION, on)
        name = national.name if national else "national law"
        message = (
            f"no city's rulebook is in force in this jurisdiction today; {name} governs purchases there:"
            " see GET /v1/rulebooks, or have the city's rulebook loaded"
        )
        raise WrongField("jurisdiction", "no_rulebook_in_force", message, place=place)
    return book
