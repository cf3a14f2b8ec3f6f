"""What happens at the closing, and who may open the bids.

D87-41.1   open tender: fewer than three bids are not opened
C214-21.1  consultation: fewer than three offers end it
D87-39.1   what is opened is the list that was frozen at the closing
IC12-14.1  who proposes the opening does not confirm it
GPR-9.1    nobody opens who belongs to a bidder
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.tendering.rulebook import OpeningSection
from shared.decision import Clause, Decision, Finding, decide, finding


@dataclass(frozen=True, slots=True)
class Count:
    """Whether enough bids are there to be opened, by this clause."""

    enough: bool
    clause: Clause


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening: how many bids by which method, who proposes and who confirms it (None while it is only proposed),
    whether the person at hand belongs to a bidder, and the hash over the receipts as frozen and as found now."""

    method: str
    bids: int
    proposed_by: UUID
    confirmed_by: UUID | None
    of_a_bidder: bool
    frozen: str
    found: str


def count_bidders(bids: int, method: str, section: OpeningSection, today: date) -> Decision[Count]:
    """Are there enough bids? Too few refuse nobody: they end the procurement, by the clause of the outcome."""
    least = section.min_bidders(method)
    counted = finding("bidders_counted", least.clause, True, bids=bids, least=least.value)
    return Decision((counted,), Count(bids >= least.value, least.clause))


def may_open(opening: Opening, section: OpeningSection, today: date) -> Decision[Opening]:
    """May this person open the bids, or take part in it?"""
    return decide(list(_opening(opening, section)), opening)


def _opening(opening: Opening, section: OpeningSection) -> Iterator[Finding]:
    least = section.min_bidders(opening.method)
    enough = opening.bids >= least.value
    yield finding("too_few_bidders", least.clause, enough, bids=opening.bids, least=least.value)
    same = opening.frozen == opening.found
    yield finding("list_changed", section.opening_at_deadline.clause, same, frozen=opening.frozen, found=opening.found)
    if opening.confirmed_by is not None:
        two = section.two_person_acts.clause("opening")
        yield finding("confirmer_is_proposer", two, opening.confirmed_by != opening.proposed_by)
    yield finding("opener_of_bidder", section.recusal_grounds.clause("employment"), not opening.of_a_bidder)
