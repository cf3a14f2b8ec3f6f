"""Whether a member's score sheet counts, and how bids are scored and ranked from all sheets.

CD17-21.3, GPR-34.1  only factors of the published file are scored, each bid on each
CD17-21.4, GPR-34.1  a member gives the points of one of the published levels
GPR-9.1              a member declares first; one with an interest in a bidder does not score
D87-64.1, C214-32.1  members score a factor alike that the file calls objective, before the sums are drawn
D87-55.2, C214-24.2  price points = lowest price / price x weight; whether extremes are dropped
SME46-9.1            these prices are those after the deduction for small and micro enterprises
D87-55.2, C214-25.1  rank by score, then by lower price, in a consultation then by technical points; then by lot

Reading: unlike points on an objective factor are set right before the report, which the last sheet signs (D87-64.1). A
fact is no matter of independent judgement, so the sheet that differs is not taken, and is told from whose it differs.
Who sets the own sheet right while others have yet to score may depart from theirs: else a slip of two would hold.

Points are rounded half-even to 0.01. A total is the computed points and the mean of the members' sums, rounded once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Literal
from uuid import UUID

from services.tendering.bids.contents import BidContent
from services.tendering.files.contents import Factor, Indicator
from services.tendering.rulebook import ScoreSection
from services.tendering.scores.signs import Sign, answered
from shared.fields.money import fen
from shared.law.decision import Clause, Decision, Finding, decide, finding, of_person

ZERO = Decimal("0.00")
Sheet = Mapping[tuple[UUID, str], Decimal]
UNEQUAL = "unequal_objective"
Basis = Literal["score", "price", "technical", "tie", "lot"]
Criterion = tuple[Basis, Callable[["Scored"], Decimal]]


@dataclass(frozen=True, slots=True)
class Scoring:
    """A member's sheet: points by (bid, factor), what the member declared, which bids are qualified; `others`: the
    sheets of members that stand, which this one has to agree with; `signs` of concert in the bids, and of which of them
    the member says whether they hold."""

    sheet: Sheet
    factors: tuple[Factor, ...]
    bids: frozenset[UUID]
    declared: bool
    grounds: tuple[str, ...] = ()
    of_bidder: bool = False
    others: Mapping[UUID, Sheet] = field(default_factory=dict)
    signs: frozenset[Sign] = frozenset()
    said: frozenset[Sign] = frozenset()


@dataclass(frozen=True, slots=True)
class Bid:
    """A qualified bid as it is scored: its price, what it offers, the grade of its bidder's latest result, and the
    share of its price that is deducted for the evaluation."""

    id: UUID
    content: BidContent
    grade: str | None
    deduction: Decimal = ZERO

    @property
    def evaluated(self) -> Decimal:
        """The price by which it is scored, which nobody is paid."""
        return fen(self.content.price * (1 - self.deduction))


@dataclass(frozen=True, slots=True)
class Scored:
    """A bid with its points by factor, the technical ones together (without price and latest result), its total; and
    the price after the deduction, by which it was scored."""

    id: UUID
    price: Decimal
    points: dict[str, Decimal]
    technical: Decimal
    total: Decimal
    evaluated: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A bid's rank, and what set it apart from its nearest rivals; equals share a rank until lots are drawn."""

    scored: Scored
    rank: int
    decided_by: Basis


def may_score(scoring: Scoring, section: ScoreSection, today: date) -> Decision[Sheet]:
    """Does this member's sheet count?"""
    signs = answered(scoring.signs, scoring.said, section.collusion_signs)
    return decide([*_member(scoring, section), *_sheet(scoring, section), *signs], scoring.sheet)


def _member(scoring: Scoring, section: ScoreSection) -> Iterator[Finding]:
    grounds = section.recusal_grounds
    yield of_person("declaration_missing", grounds.clause("other"), scoring.declared)
    named = [*scoring.grounds, *(["employment"] if scoring.of_bidder else [])]
    held = [ground for ground in named if ground in grounds]
    clause = grounds.clause(held[0]) if held else grounds.clause("other")
    yield of_person("member_interested", clause, not held, grounds=held)


