"""The only place in Goufu that commits. A transaction carries a command from its first lock to its stored answer.

    async with call.transaction() as tx:                 locks the Idempotency-Key, reads clock and caller
        contract = await store.lock_contract(tx, id)     locks the key's row first, then the record
        payment = tx.decided(decide_payment(...))        keeps the findings; a refusal ends the block
        tx.emit(PaymentReleased(...))                    takes the key's next version
        return tx.answer(200, view)                      stored with the key, then committed, then sent

A refusal by rule is an answer too: the work is rolled back and refusal entry, key and answer are committed instead.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any, Protocol, TypeAlias, TypeVar, overload
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import sqlalchemy as sa
import structlog
from sqlalchemy.sql.elements import ClauseElement

from shared.bus import MAX_MESSAGE_BYTES
from shared.events import SERVICES, Event
from shared.fields.ids import new_id
from shared.fields.strict_json import compact
from shared.law.decision import Decision, Finding, Refused, explain
from shared.law.rulebook import Rulebook, rulebooks
from shared.law.scope import Case
from shared.process import faults
from shared.process.outages import Unavailable, is_outage, spoils, told
from shared.process.settings import SettingsError
from shared.process.telemetry import POOL
from shared.work import refusals, sql, states, writes
from shared.work.identity import FRESH_SECONDS, SYSTEM, Actor, NotAllowed, Token, actor_of
from shared.work.journal import Context, Entry, event_entry
from shared.work.records import Identified, Owned, Record, Versioned
from shared.work.revisions import lacking
from shared.work.weight import weigh

T = TypeVar("T")
R = TypeVar("R", bound=Record)
K = TypeVar("K", bound=Identified)
V = TypeVar("V", bound=Versioned)
A = TypeVar("A", bound=Owned)
log = structlog.get_logger(__name__)
Row: TypeAlias = Any
"""A row as asyncpg gives it: by name, by place, read-only."""

SHANGHAI = ZoneInfo("Asia/Shanghai")
FUNCTIONS = resources.files("shared.work").joinpath("functions.sql").read_text(encoding="utf-8")
LARGEST_ENTRY = MAX_MESSAGE_BYTES - 8192
"""Bytes of an event's entry, so that with key and headers it fits into a message: the relay would stop before one that
does not."""
CLOSE_SECONDS = 5.0
ACQUIRE_SECONDS = 5.0
"""How long a request waits for a connection when all are in use; then it answers 503."""
WORKER_CONNECTIONS = 12
"""What a worker takes at most, whatever its service: ten of its own, and two where PostgreSQL is the bus (measured)."""
RESERVED_CONNECTIONS = 13
"""What PostgreSQL keeps for its administrators (3), and what the commands and looks of an operator take."""

_BEGIN = (
    "SELECT got, request, status, headers, body, now, fresh, caller::text AS caller"
    " FROM begin_command($1, $2, $3, $4, $5)"
)
_WHO = (
    "SELECT now, who_is($1, $2, (now AT TIME ZONE 'Asia/Shanghai')::date)::text AS caller"
    " FROM (SELECT clock.now() AS now OFFSET 0) clock"
)


class Busy(Exception):
    """409: a request with the same Idempotency-Key is still running."""


class KeyReused(Exception):
    """422: the Idempotency-Key was used before with another request."""


class VersionMismatch(Exception):
    """412, or 428 when the request named no version at all."""

    def __init__(self, required: bool) -> None:
        self.required = required
        super().__init__("If-Match is missing" if required else "the record has changed")


class EntryTooLarge(Exception):
    """413: an event that no message can hold. Its matter belongs into a document."""


class NotFound(Exception):
    """404: not there, or not the caller's; the two look the same."""


class WrongState(Exception):
    """409: the record is not in a state in which this command is possible. `needed`: the states in which it is, or what
    must be besides. All are codes with a text in `shared/web/texts.toml`; `facts` are the figures of that text."""

    def __init__(self, state: str, *needed: str, **facts: object) -> None:
        self.state, self.needed, self.facts = state, needed, facts
        super().__init__(f"is {state}, must be {' or '.join(needed)}")


class UnderRulebook(Protocol):
    """A record that is bound to the rulebook by which it began, as `id@version`."""

    @property
    def rulebook(self) -> str: ...


