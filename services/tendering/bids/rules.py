"""Whether a bid may be submitted, replaced or withdrawn now, by this provider.

D87-33.1   a bid that is not there before the closing is refused; before it a bid may be replaced or withdrawn
C214-13.1  so in a consultation
ZH21-16.0  every law-abiding, qualified organisation may take part: only a decided bar that still stands keeps one out
GPL-22.1   a supplier bears civil liability of its own (Dongguan: is lawfully registered); one whose registration was
           withdrawn does not
GPR-18.2   who designed, specified, managed, supervised or tested the project does not bid in it, as the file names them
A standing that bars, or takes away a qualification, refuses with the clause the registry found it by.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from services.tendering.rulebook import BidSection
from shared.law.decision import Clause, Decision, Effect, Finding, decide, finding


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands for or against a provider where this purchase lies: kind (barred, watched, preferred), the clause
    and the effect that the registry gave it, first and last day."""

    kind: str
    clause: Clause
    effect: Effect
    from_day: date
    until_day: date | None = None

    def counts(self, today: date) -> bool:
        return self.from_day <= today and (self.until_day is None or today <= self.until_day)

    def blocks(self, today: date) -> bool:
        return self.kind != "preferred" and self.effect is not Effect.REFERENCE and self.counts(today)


@dataclass(frozen=True, slots=True)
class Submission:
    """A bid that arrives: the database's time under the procurement's lock, the closing, the provider's standings,
    since when its registration is withdrawn, and in which roles the file says that it worked on the project before."""

    submitted_at: datetime
    closes_at: datetime
    standings: tuple[Standing, ...] = ()
    left_on: date | None = None
    prior_roles: tuple[str, ...] = ()


def may_bid(submission: Submission, section: BidSection, today: date) -> Decision[datetime]:
    """May this bid be received? The outcome is its time."""
    findings = [*_in_time(submission, section), *_registered(submission, section)]
    findings += [*_prepared(submission, section), *_standing(submission, section, today)]
    return decide(findings, submission.submitted_at)


def may_withdraw(submission: Submission, section: BidSection, today: date) -> Decision[datetime]:
    """May the provider take its bid back? Whoever is barred meanwhile may."""
    return decide(list(_in_time(submission, section)), submission.submitted_at)


def _in_time(submission: Submission, section: BidSection) -> Iterator[Finding]:
    in_time = submission.submitted_at < submission.closes_at
    facts = {"submitted_at": submission.submitted_at.isoformat(), "closes_at": submission.closes_at.isoformat()}
    yield Finding("bid_late", section.late_bid_refused.clause, in_time, facts=facts)


def _registered(submission: Submission, section: BidSection) -> Iterator[Finding]:
    if submission.left_on is not None:
        clause = section.required_conditions.clause("independent_liability")
        yield finding("registration_withdrawn", clause, False, left_on=submission.left_on)


def _prepared(submission: Submission, section: BidSection) -> Iterator[Finding]:
    roles, excluded = submission.prior_roles, section.excluded_prior_roles
    if excluded:
        clause = excluded.clause(roles[0]) if roles else excluded.opening
        yield finding("prepared_the_project", clause, not roles, roles=roles)


def _standing(submission: Submission, section: BidSection, today: date) -> Iterator[Finding]:
    blocking = [standing for standing in submission.standings if standing.blocks(today)]
    if section.fair_participation is not None:
        yield finding("provider_kept_out", section.fair_participation.clause, not blocking)
    yield from standing_findings(blocking)


def standing_findings(standings: Iterable[Standing]) -> Iterator[Finding]:
    """An unsatisfied finding for each standing, by the clause the registry found it by."""
    for standing in standings:
        until = standing.until_day.isoformat() if standing.until_day else "open"
        yield finding(f"provider_{standing.kind}", standing.clause, False, effect=standing.effect, until=until)
