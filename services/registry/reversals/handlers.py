"""Commands on reversals: proposed by one person, confirmed by another, or taken back."""

from dataclasses import dataclass, replace
from typing import Literal, TypedDict
from uuid import UUID

from services.registry.bars import store as bars
from services.registry.bars.records import Bar, BarState
from services.registry.clearances.handlers import lock_purchases
from services.registry.papers import BAR, IMPORT, keep_papers
from services.registry.reversals import store
from services.registry.reversals.records import Ground, Reversal, ReversalReason, ReversalState
from services.registry.reversals.rules import may_confirm
from services.registry.reversals.views import reversal_view
from services.registry.rulebook import BarSection, FileSection, StandingSection
from services.registry.standing import store as standing
from services.registry.standing.handlers import lift, move
from services.registry.standing.records import KeptResult, ResultState, Standing, StandingState
from services.registry.standing.rules import text_of
from services.registry.tables import REVERSED
from shared.events.registry import ReversalConfirmed, ReversalProposed
from shared.fields.days import years_later
from shared.fields.ids import new_id
from shared.law.rulebook import Rulebook
from shared.people.interest import apart
from shared.work.database import Answer, Call, Transaction, WrongState, must_be

Subject = Bar | KeptResult | Standing
"""What is taken back."""
REASON_PURPOSE = "why a bar or an imported result was taken back, for those who see it"


@dataclass(frozen=True, slots=True)
class ProposeReversal:
    """A bar, an imported result or a standing for misconduct or a termination, and why it is taken back: the document
    shows it."""

    subject: UUID
    kind: Literal["bar", "result", "standing"]
    ground: Ground
    reason: str
    document_hash: str


@dataclass(frozen=True, slots=True)
class SettleReversal:
    """Another person confirms a reversal, or somebody takes the proposal back."""

    reversal_id: UUID
    confirm: bool


async def propose_reversal(call: Call, command: ProposeReversal) -> Answer:
    async with call.transaction() as tx:
        await lock_purchases(tx, await _provider_of(tx, command))
        subject: Subject
        if command.kind == "bar":
            subject, person = await tx.open(Bar, command.subject, "bar_provider")
        elif command.kind == "result":
            subject, person = await tx.open(KeptResult, command.subject, "import_result", by=None)
        else:
            subject, person = await tx.open(Standing, command.subject, "import_result", by=None, fresh=False)
        book = apart(tx, subject.rulebook, {subject.provider_id})
        _must_stand(subject)
        if any(each.state == ReversalState.PROPOSED for each in await store.of_subject(tx, subject.id)):
            raise WrongState("reversal_proposed", "reversal_not_proposed")
        proposed = Reversal(
            id=new_id(),
            key=subject.key,
            version=1,
            jurisdiction=subject.jurisdiction,
            organisation=subject.organisation,
            provider_id=subject.provider_id,
            bar_id=subject.id if command.kind == "bar" else None,
            result_id=subject.id if command.kind == "result" else None,
            standing_id=subject.id if command.kind == "standing" else None,
            rulebook=book.name,
            ground=command.ground,
            document_hash=command.document_hash,
            proposed_by=person,
            proposed_on=tx.today,
        )
        duties = BAR if command.kind == "bar" else IMPORT
        await keep_papers(tx, [command.document_hash], "reversal", proposed.id, duties, proposed.jurisdiction)
        reversal = await tx.add(proposed)
        keep_until = years_later(tx.today, book.section(FileSection).file_retention_years.value)
        reason = command.reason
        await tx.add(
            ReversalReason(reversal_id=reversal.id, reason=reason, purpose=REASON_PURPOSE, keep_until=keep_until)
        )
        tx.under(book)
        tx.emit(_proposed(reversal))
        view = reversal_view(reversal, reason)
        return tx.answer(201, view, version=1, location=f"/v1/reversals/{reversal.id}")


async def _provider_of(tx: Transaction, command: ProposeReversal) -> UUID:
    match command.kind:
        case "bar":
            return (await bars.bar(tx, command.subject)).provider_id
        case "result":
            return (await standing.imported(tx, command.subject)).provider_id
        case "standing":
            return (await standing.for_conduct(tx, command.subject)).provider_id


