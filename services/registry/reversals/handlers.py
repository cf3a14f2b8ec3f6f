"""Commands on reversals: proposed by one person, confirmed by another, or taken back."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from services.registry.bars import store as bars_store
from services.registry.clearances.handlers import lock_provider
from services.registry.days import years_later
from services.registry.papers import BAR, IMPORT, keep_papers
from services.registry.reversals import store
from services.registry.reversals.rules import may_confirm
from services.registry.reversals.views import reversal_view
from services.registry.rulebook import BarSection, FileSection, StandingSection
from services.registry.standing import store as standing
from services.registry.standing.handlers import lift, move
from services.registry.tables import REVERSED, bars, results, reversals
from shared.events.registry import ReversalConfirmed, ReversalProposed
from shared.fields.ids import new_id
from shared.law.rulebook import Rulebook
from shared.people.interest import apart
from shared.work.database import Answer, Call, NotFound, Row, Transaction, WrongState

Ground = Literal["entered_wrongly", "revoked"]
REASON_PURPOSE = "why a bar or an imported result was taken back, for those who see it"


@dataclass(frozen=True, slots=True)
class ProposeReversal:
    """A bar, or else an imported result, and why it is taken back: the document shows it."""

    subject: UUID
    of_bar: bool
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
        row, person, book = await _subject(tx, command.subject, command.of_bar)
        tx.expect(row["version"])
        _must_stand(row, command.of_bar)
        if any(known["state"] == "proposed" for known in await store.of_subject(tx, command.subject)):
            raise WrongState("reversal_proposed", "reversal_not_proposed")
        reversal_id, place = new_id(), row["jurisdiction"]
        duties = BAR if command.of_bar else IMPORT
        await keep_papers(tx, [command.document_hash], "reversal", reversal_id, duties, place)
        kept = years_later(tx.today, book.section(FileSection).file_retention_years.value)
        reversal = await store.add(
            tx,
            {"reason": command.reason, "purpose": REASON_PURPOSE, "keep_until": kept},
            id=reversal_id,
            key=row["key"],
            jurisdiction=place,
            organisation=row["organisation"],
            provider_id=row["provider_id"],
            bar_id=command.subject if command.of_bar else None,
            result_id=None if command.of_bar else command.subject,
            rulebook=book.name,
            ground=command.ground,
            document_hash=command.document_hash,
            proposed_by=person,
            proposed_on=tx.today,
        )
        tx.under(book)
        tx.emit(ReversalProposed(**_about(reversal), ground=command.ground, facts=REVERSED(reversal)))
        return tx.answer(201, reversal_view(reversal), version=1, location=f"/v1/reversals/{reversal_id}")


async def settle_reversal(call: Call, command: SettleReversal) -> Answer:
    async with call.transaction() as tx:
        known = await store.reversal(tx, command.reversal_id)
        of_bar = known["bar_id"] is not None
        row, person, book = await _subject(tx, known["bar_id"] or known["result_id"], of_bar)
        reversal = await tx.lock_row(reversals, command.reversal_id)
        tx.expect(reversal["version"])
        if reversal["state"] != "proposed":
            raise WrongState(reversal["state"], "proposed")
        if command.confirm:
            _must_stand(row, of_bar)
            await _confirm(tx, reversal, row, person, book)
        else:
            await tx.update(reversals, reversal["id"], state="withdrawn")
            taken_back = {"ground": reversal["ground"], "withdrawn": True, "facts": REVERSED(reversal)}
            tx.emit(ReversalProposed.model_validate({**_about(reversal), **taken_back}))
        settled = await store.reversal(tx, reversal["id"])
        return tx.answer(200, reversal_view(settled), version=settled["version"])


async def _confirm(tx: Transaction, reversal: Row, row: Row, person: UUID, book: Rulebook) -> None:
    """What is taken back keeps its row, its days and its persons; it counts no more."""
    by = reversal["proposed_by"]
    if reversal["bar_id"] is not None:
        tx.decided(may_confirm(by, person, book.clause(row["clause"]), book.section(BarSection)))
    else:
        section = book.section(StandingSection)
        text = section.evaluation_effect or section.no_major_violation_years
        tx.decided(may_confirm(by, person, text.clause, section))
    await tx.update(reversals, reversal["id"], state="confirmed", confirmed_by=person, confirmed_on=tx.today)
    tx.emit(ReversalConfirmed(**_about(reversal)))
    if reversal["bar_id"] is not None:
        await tx.update(bars, row["id"], state="lifted")
        await lift(tx, row["provider_id"], row["id"])
    else:
        await tx.update(results, row["id"], state="annulled")
        await move(tx, row["provider_id"], row["place"], book)


async def _subject(tx: Transaction, subject: UUID, of_bar: bool) -> tuple[Row, UUID, Rulebook]:
    """What is to be taken back, behind its provider's lock; who acts, and the text it rests on."""
    known = await bars_store.bar(tx, subject) if of_bar else await standing.result(tx, subject)
    if known is None or (not of_bar and known["imported_by"] is None):
        raise NotFound
    await lock_provider(tx, known["provider_id"])
    row = await tx.lock_row(bars if of_bar else results, subject)
    duty, organisation = ("bar_provider", row["organisation"]) if of_bar else ("import_result", None)
    person = tx.require(duty, organisation, row["jurisdiction"])
    return row, person, apart(tx, row["rulebook"], {row["provider_id"]})


def _must_stand(row: Row, of_bar: bool) -> None:
    needed = "confirmed" if of_bar else "counted"
    if row["state"] != needed:
        raise WrongState(row["state"], needed)


def _about(reversal: Row) -> dict[str, Any]:
    names = ("jurisdiction", "organisation", "provider_id", "bar_id", "result_id")
    return {**{name: reversal[name] for name in names}, "reversal_id": reversal["id"]}
