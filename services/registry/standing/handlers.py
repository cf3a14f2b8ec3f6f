"""What results, misconduct and terminations do to a provider's standing, and how a standing begins and ends."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from services.registry.clearances.handlers import recheck
from services.registry.clearances.store import of_subject
from services.registry.law import governing, where_it_binds
from services.registry.rulebook import StandingSection
from services.registry.standing import store
from services.registry.standing.events import ResultCounted
from services.registry.standing.records import Because, KeptResult, Origin, ResultState, Standing, StandingState
from services.registry.standing.rules import Due, Kind, Result, standings_due, watch_for_conduct
from services.registry.successions.store import known_contract, lineage, successors
from services.registry.tables import FOUND
from shared.bus.records import Mismatch, together
from shared.errands.deadlines import Deadline, NotOver, meet_deadline, set_deadline
from shared.errands.notices import notify
from shared.events.contracts import ContractTerminated
from shared.events.evaluation import EvaluationConcluded, MisconductFound
from shared.events.registry import ProviderBarred, ProviderPreferred, ProviderWatched
from shared.fields.calendar import closes_at
from shared.fields.ids import new_id
from shared.fields.places import NATION, within
from shared.law.decision import Clause, Effect
from shared.law.rulebook import Rulebook, rulebooks
from shared.work.database import Transaction

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
    await _of_its_contract(tx, event)
    book = tx.under(rulebooks().get(event.rulebook))
    place = where_it_binds(book, event.jurisdiction)
    if await _take(tx, event, place, book):
        await move(tx, event.provider_id, place, book.id)


async def on_misconduct_found(tx: Transaction, event: MisconductFound) -> None:
    text = await _of_its_contract(tx, event)
    await _watch(tx, event, event.finding_id, event.ground, text)


async def _of_its_contract(
    tx: Transaction, event: EvaluationConcluded | MisconductFound | ContractTerminated
) -> str | None:
    """What is found of a contract is held against its own provider alone, under the rulebook by which was bought, as
    far as the contract is known here. Returns that rulebook: of a contract that is not known, or that was signed before
    the rulebook was kept, what the event says; None where it says nothing either. It must hold where the event lies."""
    if event.rulebook is not None:
        file = rulebooks().get(event.rulebook).file
        if file.jurisdiction != NATION and not within(event.jurisdiction, file.jurisdiction):
            raise Mismatch("its rulebook does not hold in its jurisdiction")
    contract = await known_contract(tx, event.contract_id)
    if contract is None:
        return event.rulebook
    together(event, contract, project_id="project_id", provider_id="provider_id")
    if event.rulebook is not None and contract.rulebook is not None:
        together(event, contract, rulebook="rulebook")
    return contract.rulebook or event.rulebook


async def on_contract_terminated(tx: Transaction, event: ContractTerminated) -> None:
    """Only a termination by fault of the provider is watched, of the one whose signature was cleared."""
    for clearance in await of_subject(tx, event.contract_id):
        together(event, clearance, project_id="key", provider_id="provider_id")
    text = await _of_its_contract(tx, event)
    if event.by_fault_of_provider:
        await _watch(tx, event, event.contract_id, None, text)


async def begin(tx: Transaction, standing: Standing) -> None:
    """A standing begins today: it is entered, published, told to the provider, and its end is watched for."""
    begun, clause = await tx.add(standing), store.clause_of(standing)
    tx.emit(_event(begun))
    facts = {"clause": clause.id, "rulebook": clause.rulebook, "effect": begun.effect.value}
    await notify(tx, begun.provider_id, f"provider_{begun.kind}", begun.cause, facts)
    if begun.until_day is not None:
        await set_deadline(tx, "standing_ends", begun.id, begun.key, closes_at(begun.until_day), clause)


async def begin_for_all(tx: Transaction, standing: Standing) -> None:
    """A bar or watch begins for the provider, and for whoever took its place: a merger sheds none."""
    await begin(tx, standing)
    for successor in await _successors(tx, standing.provider_id):
        await begin(tx, _passed_on(tx, standing, successor))
        await recheck(tx, successor)


async def inherit(tx: Transaction, provider_id: UUID, predecessor: UUID) -> list[UUID]:
    """What stands against a provider stands against who takes its place; what their results deserve is judged anew.
    Returns all for whom something may have changed."""
    takers = [provider_id, *await _successors(tx, provider_id)]
    for taker in takers:
        known = {mark.cause for mark in await store.marks_of(tx, taker)}
        for mark in await store.marks_of(tx, predecessor):
            over = mark.until_day is not None and mark.until_day < tx.today
            if mark.cause not in known and not over:
                await begin(tx, _passed_on(tx, mark, taker))
        for place, text in sorted(await store.where_results_count(tx, taker)):
            await _move(tx, taker, place, text)
        await recheck(tx, taker)
    return takers


async def disinherit(tx: Transaction, provider_id: UUID, predecessor: UUID) -> list[UUID]:
    """What stood against a provider for a place that it never took ends with yesterday, for whoever took its own place
    too; what their results deserve is judged anew, without the other's."""
    lost = {mark.cause for mark in await store.marks_of(tx, predecessor)}
    places = await store.where_results_count(tx, predecessor)
    takers = [provider_id, *await _successors(tx, provider_id)]
    for taker in takers:
        others = set(await lineage(tx, taker)).difference(takers)
        kept = {mark.cause for other in sorted(others) for mark in await store.marks_of(tx, other)}
        for mark in await store.marks_of(tx, taker):
            if mark.cause in lost - kept:
                await _lift(tx, mark)
        for place, text in sorted(places | await store.where_results_count(tx, taker)):
            await _move(tx, taker, place, text)
        await recheck(tx, taker)
    return takers


