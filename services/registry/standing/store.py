"""Queries about results and standings. Standings are public: whoever may log in may read them."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.registry.standing.rules import Due, Mark, Record, Result
from services.registry.successions.rules import speaks_for
from services.registry.successions.store import lineage, places_taken
from services.registry.tables import results, standings
from shared.fields.ids import new_id
from shared.law.decision import Clause, Effect
from shared.law.rulebook import rulebooks
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

_RESULT = sa.select(results).where(results.c.id == sa.bindparam("id", type_=sa.Uuid))
_RESULTS = (
    sa.select(results)
    .where(results.c.provider_id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))), results.c.state == "counted")
    .order_by(results.c.concluded_on, results.c.id)
)
_STANDINGS = (
    sa.select(standings)
    .where(standings.c.provider_id == sa.bindparam("id", type_=sa.Uuid))
    .order_by(standings.c.from_day, standings.c.id)
)
_STANDING = sa.select(standings).where(standings.c.id == sa.bindparam("id", type_=sa.Uuid))


async def result(reader: Reader, result_id: UUID) -> Row | None:
    return await reader.one(_RESULT, id=result_id)


async def standing(reader: Reader, standing_id: UUID) -> Row:
    """One standing; raises NotFound."""
    row = await reader.one(_STANDING, id=standing_id)
    if row is None:
        raise NotFound
    return row


async def standing_of(reader: Reader, provider_id: UUID, cause: UUID) -> Row | None:
    """The standing in force that this cause gave; None when there is none, or none any more."""
    rows = await reader.all(_STANDINGS, id=provider_id)
    return next((row for row in rows if (row["cause"], row["state"]) == (cause, "standing")), None)


async def results_in(reader: Reader, provider_id: UUID, place: str) -> list[Result]:
    """The results that count for the provider in one place."""
    return [result for result in await results_of(reader, provider_id) if result.place == place]


async def results_of(reader: Reader, provider_id: UUID) -> list[Result]:
    """The provider's results and, where it took the place of others, theirs."""
    line = await lineage(reader, provider_id)
    places = await places_taken(reader, line) if len(line) > 1 else []
    return [_result(row, places) for row in await reader.all(_RESULTS, ids=line)]


async def marks_of(reader: Reader, provider_id: UUID) -> list[Row]:
    """The bars and watches in force that rest on no result."""
    rows = await reader.all(_STANDINGS, id=provider_id)
    return [row for row in rows if row["state"] == "standing" and row["origin"] != "result"]


async def places_of_results(reader: Reader, provider_id: UUID) -> dict[str, str]:
    """The places in which results count for the provider, each with the text of the latest."""
    rows = await reader.all(_RESULTS, ids=await lineage(reader, provider_id))
    return {row["place"]: row["rulebook"] for row in rows}


async def from_results(reader: Reader, provider_id: UUID, place: str) -> list[Row]:
    """The standings in force that rest on results of one place."""
    rows = await reader.all(_STANDINGS, id=provider_id)
    return [r for r in rows if (r["state"], r["origin"], r["jurisdiction"]) == ("standing", "result", place)]


async def record(reader: Reader, provider_id: UUID) -> Record:
    """Everything that stands for or against the provider."""
    found = await reader.all(_STANDINGS, id=provider_id)
    marks = [_mark(row) for row in found if row["origin"] != "result"]
    return Record(tuple(await results_of(reader, provider_id)), tuple(marks))


def _result(row: Row, places: Collection[tuple[UUID, UUID, date]]) -> Result:
    return Result(
        id=row["id"],
        place=row["place"],
        organisation=row["organisation"],
        grade=row["grade"],
        concluded_on=row["concluded_on"],
        score=row["score"],
        project_id=row["project_id"],
        parts=speaks_for(row["provider_id"], row["concluded_on"], places) if places else frozenset(),
    )


def _mark(row: Row) -> Mark:
    clause = rulebooks().get(row["rulebook"]).clause(row["clause"])
    return Mark(
        kind=row["kind"],
        cause=row["cause"],
        clause=clause,
        effect=Effect(row["effect"]),
        place=row["jurisdiction"],
        from_day=row["from_day"],
        until_day=row["until_day"],
    )


async def add_result(tx: Transaction, **columns: Any) -> None:
    await tx.insert(results, key=columns["provider_id"], version=1, **columns)


async def correct_result(tx: Transaction, result_id: UUID, **columns: Any) -> None:
    await tx.update(results, result_id, **columns)


async def add_standing(
    tx: Transaction,
    *,
    provider_id: UUID,
    organisation: UUID,
    place: str,
    origin: str,
    kind: str,
    clause: Clause,
    effect: Effect,
    cause: UUID,
    until_day: date | None = None,
    due: Due | None = None,
) -> UUID:
    """Enters a standing that begins today; returns its id."""
    standing_id = new_id()
    found = due.result if due is not None else None
    await tx.insert(
        standings,
        id=standing_id,
        key=provider_id,
        version=1,
        jurisdiction=place,
        organisation=organisation,
        provider_id=provider_id,
        state="standing",
        kind=kind,
        origin=origin,
        rulebook=clause.rulebook,
        clause=clause.id,
        effect=effect.value,
        cause=cause,
        project_id=found.project_id if found else None,
        grade=found.grade if found else None,
        score=found.score if found else None,
        concluded_on=found.concluded_on if found else None,
        from_day=tx.today,
        until_day=until_day,
    )
    return standing_id


async def end_standing(tx: Transaction, standing_id: UUID, because: str, until_day: date) -> None:
    await tx.update(standings, standing_id, state="ended", ended_because=because, until_day=until_day)


async def read_standings(reader: Reader, provider_id: UUID, scope: Scope) -> list[Row]:
    """Every standing the provider has or had, in the order in which they began."""
    return await reader.all(_STANDINGS, id=provider_id)


async def read_import(reader: Reader, result_id: UUID, scope: Scope) -> Row:
    """An imported result, for the provider, those who import results there and those who oversee them; raises
    NotFound."""
    row = await result(reader, result_id)
    if row is None or row["imported_by"] is None:
        raise NotFound
    imports = reader.actor.holds("import_result", None, row["jurisdiction"])
    if not imports and not scope.sees((row["organisation"],), row["jurisdiction"], row["provider_id"]):
        raise NotFound
    return row
