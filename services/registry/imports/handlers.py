"""Commands on results of before Goufu: entered by one person, confirmed by another."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.registry.clearances.handlers import lock_provider
from services.registry.fields import not_after
from services.registry.imports.rules import may_confirm
from services.registry.imports.views import imported_view
from services.registry.law import governing, where_it_binds
from services.registry.papers import IMPORT, keep_papers
from services.registry.rulebook import StandingSection
from services.registry.standing import store
from services.registry.standing.handlers import move
from services.registry.tables import results
from shared.events.registry import ResultImportProposed
from shared.fields.ids import new_id
from shared.law.rulebook import Rulebook
from shared.people.interest import apart
from shared.work.database import Answer, Call, NotFound, Row, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class ImportResult:
    """A result of before Goufu: of which purchaser (the importing authority's own when none is named), with the hash
    of its evidence."""

    provider_id: UUID
    organisation: UUID
    jurisdiction: str
    purchaser: UUID | None
    grade: str
    score: Decimal | None
    concluded_on: date
    evidence_hash: str


@dataclass(frozen=True, slots=True)
class ConfirmImport:
    """Another person confirms the imported result; from then on it counts."""

    result_id: UUID


@dataclass(frozen=True, slots=True)
class WithdrawImport:
    """The entry is taken back by who made it, or refused by another person."""

    result_id: UUID


async def import_result(call: Call, command: ImportResult) -> Answer:
    async with call.transaction() as tx:
        await lock_provider(tx, command.provider_id)
        person = tx.require("import_result", command.organisation, command.jurisdiction, begins=True)
        not_after("concluded_on", command.concluded_on, tx.today)
        book, result_id = apart(tx, governing(command.jurisdiction, tx.today).name, {command.provider_id}), new_id()
        await keep_papers(tx, [command.evidence_hash], "import", result_id, IMPORT, command.jurisdiction)
        await store.add_result(
            tx,
            id=result_id,
            provider_id=command.provider_id,
            jurisdiction=command.jurisdiction,
            organisation=command.purchaser or command.organisation,
            state="proposed",
            place=where_it_binds(book, command.jurisdiction),
            rulebook=book.name,
            grade=command.grade,
            score=command.score,
            concluded_on=command.concluded_on,
            result_version=1,
            evidence_hash=command.evidence_hash,
            imported_by=person,
        )
        row = await tx.lock_row(results, result_id)
        tx.emit(_proposed(row, command.organisation))
        return tx.answer(201, imported_view(row), version=1, location=f"/v1/imported-results/{result_id}")


async def confirm_import(call: Call, command: ConfirmImport) -> Answer:
    async with call.transaction() as tx:
        row, person, book = await _entry(tx, command.result_id)
        tx.decided(may_confirm(row["imported_by"], person, book.section(StandingSection)))
        await store.correct_result(tx, command.result_id, state="counted", confirmed_by=person)
        await move(tx, row["provider_id"], row["place"], book)
        row = await tx.lock_row(results, command.result_id)
        return tx.answer(200, imported_view(row), version=row["version"])


async def withdraw_import(call: Call, command: WithdrawImport) -> Answer:
    async with call.transaction() as tx:
        row, _, _ = await _entry(tx, command.result_id)
        await store.correct_result(tx, command.result_id, state="withdrawn")
        tx.emit(_proposed(row, row["organisation"], withdrawn=True))
        row = await tx.lock_row(results, command.result_id)
        return tx.answer(200, imported_view(row), version=row["version"])


async def _entry(tx: Transaction, result_id: UUID) -> tuple[Row, UUID, Rulebook]:
    """A result that waits for its second person, behind its provider's lock; who acts, and the text it rests on."""
    known = await store.result(tx, result_id)
    if known is None or known["imported_by"] is None:
        raise NotFound
    await lock_provider(tx, known["provider_id"])
    row = await tx.lock_row(results, result_id)
    person = tx.require("import_result", None, row["jurisdiction"])
    book = apart(tx, row["rulebook"], {row["provider_id"]})
    tx.expect(row["version"])
    if row["state"] != "proposed":
        raise WrongState(row["state"], "proposed")
    return row, person, book


def _proposed(row: Row, organisation: UUID, *, withdrawn: bool = False) -> ResultImportProposed:
    told = ("jurisdiction", "provider_id", "grade", "concluded_on", "evidence_hash")
    about = {name: row[name] for name in told}
    return ResultImportProposed(**about, organisation=organisation, result_id=row["id"], withdrawn=withdrawn)
