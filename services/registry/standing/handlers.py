"""What results, misconduct and terminations do to a provider's standing, and how a standing begins and ends."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.registry.clearances.handlers import recheck
from services.registry.law import governing, where_it_binds
from services.registry.rulebook import StandingSection
from services.registry.standing import store
from services.registry.standing.rules import Due, standings_due, watch_for_conduct
from services.registry.successions.store import successors
from shared.bus.records import together
from shared.errands.deadlines import Deadline, meet_deadline, set_deadline
from shared.errands.notices import notify
from shared.events.contracts import ContractTerminated
from shared.events.evaluation import EvaluationConcluded, MisconductFound
from shared.events.registry import ProviderBarred, ProviderPreferred, ProviderWatched, ResultCounted
from shared.fields.calendar import closes_at
from shared.law.decision import Clause, Effect
from shared.law.rulebook import Rulebook, rulebooks
from shared.work.database import Row, Transaction

_EVENTS: dict[str, type[ProviderWatched] | type[ProviderPreferred] | type[ProviderBarred]] = {
    "watched": ProviderWatched,
    "preferred": ProviderPreferred,
    "barred": ProviderBarred,
}


async def on_evaluation_concluded(tx: Transaction, event: EvaluationConcluded) -> None:
    """A final result moves standing; a higher version takes the place of an earlier one. A result in the middle of
    a term is about a service still being given, and moves nothing."""
    if event.kind == "mid":
        return
    book = tx.under(rulebooks().get(event.rulebook))
    place = where_it_binds(book, event.jurisdiction)
    if await _take(tx, event, place, book):
        await move(tx, event.provider_id, place, book)


async def on_misconduct_found(tx: Transaction, event: MisconductFound) -> None:
    await _watch(tx, event, event.finding_id, event.ground)


async def on_contract_terminated(tx: Transaction, event: ContractTerminated) -> None:
    """Only a termination by fault of the provider is watched."""
    if event.by_fault_of_provider:
        await _watch(tx, event, event.contract_id, None)


async def begin(
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
) -> None:
    """A standing begins today: it is entered, published, told to the provider, and its end is watched for."""
    standing_id = await store.add_standing(
        tx,
        provider_id=provider_id,
        organisation=organisation,
        place=place,
        origin=origin,
        kind=kind,
        clause=clause,
        effect=effect,
        cause=cause,
        until_day=until_day,
        due=due,
    )
    row = await store.standing(tx, standing_id)
    tx.emit(_EVENTS[row["kind"]](**_about(row)))
    facts = {"clause": clause.id, "rulebook": clause.rulebook, "effect": effect.value}
    await notify(tx, provider_id, f"provider_{kind}", cause, facts)
    if until_day is not None:
        await set_deadline(tx, "standing_ends", standing_id, provider_id, closes_at(until_day), clause)


async def begin_for_all(tx: Transaction, **known: Any) -> None:
    """A bar or watch begins for the provider, and for whoever took its place: a merger sheds none."""
    await begin(tx, **known)
    for successor in await _successors(tx, known["provider_id"]):
        await begin(tx, **{**known, "provider_id": successor})
        await recheck(tx, successor)


async def inherit(tx: Transaction, provider_id: UUID, predecessor: UUID) -> None:
    """What stands against a provider stands against who takes its place; what their results deserve is judged anew."""
    takers = [provider_id, *await _successors(tx, provider_id)]
    for taker in takers:
        known = {row["cause"] for row in await store.marks_of(tx, taker)}
        for row in await store.marks_of(tx, predecessor):
            over = row["until_day"] is not None and row["until_day"] < tx.today
            if row["cause"] not in known and not over:
                await begin(tx, **_as_given(row), provider_id=taker)
        for place, text in (await store.places_of_results(tx, taker)).items():
            await _move(tx, taker, place, tx.under(rulebooks().get(text)))
        await recheck(tx, taker)


def _as_given(row: Row) -> dict[str, Any]:
    clause = rulebooks().get(row["rulebook"]).clause(row["clause"])
    same = {name: row[name] for name in ("organisation", "origin", "kind", "cause", "until_day")}
    return {**same, "place": row["jurisdiction"], "clause": clause, "effect": Effect(row["effect"])}


async def _successors(tx: Transaction, provider_id: UUID) -> list[UUID]:
    """Whoever took the provider's place, locked."""
    found = await successors(tx, provider_id)
    if found:
        await tx.lock(*found)
    return found