def must_be(record: Any, states: Collection[str]) -> None:
    """Raises WrongState unless the record is in one of these states."""
    if record.state not in states:
        raise WrongState(record.state, *states)


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes that go out, and that go out again when the same request comes again."""

    status: int
    headers: dict[str, str]
    body: bytes


class Answered(Exception):
    """A transaction ended with an answer that its block did not give: a refusal recorded, or one stored before."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Call:
    """One request as the handlers see it: who, with which key, on which version, following what."""

    database: "Database"
    operation: str
    token: Token | None
    idempotency: tuple[bytes, bytes] | None = None
    if_match: str | None = None
    language: str = "zh"
    correlation: UUID = field(default_factory=new_id)
    traceparent: str | None = None
    subject: UUID | None = None
    sealed: bool = False
    last: Callable[["Transaction"], Awaitable[None]] | None = None
    """What is still done in the command's transaction when its handler has answered."""

    def transaction(self) -> "CommandBlock":
        """A command's transaction. Raises Answered, Busy, KeyReused, Stale, StepUpNeeded, Unavailable."""
        return CommandBlock(self)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["Reader"]:
        """A connection for queries, with the caller's posts; no transaction, no journal."""
        async with self.database.holding(self.reader) as reader:
            yield reader

    async def reader(self, connection: Any) -> "Reader":
        """Queries of the caller on this connection."""
        return Reader(connection, *await self.database.caller(connection, self.token))


class Reader:
    """Queries on a connection, the legal clock and the caller."""

    def __init__(self, connection: Any, now: datetime, actor: Actor) -> None:
        self.connection = connection
        self.now = now
        self.actor = actor

    @property
    def today(self) -> date:
        """The legal day: the date of `now` in Asia/Shanghai."""
        return self.now.astimezone(SHANGHAI).date()

    async def flush(self) -> None:
        """Sends writes that wait, before anything is read; a reader has none."""

    @overload
    async def all(self, statement: ClauseElement, /, **values: Any) -> list[Row]: ...
    @overload
    async def all(self, statement: ClauseElement, record: type[R], /, **values: Any) -> list[R]: ...
    async def all(self, statement: ClauseElement, record: type[R] | None = None, /, **values: Any) -> list[Any]:
        """The rows, as records of that class where one is named."""
        await self.flush()
        compiled = sql.compiled(statement)
        rows: list[Row] = await self.connection.fetch(compiled.text, *compiled.arguments(values))
        return rows if record is None else [record.of(row) for row in rows]

    @overload
    async def one(self, statement: ClauseElement, /, **values: Any) -> Row | None: ...
    @overload
    async def one(self, statement: ClauseElement, record: type[R], /, **values: Any) -> R | None: ...
    async def one(self, statement: ClauseElement, record: type[R] | None = None, /, **values: Any) -> Any:
        await self.flush()
        compiled = sql.compiled(statement)
        row = await self.connection.fetchrow(compiled.text, *compiled.arguments(values))
        return row if row is None or record is None else record.of(row)

    async def value(self, statement: ClauseElement, **values: Any) -> Any:
        await self.flush()
        compiled = sql.compiled(statement)
        return await self.connection.fetchval(compiled.text, *compiled.arguments(values))

    def require(self, duty: str, organisation: UUID | None, jurisdiction: str, *, begins: bool = False) -> UUID:
        """The person's id when they hold the duty there; raises NotAllowed. `begins`: the organisation is the caller's
        choice, so that a predecessor's name is refused."""
        if self.actor.person_id is None or not self.actor.holds(duty, organisation, jurisdiction, begins=begins):
            raise NotAllowed(duty, jurisdiction)
        return self.actor.person_id


