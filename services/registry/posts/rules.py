"""Which posts one person may hold together, and who may confirm one.

IC12-12.1  incompatible posts are separated: who proposes, approves or verifies is not the same person. Whoever audits
           or supervises a place holds there, at the same time, no duty of those who are watched, in whatever
           organisation; and a weighty post is confirmed by another administrator than the one who proposed it.

All other separations are judged where the act is done, by person and not by post.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registry.persons.duties import OVERSEEING, WATCHED
from services.registry.rulebook import PostSection
from shared.fields.places import on_one_path
from shared.law.decision import Decision, decide, of_person


@dataclass(frozen=True, slots=True)
class Desk:
    """Duties in an organisation that lies there, from a first to a last day (None: without end)."""

    place: str
    duties: frozenset[str]
    first: date
    last: date | None = None

    def meets(self, other: "Desk") -> bool:
        """Whether there is a day and a place that both reach."""
        ends_before = self.last is not None and self.last < other.first
        begins_after = other.last is not None and other.last < self.first
        return on_one_path(self.place, other.place) and not ends_before and not begins_after


def conflicting(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """The watched duties on either side that cannot stay together with an overseeing one of the other."""
    watched = other & WATCHED if one & OVERSEEING else frozenset()
    return watched | (one & WATCHED if other & OVERSEEING else frozenset())


def may_hold(given: Desk, held: Iterable[Desk], section: PostSection) -> Decision[Desk]:
    """May a person with these desks be given this one? The order in which they were given does not matter."""
    clause = section.incompatible_posts_separated.clause
    conflicts = conflicting(given.duties, given.duties)
    conflicts = conflicts.union(*(conflicting(given.duties, desk.duties) for desk in held if given.meets(desk)))
    return decide([of_person("oversight_apart", clause, not conflicts, duties=sorted(conflicts))], given)


def may_correct(given_by: UUID, person: UUID, section: PostSection) -> Decision[UUID]:
    """May this administrator set right what that one entered of a person?"""
    clause = section.incompatible_posts_separated.clause
    return decide([of_person("giver_corrects", clause, person != given_by)], person)


def may_confirm(proposed_by: UUID, person: UUID, section: PostSection) -> Decision[UUID]:
    """May this administrator confirm what that one proposed?"""
    clause = section.incompatible_posts_separated.clause
    return decide([of_person("confirmed_by_proposer", clause, person != proposed_by)], person)
