"""Which text decides where, and how far what it decides reaches."""

from datetime import date

from shared.fields.places import NATION
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook, rulebooks
from shared.work.database import WrongState


def governing(jurisdiction: str, on: date) -> Rulebook:
    """The text that decides there that day: the nearest in force, else the national one. Raises WrongState when the
    day lies before both."""
    book = rulebooks().in_force(jurisdiction, on) or rulebooks().in_force(NATION, on)
    if book is None:
        raise WrongState("no_rulebook_in_force", "rulebook_in_force")
    return book


def is_national(clause: Clause) -> bool:
    return rulebooks().get(clause.rulebook).file.jurisdiction == NATION


def where_it_binds(book: Rulebook, jurisdiction: str) -> str:
    """A result counts wherever the text that gives it an effect holds: in the whole city. Under national law alone it
    counts in its own jurisdiction."""
    return jurisdiction if book.file.jurisdiction == NATION else book.file.jurisdiction
