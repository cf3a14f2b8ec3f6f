"""Whether the bidders are qualified.

D87-41.1   after the opening every bid is held against every condition; fewer than three qualified: no evaluation
C214-21.1  a consultation for a purchase of services goes on with two, not with one
GPL-22.1   the statutory conditions are judged by what the registry verified, never by what a reviewer types
DG11-7.5   only published conditions count
D87-60.1   a price at which a payment of the draft contract would be nothing is clearly too low, whatever explains it;
           another low price is for the panel to ask about (explanations)
D87-63.1   a price over the budget makes a bid invalid, and so does a bid that held nothing readable
GPR-9.1    nobody reviews who belongs to a bidder

Reading: what rests on a reviewer's word alone counts when two found the same, because bids that it puts out of the
competition, and a procurement that fails by it, do not come back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from services.tendering.files.contents import Condition, PaymentLine, too_small
from services.tendering.rulebook import ReviewSection
from shared.law.decision import Clause, Decision, Finding, decide, finding, of_person

OVER_PRICE = "over_price"
TOO_LOW = "too_low_price"
READABLE = "readable"
GRADE = "assessment_grade"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An opened bid: its price (None when the bid held nothing readable), and what the registry verified of its
    bidder."""

    bid_id: UUID
    price: Decimal | None
    verified: frozenset[str]
    grade: str | None


@dataclass(frozen=True, slots=True)
class Review:
    """All candidates, the published conditions, the budget, and what the reviewer found by (bid, condition); `lines`
    are the payments of the draft contract."""

    candidates: tuple[Candidate, ...]
    conditions: tuple[Condition, ...]
    budget: Decimal
    found: Mapping[tuple[UUID, str], bool]
    of_a_bidder: bool = False
    lines: tuple[PaymentLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """One bid against one condition: met or not, on whose word, by which clause."""

    bid_id: UUID
    condition: str
    met: bool
    basis: Literal["registry", "reviewer", "price", "opening"]
    clause: Clause


@dataclass(frozen=True, slots=True)
class Reviewed:
    """All results, the qualified bids, and whether they are enough, by this clause."""

    results: tuple[Result, ...]
    qualified: frozenset[UUID]
    enough: bool
    clause: Clause


def review(review: Review, method: str, section: ReviewSection, today: date) -> Decision[Reviewed]:
    """The results of all bids. Bids that fail refuse nothing: they leave the competition by the outcome."""
    results = tuple(_results(review, section))
    failed = {result.bid_id for result in results if not result.met}
    qualified = frozenset(c.bid_id for c in review.candidates) - failed
    least = section.min_qualified(method)
    counted = finding("qualified_counted", least.clause, True, qualified=len(qualified), least=least.value)
    findings = [*_findings(review, section), counted]
    return decide(findings, Reviewed(results, qualified, len(qualified) >= least.value, least.clause))


def confirms(found_by: UUID, same: bool, person: UUID) -> UUID | None:
    """Whose findings this person confirms: another's, by having found the same after them. So a slip of one decides
    nothing: one's own second thought takes the place of the first, and another's waits for one who agrees."""
    return found_by if same and found_by != person else None


def by_registry(condition: Condition, section: ReviewSection) -> bool:
    """Whether the registry's word decides this condition."""
    return condition.code == GRADE or condition.code in section.required_conditions


def _findings(review: Review, section: ReviewSection) -> Iterator[Finding]:
    asked = {
        (candidate.bid_id, condition.code)
        for candidate in review.candidates
        for condition in review.conditions
        if candidate.price is not None and not by_registry(condition, section)
    }
    checkers = section.open_tender_qualification_checked_by
    checked = checkers.clause("purchaser")
    yield finding("purchaser_may_not_review", checked, "purchaser" in checkers)
    missing = asked - review.found.keys()
    yield finding("review_incomplete", checked, not missing, missing=len(missing))
    published = section.project_conditions_published
    foreign = sorted({code for _, code in review.found.keys() - asked})
    clause = published.clause if published else checked
    yield finding("condition_not_reviewable", clause, not foreign, conditions=foreign)
    yield of_person("reviewer_of_bidder", section.recusal_grounds.clause("employment"), not review.of_a_bidder)


def _results(review: Review, section: ReviewSection) -> Iterator[Result]:
    for candidate in review.candidates:
        if candidate.price is None:
            clause = section.invalid_bid_grounds.clause("other_stated_in_file")
            yield Result(candidate.bid_id, READABLE, False, "opening", clause)
            continue
        for condition in review.conditions:
            yield _result(candidate, condition, review, section)
        within = candidate.price <= review.budget or OVER_PRICE not in section.invalid_bid_grounds
        clause = section.invalid_bid_grounds.clause(OVER_PRICE)
        yield Result(candidate.bid_id, OVER_PRICE, within, "price", clause)
        if too_small(candidate.price, review.lines):
            yield Result(candidate.bid_id, TOO_LOW, False, "price", section.unexplained_low_price_invalid.clause)


def _result(candidate: Candidate, condition: Condition, review: Review, section: ReviewSection) -> Result:
    code = condition.code
    if by_registry(condition, section):
        met = _graded(candidate, condition) if code == GRADE else code in candidate.verified
        return Result(candidate.bid_id, code, met, "registry", section.required_conditions.clause(code))
    met = review.found.get((candidate.bid_id, code), False)
    clause = section.open_tender_qualification_checked_by.clause("purchaser")
    return Result(candidate.bid_id, code, met, "reviewer", clause)


def _graded(candidate: Candidate, condition: Condition) -> bool:
    return candidate.grade is not None and candidate.grade >= (condition.least or "1A")