class Transaction(Reader):
    """Work in progress: reads, writes, decisions and entries that are committed together or not at all."""

    def __init__(
        self, database: "Database", connection: Any, now: datetime, actor: Actor, correlation: UUID | None = None
    ) -> None:
        super().__init__(connection, now, actor)
        self.database = database
        self.entries: list[Entry] = []
        self.versions: dict[UUID, int] = {}
        self.findings: list[Finding] = []
        self.rulebook: Rulebook | None = None
        self.language = "zh"
        self.if_match: str | None = None
        self.correlation = correlation or new_id()
        self.cause: UUID | None = None
        self.traceparent: str | None = None
        self.seal: UUID | None = None
        self.stored: Answer | None = None
        self._subject: UUID | None = None
        self.acts: list[tuple[str, UUID | None, str]] = []
        """The duties by which the caller may do this: each with the organisation for which, and where."""
        self._writes = writes.Writes()
        self._updates: dict[str, tuple[UUID, dict[str, Any], int]] = {}  # a table's last write, while it waits

    def require(self, duty: str, organisation: UUID | None, jurisdiction: str, *, begins: bool = False) -> UUID:
        person = super().require(duty, organisation, jurisdiction, begins=begins)
        self.acts.append((duty, organisation, jurisdiction))
        return person

    async def lock(self, *keys: UUID) -> None:
        """Locks the rows of these keys in order. Before any other row, and once for all keys of the command."""
        rows = await self.connection.fetch("SELECT locked, at_version FROM lock_keys($1)", list(keys))
        for row in rows:
            self.versions.setdefault(row["locked"], row["at_version"])

    async def open(
        self,
        record: type[A],
        row_id: UUID,
        duty: str | Callable[[A], tuple[str, UUID | None]],
        *,
        by: str | UUID | None = "organisation",
        at: str | None = None,
        states: Collection[str] = (),
        fresh: bool = True,
    ) -> tuple[A, UUID]:
        """Opens a command on a record: locks it, asks the duty, compares If-Match where `fresh` (a copy has no version
        to compare), asks the state where some are named; in this order, so that who may not act learns nothing of
        version and state. Returns the record and the person who acts.

        `by`: whose post it takes: the field of the record that names the organisation, or an organisation of the
        caller's choice; None: any with the duty in the record's place. `at`: the place, where it is another than the
        record's. `duty` may be what says duty and organisation of the record, where they depend on it. Raises NotFound,
        NotAllowed, VersionMismatch, WrongState.
        """
        row = await self.lock_record(record, row_id)
        organisation = getattr(row, by) if isinstance(by, str) else by
        if not isinstance(duty, str):
            duty, organisation = duty(row)
        person = self.require(duty, organisation, at or row.jurisdiction, begins=isinstance(by, UUID))
        self._ask(row, states, fresh)
        return row, person

    async def open_part(
        self,
        part: type[V],
        part_id: UUID,
        whole: type[A],
        duty: str,
        *,
        by: str | None = "organisation",
        states: Collection[str] = (),
        fresh: bool = True,
    ) -> tuple[V, A, UUID]:
        """As `open`, on a part of a record that says whose it is and where: the duty is asked there, version and state
        of the part. Returns both, and the person who acts."""
        row, owner = await self.lock_part(part, part_id, whole)
        person = self.require(duty, getattr(owner, by) if by else None, owner.jurisdiction)
        self._ask(row, states, fresh)
        return row, owner, person

    def _ask(self, row: Identified, states: Collection[str], fresh: bool) -> None:
        if fresh:
            assert isinstance(row, Versioned)
            self.expect(row.version)
        if states:
            must_be(row, states)

    async def lock_record(self, record: type[K], row_id: UUID) -> K:
        """Locks the record's key and then the record, in one statement; raises NotFound. What it returns is handed on:
        a record locked twice is read twice."""
        table = sql.table_of(record)
        if self._writes.concern(table.name):
            await self.flush()
        return record.of(await self._lock(_lock_row(table.name), row_id))

    async def lock_part(self, part: type[V], part_id: UUID, whole: type[A]) -> tuple[V, A]:
        """As `lock_record`, and in the same statement the record of the same key of which it is a part, which it names
        by `<whole>_id`."""
        table, owner = sql.table_of(part), sql.table_of(whole)
        if self._writes.concern(table.name) or self._writes.concern(owner.name):
            await self.flush()
        columns = tuple(field.name for field in fields(whole))
        row = await self._lock(_lock_with(table.name, owner.name, columns), part_id)
        return part.of(row), whole.of({name: row[f"of_{name}"] for name in columns})

    async def _lock(self, statement: str, row_id: UUID) -> Row:
        row = await self.connection.fetchrow(statement, row_id)
        if row is None:
            raise NotFound
        self.versions.setdefault(row["key"], row["key_version"])
        self._subject = self._subject or row_id
        return row

    async def add(self, record: R) -> R:
        """Inserts the record and returns it as it is held. The insert waits, unless the database gives a number. Raises
        UndeclaredMove."""
        table = sql.table_of(type(record))
        states.ask_begin(record.__dict__.get("state"))
        values = sql.as_held(table, record.columns())
        numbered = sql.given_by_database(table)
        if numbered:
            given = {name: value for name, value in values.items() if name not in numbered}
            await self.flush()
            insert = sql.insert_returning(table, given)
            return type(record).of(await self.connection.fetchrow(insert.text, *insert.arguments(given)))
        await self.insert(table, **values)
        return record.held_as(values)

    async def save(self, before: K, after: K) -> K:
        """Writes what differs, counts the version up, and returns the record as it is then held. `after` is made from
        `before`, which this transaction has locked, with `dataclasses.replace`. Raises UndeclaredMove."""
        assert before.id == after.id
        table = sql.table_of(type(before))
        was, wanted = before.columns(), after.columns()
        changed = sql.as_held(table, {name: value for name, value in wanted.items() if value != was[name]})
        if "state" in changed:
            states.ask_move(was["state"], wanted["state"])
        if changed or isinstance(before, Versioned):
            await self.update(table, before.id, **changed)
        if isinstance(before, Versioned):
            changed["version"] = before.version + 1
        return after.held_as(changed)

    def law(self, record: UnderRulebook, section: type[T]) -> T:
        """That section of the rulebook by which the record began, filled with what the record tells; entries that
        follow name the rulebook."""
        return self.under(rulebooks().get(record.rulebook)).section(section, Case.of(record))

    async def insert(self, table: sa.Table, **values: Any) -> None:
        compiled = sql.insert_into(table, values)
        self._updates.pop(table.name, None)
        self._writes.add(table.name, compiled.text, compiled.arguments(values), sql.behind(table))

    async def update(self, table: sa.Table, row_id: UUID, **values: Any) -> None:
        """Sets columns of one row by `id` and counts its `version` up; there must be one. An update of the row that was
        updated last joins that one; the version counts both."""
        times = 1
        last = self._updates.get(table.name)
        if last is not None and last[0] == row_id:
            self._writes.take_back(table.name)
            values, times = {**last[1], **values}, last[2] + 1
        compiled = sql.update_by_id(table, values, times)
        given = {f"new_{name}": value for name, value in values.items()}
        arguments = compiled.arguments({**given, "row_id": row_id})
        self._writes.add_update(table.name, compiled, arguments, sql.behind(table, frozenset(values)))
        self._updates[table.name] = row_id, values, times

    def write(self, table: str, text: str, *arguments: Any) -> None:
        """A statement on that table whose answer nobody needs: it waits until something is read, or until the end."""
        self._updates.pop(table, None)
        self._writes.add(table, text, arguments)

    async def flush(self) -> None:
        """Sends what waits. Raises NotFound when an update finds no row."""
        self._updates.clear()
        try:
            await self._writes.flush(self.connection)
        except writes.RowMissing:
            raise NotFound from None

    def forget(self) -> None:
        """What was written and locked since a savepoint has been rolled back."""
        self._subject = None
        self._writes.drop()
        self._updates.clear()

    def first_locked(self) -> UUID | None:
        """The record that this transaction is about, when it has locked one."""
        return self._subject

    async def run(self, statement: ClauseElement, **values: Any) -> int:
        """Executes a statement and returns how many rows it touched."""
        await self.flush()
        compiled = sql.compiled(statement)
        status: str = await self.connection.execute(compiled.text, *compiled.arguments(values))
        return int(status.rsplit(" ", 1)[-1])

    def under(self, rulebook: Rulebook) -> Rulebook:
        """Names the rulebook of this decision; every entry that follows carries it."""
        self.rulebook = rulebook
        return rulebook

    def decided(self, decision: Decision[T]) -> T:
        """The outcome; its findings are kept for the entry and the answer. Raises Refused."""
        self.findings.extend(decision.findings)
        if self.rulebook is not None:
            self.findings.extend(note for note in self.rulebook.notes() if note not in self.findings)
        return decision.or_refuse()

    def expect(self, version: int) -> None:
        """Compares If-Match with the record's version; raises VersionMismatch. Events carry no If-Match."""
        if self.actor is SYSTEM:
            return
        if self.if_match is None:
            raise VersionMismatch(required=True)
        if self.if_match not in (f'"{version}"', "*"):
            raise VersionMismatch(required=False)

    def emit(self, event: Event) -> None:
        """Adds the event to what this transaction commits. Its key must be locked."""
        version = self.versions[event.key] + 1
        self.versions[event.key] = version
        clauses = list(dict.fromkeys(f.clause.id for f in self.findings))
        rulebook = self.rulebook.name if self.rulebook else None
        entry = event_entry(event, version, self.context(), clauses, rulebook)
        if len(entry.text.encode()) > LARGEST_ENTRY:
            raise EntryTooLarge
        self.entries.append(entry)

    def answer(self, status: int, view: Any, *, version: int | None = None, location: str | None = None) -> Answer:
        """The answer of the command: the view as JSON with `explain`, ETag, Location, and where to see what follows."""
        body = view.model_dump(mode="json")
        body["explain"] = explain(self.findings, self.language)
        headers = {"content-type": "application/json"}
        if version is not None:
            headers["etag"] = f'"{version}"'
        if location is not None:
            headers["location"] = location
        if self.entries:
            last = self.entries[-1]
            headers["goufu-position"] = f"{last.context.service}/{last.key}/{last.version}"
        headers["goufu-correlation"] = str(self.correlation)
        self.stored = Answer(status, headers, compact(body))
        return self.stored

    def context(self) -> Context:
        actor = self.actor
        machine = actor.person_id is not None and actor.token is not None and actor.token.client
        return Context(
            self.database.service, actor.person_id, self.correlation, self.cause, self.traceparent, self.now, machine
        )

    async def finish(self, idempotency: tuple[bytes, bytes] | None) -> None:
        """Writes what waits, entries, queue, key versions and the stored answer: in one statement, if they are few.
        Raises NotFound when an update finds no row."""
        answer = _stored(idempotency, self.stored)
        self._updates.clear()
        try:
            await writes.finish(self.connection, self._writes, self.entries, answer, self.seal)
        except writes.RowMissing:
            raise NotFound from None
        self.entries = []


