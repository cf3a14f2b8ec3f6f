"""Who may be proposed, what reasons are owed, and when an announced award stands.

GPR-43.1, C214-25.1    the winner is the first in rank; equals are told apart by lot first, and where the budget does
                       not hold the price nobody dearer or later in rank comes instead
CD17-33.3, ZH21-27.6   a poor result is a reference: it bars nobody, but asks for a recorded reason
D87-69.1, C214-29.1    the result of a procurement project is public for one working day before it stands
GPR-49.1               where no contract comes of an award, the next in rank follows or the purchase starts anew
IC12-33.2              who proposes an award does not confirm it; the choice after a blocked one takes two as well, and
                       reasons on record are set right by another person than who gave them

A bar is the registry's to find: it blocks the round, and then there is a next in rank. Refusing the proposal for it
would leave the purchase without any way on.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.tendering.bids.rules import Standing
from services.tendering.rulebook import AwardSection
from shared.fields.calendar import WorkingCalendar, closes_at
from shared.law.decision import Clause, Decision, Effect, Finding, decide, finding, of_person

Reasons = Mapping[str, str]
"""Recorded reasons by the id of the clause they answer."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The candidate whose turn it is in rank order: whether equals stand beside it, what is known of its standing,
    and the reasons given."""

    tied: bool
    standings: tuple[Standing, ...]
    reasons: Reasons


@dataclass(frozen=True, slots=True)
class Choice:
    """After a blocked award, or one of which no contract came (`unsigned`): the next in rank or no award, who chose and
    who confirms (None while only chosen). `lacks_money`: the budget blocked it."""

    choice: str
    has_next: bool
    chosen_by: UUID
    confirmed_by: UUID | None = None
    unsigned: bool = False
    lacks_money: bool = False


@dataclass(frozen=True, slots=True)
class Confirmation:
    """An announced award about to stand: proposed by whom, announced when, of a procurement project or not."""

    proposed_by: UUID
    confirmed_by: UUID
    announced_on: date
    procurement_project: bool
    calendar: WorkingCalendar


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Reasons that some persons gave and another sets right."""

    given_by: frozenset[UUID]
    corrected_by: UUID


def correct_reasons(rewritten: Rewritten, section: AwardSection, today: date) -> Decision[UUID]:
    """Another person sets right what one wrote about an award."""
    clause = section.two_person_acts.clause("award")
    another = rewritten.corrected_by not in rewritten.given_by
    return decide([of_person("giver_corrects", clause, another)], rewritten.corrected_by)


def propose_award(proposal: Proposal, section: AwardSection, today: date) -> Decision[Proposal]:
    """May this candidate be proposed? The registry is asked afterwards in any case."""
    return decide(list(_proposal(proposal, section, today)), proposal)


def _proposal(proposal: Proposal, section: AwardSection, today: date) -> Iterator[Finding]:
    in_order = section.choice_in_rank_order
    yield finding("tie_unresolved", in_order.clause, not proposal.tied)
    known = [standing for standing in proposal.standings if standing.kind != "preferred" and standing.counts(today)]
    yield from _reasons((s.clause for s in known if s.effect is Effect.REFERENCE), proposal.reasons)


def acknowledge(references: Iterable[Clause], reasons: Reasons, today: date) -> Decision[Reasons]:
    """Is every reference that the registry found answered by a reason?"""
    return decide(list(_reasons(references, reasons)), reasons)


def _reasons(references: Iterable[Clause], reasons: Reasons) -> Iterator[Finding]:
    for clause in dict.fromkeys(references):
        yield finding("reason_missing", clause, clause.id in reasons)


def choose(choice: Choice, section: AwardSection, today: date) -> Decision[Choice]:
    """May the next in rank follow, and is it another person who confirms?"""
    return decide(list(_choice(choice, section)), choice)


def _choice(choice: Choice, section: AwardSection) -> Iterator[Finding]:
    clause = section.choice_in_rank_order.clause
    if choice.unsigned:
        ways, way = section.after_refusal_to_sign, "next_candidate" if choice.choice == "next" else "restart"
        clause = ways.clause(way)
        yield finding("way_not_listed", clause, way in ways, way=way, listed=list(ways))
    possible = choice.choice == "fail" or choice.has_next
    yield finding("no_next_candidate", clause, possible, choice=choice.choice)
    if choice.choice == "next" and choice.lacks_money:
        yield finding("passed_over_for_money", clause, False)
    if choice.confirmed_by is not None and "award" in section.two_person_acts:
        two = section.two_person_acts.clause("award")
        yield of_person("confirmer_is_proposer", two, choice.confirmed_by != choice.chosen_by)


def confirm_award(confirmation: Confirmation, section: AwardSection, now: datetime) -> Decision[Confirmation]:
    """May the award stand now?"""
    return decide(list(_confirmation(confirmation, section, now)), confirmation)


def _confirmation(confirmation: Confirmation, section: AwardSection, now: datetime) -> Iterator[Finding]:
    if confirmation.procurement_project:
        days = section.award_notice_working_days
        due = confirmation.calendar.add_working_days(confirmation.announced_on, days.value)
        over = not due.provisional and now >= closes_at(due.day)
        facts: dict[str, Any] = {"announced_on": confirmation.announced_on, "last_day": due.day}
        if due.provisional:
            facts["provisional"] = True
        yield finding("notice_period_open", days.clause, over, **facts)
    if "award" in section.two_person_acts:
        two = section.two_person_acts.clause("award")
        yield of_person("confirmer_is_proposer", two, confirmation.confirmed_by != confirmation.proposed_by)
