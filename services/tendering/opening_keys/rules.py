"""Whether an opening key may be registered.

IC12-33.2  opening bids takes two persons: one opener alone never suffices, and each opener holds that post here
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.tendering.rulebook import OpeningKeySection
from shared.law.decision import Decision, Finding, decide, of_person


@dataclass(frozen=True, slots=True)
class Split:
    """How an opening key is split: how many openers suffice, who they are, and who of them may open bids here."""

    threshold: int
    openers: frozenset[UUID]
    with_post: frozenset[UUID]


def may_register(split: Split, section: OpeningKeySection, today: date) -> Decision[Split]:
    """May bids be sealed to a key that is split so?"""
    return decide(list(_split(split, section)), split)


def _split(split: Split, section: OpeningKeySection) -> Iterator[Finding]:
    two = section.two_person_acts.clause("opening")
    yield of_person("one_opener_suffices", two, split.threshold > 1, threshold=split.threshold)
    lacking = split.openers - split.with_post
    yield of_person("opener_without_post", two, not lacking, openers=lacking)