def _stored(idempotency: tuple[bytes, bytes] | None, answer: Answer | None) -> tuple[Any, ...]:
    if idempotency is None:
        return ()
    if answer is None:
        raise RuntimeError("a command must end in tx.answer(...)")
    return (*idempotency, answer.status, answer.headers, answer.body)


@cache
def _lock_row(table: str, also: str = "", join: str = "") -> str:
    """The key's row is locked by the CTE before the record's own row, and the one it is joined with; both are then read
    in their latest version. A row that is not locked would be read as it was before the wait."""
    return (
        f"WITH k AS MATERIALIZED (SELECT k.key, k.version FROM keys k"
        f" WHERE k.key = (SELECT t.key FROM {table} t WHERE t.id = $1) FOR UPDATE)"
        f" SELECT t.*, k.version AS key_version{also} FROM k JOIN {table} t ON t.key = k.key{join}"
        f" WHERE t.id = $1 FOR UPDATE OF t{', p' if join else ''}"
    )


@cache
def _lock_with(table: str, parent: str, columns: tuple[str, ...]) -> str:
    also = "".join(f", p.{name} AS of_{name}" for name in columns)
    return _lock_row(table, also, f" JOIN {parent} p ON p.id = t.{parent.removesuffix('s')}_id")


class CommandBlock:
    """The `async with` of a command."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._database = call.database

    async def __aenter__(self) -> Transaction:
        self._connection, self._tx = await self._database.begun(self._begin_weighed)
        return self._tx

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        failed = error
        try:
            if error is None and self._call.last is not None:
                try:
                    await self._call.last(self._tx)
                except Refused as refused:
                    error = refused
            if error is None:
                faults.point("command.effect")
                await self._tx.finish(self._call.idempotency)
                faults.point("command.flushed")
                await self._commit()
                faults.point("command.committed")
            elif isinstance(error, NotAllowed):
                error.seal = self._tx.seal
            elif isinstance(error, Refused):
                await self._connection.execute("ROLLBACK")
                raise Answered(await self._record(error)) from error
        except BaseException as raised:
            failed = raised
            raise
        finally:
            await self._database.release(self._connection, failed)

    async def _begin_weighed(self, connection: Any) -> Transaction:
        tx = await self._begin(connection)
        if self._call.token is not None:
            weigh(self._call.operation, self._call.token, self._fresh)
        return tx

    async def _begin(self, connection: Any) -> Transaction:
        call = self._call
        await connection.execute("BEGIN")
        scope = call.idempotency[0] if call.idempotency else None
        lock_id = int.from_bytes(scope[:8], "big", signed=True) if scope else None
        issuer, login = (call.token.issuer, call.token.login) if call.token else (None, None)
        row = await connection.fetchrow(_BEGIN, lock_id, scope, issuer, login, FRESH_SECONDS)
        faults.point("command.begun")
        if not row["got"]:
            raise Busy
        if row["status"] is not None:
            if call.idempotency is not None and row["request"] != call.idempotency[1]:
                raise KeyReused
            raise Answered(Answer(row["status"], row["headers"], row["body"]))
        self._fresh = row["fresh"]
        actor = actor_of(row["caller"], call.token) if call.token else SYSTEM
        tx = Transaction(self._database, connection, row["now"], actor, call.correlation)
        tx.language, tx.if_match, tx.traceparent = call.language, call.if_match, call.traceparent
        return tx

    async def _record(self, refusal: Refused) -> Answer:
        """Commits the refusal: its entry, the key and the answer. The key is looked up again, because the rollback
        gave its lock away for a moment."""
        work = self._tx
        self._tx = tx = await self._begin(self._connection)
        tx.findings, tx.seal = work.findings, work.seal
        tx.stored = refusal_answer(refusal, work.language, tx.correlation)
        subject, asked_at = self._call.subject or work.first_locked(), work.acts[-1][2] if work.acts else None
        said = refusals.by_rule(refusal, self._call.operation, tx.actor, subject, asked_at)
        tx.entries += await refusals.entries(self._connection, said, tx.context(), tx.seal)
        if refusal.of_person:
            said.log("refused_for_person", tx.context(), sealed=self._call.sealed)
        await tx.finish(self._call.idempotency)
        faults.point("command.refused")
        await self._commit()
        return tx.stored

    async def _commit(self) -> None:
        try:
            await self._connection.execute("COMMIT")
        except Exception as error:
            if is_outage(error):
                raise Unavailable("whether the commit happened is unknown") from error
            raise
        self._database.committed()


def refusal_answer(refusal: Refused, language: str, correlation: UUID) -> Answer:
    """The 422 of a refusal by rule, RFC 9457 with every finding and its clause."""
    first = refusal.failed[0]
    body = {
        "type": "about:blank",
        "status": 422,
        "code": first.code,
        "title": "Refused by rule" if language == "en" else "依规不予办理",
        "detail": first.clause.text(language),
        "findings": explain(refusal.failed, language),
        "explain": explain([f for f in refusal.findings if not f.refuses], language),
    }
    headers = {
        "content-type": "application/problem+json",
        "content-language": language,
        "goufu-correlation": str(correlation),
    }
    return Answer(422, headers, compact(body))


class Database:
    """One service's database: a pool under the service's own role, whose search path is the service's schema."""

    def __init__(self, service: str, url: str, *, size: int = 10) -> None:
        self.service = service
        self.url = url
        self._size = size
        self._pool: Any = None
        self.behind = False
        self.bell = asyncio.Event()

    async def open(self) -> None:
        """A server that does not answer yet is no error: requests answer 503 until it does."""
        self._pool = await asyncpg.create_pool(
            self.url,
            min_size=0,
            max_size=self._size,
            timeout=5,
            command_timeout=10,
            init=_prepare,
            reset=_leave_as_is,
            server_settings=server_settings(self.service),
        )
        pool = self._pool
        POOL.labels(self.service, "most").set(self._size)
        POOL.labels(self.service, "open").set_function(pool.get_size)
        POOL.labels(self.service, "used").set_function(lambda: pool.get_size() - pool.get_idle_size())
        try:
            async with self.holding(self.look):
                pass
            if self.behind:
                log.error("database_not_migrated", service=self.service, do="goufu migrate")
        except Unavailable as error:
            cause = error.__cause__ or error
            log.warning("database_does_not_answer", service=self.service, error=told(cause))
        except asyncpg.PostgresError as error:
            name = f"GOUFU_{self.service.upper()}_URL"
            raise SettingsError(f"{name}: PostgreSQL does not let this role in ({error}): run goufu migrate") from error

    async def look(self, connection: Any) -> bool:
        """Whether the tables are not there yet, or older than this program; also kept in `behind`."""
        try:
            self.behind = bool(await lacking(connection, self.service))
        except asyncpg.InsufficientPrivilegeError:
            self.behind = True
        return self.behind

    async def close(self) -> None:
        """Waits for what is under way, but for no server that does not answer."""
        if self._pool is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._pool.close()
            self._pool = None

    async def acquire(self) -> Any:
        try:
            # An idle connection needs no limit of time, which would cost as much as a statement.
            return await self._pool.acquire(timeout=None if self._pool.get_idle_size() else ACQUIRE_SECONDS)
        except Exception as error:
            if is_outage(error):
                raise Unavailable("the database does not answer") from error
            raise

    async def begun(self, first: Callable[[Any], Awaitable[T]]) -> tuple[Any, T]:
        """A connection, and what was done first on it. One that turns out dead, as an idle one does when its server has
        gone, is dropped and another tried, once: nothing had been begun on it. Raises Unavailable."""
        for last in (False, True):
            connection = await self.acquire()
            try:
                return connection, await first(connection)
            except BaseException as error:
                await self.release(connection, error)
                if last or not spoils(error) or not isinstance(error, Exception) or isinstance(error, TimeoutError):
                    raise
        raise AssertionError

    async def release(self, connection: Any, failed: BaseException | None = None) -> None:
        """Takes a connection back, after what failed on it, without the transaction it is in. One that may not be sound
        is dropped. Raises nothing: what was committed and answered stands."""
        try:
            if failed is not None and spoils(failed):
                await self._drop(connection, failed)
            elif connection.is_in_transaction():
                await connection.execute("ROLLBACK")
        except Exception as error:
            await self._drop(connection, error)
        except BaseException as error:
            await self._drop(connection, error)
            raise
        with suppress(Exception):
            await self._pool.release(connection)

    async def _drop(self, connection: Any, error: BaseException) -> None:
        """Every connection leads to the server that only reads now: all are made anew, and may find another."""
        if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
            await self._pool.expire_connections()
        with suppress(asyncpg.InterfaceError):  # the pool has let go of it already
            connection.terminate()

    @asynccontextmanager
    async def holding(self, first: Callable[[Any], Awaitable[T]]) -> AsyncIterator[T]:
        """What `first` gave, and its connection until the block ends."""
        connection, got = await self.begun(first)
        failed: BaseException | None = None
        try:
            yield got
        except BaseException as error:
            failed = error
            raise
        finally:
            await self.release(connection, failed)

    def connection(self) -> AbstractAsyncContextManager[Any]:
        """A connection from the pool, each statement its own transaction."""
        return self.holding(_itself)

    async def connect(self) -> Any:
        """A connection of one's own, outside the pool: for the relay and the consumer, whose locks must live on it."""
        connection = await asyncpg.connect(
            self.url, timeout=5, command_timeout=30, server_settings=server_settings(self.service)
        )
        await _prepare(connection)
        return connection

    @asynccontextmanager
    async def system_transaction(self, connection: Any) -> AsyncIterator[Transaction]:
        """A transaction of the system itself, on a connection of its own: a poll, a sweep."""
        async with connection.transaction():
            now = await connection.fetchval("SELECT clock.now()")
            tx = Transaction(self, connection, now, SYSTEM)
            yield tx
            await tx.finish(None)
        self.committed()

    async def caller(self, connection: Any, token: Token | None) -> tuple[datetime, Actor]:
        row = await connection.fetchrow(_WHO, token.issuer if token else "", token.login if token else "")
        return row["now"], actor_of(row["caller"], token) if token else Actor()

    def committed(self) -> None:
        """Rings for the relay: something may lie in the queue."""
        self.bell.set()


def connections_needed(pool: int, replicas: int = 2) -> int:
    """How many connections PostgreSQL has to allow for so many of each API and each worker."""
    return replicas * len(SERVICES) * (pool + WORKER_CONNECTIONS) + RESERVED_CONNECTIONS


def server_settings(service: str) -> dict[str, str]:
    return {
        "search_path": service,
        "application_name": f"goufu-{service}",
        "statement_timeout": "10000",
        "lock_timeout": "5000",
        "idle_in_transaction_session_timeout": "15000",
        "timezone": "UTC",
        "jit": "off",
    }


async def _itself(connection: Any) -> Any:
    return connection


async def _leave_as_is(connection: Any) -> None:
    """What goes back to the pool holds no session state: locks end with their transaction, nothing is set or
    listened to. The driver's reset would cost every request a round trip."""


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=_to_json, decoder=json.loads, format="text")


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def idempotency_scope(issuer: str, subject: str, operation: str, key: str) -> bytes:
    """A key belongs to a caller and an operation: another's same key is another key."""
    return hashlib.sha256("\x1f".join((issuer, subject, operation, key)).encode()).digest()
