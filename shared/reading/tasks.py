"""Tasks: what waits for the caller in a service, until when and by which clause, so that each desk sees what is next.

A service lists its kinds of task: which rows wait, for which duty, on which side. The rest is the same everywhere and
stands here: a kind is asked only for the posts that hold its duty; a post covers its jurisdiction and below, and its
own organisation; the deadline that runs says until when; the most urgent comes first. Who did the first half of an
act is kept from its second half by the kind itself, with `ME`.
"""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy.dialects.postgresql import ARRAY

from shared.fields.calendar import WARN_DAYS, today
from shared.fields.places import NATION
from shared.law.decision import Clause
from shared.law.rulebook import Ban, Demand, Items, Rulebook, RulebookError, Value, rulebooks
from shared.law.scope import Case
from shared.reading.visibility import lies_in
from shared.web.http import Listed, Query, router
from shared.work.database import Reader, Row
from shared.work.identity import OVERSIGHT, PROVIDING

ME = sa.bindparam("me", type_=sa.Uuid)
"""The caller, for conditions that keep one person from both halves of an act."""
TODAY = sa.bindparam("today", type_=sa.Date)
_INSTANT = sa.DateTime(timezone=True)
NOW = sa.bindparam("now", type_=_INSTANT)
_NEVER = sa.literal(datetime(9999, 1, 1, tzinfo=UTC), _INSTANT)
"""When no deadline runs, so that what has none comes last."""
_FIRST = sa.bindparam("first", type_=sa.Boolean)
_DUE = sa.bindparam("due", type_=_INSTANT)
_SUBJECT = sa.bindparam("subject", type_=sa.Uuid)
_LATER = sa.bindparam("later", type_=sa.Boolean)
"""Where the page before ended: with a task of this subject, due then; `later` is a kind that comes after its."""

_ORGANISATIONS = sa.bindparam("organisations", type_=ARRAY(sa.Uuid))
POST = (
    sa.func.unnest(sa.bindparam("places", type_=ARRAY(sa.Text)), _ORGANISATIONS)
    .table_valued(sa.column("place", sa.Text), sa.column("organisation", sa.Uuid), name="post")
    .render_derived()
)
"""One of the caller's posts that hold the duty: its `place` (the jurisdiction) and its `organisation`."""


def among(column: sa.ColumnElement[str], *values: str) -> sa.ColumnElement[bool]:
    """Whether the column has one of these values."""
    return column == sa.any_(sa.literal(list(values), ARRAY(sa.Text)))


Law = Callable[[Rulebook], Clause | None]
LawOf = Callable[[Rulebook, Case], Clause | None]
"""The clause of a rulebook that asks for an act; None where it is silent."""


def clause_of(*values: Value[Any] | Demand | Ban | None) -> Clause | None:
    """The clause of the first value that the text has."""
    return next((value.clause for value in values if value is not None), None)


def clause_in(items: Items, member: str | None = None) -> Clause | None:
    """The clause that names the member, or (without one) that opens the list; None where the text has no such."""
    named = items if member is None else member in items
    return items.clause(member or "") if named else None


