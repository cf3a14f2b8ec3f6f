"""How long bidders must have, and how the closing may move.

GPL-35.1   open tender: at least 20 days from the notice to the closing
C214-10.1  consultation: at least 10 days
GPR-31.1, C214-10.2  the file is on offer for at least five working days
GPR-31.2, C214-10.3  a closing moves to a later time; where papers that change or explain the file come with it,
           these are told 15 days (consultation: 5) before it, and more time alone needs none
IC12-33.2  who proposes a later closing does not confirm it

Days count from the day after the notice, and a last day that is no working day moves to the next one (D87-85.1). The
closing may lie on the last day of the period: the law counts up to the day of the closing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.tendering.rulebook import NoticeSection
from shared.fields.calendar import WorkingCalendar, today
from shared.law.decision import Decision, Finding, decide, finding, of_person


@dataclass(frozen=True, slots=True)
class Publication:
    """A file about to be published: until when bids may come, counted in which calendar."""

    closes_at: datetime
    calendar: WorkingCalendar


@dataclass(frozen=True, slots=True)
class Change:
    """A later closing: what stands, what is proposed, by whom, and who confirms (None while it is only proposed);
    `clarified`: papers that change or explain the file come with it."""

    closes_at: datetime
    later: datetime
    proposed_by: UUID
    confirmed_by: UUID | None = None
    clarified: bool = False


def publish(publication: Publication, section: NoticeSection, day: date) -> Decision[Publication]:
    """May the notice of this day close bidding then?"""
    return decide(list(_periods(publication, section, day)), publication)


def _periods(publication: Publication, section: NoticeSection, day: date) -> Iterator[Finding]:
    closing = today(publication.closes_at)
    days = section.min_bid_days
    earliest = _no_holiday(day + timedelta(days=days.value), publication.calendar)
    facts: dict[str, Any] = {"closes_on": closing, "noticed_on": day}
    yield finding("bid_period_short", days.clause, closing >= earliest, earliest=earliest, days=days.value, **facts)
    offered = section.file_working_days
    until = publication.calendar.add_working_days(day, offered.value).day
    yield finding("file_period_short", offered.clause, closing >= until, earliest=until, **facts)


def _no_holiday(day: date, calendar: WorkingCalendar) -> date:
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return day


def move_closing(change: Change, section: NoticeSection, day: date) -> Decision[datetime]:
    """May the closing move, and is it another person who confirms it?"""
    return decide(list(_moves(change, section, day)), change.later)


def _moves(change: Change, section: NoticeSection, day: date) -> Iterator[Finding]:
    later = change.later > change.closes_at
    days = section.clarify_days
    yield finding("closing_not_later", days.clause, later, closes_at=change.closes_at, proposed=change.later)
    if change.clarified:
        earliest = day + timedelta(days=days.value)
        told = today(change.later) >= earliest
        yield finding("closing_told_late", days.clause, told, earliest=earliest, days=days.value, proposed=change.later)
    if change.confirmed_by is not None and "closing_change" in section.two_person_acts:
        two = section.two_person_acts.clause("closing_change")
        yield of_person("confirmer_is_proposer", two, change.confirmed_by != change.proposed_by)