async def lift(tx: Transaction, provider_id: UUID, bar_id: UUID) -> None:
    """The standing of a bar that is taken back ends with yesterday, and what others inherited of it; one that has run
    out has none any more."""
    for each in (provider_id, *await _successors(tx, provider_id)):
        row = await store.standing_of(tx, each, bar_id)
        if row is None:
            continue
        await _end(tx, row, "lifted", tx.today - timedelta(days=1))
        await meet_deadline(tx, "standing_ends", row["id"])
        await notify(tx, each, "standing_lifted", bar_id, {"clause": row["clause"], "rulebook": row["rulebook"]})
        await recheck(tx, each)


async def on_standing_ends(tx: Transaction, deadline: Deadline) -> None:
    """The last day of a standing is over."""
    row = await store.standing(tx, deadline.subject)
    if row["state"] == "standing":
        await _end(tx, row, "expired", row["until_day"])
        await notify(tx, row["provider_id"], "standing_ended", row["cause"], {"last_day": str(row["until_day"])})


async def _take(tx: Transaction, event: EvaluationConcluded, place: str, book: Rulebook) -> bool:
    """Keeps the result unless a version as high is known; says whether it did."""
    known = await store.result(tx, event.evaluation_id)
    if known is not None and known["result_version"] >= event.result_version:
        return False
    said: dict[str, Any] = {
        "grade": event.grade,
        "score": event.score,
        "concluded_on": event.concluded_on,
        "result_version": event.result_version,
    }
    owned: dict[str, Any] = {
        "jurisdiction": event.jurisdiction,
        "organisation": event.organisation,
        "provider_id": event.provider_id,
    }
    if known is not None:
        together(event, known, provider_id="provider_id", project_id="project_id")
        await store.correct_result(tx, event.evaluation_id, **said)
    else:
        await store.add_result(
            tx,
            id=event.evaluation_id,
            state="counted",
            place=place,
            rulebook=book.name,
            project_id=event.project_id,
            **owned,
            **said,
        )
    tx.emit(ResultCounted(**owned, result_id=event.evaluation_id, **said))
    return True


async def move(tx: Transaction, provider_id: UUID, place: str, book: Rulebook) -> None:
    """Brings the standings of one place in line with the results that count there, for the provider and for whoever
    took its place."""
    await _move(tx, provider_id, place, book)
    for successor in await _successors(tx, provider_id):
        await _move(tx, successor, place, book)


async def _move(tx: Transaction, provider_id: UUID, place: str, book: Rulebook) -> None:
    found = await store.results_in(tx, provider_id, place)
    due = {each.result.id: each for each in tx.decided(standings_due(found, book.section(StandingSection)))}
    for row in await store.from_results(tx, provider_id, place):
        wanted = due.get(row["cause"])
        if wanted is not None and _says_the_same(row, wanted):
            del due[row["cause"]]
        else:
            await _end(tx, row, "replaced", tx.today - timedelta(days=1))
    for each in due.values():
        await begin(
            tx,
            provider_id=provider_id,
            organisation=each.result.organisation,
            place=place,
            origin="result",
            kind=each.kind,
            clause=each.clause,
            effect=each.effect,
            cause=each.result.id,
            due=each,
        )
    await recheck(tx, provider_id)


def _says_the_same(row: Row, due: Due) -> bool:
    result = due.result
    said = (row["kind"], row["clause"], row["grade"], row["score"], row["concluded_on"])
    return said == (due.kind, due.clause.id, result.grade, result.score, result.concluded_on)


async def _watch(tx: Transaction, event: MisconductFound | ContractTerminated, cause: UUID, ground: str | None) -> None:
    book = tx.under(governing(event.jurisdiction, tx.today))
    watch = tx.decided(watch_for_conduct(ground, book.section(StandingSection), tx.today))
    await begin_for_all(
        tx,
        provider_id=event.provider_id,
        organisation=event.organisation,
        place=where_it_binds(book, event.jurisdiction),
        origin="conduct",
        kind="watched",
        clause=watch.clause,
        effect=Effect.REFERENCE,
        cause=cause,
        until_day=watch.until_day,
    )
    await recheck(tx, event.provider_id)


async def _end(tx: Transaction, row: Row, because: str, last: date) -> None:
    """Ends a standing and publishes it once more, with its last day."""
    await store.end_standing(tx, row["id"], because, last)
    tx.emit(_EVENTS[row["kind"]](**{**_about(row), "until_day": last, "ended": because}))


def _about(row: Row) -> dict[str, Any]:
    return {
        "jurisdiction": row["jurisdiction"],
        "organisation": row["organisation"],
        "provider_id": row["provider_id"],
        "rulebook": row["rulebook"],
        "clause": row["clause"],
        "effect": row["effect"],
        "cause": row["cause"],
        "project_id": row["project_id"],
        "grade": row["grade"],
        "score": None if row["score"] is None else str(row["score"]),
        "concluded_on": row["concluded_on"],
        "from_day": row["from_day"],
        "until_day": row["until_day"],
    }
