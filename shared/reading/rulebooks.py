"""`GET /v1/rulebooks`: which rulebook is in force where and when, and its clauses, in every service alike."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from fastapi import Query as Parameter
from pydantic import BaseModel

from shared.fields.calendar import default_calendar
from shared.fields.places import NATION, Place
from shared.fields.text import PlainDate
from shared.law.rulebook import Rulebook, rulebooks
from shared.web.http import Query, router
from shared.work.database import NotFound


class RulebookView(BaseModel):
    """An instrument: who issued it, where and when it is in force (last day included), what it extends."""

    id: str
    version: int
    title_zh: str
    title_en: str
    issuer: str
    jurisdiction: str
    effective_from: date
    effective_to: date | None
    extends: list[str]
    clauses: int


class ClauseView(BaseModel):
    """A clause as rules read it; `reading` says which of two readings holds, `source` marks what no text gives."""

    id: str
    article: str
    rulebook: str
    level: str
    service: str
    zh: str
    en: str
    reading: str | None
    set_by: str | None
    source: str | None
    verified: bool


class CalendarView(BaseModel):
    """The working days that are known: by which publications, and until which day without a gap."""

    source: str
    known_until: date
    known_days: int


def law_router() -> APIRouter:
    """The routes; every service has them."""
    routes = router("rulebooks")

    @routes.get("/rulebooks", operation_id="list_rulebooks")
    async def list_rulebooks(
        query: Query,
        on: Annotated[PlainDate | None, Parameter()] = None,
        jurisdiction: Annotated[Place | None, Parameter()] = None,
    ) -> list[RulebookView]:
        """What is in force on a day (today when none is given), everywhere or in a jurisdiction. Where nothing is in
        force for a jurisdiction, the national rulebook is what answers."""
        day = on or query.today
        if jurisdiction is None:
            return [_rulebook(book) for book in rulebooks() if book.in_force(day)]
        book = rulebooks().in_force(jurisdiction, day) or rulebooks().in_force(NATION, day)
        return [_rulebook(book)] if book else []

    @routes.get("/rulebooks/{rulebook_id}/clauses", operation_id="list_clauses")
    async def list_clauses(rulebook_id: str, query: Query) -> list[ClauseView]:
        """Every clause of an instrument and of what it extends, in order of precedence."""
        try:
            book = rulebooks().get(rulebook_id)
        except (KeyError, ValueError):
            raise NotFound from None
        return [
            ClauseView(rulebook=owner.name, **entry.model_dump(include=set(ClauseView.model_fields)))
            for owner, entry in book.entries()
        ]

    @routes.get("/calendar", operation_id="get_calendar")
    async def get_calendar(query: Query) -> CalendarView:
        """By which schedules this process counts working days, and until when they are known: a last day beyond is
        provisional, and closes nothing until the year's schedule is installed."""
        calendar = default_calendar()
        known_until, known_days = calendar.known_until(query.today), calendar.known_days(query.today)
        return CalendarView(source=calendar.version, known_until=known_until, known_days=known_days)

    return routes


def _rulebook(book: Rulebook) -> RulebookView:
    fields = book.file.model_dump(include=set(RulebookView.model_fields))
    return RulebookView(**fields, clauses=len(book.file.clause))
