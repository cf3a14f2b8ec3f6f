"""Which text decides where, and how far what it decides reaches."""

from datetime import date

from services.registry.fields import WrongField
from shared.fields.places import NATION
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook, rulebooks
from shared.law.scope import UNKNOWN, Case
from shared.work.database import WrongState


def governing(jurisdiction: str, on: date, case: Case = UNKNOWN) -> Rulebook:
    """The text that decides the case there that day: the nearest that applies, else the national one. Raises WrongState
    when the day lies before both."""
    book = rulebooks().governing(jurisdiction, on, case)
    if book is None:
        raise WrongState("no_rulebook_in_force", "rulebook_in_force")
    return book


def each_governing(jurisdiction: str, on: date, case: Case = UNKNOWN) -> list[Rulebook]:
    """Every text by which somebody buys there that day, or who fits the case, the nearest first. Raises WrongState when
    there is none."""
    books = list(rulebooks().each_governing(jurisdiction, on, case))
    if not books:
        raise WrongState("no_rulebook_in_force", "rulebook_in_force")
    return books


def bought_under(jurisdiction: str, on: date, case: Case, text: str | None) -> Rulebook:
    """The text by which a purchase of before Goufu, concluded that day, was made: that of its purchaser, where one
    holds for it, else the one that is named. Raises WrongField when several held there and none is named, or one that
    did not; WrongState when the day lies before all."""
    held = each_governing(jurisdiction, on, case)
    if text is None:
        if len(held) > 1:
            raise WrongField("rulebook", "several_texts", f"several texts held there that day: give {_either(held)}")
        return held[0]
    found = next((book for book in held if book.id == text), None)
    if found is None:
        raise WrongField("rulebook", "not_in_force", f"it did not hold for this purchase: give {_either(held)}")
    return found


def _either(held: list[Rulebook]) -> str:
    return " or ".join(book.id for book in held)


def is_national(clause: Clause) -> bool:
    return rulebooks().get(clause.rulebook).file.level == "national"


def where_it_binds(book: Rulebook, jurisdiction: str) -> str:
    """A result counts wherever the text that gives it an effect holds: in the whole city. Under national law alone it
    counts in its own jurisdiction."""
    return jurisdiction if book.file.jurisdiction == NATION else book.file.jurisdiction
