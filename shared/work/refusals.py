"""Refusals on record: whole while they are few, counted when they are repeated; none goes without a number.

A refusal by rule, and a duty that was lacking (`denied`), is an entry of its own. Who floods the journal with them gets
summaries instead: one entry for up to a hundred, with their number, first and last time, codes, objects and
correlations. What is bounded is one person's doing: nobody's flood thins out what is kept of another.

    a rule refused what was asked for    whole `WHOLE_AN_HOUR` times an hour for a person and an operation
    a rule refused who asked             whole `WHOLE_OF_EQUALS` times for person, operation, object and codes
    a duty was lacking                   as before, and in all `WHOLE_DENIED` times for a person and an operation

What is refused under a seal is counted apart, and nothing of it is told before the seal is lifted: entries and
summaries wait under it, and what is still being counted is neither shown nor summed up. Then it is as every other.

How many there were is kept in one row for each of these, so that a flood costs one look-up by its key a request. A
summary is written when a hundred have come, with the first that comes a minute after, or by the worker then.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.fields.places import NATION
from shared.law.decision import Refused
from shared.process.outages import keep_going
from shared.process.telemetry import security
from shared.work.identity import Actor, NotAllowed
from shared.work.journal import Context, Entry, refusal_entry

if TYPE_CHECKING:
    from shared.work.database import Database, Row

WHOLE_AN_HOUR = 100
WHOLE_OF_EQUALS = 3
WHOLE_DENIED = 300
SUMMARY_OF = 100
"""Repetitions that one summary tells of at most."""
SUMMARY_SECONDS = 60.0
TURN_SECONDS = 5.0
DENIED = "not_allowed"

_ANEW = "c.since < clock_timestamp() - interval '1 hour'"
_WHOLE = f"({_ANEW} OR c.whole < $2)"
_LATE = f"waiting_since < clock_timestamp() - interval '{SUMMARY_SECONDS} seconds'"
_TOLD = "NOT EXISTS (SELECT FROM seals WHERE subject = c.seal)"
_MERGED = "ARRAY(SELECT DISTINCT unnest(c.{0} || excluded.{0}) ORDER BY 1)"
_COUNT = f"""
INSERT INTO refusal_counts AS c (digest, since, whole, told, counted, kind, operation, actor, codes, clauses, rulebook,
  organisation, jurisdiction, objects, correlations, seal)
VALUES ($1, clock_timestamp(), 1, true, 0, $3, $4, $5, $6, $7, $8, $9, $10, '{{}}', '{{}}', $14)
ON CONFLICT (digest) DO UPDATE SET
  since = CASE WHEN {_ANEW} THEN clock_timestamp() ELSE c.since END,
  whole = CASE WHEN {_ANEW} THEN 1 ELSE least(c.whole + 1, $2) END,
  told = {_WHOLE},
  counted = c.counted + CASE WHEN {_WHOLE} THEN 0 ELSE 1 END,
  codes = CASE WHEN c.counted = 0 THEN excluded.codes ELSE {_MERGED.format("codes")} END,
  clauses = CASE WHEN c.counted = 0 THEN excluded.clauses ELSE {_MERGED.format("clauses")} END,
  rulebook = excluded.rulebook, organisation = excluded.organisation, jurisdiction = excluded.jurisdiction,
  objects = CASE WHEN {_WHOLE} OR $11::uuid IS NULL OR $11 = ANY(c.objects) THEN c.objects ELSE c.objects || $11 END,
  correlations = CASE WHEN {_WHOLE} THEN c.correlations ELSE c.correlations || $12::uuid END,
  first_at = CASE WHEN {_WHOLE} THEN c.first_at ELSE coalesce(c.first_at, $13::timestamptz) END,
  last_at = CASE WHEN {_WHOLE} THEN c.last_at ELSE $13 END,
  waiting_since = CASE WHEN {_WHOLE} THEN c.waiting_since ELSE coalesce(c.waiting_since, clock_timestamp()) END
RETURNING *, {_LATE} AND {_TOLD} AS late
"""
_BEGIN_ANEW = (
    "UPDATE refusal_counts SET counted = 0, objects = '{}', correlations = '{}', first_at = NULL, last_at = NULL,"
    " waiting_since = NULL WHERE digest = ANY($1)"
)
_DUE = (
    f"SELECT * FROM refusal_counts c WHERE {_LATE} AND {_TOLD} ORDER BY waiting_since LIMIT 200 FOR UPDATE SKIP LOCKED"
)
_FORGET = "DELETE FROM refusal_counts WHERE counted = 0 AND since < clock_timestamp() - interval '1 hour'"


@dataclass(frozen=True, slots=True)
class Said:
    """What was refused to whom. `account` stands for a login that is nobody's here; `of_person`: for who asked."""

    kind: str
    operation: str
    account: str
    subject: UUID | None
    codes: tuple[str, ...]
    clauses: tuple[str, ...]
    rulebook: str | None
    organisation: UUID | None
    jurisdiction: str | None
    of_person: bool

    def bounds(self, actor: UUID | None, seal: UUID | None) -> list[tuple[bytes, int]]:
        """The rows in which it is counted, in the order in which they are asked, with what each leaves whole."""
        who = (self.kind, str(actor or self.account), self.operation, *([str(seal)] if seal else []))
        equals = (_digest(*who, str(self.subject), *self.codes), WHOLE_OF_EQUALS)
        if self.kind == "denied":
            return [equals, (_digest(*who), WHOLE_DENIED)]
        return [equals] if self.of_person else [(_digest(*who), WHOLE_AN_HOUR)]

    def log(self, event: str, context: Context, *, sealed: bool) -> None:
        """A line of the security log: who, what, of which record, and where to find what followed. Of a sealed route
        only that: the record has the rest."""
        line = {
            "operation": self.operation,
            "codes": self.codes,
            "person": context.actor and str(context.actor),
            "record": self.subject and str(self.subject),
        }
        security.warning(event, **({} if sealed else line), correlation=str(context.correlation))


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode()).digest()


