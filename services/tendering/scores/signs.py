"""Signs in opened bids that their bidders acted in concert, and what the panel says of each.

GPR-74.1   bids that one person handled, that are alike beyond chance, that belong to one another or whose prices differ
           by rule count as concerted: the panel finds it by its majority, and they are invalid

Reading: what is computed is a sign and decides nothing. Two equal steps among three prices can be chance: three are a
sign. What no bid says as data, as who wrote it or from which account a deposit came, no sign is computed of.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise
from uuid import UUID

from services.tendering.bids.contents import BidContent
from shared.law.decision import Finding, finding
from shared.law.rulebook import Items

Sign = tuple[UUID, str]
"""A bid, and the sign as the text names it."""
FEWEST = 4


@dataclass(frozen=True, slots=True)
class Handed:
    """An opened bid, who handed it in, and its bidder's title."""

    content: BidContent
    submitted_by: UUID
    title: str


def signs_in(handed: Mapping[UUID, Handed], listed: Items) -> frozenset[Sign]:
    """The signs that the opened bids show, of those that the text lists; nothing where a price is the same for all."""
    found = {sign for one, other in combinations(sorted(handed), 2) for sign in _of_two(one, other, handed)}
    if _regular(sorted({bid.content.price for bid in handed.values()})):
        found |= {(bid, "regular_prices") for bid in handed}
    return frozenset((bid, sign) for bid, sign in found if sign in listed)


def _of_two(one: UUID, other: UUID, handed: Mapping[UUID, Handed]) -> Iterator[Sign]:
    first, second = handed[one], handed[other]
    signs = {
        "same_agent": first.submitted_by == second.submitted_by,
        "unusual_likeness": bool(_documents(first) & _documents(second)),
        "mixed_files": _names(first, second) or _names(second, first),
    }
    yield from ((bid, sign) for sign, shown in signs.items() if shown for bid in (one, other))


def _documents(bid: Handed) -> set[str]:
    return {annex.sha256 for annex in bid.content.annexes}


def _names(bid: Handed, other: Handed) -> bool:
    """Whether a bid says the other bidder's title where it speaks of itself."""
    said = [annex.name for annex in bid.content.annexes]
    said += [offer.statement or "" for offer in bid.content.offers]
    said += [answer.statement for answer in bid.content.answers]
    return bid.title != other.title and other.title not in bid.title and any(other.title in text for text in said)


def _regular(prices: list[Decimal]) -> bool:
    """Whether the prices, each once and lowest first, rise by one step or by one factor."""
    steps = {higher - lower for lower, higher in pairwise(prices)}
    factors = {Fraction(higher) / Fraction(lower) for lower, higher in pairwise(prices)}
    return len(prices) >= FEWEST and (len(steps) == 1 or len(factors) == 1)


def answered(signs: Collection[Sign], said: Collection[Sign], listed: Items) -> Iterator[Finding]:
    """A member says of every sign, and of no other, whether the bid is concerted."""
    if not listed:
        return
    clause = listed.opening
    missing = sorted({sign for _, sign in set(signs) - set(said)})
    yield finding("sign_unanswered", clause, not missing, signs=missing)
    foreign = sorted({sign for _, sign in set(said) - set(signs)})
    yield finding("sign_not_shown", clause, not foreign, signs=foreign)


def concerted(voices: Iterable[Mapping[Sign, bool]], members: int) -> frozenset[UUID]:
    """The bids of which more than half of the members say that one and the same sign holds."""
    held: dict[Sign, int] = {}
    for said in voices:
        for sign, holds in said.items():
            held[sign] = held.get(sign, 0) + holds
    return frozenset(bid for (bid, _), count in held.items() if 2 * count > members)