def standing_from(
    tx: Transaction,
    provider_id: UUID,
    organisation: UUID,
    place: str,
    clause: Clause,
    *,
    kind: Kind,
    origin: Origin,
    effect: Effect,
    cause: UUID,
    until_day: date | None = None,
    result: Result | None = None,
) -> Standing:
    """A standing that begins today by the clause; that of a `result` says which."""
    return Standing(
        id=new_id(),
        key=provider_id,
        version=1,
        jurisdiction=place,
        organisation=organisation,
        provider_id=provider_id,
        kind=kind,
        origin=origin,
        rulebook=clause.rulebook,
        clause=clause.id,
        effect=effect,
        cause=cause,
        project_id=result.project_id if result else None,
        grade=result.grade if result else None,
        score=result.score if result else None,
        concluded_on=result.concluded_on if result else None,
        from_day=tx.today,
        until_day=until_day,
    )


def _passed_on(tx: Transaction, standing: Standing, taker: UUID) -> Standing:
    """The same for who took the provider's place, from today on."""
    return replace(standing, id=new_id(), key=taker, version=1, provider_id=taker, from_day=tx.today)


async def _successors(tx: Transaction, provider_id: UUID) -> list[UUID]:
    """Whoever took the provider's place, locked."""
    found = await successors(tx, provider_id)
    if found:
        await tx.lock(*found)
    return found


async def lift(tx: Transaction, provider_id: UUID, cause: UUID) -> None:
    """The standing of a bar, a finding or a termination that is taken back ends with yesterday, and what others
    inherited of it; one that has run out has none any more."""
    for each in (provider_id, *await _successors(tx, provider_id)):
        standing = await store.standing_of(tx, each, cause)
        if standing is not None:
            await _lift(tx, standing)
            await recheck(tx, each)


async def _lift(tx: Transaction, standing: Standing) -> None:
    await _end(tx, standing, "lifted", tx.today - timedelta(days=1))
    await meet_deadline(tx, "standing_ends", standing.id)
    facts = {"clause": standing.clause, "rulebook": standing.rulebook}
    await notify(tx, standing.provider_id, "standing_lifted", standing.cause, facts)


async def on_standing_ends(tx: Transaction, deadline: Deadline) -> None:
    """The last day of a standing is over."""
    standing = await store.standing(tx, deadline.subject)
    if standing.state == StandingState.STANDING and standing.until_day is not None:
        if standing.until_day >= tx.today:
            raise NotOver(standing.id)
        await _end(tx, standing, "expired", standing.until_day)
        facts = {"last_day": str(standing.until_day)}
        await notify(tx, standing.provider_id, "standing_ended", standing.cause, facts)


async def _take(tx: Transaction, event: EvaluationConcluded, place: str, book: Rulebook) -> bool:
    """Keeps the result unless a version as high is known; says whether it did."""
    known = await store.result(tx, event.evaluation_id)
    if known is None:
        kept = await tx.add(
            KeptResult(
                id=event.evaluation_id,
                key=event.provider_id,
                version=1,
                jurisdiction=event.jurisdiction,
                organisation=event.organisation,
                provider_id=event.provider_id,
                state=ResultState.COUNTED,
                place=place,
                rulebook=book.name,
                project_id=event.project_id,
                grade=event.grade,
                score=event.score,
                concluded_on=event.concluded_on,
                result_version=event.result_version,
            )
        )
    elif known.result_version >= event.result_version:
        return False
    else:
        together(event, known, provider_id="provider_id", project_id="project_id")
        corrected = replace(
            known,
            grade=event.grade,
            score=event.score,
            concluded_on=event.concluded_on,
            result_version=event.result_version,
        )
        kept = await tx.save(known, corrected)
    tx.emit(counted(kept))
    return True


