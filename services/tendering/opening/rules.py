"""What happens at the closing, who may open the bids, and what becomes of bids that cannot be opened or read.

D87-41.1   open tender: fewer than three bids are not opened
C214-21.1  a consultation for a purchase of services goes on with two offers, one ends it
D87-39.1, C214-13.1   what is opened is the list that was frozen at the closing, and it is opened whenever it can be
IC12-33.2  who proposes the opening does not confirm it; fewer openers than the key asks for open nothing
GPR-9.1    nobody opens who belongs to a bidder
D87-63.1, C214-16.1   a bid that holds nothing readable is invalid; the others are opened all the same
GPL-36.1   bids that cannot be opened answer nothing: the procurement is void

Reading: that too few openers can be had is found in an opening act, which asks them all, and ends with it. Shares given
to an act that has ended count neither for opening nor against giving up, since its one-time key is gone; whoever gave
one gives it again to the next act, and so keeps the opening from being given up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.tendering.rulebook import OpeningSection
from shared.law.decision import Clause, Decision, Effect, Finding, decide, finding, note, of_person

UNREADABLE = "other_stated_in_file"
"""The ground on which a bid that holds nothing readable is invalid."""


@dataclass(frozen=True, slots=True)
class Count:
    """Whether enough bids are there to be opened, by this clause."""

    enough: bool
    clause: Clause


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening: how many bids, who proposes and who confirms it (None while it is only proposed),
    whether the person at hand belongs to a bidder, and the hash over the receipts as frozen and as found now. `shares`
    of openers are there, `threshold` are needed, and `key_fits` says whether they make the opening key."""

    bids: int
    proposed_by: UUID
    confirmed_by: UUID | None
    of_a_bidder: bool
    frozen: str
    found: str
    shares: int = 0
    threshold: int = 0
    key_fits: bool = False


@dataclass(frozen=True, slots=True)
class Gift:
    """A share that a person gives to an opening act: whether the key was split for them, and it is that share."""

    is_opener: bool
    is_their_share: bool
    of_a_bidder: bool


@dataclass(frozen=True, slots=True)
class Abandonment:
    """An opening given up: by whom, who confirms it (None while it is only proposed), how many openers gave their
    share and how many are needed."""

    proposed_by: UUID
    confirmed_by: UUID | None
    of_a_bidder: bool
    shares: int
    threshold: int


def count_bidders(bids: int, section: OpeningSection, today: date) -> Decision[Count]:
    """Are there enough bids? Too few refuse nobody: they end the procurement, by the clause of the outcome."""
    least = section.least_bidders
    enough, effect = bids >= least.value, Effect.REFERENCE
    counted = finding("too_few_bidders", least.clause, enough, effect=effect, bids=bids, least=least.value)
    return decide([counted], Count(enough, least.clause))


def may_open(opening: Opening, section: OpeningSection, today: date) -> Decision[Opening]:
    """May this person open the bids, or take part in it?"""
    return decide(list(_opening(opening, section)), opening)


def _opening(opening: Opening, section: OpeningSection) -> Iterator[Finding]:
    least = section.least_bidders
    enough = opening.bids >= least.value
    yield finding("too_few_bidders", least.clause, enough, bids=opening.bids, least=least.value)
    same = opening.frozen == opening.found
    yield finding("list_changed", section.opening_at_deadline.clause, same, frozen=opening.frozen, found=opening.found)
    if opening.confirmed_by is not None:
        two = section.two_person_acts.clause("opening")
        if "opening" in section.two_person_acts:
            yield of_person("confirmer_is_proposer", two, opening.confirmed_by != opening.proposed_by)
        enough = opening.shares >= opening.threshold
        yield of_person("too_few_openers", two, enough, shares=opening.shares, threshold=opening.threshold)
        yield of_person("shares_do_not_fit", two, opening.key_fits or not enough)
    yield _no_bidder(opening.of_a_bidder, section)


def may_give(gift: Gift, section: OpeningSection, today: date) -> Decision[Gift]:
    """May this person give this share to the opening act?"""
    two = section.two_person_acts.clause("opening")
    findings = [
        of_person("not_an_opener", two, gift.is_opener),
        of_person("share_of_another", two, gift.is_their_share or not gift.is_opener),
        _no_bidder(gift.of_a_bidder, section),
    ]
    return decide(findings, gift)


def may_abandon(abandonment: Abandonment, section: OpeningSection, today: date) -> Decision[Clause]:
    """May the opening be given up? The outcome is the clause by which the procurement then ends."""
    void = section.void
    findings = [*_abandonment(abandonment, section), note("void_for_want_of_bids", void)]
    return decide(findings, void)


def _abandonment(abandonment: Abandonment, section: OpeningSection) -> Iterator[Finding]:
    lacking = abandonment.shares < abandonment.threshold
    clause = section.opening_at_deadline.clause
    yield finding("openers_suffice", clause, lacking, shares=abandonment.shares, threshold=abandonment.threshold)
    if abandonment.confirmed_by is not None and "opening" in section.two_person_acts:
        two = section.two_person_acts.clause("opening")
        yield of_person("confirmer_is_proposer", two, abandonment.confirmed_by != abandonment.proposed_by)
    yield _no_bidder(abandonment.of_a_bidder, section)


def count_unreadable(unreadable: int, section: OpeningSection, today: date) -> Decision[int]:
    """Bids that hold nothing readable refuse nobody: the others are opened all the same."""
    if UNREADABLE not in section.invalid_bid_grounds:
        return decide([], unreadable)
    facts: dict[str, Any] = {"effect": Effect.REFERENCE, "unreadable": unreadable}
    return decide([finding("bids_unreadable", invalid_by(section), unreadable == 0, **facts)], unreadable)


def invalid_by(section: OpeningSection) -> Clause:
    """The clause by which a bid that holds nothing readable is invalid."""
    return section.invalid_bid_grounds.clause(UNREADABLE)


def _no_bidder(of_a_bidder: bool, section: OpeningSection) -> Finding:
    return of_person("opener_of_bidder", section.recusal_grounds.clause("employment"), not of_a_bidder)
