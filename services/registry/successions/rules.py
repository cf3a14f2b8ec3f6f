"""Who may take an organisation's place, and who may leave.

D102-26.1  a provider's contracts pass by merger, division or conversion of the provider, which the law works by itself;
           handing the work over to another is no succession
GPL-50.1   nobody ends a contract alone: who has purchases or contracts open leaves them to a successor
IC12-12.1  whoever oversees a place does not come to a watched duty there by a succession either
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import get_args
from uuid import UUID

from services.registry.posts.rules import Desk, conflicting
from services.registry.rulebook import PostSection, SuccessionSection
from services.registry.successions.vocabulary import Departure, Manner
from shared.law.decision import Decision, decide, finding, of_person

DEPARTURES = get_args(Departure)
MANNERS = get_args(Manner)


def may_succeed(sort: str, manner: str, section: SuccessionSection) -> Decision[str]:
    """May an organisation of this sort take another's place in this manner?"""
    transfer = section.transfer_allowed
    by_law = sort != "provider" or manner != "transfer" or transfer.value
    return decide([finding("work_passed_on", transfer.clause, by_law, manner=manner)], manner)


def may_leave(open_matters: int, succeeded: bool, section: SuccessionSection, today: date) -> Decision[date]:
    """May it leave with so many purchases and contracts open? The outcome is the day."""
    alone = section.unilateral_change_allowed.clause
    carried = open_matters == 0 or succeeded
    return decide([finding("left_without_successor", alone, carried, open=open_matters)], today)


def speaks_for(provider: UUID, on: date, places: Collection[tuple[UUID, UUID, date]]) -> frozenset[UUID]:
    """For whose part a result of this provider of that day speaks: its own, and that of everybody whose place it had
    taken by then. `places` are successor, predecessor and first day."""
    found, waiting = {provider}, [provider]
    while waiting:
        successor = waiting.pop()
        before = {known for taker, known, first in places if taker == successor and first <= on} - found
        found |= before
        waiting += before
    return frozenset(found)


def may_take_over(people: Iterable[tuple[Desk, list[Desk]]], section: PostSection) -> Decision[int]:
    """May these desks come to their holders, each beside those that the person holds? The outcome is their number."""
    clause = section.incompatible_posts_separated.clause
    given = list(people)
    found: set[str] = set()
    for desk, held in given:
        found = found.union(*(conflicting(desk.duties, other.duties) for other in held if desk.meets(other)))
    return decide([of_person("oversight_apart", clause, not found, duties=sorted(found))], len(given))