def by_rule(refused: Refused, operation: str, actor: Actor, subject: UUID | None, asked_at: str | None = None) -> Said:
    """A rule refused: its codes and clauses, never the input. It lies where the duty was asked, as `denied`."""
    failed = refused.failed
    organisation, home = _home(actor)
    return Said(
        "refusal",
        operation,
        _account(actor),
        subject,
        tuple(f.code for f in failed),
        tuple(f.clause.id for f in failed),
        failed[0].clause.rulebook if failed else None,
        organisation,
        asked_at if asked_at not in (None, NATION) else home,
        refused.of_person,
    )


def denied(error: NotAllowed, operation: str, actor: Actor, subject: UUID | None) -> Said:
    """A duty was lacking. It lies where the duty was asked, or where the person belongs when that is everywhere."""
    organisation, home = _home(actor)
    place = error.jurisdiction if error.jurisdiction not in (None, NATION) else home
    codes = (DENIED, error.duty)
    return Said(
        "denied", operation, _account(actor), subject, codes, (), None, organisation, place or NATION, of_person=True
    )


def _home(actor: Actor) -> tuple[UUID | None, str | None]:
    post = min(actor.posts, key=lambda post: post.id) if actor.posts else None
    return (post.organisation, post.jurisdiction) if post else (None, None)


def _account(actor: Actor) -> str:
    return f"{actor.token.issuer}\x1f{actor.token.subject}" if actor.token else ""


async def entries(connection: Any, said: Said, context: Context, seal: UUID | None = None) -> list[Entry]:
    """What the journal gets: the entry, a summary of those before, or nothing when this one was counted. To be
    written in the same transaction, under the same seal."""
    for digest, bound in said.bounds(context.actor, seal):
        row = await connection.fetchrow(_COUNT, digest, bound, *_counted(said, context), seal)
        if not row["told"]:
            return await _summary_if_due(connection, row, context)
    return [_whole(said, context)]


def _counted(said: Said, context: Context) -> tuple[Any, ...]:
    return (
        said.kind,
        said.operation,
        context.actor,
        list(said.codes),
        list(said.clauses),
        said.rulebook,
        said.organisation,
        said.jurisdiction,
        said.subject,
        context.correlation,
        context.recorded_at,
    )


def _whole(said: Said, context: Context) -> Entry:
    event = {"operation": said.operation, "codes": list(said.codes)}
    place = said.organisation, said.jurisdiction
    return refusal_entry(said.kind, event, context, said.subject, *place, said.clauses, said.rulebook)


async def _summary_if_due(connection: Any, row: "Row", context: Context) -> list[Entry]:
    if row["counted"] < SUMMARY_OF and not row["late"]:
        return []
    await connection.execute(_BEGIN_ANEW, [row["digest"]])
    return [_summary(row, context)]


def _summary(row: "Row", context: Context) -> Entry:
    told = Context(context.service, row["actor"], row["correlations"][-1], None, None, context.recorded_at)
    event = {
        "operation": row["operation"],
        "codes": row["codes"],
        "count": row["counted"],
        "first_at": row["first_at"],
        "last_at": row["last_at"],
        "objects": row["objects"],
        "correlations": row["correlations"],
    }
    subject = row["objects"][0] if len(row["objects"]) == 1 else None
    place = row["organisation"], row["jurisdiction"]
    return refusal_entry(row["kind"], event, told, subject, *place, row["clauses"], row["rulebook"])


class Summaries:
    """Writes the summaries that no further refusal writes, and forgets rows of yesterday. In the worker."""

    def __init__(self, database: "Database") -> None:
        self._database = database

    async def run(self) -> None:
        await keep_going("summaries", self._database.service, self._turns)

    async def _turns(self) -> None:
        async with self._database.connection() as connection:
            while await self.turn(connection):
                pass
        await asyncio.sleep(TURN_SECONDS)

    async def turn(self, connection: Any) -> int:
        """One transaction; returns how many summaries were due."""
        async with self._database.system_transaction(connection) as tx:
            due = await connection.fetch(_DUE)
            if due:
                await connection.execute(_BEGIN_ANEW, [row["digest"] for row in due])
                tx.entries += [_summary(row, tx.context()) for row in due]
            else:
                await connection.execute(_FORGET)
        return len(due)
