"""`GET /v1/rulebooks`: which rulebook is in force where and when, and its clauses, in every service alike."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Query as Parameter
from pydantic import BaseModel

from shared.fields.calendar import default_calendar
from shared.fields.places import Place
from shared.fields.text import PlainDate
from shared.law.instruments import ClauseEntry, Side
from shared.law.rulebook import Rulebook, rulebooks
from shared.law.scope import Applies
from shared.reading.values import in_words, titles, uses
from shared.reading.vocabulary import WordView, word_view
from shared.web.http import Query, router
from shared.work.database import NotFound


class RulebookView(BaseModel):
    """A text with what it extends: who issued it, where and when it is in force (last day included). `name` is what a
    record is bound to, `texts` are those whose clauses speak under it, each with its version; `gaps` are texts of the
    day that are not carried. It binds those whom it `applies` to, where it says so; else everybody there."""

    id: str
    name: str
    version: int
    title_zh: str
    title_en: str
    issuer: str
    jurisdiction: str
    effective_from: date
    effective_to: date | None
    applies: dict[str, list[str]]
    extends: list[str]
    texts: list[str]
    gaps: list[str]
    clauses: int


class UseView(BaseModel):
    """Where a value is read: the section of a service, the rules that name it, and the operations, events and deadlines
    that come to them."""

    service: str
    section: str
    rules: list[str]
    operations: list[str]


class GivenView(BaseModel):
    """A value that a clause gives, on the rulebook's day: `value` as text, or the `words` of a list."""

    name: str
    title_zh: str
    title_en: str
    question_zh: str
    question_en: str
    unit: str | None
    unit_zh: str | None
    unit_en: str | None
    value: str | None
    words: list[WordView]
    uses: list[UseView]


class ConflictView(BaseModel):
    """That a clause contradicts one of a higher text, which of the two holds, and why."""

    against: str
    holds: str
    reading: str


class ClauseView(BaseModel):
    """A clause as rules read it; `text` is the article's original wording, `reading` says which of two readings holds,
    `source` marks what no text gives; `checked` is the day on which a second reader compared it with the article. It
    speaks from `effective_from` to `effective_to`, its own days or those of its text, to those cases that it `applies`
    to, where it says so. `open`: its list takes others with a reason. `sides`: whether it refuses, accepts, or has
    something shown. `later` are values that no rule reads yet."""

    id: str
    article: str
    rulebook: str
    level: str
    service: str
    zh: str
    en: str
    text: str | None
    reading: str | None
    set_by: str | None
    source: str | None
    verified: bool
    checked: date | None
    effective_from: date
    effective_to: date | None
    applies: dict[str, list[str]]
    open: bool
    sides: list[Side]
    conflict: ConflictView | None
    values: list[GivenView]
    later: list[str]


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
        """What is in force on a day (today when none is given), everywhere or in a jurisdiction: there the text of the
        place, and behind one that `applies` to some purchasers alone that by which the others buy. Where no text of the
        place is in force, the national rulebook is what answers."""
        day = on or query.today
        if jurisdiction is None:
            return [_rulebook(book) for book in rulebooks().used_on(day)]
        return [_rulebook(book) for book in rulebooks().each_governing(jurisdiction, day)]

    @routes.get("/rulebooks/{rulebook_id}", operation_id="get_rulebook")
    async def get_rulebook(rulebook_id: str, query: Query) -> RulebookView:
        """A rulebook by the name that a record is bound to, or by a text's id, with every text that speaks there."""
        return _rulebook(_named(rulebook_id))

    @routes.get("/rulebooks/{rulebook_id}/clauses", operation_id="list_clauses")
    async def list_clauses(rulebook_id: str, query: Query) -> list[ClauseView]:
        """Every clause of a rulebook and of what it extends, the nearest text first."""
        book = _named(rulebook_id)
        return [clause_view(owner, entry) for owner, entry in book.entries()]

    @routes.get("/calendar", operation_id="get_calendar")
    async def get_calendar(query: Query) -> CalendarView:
        """By which schedules this process counts working days, and until when they are known: a last day beyond is
        provisional, and closes nothing until the year's schedule is installed."""
        calendar = default_calendar()
        known_until, known_days = calendar.known_until(query.today), calendar.known_days(query.today)
        return CalendarView(source=calendar.version, known_until=known_until, known_days=known_days)

    return routes


def _named(name: str) -> Rulebook:
    try:
        return rulebooks().get(name)
    except KeyError:
        raise NotFound from None


def _rulebook(book: Rulebook) -> RulebookView:
    fields = book.file.model_dump(include=set(RulebookView.model_fields) - {"applies"})
    applies = _applies(book.file.applies)
    gaps = [gap.article for gap, _ in book.gaps if gap.spoke]
    return RulebookView(
        **fields, applies=applies, name=book.name, texts=book.instruments, gaps=gaps, clauses=len(book.file.clause)
    )


def _applies(applies: Applies) -> dict[str, list[str]]:
    return {limit: list(words) for limit, _, words in applies.limits()}


_PLAIN = {"id", "article", "level", "service", "zh", "en", "text", "reading", "set_by", "source", "verified", "checked"}


def clause_view(owner: Rulebook, entry: ClauseEntry) -> ClauseView:
    """A clause of a text as it is shown."""
    conflict, file = entry.conflict, owner.file
    return ClauseView(
        **entry.model_dump(include={*_PLAIN, "open", "sides"}),
        rulebook=owner.name,
        effective_from=entry.first or file.effective_from,
        effective_to=entry.to or file.effective_to,
        applies=_applies(entry.applies),
        conflict=ConflictView(**conflict.model_dump()) if conflict else None,
        values=[_given(name, value) for name, value in entry.values.items()],
        later=list(entry.later),
    )


def _given(name: str, value: Any) -> GivenView:
    vocabulary, words = rulebooks().vocabulary, value if isinstance(value, list) else []
    term = vocabulary[name]
    is_words = term.type in ("list", "text")
    return GivenView(
        name=name,
        **titles(vocabulary, name),
        value=None if isinstance(value, list) else in_words(value),
        words=[word_view(vocabulary, name, str(each)) for each in words or ([value] if is_words else [])],
        uses=[UseView(**each) for each in uses().get(name, ())],
    )