def counted(result: KeptResult) -> ResultCounted:
    return ResultCounted(
        jurisdiction=result.jurisdiction,
        organisation=result.organisation,
        provider_id=result.provider_id,
        result_id=result.id,
        grade=result.grade,
        score=result.score,
        concluded_on=result.concluded_on,
        result_version=result.result_version,
        facts=FOUND(result),
    )


async def move(tx: Transaction, provider_id: UUID, place: str, text: str) -> None:
    """Brings the standings of one place under one text in line with the results that count there, for the provider and
    for whoever took its place."""
    await _move(tx, provider_id, place, text)
    for successor in await _successors(tx, provider_id):
        await _move(tx, successor, place, text)


def sections_of(results: Iterable[Result]) -> dict[str, StandingSection]:
    """What each result's own rulebook says of standing."""
    return {each.rulebook: rulebooks().get(each.rulebook).section(StandingSection) for each in results}


async def _move(tx: Transaction, provider_id: UUID, place: str, text: str) -> None:
    """Which results count, the text says as it read for the purchase of the latest."""
    found = await store.results_under(tx, provider_id, place, text)
    due = dict[UUID, Due]()
    if found:
        own, last = sections_of(found), found[-1].rulebook
        tx.under(rulebooks().get(last))
        due = {each.result.id: each for each in tx.decided(standings_due(found, own[last], own))}
    for standing in await store.from_results(tx, provider_id, place, text):
        wanted = due.get(standing.cause)
        if wanted is not None and _says_the_same(standing, wanted):
            del due[standing.cause]
        else:
            await _end(tx, standing, "replaced", tx.today - timedelta(days=1))
    for each in due.values():
        standing = standing_from(
            tx,
            provider_id,
            each.result.organisation,
            place,
            each.clause,
            kind=each.kind,
            origin="result",
            effect=each.effect,
            cause=each.result.id,
            result=each.result,
        )
        await begin(tx, standing)
    await recheck(tx, provider_id)


def _says_the_same(standing: Standing, due: Due) -> bool:
    result = due.result
    said = (standing.kind, standing.clause, standing.grade, standing.score, standing.concluded_on)
    return said == (due.kind, due.clause.id, result.grade, result.score, result.concluded_on)


async def _watch(
    tx: Transaction, event: MisconductFound | ContractTerminated, cause: UUID, ground: str | None, text: str | None
) -> None:
    """By the rulebook `text` of the purchase; where nobody knows it, by the nearest of the place, as was done before
    purchases told it."""
    book = tx.under(rulebooks().get(text) if text is not None else governing(event.jurisdiction, tx.today))
    watch = tx.decided(watch_for_conduct(ground, book.section(StandingSection), tx.today))
    standing = standing_from(
        tx,
        event.provider_id,
        event.organisation,
        where_it_binds(book, event.jurisdiction),
        watch.clause,
        kind="watched",
        origin="conduct",
        effect=Effect.REFERENCE,
        cause=cause,
        until_day=watch.until_day,
    )
    await begin_for_all(tx, standing)
    await recheck(tx, event.provider_id)


async def _end(tx: Transaction, standing: Standing, because: Because, last: date) -> None:
    """Ends a standing and publishes it once more, with its last day."""
    ended = replace(standing, state=StandingState.ENDED, ended_because=because, until_day=last)
    tx.emit(_event(await tx.save(standing, ended), because))


def _event(standing: Standing, ended: Because | None = None) -> ProviderWatched | ProviderPreferred | ProviderBarred:
    return _EVENTS[standing.kind](
        jurisdiction=standing.jurisdiction,
        organisation=standing.organisation,
        provider_id=standing.provider_id,
        rulebook=standing.rulebook,
        clause=standing.clause,
        effect=standing.effect.value,
        cause=standing.cause,
        project_id=standing.project_id,
        grade=standing.grade,
        score=None if standing.score is None else str(standing.score),
        concluded_on=standing.concluded_on,
        from_day=standing.from_day,
        until_day=standing.until_day,
        ended=ended,
        standing_id=standing.id,
        origin=standing.origin,
    )