class Books:
    """The rulebooks of which something is true, as a list of names for conditions on a record's rulebook: what the
    texts ask for differently is read from them and never repeated in a kind."""

    def __init__(self, name: str, says: Callable[[Rulebook], bool]) -> None:
        self.name = name
        self.names: sa.BindParameter[Any] = sa.bindparam(name, type_=ARRAY(sa.Text))
        self._says = says

    def govern(self, rulebook: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        """Whether the record is bound to one of them."""
        return rulebook == sa.any_(self.names)

    def today(self) -> list[str]:
        return [book.name for book in rulebooks().named if self._true_of(book)]

    def _true_of(self, book: Rulebook) -> bool:
        """A text that lacks what the question needs binds no record of this service."""
        try:
            return self._says(book)
        except RulebookError:
            return False


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What tasks are about: a kind of record, where its rows come from, and what is shown of one. `path` is where it
    is read, `{}` standing for `within` (the record itself when none is given). Without a rulebook of its own the text
    in force today speaks."""

    kind: str
    rows: sa.FromClause
    id: sa.Column[Any]
    key: sa.ColumnElement[Any]
    jurisdiction: sa.ColumnElement[str]
    path: str
    within: sa.ColumnElement[Any] | None = None
    rulebook: sa.ColumnElement[str] | None = None
    method: sa.ColumnElement[str] | None = None
    reference: sa.ColumnElement[Any] | None = None
    title: sa.ColumnElement[Any] | None = None
    contract_id: sa.ColumnElement[Any] | None = None
    line: sa.ColumnElement[Any] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of task: its name (the operation that does it, where one does), the duties that do it, and what waits.

    `side` is the organisation whose posts do it; None: any organisation's, as far as `desk` admits the post.
    `deadline` is the kind of deadline that runs, for the subject or for `due_for`; `until` a last day that needs none.
    `law` says which clause asks for it, where that is not the deadline's, and `law_of` where that depends on the
    subject's method; `cites` is one that the record names.
    `books` are those that a condition names.
    """

    task: str
    duties: AbstractSet[str]
    of: Subject
    where: sa.ColumnElement[bool]
    side: sa.ColumnElement[Any] | None = None
    desk: sa.ColumnElement[bool] | None = None
    deadline: str | None = None
    due_for: sa.ColumnElement[Any] | None = None
    until: sa.ColumnElement[Any] | None = None
    law: Law | None = None
    law_of: LawOf | None = None
    cites: sa.ColumnElement[Any] | None = None
    books: tuple[Books, ...] = ()


def watched(task: str, of: Subject, where: sa.ColumnElement[bool], deadline: str) -> Kind:
    """What those who oversee the place see once its last day has passed; a provisional day passes for nobody."""
    due = of.id.table.metadata.tables["deadlines"].c
    return Kind(task, OVERSIGHT, of, sa.and_(where, due.due_at <= NOW, ~due.provisional), deadline=deadline)


def install_calendar(metadata: sa.MetaData) -> Kind:
    """The operator's task while the calendar that was installed last reaches less than 60 days ahead: until the next
    year's schedule is there, last days in it are provisional, and what waits for them goes on waiting."""
    calendars = metadata.tables["calendars"]
    latest = sa.select(sa.func.max(calendars.c.installed_at)).scalar_subquery()
    place: sa.ColumnElement[str] = sa.literal(NATION, sa.Text)
    of = Subject("calendar", calendars, calendars.c.id, calendars.c.id, place, "/v1/calendar")
    ends = sa.and_(calendars.c.installed_at == latest, calendars.c.known_until < TODAY + WARN_DAYS)
    return Kind("install_calendar", {"operate"}, of, ends, until=calendars.c.known_until)


class TaskView(BaseModel):
    """Something to do: `subject` is the record, of this `kind`, that is read at `path`; `about` the purchase (its
    project) or the provider it belongs to, which has the same id in every service. `contract_id` and `line` are given
    where a contract and one of its payment lines are concerned. Where no day is set, `last_day` is null; where no text
    names the act, `clause` is."""

    task: str
    kind: str
    subject: UUID
    about: UUID
    path: str
    reference: str | None
    title: str | None
    contract_id: UUID | None
    line: int | None
    last_day: date | None
    overdue: bool
    clause: str | None


def task_routes(kinds: Sequence[Kind]) -> APIRouter:
    """`GET /v1/tasks` of a service with these kinds."""
    routes = router("tasks")
    questions = [(kind, _question(kind)) for kind in kinds]

    @routes.get("/tasks", operation_id="list_tasks")
    async def list_tasks(request: Request, query: Query, listed: Listed) -> list[TaskView]:
        """What the caller's posts let them do now, the most urgent first. Those who oversee a jurisdiction see what is
        overdue there. A second person's task is not shown to the first."""
        waiting: list[dict[str, Any]] = []
        for number, (kind, question) in enumerate(questions):
            rows = await _waiting(query, kind, question, listed, number)
            waiting += ({"due": r["due"], "subject": r["subject"], "kind": number, "row": r} for r in rows)
        waiting.sort(key=lambda each: (each["due"], each["subject"], each["kind"]))
        found: dict[tuple[str, UUID], TaskView] = {}
        for each in listed.page(waiting, "due", "subject", "kind"):
            kind, _ = questions[each["kind"]]
            task = _task(kind, each["row"], query, request.app.state.root)
            found.setdefault((kind.task, each["subject"]), task)
        return list(found.values())

    return routes


async def _waiting(reader: Reader, kind: Kind, question: sa.Select[Any], listed: Listed, number: int) -> list[Row]:
    """What of this kind waits for the caller; nothing when no post of theirs does it."""
    posts = [post for post in reader.actor.posts if post.duties & kind.duties]
    if not posts:
        return []
    due, subject, kind_before = listed.after or (None, None, None)
    return await reader.all(
        question,
        places=[post.jurisdiction for post in posts],
        organisations=[post.organisation for post in posts],
        me=reader.actor.person_id,
        today=reader.today,
        now=reader.now,
        first=listed.after is None,
        due=due,
        subject=subject,
        later=isinstance(kind_before, int) and number > kind_before,
        most=listed.fetched,
        **{books.name: books.today() for books in kind.books},
    )


def _question(kind: Kind) -> sa.Select[Any]:
    """The one statement of a kind."""
    of = kind.of
    deadlines = of.id.table.metadata.tables["deadlines"]
    due_for = of.id if kind.due_for is None else kind.due_for
    due = sa.and_(deadlines.c.kind == kind.deadline, deadlines.c.subject == due_for, deadlines.c.state != "met")
    until = sa.null() if kind.until is None else kind.until
    conditions = [kind.where, _covered(kind)]
    if kind.side is not None:
        conditions.append(kind.side == sa.any_(_ORGANISATIONS))
    ends = [] if kind.until is None else [sa.func.timezone("Asia/Shanghai", sa.cast(kind.until + 1, sa.DateTime))]
    order = sa.func.coalesce(deadlines.c.due_at, *ends, _NEVER, type_=_INSTANT)
    follows = sa.or_(
        _FIRST,
        sa.tuple_(order, of.id) > sa.tuple_(_DUE, _SUBJECT),
        sa.and_(_LATER, order == _DUE, of.id == _SUBJECT),
    )
    clause = deadlines.c.clause if kind.cites is None else sa.cast(kind.cites, sa.Text)
    waits = (until.label("until"), order.label("due"))
    shown = (deadlines.c.due_at, deadlines.c.provisional, clause.label("clause"), *waits)
    return (
        sa.select(*_shown(of), *shown)
        .select_from(sa.outerjoin(of.rows, deadlines, due))
        .where(*conditions, follows)
        .order_by(order, of.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


def _shown(of: Subject) -> Iterator[sa.ColumnElement[Any]]:
    yield of.id.label("subject")
    yield of.key.label("about")
    yield (of.id if of.within is None else of.within).label("within")
    for name in ("jurisdiction", "rulebook", "method", "reference", "title", "contract_id", "line"):
        column = getattr(of, name)
        yield (sa.null() if column is None else column).label(name)


def _covered(kind: Kind) -> sa.ColumnElement[bool]:
    """In SQL what `shared.work.identity.Post.covers` says: one and the same post has the place and is of the side."""
    anywhere = kind.side is not None and kind.duties <= PROVIDING
    conditions = [sa.true() if anywhere else lies_in(kind.of.jurisdiction, POST.c.place)]
    if kind.side is not None:
        conditions.append(kind.side == POST.c.organisation)
    if kind.desk is not None:
        conditions.append(kind.desk)
    return sa.exists().select_from(POST).where(*conditions)


def _task(kind: Kind, row: Row, reader: Reader, root: str) -> TaskView:
    last_day, overdue = _until(row, reader)
    return TaskView(
        task=kind.task,
        kind=kind.of.kind,
        subject=row["subject"],
        about=row["about"],
        path=root + kind.of.path.format(row["within"]),
        reference=row["reference"],
        title=row["title"],
        contract_id=row["contract_id"],
        line=row["line"],
        last_day=last_day,
        overdue=overdue,
        clause=_clause(kind, row, reader.today) or row["clause"],
    )


def _until(row: Row, reader: Reader) -> tuple[date | None, bool]:
    """The last day, and whether it is over; a provisional one closes nothing."""
    due_at: datetime | None = row["due_at"]
    if due_at is not None:
        last_moment = due_at - timedelta(microseconds=1)
        return today(last_moment), not row["provisional"] and due_at <= reader.now
    until: date | None = row["until"]
    return until, until is not None and until < reader.today


def _clause(kind: Kind, row: Row, on: date) -> str | None:
    book = rulebooks().get(row["rulebook"]) if row["rulebook"] else rulebooks().governing(row["jurisdiction"], on)
    if book is None:
        return None
    if kind.law_of is not None:
        clause = kind.law_of(book, Case(method=row["method"]))
    else:
        clause = kind.law(book) if kind.law is not None else None
    return clause.id if clause is not None else None
