"""Whether the bidders are qualified.

D87-41.1   after the opening every bid is held against every condition; fewer than three qualified: no evaluation
C214-21.1  a consultation for a purchase of services goes on with two, not with one
GPL-22.1   the statutory conditions are asked of every bidder, whether or not the file repeats them, and are judged by
           what the registry verified, never by what a reviewer types
DG11-7.5   only published conditions count
D87-60.1   a price at which a payment of the draft contract would be nothing is clearly too low, whatever explains it;
           another low price is for the panel to ask about (explanations)
C214-16.1  so in a consultation (as D87-60.1 and D87-63.1)
D87-63.1   a price over the budget makes a bid invalid, and so does a bid that held nothing readable, or one that asks
           another price than the file fixes for all
GPR-9.1    nobody reviews who belongs to a bidder
SME46-11.1, 2.1, 12.1  what the file reserves is for those whose declaration says that they are small or medium, or that
           such partners carry the share
SME46-10.1 with fewer than three of them it ends, also where a consultation could go on with two
GPR-18.1   of bidders with one head, or of which one directly holds or manages another, none is qualified

Reading: what rests on a reviewer's word alone counts when two found the same, because a procurement that fails by it
does not come back. A slip of both is corrected by two others until the sums are drawn (D87-64.1). The relation that
keeps suppliers out is between them (GPR-18.1): two that a third holds, who bids for nothing, are not in it.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Literal
from uuid import UUID

from services.tendering.bids.contents import Declaration
from services.tendering.bids.declarations import Declared, admitted
from services.tendering.files.contents import Condition, PaymentLine, SmallEnterprises, too_small
from services.tendering.files.small_enterprises import NOTHING_SAID
from services.tendering.rulebook import ReviewSection
from shared.law.decision import Clause, Decision, Effect, Finding, decide, finding, of_person

OVER_PRICE = "over_price"
TOO_LOW = "too_low_price"
FIXED = "fixed_price"
READABLE = "readable"
GRADE = "assessment_grade"
SMALL = "small_or_medium_enterprise"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An opened bid: its price (None when the bid held nothing readable), what the registry verified of its bidder,
    what that declares of its size, who heads it, and which organisations directly hold or manage it."""

    bid_id: UUID
    price: Decimal | None
    verified: frozenset[str]
    grade: str | None
    declaration: Declaration | None = None
    provider_id: UUID | None = None
    head: UUID | None = None
    held_by: frozenset[UUID] = frozenset()
    managed_by: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Review:
    """All candidates, the published conditions, the budget, and what the reviewer found by (bid, condition); `lines`
    are the payments of the draft contract; `fixed_price` is what every bid must ask, if the file says so; `small` is
    what it says of small and medium enterprises."""

    candidates: tuple[Candidate, ...]
    conditions: tuple[Condition, ...]
    budget: Decimal
    found: Mapping[tuple[UUID, str], bool]
    of_a_bidder: bool = False
    lines: tuple[PaymentLine, ...] = ()
    fixed_price: Decimal | None = None
    small: SmallEnterprises = NOTHING_SAID

    @property
    def reserved(self) -> bool:
        return self.small.reserved_by is not None


@dataclass(frozen=True, slots=True)
class Result:
    """One bid against one condition: met or not, on whose word, by which clause."""

    bid_id: UUID
    condition: str
    met: bool
    basis: Literal["registry", "reviewer", "price", "opening", "declaration"]
    clause: Clause


@dataclass(frozen=True, slots=True)
class Reviewed:
    """All results, the qualified bids, and whether they are enough, by this clause."""

    results: tuple[Result, ...]
    qualified: frozenset[UUID]
    enough: bool
    clause: Clause


def review(review: Review, section: ReviewSection, today: date) -> Decision[Reviewed]:
    """The results of all bids. Bids that fail refuse nothing: they leave the competition by the outcome."""
    results = tuple(_results(review, section))
    failed = {result.bid_id for result in results if not result.met}
    qualified = frozenset(c.bid_id for c in review.candidates) - failed
    least = section.least_of(reserved=review.reserved)
    enough, effect = len(qualified) >= least.value, Effect.REFERENCE
    counted = finding(
        "too_few_qualified", least.clause, enough, effect=effect, qualified=len(qualified), least=least.value
    )
    return decide([*_findings(review, section), counted], Reviewed(results, qualified, enough, least.clause))


def confirms(found_by: UUID, same: bool, person: UUID) -> UUID | None:
    """Whose findings this person confirms: another's, by having found the same after them. So a slip of one decides
    nothing: one's own second thought takes the place of the first, and another's waits for one who agrees."""
    return found_by if same and found_by != person else None