def _sheet(scoring: Scoring, section: ScoreSection) -> Iterator[Finding]:
    by_members = {factor.code: factor for factor in scoring.factors if factor.scored_by_members}
    clause = section.factors_only_from_file.clause
    foreign = sorted({code for bid, code in scoring.sheet if code not in by_members or bid not in scoring.bids})
    yield finding("factor_not_scored_here", clause, not foreign, factors=foreign)
    missing = [(bid, code) for bid in scoring.bids for code in by_members if (bid, code) not in scoring.sheet]
    yield finding("score_missing", clause, not missing, missing=len(missing))
    off = sorted({code for (_, code), points in scoring.sheet.items() if not _published(by_members.get(code), points)})
    yield finding("points_not_published", section.factors_quantified.clause, not off, factors=off)
    if any(factor.objective for factor in by_members.values()) and UNEQUAL in section.score_change_grounds:
        yield _alike(scoring, section.score_change_grounds.clause(UNEQUAL))


def _alike(scoring: Scoring, clause: Clause) -> Finding:
    differing = {who: unlike(scoring.sheet, sheet, scoring.factors) for who, sheet in scoring.others.items()}
    members = {str(who) for who, codes in differing.items() if codes}
    codes = {code for codes in differing.values() for code in codes}
    return finding("objective_scored_unlike", clause, not codes, factors=codes, members=members)


def unlike(sheet: Sheet, other: Sheet, factors: Iterable[Factor]) -> set[str]:
    """The objective factors on which two sheets give a bid unlike points."""
    objective = {factor.code for factor in factors if factor.objective and factor.scored_by_members}
    return {
        code for (bid, code), points in sheet.items() if code in objective and other.get((bid, code), points) != points
    }


def _published(factor: Factor | None, points: Decimal) -> bool:
    return factor is None or points in {level.points for level in factor.levels}


def score(
    bids: Sequence[Bid],
    factors: Sequence[Factor],
    sheets: Sequence[Sheet],
    *,
    drops_extremes: bool,
    computed: Sheet | None = None,
) -> list[Scored]:
    """Every bid's points from all members' sheets, in the order given. There is at least one bid and one sheet. Points
    that no member gives and that were `computed` before stay so."""
    prices = sorted(bid.evaluated for bid in bids)
    kept = prices[1:-1] if drops_extremes else prices
    lowest = min(kept or prices)
    return [_scored(bid, factors, sheets, lowest, computed or {}) for bid in bids]


def _scored(bid: Bid, factors: Sequence[Factor], sheets: Sequence[Sheet], lowest: Decimal, computed: Sheet) -> Scored:
    exact = {
        factor.code: Fraction(computed[bid.id, factor.code])
        if (bid.id, factor.code) in computed and not factor.scored_by_members
        else _points(bid, factor, sheets, lowest)
        for factor in factors
    }
    untechnical = {factor.code for factor in factors if factor.kind in ("price", "result_reference")}
    technical = sum((points for code, points in exact.items() if code not in untechnical), Fraction())
    return Scored(
        id=bid.id,
        price=bid.content.price,
        points={code: _rounded(points) for code, points in exact.items()},
        technical=_rounded(technical),
        total=_rounded(sum(exact.values(), Fraction())),
        evaluated=bid.evaluated if bid.deduction else None,
    )


def _points(bid: Bid, factor: Factor, sheets: Sequence[Sheet], lowest: Decimal) -> Fraction:
    """Computed points are rounded before they are added; the members' mean is added as it is."""
    if factor.kind == "price":
        return Fraction(price_points(bid.evaluated, lowest, factor.weight))
    if factor.kind == "result_reference":
        return Fraction(result_points(factor, bid.grade))
    if factor.indicator is not None:
        offer = bid.content.offer(factor.code)
        return Fraction(band_points(factor.indicator, offer.value if offer else None))
    return sum((Fraction(sheet[bid.id, factor.code]) for sheet in sheets), Fraction()) / len(sheets)