async def settle_reversal(call: Call, command: SettleReversal) -> Answer:
    async with call.transaction() as tx:
        known = await store.reversal(tx, command.reversal_id)
        await lock_purchases(tx, known.provider_id)
        proposed, person = await tx.open(Reversal, command.reversal_id, _settler)
        book = apart(tx, proposed.rulebook, {proposed.provider_id})
        must_be(proposed, (ReversalState.PROPOSED,))
        if command.confirm:
            reversal = await _confirm(tx, proposed, person, book)
        else:
            reversal = await tx.save(proposed, replace(proposed, state=ReversalState.WITHDRAWN))
            tx.emit(_proposed(reversal, withdrawn=True))
        return tx.answer(200, reversal_view(reversal, known.reason), version=reversal.version)


def _settler(reversal: Reversal) -> tuple[str, UUID | None]:
    """Who takes back a bar orders bars there; who takes back a result imports results in its place."""
    return ("bar_provider", reversal.organisation) if reversal.bar_id is not None else ("import_result", None)


async def _confirm(tx: Transaction, proposed: Reversal, person: UUID, book: Rulebook) -> Reversal:
    """What is taken back keeps its row, its days and its persons; it counts no more."""
    if proposed.bar_id is not None:
        bar = await tx.lock_record(Bar, proposed.bar_id)
        _must_stand(bar)
        tx.decided(may_confirm(proposed.proposed_by, person, book.clause(bar.clause), book.section(BarSection)))
        reversal = await _confirmed(tx, proposed, person)
        await tx.save(bar, replace(bar, state=BarState.LIFTED))
        await lift(tx, bar.provider_id, bar.id)
        return reversal
    section = book.section(StandingSection)
    if proposed.standing_id is not None:
        mark = await tx.lock_record(Standing, proposed.standing_id)
        _must_stand(mark)
        tx.decided(may_confirm(proposed.proposed_by, person, standing.clause_of(mark), section))
        reversal = await _confirmed(tx, proposed, person)
        await lift(tx, mark.provider_id, mark.cause)
        return reversal
    assert proposed.result_id is not None
    result = await tx.lock_record(KeptResult, proposed.result_id)
    _must_stand(result)
    text = section.evaluation_effect or section.no_major_violation_years
    tx.decided(may_confirm(proposed.proposed_by, person, text.clause, section))
    reversal = await _confirmed(tx, proposed, person)
    await tx.save(result, replace(result, state=ResultState.ANNULLED))
    await move(tx, result.provider_id, result.place, text_of(result.rulebook))
    return reversal


async def _confirmed(tx: Transaction, proposed: Reversal, person: UUID) -> Reversal:
    confirmed = replace(proposed, state=ReversalState.CONFIRMED, confirmed_by=person, confirmed_on=tx.today)
    reversal = await tx.save(proposed, confirmed)
    tx.emit(ReversalConfirmed(**_about(reversal)))
    return reversal


def _must_stand(subject: Subject) -> None:
    stands = {Bar: BarState.CONFIRMED, KeptResult: ResultState.COUNTED, Standing: StandingState.STANDING}
    must_be(subject, (stands[type(subject)],))


def _proposed(reversal: Reversal, *, withdrawn: bool = False) -> ReversalProposed:
    facts = REVERSED(reversal)
    return ReversalProposed(**_about(reversal), ground=reversal.ground, withdrawn=withdrawn, facts=facts)


class _About(TypedDict):
    jurisdiction: str
    organisation: UUID
    provider_id: UUID
    reversal_id: UUID
    bar_id: UUID | None
    result_id: UUID | None
    standing_id: UUID | None


def _about(reversal: Reversal) -> _About:
    return {
        "jurisdiction": reversal.jurisdiction,
        "organisation": reversal.organisation,
        "provider_id": reversal.provider_id,
        "reversal_id": reversal.id,
        "bar_id": reversal.bar_id,
        "result_id": reversal.result_id,
        "standing_id": reversal.standing_id,
    }