def correct(
    review: Review, standing: Container[UUID], person: UUID, changed: bool, section: ReviewSection, today: date
) -> Decision[bool]:
    """May this person find otherwise than two found before (`standing`), so that it holds once another agrees?"""
    another = of_person("found_it_before", section.checked_by, person not in standing)
    differs = finding("found_just_so", section.checked_by, changed)
    return decide([*_findings(review, section), another, differs], True)


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
    checked = section.checked_by
    missing = asked - review.found.keys()
    yield finding("review_incomplete", checked, not missing, missing=len(missing))
    published = section.project_conditions_published
    foreign = sorted({code for _, code in review.found.keys() - asked})
    clause = published.clause if published else checked
    yield finding("condition_not_reviewable", clause, not foreign, conditions=foreign)
    yield of_person("reviewer_of_bidder", section.recusal_grounds.clause("employment"), not review.of_a_bidder)


def _results(review: Review, section: ReviewSection) -> Iterator[Result]:
    published = {condition.code for condition in review.conditions}
    unsaid = [code for code in section.required_conditions if code not in published]
    for candidate in review.candidates:
        if candidate.price is None:
            clause = section.invalid_bid_grounds.clause("other_stated_in_file")
            yield Result(candidate.bid_id, READABLE, False, "opening", clause)
            continue
        for condition in review.conditions:
            yield _result(candidate, condition, review, section)
        for code in unsaid:
            met = code in candidate.verified
            yield Result(candidate.bid_id, code, met, "registry", section.required_conditions.clause(code))
        within = candidate.price <= review.budget or OVER_PRICE not in section.invalid_bid_grounds
        clause = section.invalid_bid_grounds.clause(OVER_PRICE)
        yield Result(candidate.bid_id, OVER_PRICE, within, "price", clause)
        if review.fixed_price is not None:
            clause = section.invalid_bid_grounds.clause("other_stated_in_file")
            yield Result(candidate.bid_id, FIXED, candidate.price == review.fixed_price, "price", clause)
        if review.reserved and section.favoured_enterprises:
            out = admitted(Declared(candidate.declaration, review.small), section)
            clause = out or section.favoured_enterprises.opening
            yield Result(candidate.bid_id, SMALL, out is None, "declaration", clause)
        if too_small(candidate.price, review.lines):
            yield Result(candidate.bid_id, TOO_LOW, False, "price", section.unexplained_low_price_invalid.clause)
    for bid_id, ground in sorted(_conflicts(review.candidates)):
        if ground in section.same_package_conflicts:
            yield Result(bid_id, ground, False, "registry", section.same_package_conflicts.clause(ground))


def _conflicts(candidates: Iterable[Candidate]) -> set[tuple[UUID, str]]:
    """Which bids are of suppliers with one head, or that hold or manage one another: with the ground."""
    found: set[tuple[UUID, str]] = set()
    for one, other in combinations(candidates, 2):
        grounds = {
            "same_head": one.head is not None and one.head == other.head,
            "direct_control": one.provider_id in other.held_by or other.provider_id in one.held_by,
            "management": one.provider_id in other.managed_by or other.provider_id in one.managed_by,
        }
        found |= {(bid.bid_id, ground) for ground, holds in grounds.items() if holds for bid in (one, other)}
    return found


def _result(candidate: Candidate, condition: Condition, review: Review, section: ReviewSection) -> Result:
    code = condition.code
    if by_registry(condition, section):
        if code == GRADE:
            return _graded(candidate, condition, section)
        return Result(
            candidate.bid_id, code, code in candidate.verified, "registry", section.required_conditions.clause(code)
        )
    met = review.found.get((candidate.bid_id, code), False)
    return Result(candidate.bid_id, code, met, "reviewer", section.checked_by)


def _graded(candidate: Candidate, condition: Condition, section: ReviewSection) -> Result:
    """The grade that the registry tells, which counts only those of the assessors that count; up to what the text asks
    for also its word, because it knows from which age on a grade is needed at all."""
    by_law, least = section.required_assessment_grade, condition.least or "1A"
    met = candidate.grade is not None and candidate.grade >= least
    if by_law is not None and least <= by_law.value:
        return Result(candidate.bid_id, GRADE, met or GRADE in candidate.verified, "registry", by_law.clause)
    return Result(candidate.bid_id, GRADE, met, "registry", section.required_conditions.clause(GRADE))
