"""Interest: who is, or was within the years that the regulation names, with a supplier keeps away from every decision
about a purchase in which that supplier takes part (GPR-9.1): by person, whatever post they act in now.

What a service knows: the posts of all persons, also those that have ended or have not begun (employment), and what was
declared of them to the registry or on a panel. Ownership, seats on boards and kinship are known only when declared; a
declared tie that has ended keeps away as long as employment that has ended does.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from shared.law.decision import Decision, decide, of_person
from shared.law.rulebook import Items, Rulebook, Value, rulebooks
from shared.work.database import Transaction
from shared.work.identity import Tie


def interest_id(person: UUID, provider: UUID) -> UUID:
    """The record of what was declared of this person about that provider: one, however often it is declared."""
    return uuid5(person, provider.hex)


@dataclass(frozen=True)
class InterestSection:
    """Which ties keep a person away, and how long one that has ended still does."""

    recusal_grounds: Items
    recusal_lookback_years: Value[int]


def years_before(day: date, years: int) -> date:
    """The same day so many years before; for a 29 February that year lacks, the day after."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


def employed(ties: Iterable[Tie], suppliers: Collection[UUID], section: InterestSection, today: date) -> set[UUID]:
    """Those of the suppliers with whom these ties are, or were within the years that count; the last day counts."""
    since = years_before(today, section.recusal_lookback_years.value)
    held = {tie.organisation for tie in ties if tie.until is None or tie.until >= since}
    return held.intersection(suppliers)


def may_decide(
    ties: Iterable[Tie], declared: Collection[UUID], suppliers: Collection[UUID], section: InterestSection, today: date
) -> Decision[bool]:
    """May a person with these ties and declared interests decide about a purchase of these suppliers?"""
    with_them = employed(ties, suppliers, section, today) | set(declared).intersection(suppliers)
    clause = section.recusal_grounds.clause("employment")
    return decide([of_person("person_interested", clause, not with_them)], True)


def apart(
    tx: Transaction, rulebook: str, suppliers: Collection[UUID], declared: Collection[UUID] = frozenset()
) -> Rulebook:
    """The rulebook that this decision is bound to, for a person who has no interest in these suppliers. Raises Refused
    for one who has; whoever has none finds nothing of it in the answer."""
    book = tx.under(rulebooks().get(rulebook))
    may_decide(tx.actor.ties, declared, suppliers, book.section(InterestSection), tx.today).or_refuse()
    return book