def price_points(price: Decimal, lowest: Decimal, weight: Decimal) -> Decimal:
    """Lowest price / price x weight, to 0.01; a price below the lowest that counts earns the weight."""
    return _rounded(min(Fraction(lowest) / Fraction(price), Fraction(1)) * Fraction(weight))


def result_points(factor: Factor, grade: str | None) -> Decimal:
    """The published points of the latest result; a newcomer's where there is none."""
    points = factor.result_points
    if points is None:
        return ZERO
    if grade == "excellent":
        return points.good if points.excellent is None else points.excellent
    return points.model_dump().get(grade or "newcomer") or ZERO


def band_points(indicator: Indicator, value: Decimal | None) -> Decimal:
    """The points of the band an offer lies in; nothing offered, or an offer outside the range, earns none."""
    bands = sorted(indicator.bands, key=lambda band: band.lowest)
    if value is None or not bands:
        return ZERO
    inside = [band.points for band in bands if band.lowest <= value < band.highest]
    if value == bands[-1].highest:
        inside.append(bands[-1].points)
    return inside[0] if inside else ZERO


def _rounded(points: Fraction) -> Decimal:
    """Half-even to 0.01, from the exact fraction: a quotient cut at 28 digits could round the other way."""
    return fen(Decimal(round(points * 100)) / 100)


_CRITERIA: dict[str, Criterion] = {
    "score_desc": ("score", lambda bid: -bid.total),
    "price_asc": ("price", lambda bid: bid.price),
    "technical_desc": ("technical", lambda bid: -bid.technical),
}


def rank(scored: Iterable[Scored], section: ScoreSection) -> list[Ranked]:
    """The bids in rank order. Equals by every criterion of the method share their rank."""
    criteria = [_CRITERIA[name] for name in section.rank_order]
    ordered = sorted(scored, key=lambda bid: tuple(value(bid) for _, value in criteria))
    ranked: list[Ranked] = []
    for _, group in groupby(ordered, key=lambda bid: tuple(value(bid) for _, value in criteria)):
        equals = list(group)
        place = len(ranked) + 1
        ranked += [Ranked(bid, place, _basis(bid, ordered, criteria)) for bid in equals]
    return ranked


def _basis(bid: Scored, all_bids: Sequence[Scored], criteria: Sequence[Criterion]) -> Basis:
    """The first criterion that leaves the bid without an equal."""
    rivals = [other for other in all_bids if other.id != bid.id]
    for name, value in criteria:
        rivals = [other for other in rivals if value(other) == value(bid)]
        if not rivals:
            return name
    return "tie"


@dataclass(frozen=True, slots=True)
class Lots:
    """An order drawn among bids that share a rank, and by whom; `confirmed_by` is None while it is only drawn."""

    order: tuple[UUID, ...]
    drawn_by: UUID
    confirmed_by: UUID | None = None


def draw_lots(lots: Lots, tied: Iterable[frozenset[UUID]], section: ScoreSection, today: date) -> Decision[Lots]:
    """May lots decide among exactly these, and is it another person who confirms?"""
    clause = _last(section)
    each_once = len(set(lots.order)) == len(lots.order)
    equals = each_once and frozenset(lots.order) in set(tied)
    meant = finding("lots_not_of_equals", clause, equals, bids=len(lots.order))
    two = section.two_person_acts.clause("lots")
    if lots.confirmed_by is None or "lots" not in section.two_person_acts:
        return decide([meant], lots)
    other = of_person("confirmer_is_proposer", two, lots.confirmed_by != lots.drawn_by)
    return decide([meant, other], lots)


def _last(section: ScoreSection) -> Clause:
    order = section.rank_order
    return order.clause(list(order)[-1])
