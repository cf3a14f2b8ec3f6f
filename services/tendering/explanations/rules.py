"""When a low price is asked about, and what comes of it.

D87-60.1   a price clearly below those of the others is explained in writing within a reasonable time; what the bidder
           cannot prove makes its bid invalid, by the majority of the panel
D87-60.1   the panel looks at every price that is clearly below the others before anybody scores: it asks, or its
           majority finds that there is no need to
C214-18.1, C214-16.1   in a consultation the panel may ask, and the bid of a price not proven is invalid likewise
GPR-9.1    who sits on the panel declares first

Reading: until the time to explain is over, and nobody has judged by it, what the bidder said is set right by another of
its people; the panel reads both (D87-60.1).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from services.tendering.rulebook import ExplanationSection, LowPriceSection
from shared.law.decision import Clause, Decision, Finding, decide, finding, of_person


@dataclass(frozen=True, slots=True)
class Question:
    """A member asks about a bid: its price, those of the other qualified bids (CNY), and how many minutes it gives."""

    price: Decimal
    others: tuple[Decimal, ...]
    minutes: int
    declared: bool


@dataclass(frozen=True, slots=True)
class Vote:
    """A member says whether the bidder has proven its price; `answered`: it has explained it."""

    proven: bool
    answered: bool
    declared: bool


def may_ask(question: Question, section: ExplanationSection, today: date) -> Decision[int]:
    """May this price be asked about, with so much time to answer? The outcome: the minutes."""
    low, least = section.low_price_explanation_required.clause, section.low_price_explanation_min_minutes
    mean = Fraction(sum(question.others, Decimal(0))) / (len(question.others) or 1)
    findings = [
        _declared(question.declared, section),
        finding("price_not_below_others", low, Fraction(question.price) < mean, price=question.price),
        finding("no_time_to_answer", least.clause, question.minutes >= least.value, least=least.value),
    ]
    return decide(findings, question.minutes)


def may_vote(vote: Vote, section: ExplanationSection, today: date) -> Decision[bool]:
    """Does this member's voice count? Who explained nothing has proven nothing."""
    clause = section.unexplained_low_price_invalid.clause
    said = finding("nothing_explained", clause, vote.answered or not vote.proven)
    return decide([_declared(vote.declared, section), said], vote.proven)


def may_correct(given_by: UUID, person: UUID, section: ExplanationSection, today: date) -> Decision[UUID]:
    """Another person of the bidder sets right what one said."""
    clause = section.low_price_explanation_required.clause
    return decide([of_person("giver_corrects", clause, person != given_by)], person)


@dataclass(frozen=True, slots=True)
class Prices:
    """What each qualified bid asks, in CNY, and those whose price the panel asked about or found no need to."""

    of: Mapping[UUID, Decimal]
    looked_at: Collection[UUID]


def all_looked_at(prices: Prices, section: LowPriceSection, today: date) -> Decision[Prices]:
    """May bids at these prices be scored? Each that is clearly below the others was looked at."""
    findings = [
        finding(code, clause, low <= set(prices.looked_at), bids=sorted(low - set(prices.looked_at)))
        for code, clause, low in _low(prices.of, section)
    ]
    return decide(findings, prices)


def low_prices(prices: Mapping[UUID, Decimal], section: LowPriceSection) -> frozenset[UUID]:
    """The bids whose price is clearly below the others."""
    return frozenset().union(*(low for _, _, low in _low(prices, section)))


def _low(prices: Mapping[UUID, Decimal], section: LowPriceSection) -> Iterator[tuple[str, Clause, set[UUID]]]:
    """By each measure of the text, which prices lie below it. One price alone is below none."""
    asked = sorted(prices.values())
    mean, next_one = Fraction(sum(asked, Decimal(0))) / (len(asked) or 1), (asked[1:] or [Decimal(0)])[0]
    of_mean, of_second = section.low_price_of_mean, section.low_price_of_second
    if of_mean is not None:
        least = mean * Fraction(of_mean.value)
        yield "price_far_below_mean", of_mean.clause, {bid for bid, price in prices.items() if price < least}
    if of_second is not None:
        least = Fraction(next_one) * Fraction(of_second.value)
        yield "price_far_below_next", of_second.clause, {bid for bid, price in prices.items() if price < least}


def may_look(declared: bool, section: LowPriceSection, today: date) -> Decision[bool]:
    """Does what this member says of a low price count?"""
    return decide([_declared(declared, section)], declared)


def outcome(voices: Iterable[bool], members: int) -> bool | None:
    """Whether the price is proven, once more than half of the members say the same; None until then."""
    said = list(voices)
    for proven in (True, False):
        if 2 * said.count(proven) > members:
            return proven
    return None


@dataclass(frozen=True, slots=True)
class Left:
    """The bids that are left after one was found invalid, and the clause by which they are enough or not."""

    qualified: frozenset[UUID]
    enough: bool
    clause: Clause


def after_rejection(qualified: Iterable[UUID], section: ExplanationSection) -> Left:
    """Whether enough bids are left to go on."""
    left, least = frozenset(qualified), section.least_qualified
    return Left(left, len(left) >= least.value, least.clause)


def _declared(declared: bool, section: ExplanationSection | LowPriceSection) -> Finding:
    return of_person("declaration_missing", section.recusal_grounds.clause("other"), declared)
