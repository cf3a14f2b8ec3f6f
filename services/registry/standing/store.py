"""Queries about results and standings. Standings are public: whoever may log in may read them."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.registry.standing.records import KeptResult, ResultState, Standing, StandingState
from services.registry.standing.rules import Mark, Record, Result, text_of
from services.registry.successions.rules import speaks_for
from services.registry.successions.store import lineage, places_taken
from services.registry.tables import results, standings
from shared.law.decision import Clause
from shared.law.rulebook import rulebooks
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader
from shared.work.identity import Scope

_RESULT = sa.select(results).where(results.c.id == sa.bindparam("id", type_=sa.Uuid))
_RESULTS = (
    sa.select(results)
    .where(
        results.c.provider_id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
        results.c.state == ResultState.COUNTED,
    )
    .order_by(results.c.concluded_on, results.c.id)
)
_CAUSES = sa.select(results).where(results.c.id == sa.any_(sa.bindparam("causes", type_=ARRAY(sa.Uuid))))
_ALL = sa.select(standings).where(standings.c.provider_id == sa.bindparam("id", type_=sa.Uuid))
_STANDINGS = _ALL.order_by(standings.c.from_day, standings.c.id)
_STANDING = sa.select(standings).where(standings.c.id == sa.bindparam("id", type_=sa.Uuid))


async def result(reader: Reader, result_id: UUID) -> KeptResult | None:
    return await reader.one(_RESULT, KeptResult, id=result_id)


async def imported(reader: Reader, result_id: UUID) -> KeptResult:
    """A result of before Goufu; raises NotFound."""
    found = await result(reader, result_id)
    if found is None or found.imported_by is None:
        raise NotFound
    return found


async def standing(reader: Reader, standing_id: UUID) -> Standing:
    """One standing; raises NotFound."""
    found = await reader.one(_STANDING, Standing, id=standing_id)
    if found is None:
        raise NotFound
    return found


async def for_conduct(reader: Reader, standing_id: UUID) -> Standing:
    """A standing that rests on misconduct or a termination; raises NotFound."""
    found = await standing(reader, standing_id)
    if found.origin != "conduct":
        raise NotFound
    return found


async def in_force(reader: Reader, provider_id: UUID) -> list[Standing]:
    """What stands for or against the provider, and has not ended."""
    found = await reader.all(_STANDINGS, Standing, id=provider_id)
    return [each for each in found if each.state == StandingState.STANDING]


async def standing_of(reader: Reader, provider_id: UUID, cause: UUID) -> Standing | None:
    """The standing in force that this cause gave; None when there is none, or none any more."""
    return next((each for each in await in_force(reader, provider_id) if each.cause == cause), None)


async def results_under(reader: Reader, provider_id: UUID, place: str, text: str) -> list[Result]:
    """The results that count for the provider in one place, of purchases under one text."""
    found = await results_of(reader, provider_id)
    return [result for result in found if (result.place, result.text) == (place, text)]


async def results_of(reader: Reader, provider_id: UUID) -> list[Result]:
    """The provider's results and, where it took the place of others, theirs."""
    line = await lineage(reader, provider_id)
    places = await places_taken(reader, line) if len(line) > 1 else []
    return [_result(kept, places) for kept in await reader.all(_RESULTS, KeptResult, ids=line)]


async def marks_of(reader: Reader, provider_id: UUID) -> list[Standing]:
    """The bars and watches in force that rest on no result."""
    return [each for each in await in_force(reader, provider_id) if each.origin != "result"]


async def where_results_count(reader: Reader, provider_id: UUID) -> set[tuple[str, str]]:
    """The places in which results count for the provider, each with a text by which it was bought there."""
    return {(result.place, result.text) for result in await results_of(reader, provider_id)}


async def from_results(reader: Reader, provider_id: UUID, place: str, text: str) -> list[Standing]:
    """The standings in force that rest on results of one place and of purchases under one text."""
    found = [
        each for each in await in_force(reader, provider_id) if (each.origin, each.jurisdiction) == ("result", place)
    ]
    causes = await reader.all(_CAUSES, KeptResult, causes=[each.cause for each in found]) if found else []
    under = {cause.id for cause in causes if text_of(cause.rulebook) == text}
    return [each for each in found if each.cause in under]


async def record(reader: Reader, provider_id: UUID) -> Record:
    """Everything that stands for or against the provider."""
    found = await reader.all(_STANDINGS, Standing, id=provider_id)
    marks = [_mark(each) for each in found if each.origin != "result"]
    return Record(tuple(await results_of(reader, provider_id)), tuple(marks))


def clause_of(standing: Standing) -> Clause:
    """The clause by which it stands."""
    return rulebooks().get(standing.rulebook).clause(standing.clause)


def _result(kept: KeptResult, places: Collection[tuple[UUID, UUID, date]]) -> Result:
    return Result(
        id=kept.id,
        place=kept.place,
        organisation=kept.organisation,
        grade=kept.grade,
        concluded_on=kept.concluded_on,
        score=kept.score,
        project_id=kept.project_id,
        rulebook=kept.rulebook,
        parts=speaks_for(kept.provider_id, kept.concluded_on, places) if places else frozenset(),
    )


def _mark(standing: Standing) -> Mark:
    return Mark(
        kind=standing.kind,
        cause=standing.cause,
        clause=clause_of(standing),
        effect=standing.effect,
        place=standing.jurisdiction,
        from_day=standing.from_day,
        until_day=standing.until_day,
        text=rulebooks().of_place(standing.rulebook),
    )


async def read_standings(reader: Reader, provider_id: UUID, scope: Scope) -> list[Standing]:
    """Every standing the provider has or had, in the order in which they began."""
    return await reader.all(_STANDINGS, Standing, id=provider_id)


async def list_standings(reader: Reader, provider_id: UUID, shown: Slice) -> list[Standing]:
    """A page of them."""
    return await reader.all(shown.of(_ALL), Standing, id=provider_id)


async def read_import(reader: Reader, result_id: UUID, scope: Scope) -> KeptResult:
    """An imported result, for the provider, those who import results there and those who oversee them; raises
    NotFound."""
    kept = await imported(reader, result_id)
    imports = reader.actor.holds("import_result", None, kept.jurisdiction)
    if not imports and not scope.sees((kept.organisation,), kept.jurisdiction, kept.provider_id):
        raise NotFound
    return kept


async def read_for_conduct(reader: Reader, standing_id: UUID, scope: Scope) -> Standing:
    """Such a standing, for the provider, those who may lift it and those who oversee them; raises NotFound."""
    found = await for_conduct(reader, standing_id)
    lifts = reader.actor.holds("import_result", None, found.jurisdiction)
    if not lifts and not scope.sees((found.organisation,), found.jurisdiction, found.provider_id):
        raise NotFound
    return found
