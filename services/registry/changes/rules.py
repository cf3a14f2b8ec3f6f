"""Who may change what is known of an organisation.

IC12-12.1  what decides who may buy, provide or administer (code, kind, place, founding, succession) is changed by two
           persons; a name is changed by one, with its evidence. Reading: who left comes back with other facts
           by such a change
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.registry.rulebook import PostSection
from shared.law.decision import Decision, decide, of_person

LIGHT = frozenset({"title", "registration_number"})
"""What names an organisation and decides nothing about it."""


def weighty(changed: Iterable[str]) -> bool:
    """Whether another person has to confirm the change of these facts."""
    return not LIGHT.issuperset(changed)


def may_confirm(proposed_by: UUID, confirmer: UUID, section: PostSection) -> Decision[UUID]:
    """A weighty change counts once another person has seen its evidence."""
    clause = section.incompatible_posts_separated.clause
    return decide([of_person("confirmer_proposed_change", clause, confirmer != proposed_by)], confirmer)


def may_come_back(was: Mapping[str, Any], entered: Mapping[str, Any], section: PostSection) -> Decision[bool]:
    """Who left comes back as what it left as; with a weighty fact that changed meanwhile it comes back by a change,
    where the organisation lies and lay and by two persons."""
    moved = sorted(name for name, value in entered.items() if name not in LIGHT and value != was[name])
    clause = section.incompatible_posts_separated.clause
    return decide([of_person("comes_back_changed", clause, not moved, changed=moved)], True)


def in_force(begins: Iterable[tuple[int, date | None]], on: date) -> int | None:
    """The number of the version that held on that day, of versions with their first days (None: since registration).
    A later entry prevails from its first day on, also over one that it corrects."""
    return max((number for number, first in begins if first is None or first <= on), default=None)
