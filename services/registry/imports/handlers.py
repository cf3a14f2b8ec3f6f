"""Commands on results of before Goufu: entered by one person, confirmed by another."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.registry.clearances.handlers import lock_purchases
from services.registry.fields import not_after
from services.registry.imports.rules import may_confirm
from services.registry.imports.views import ImportedView
from services.registry.law import bought_under, where_it_binds
from services.registry.papers import IMPORT, keep_papers
from services.registry.providers.records import Provider
from services.registry.purchasers.store import find_purchaser
from services.registry.rulebook import StandingSection
from services.registry.standing import store
from services.registry.standing.handlers import counted, move
from services.registry.standing.records import KeptResult, ResultState
from services.registry.standing.rules import text_of
from services.registry.tables import FOUND
from shared.events.evaluation import Grade
from shared.events.registry import ResultImportProposed
from shared.fields.ids import new_id
from shared.law.rulebook import Rulebook
from shared.law.scope import UNKNOWN, Case
from shared.people.interest import apart
from shared.work.database import Answer, Call, Transaction, must_be


@dataclass(frozen=True, slots=True)
class ImportResult:
    """A result of before Goufu: of which purchaser (the importing authority's own when none is named), the text by
    which was bought, needed where several held and the purchaser is not registered; with the hash of its evidence."""

    provider_id: UUID
    organisation: UUID
    jurisdiction: str
    purchaser: UUID | None
    grade: Grade
    score: Decimal | None
    concluded_on: date
    evidence_hash: str
    rulebook: str | None = None


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
        await lock_purchases(tx, command.provider_id)
        by, at = command.organisation, command.jurisdiction
        _, person = await tx.open(Provider, command.provider_id, "import_result", by=by, at=at, fresh=False)
        not_after("concluded_on", command.concluded_on, tx.today)
        book = apart(tx, (await _bought_under(tx, command)).name, {command.provider_id})
        entered = KeptResult(
            id=new_id(),
            key=command.provider_id,
            version=1,
            jurisdiction=command.jurisdiction,
            organisation=command.purchaser or command.organisation,
            provider_id=command.provider_id,
            state=ResultState.PROPOSED,
            place=where_it_binds(book, command.jurisdiction),
            rulebook=book.name,
            grade=command.grade,
            score=command.score,
            concluded_on=command.concluded_on,
            result_version=1,
            evidence_hash=command.evidence_hash,
            imported_by=person,
        )
        await keep_papers(tx, [command.evidence_hash], "import", entered.id, IMPORT, command.jurisdiction)
        result = await tx.add(entered)
        tx.emit(_proposed(result, command.organisation))
        return _answer(tx, result, 201)


async def _bought_under(tx: Transaction, command: ImportResult) -> Rulebook:
    purchaser = await find_purchaser(tx, command.purchaser or command.organisation)
    case = Case(purchaser_kind=purchaser.kind) if purchaser is not None else UNKNOWN
    return bought_under(command.jurisdiction, command.concluded_on, case, command.rulebook)


async def confirm_import(call: Call, command: ConfirmImport) -> Answer:
    async with call.transaction() as tx:
        entered, person, book = await _entry(tx, command.result_id)
        tx.decided(may_confirm(entered.imported_by, person, book.section(StandingSection)))
        result = await tx.save(entered, replace(entered, state=ResultState.COUNTED, confirmed_by=person))
        tx.emit(counted(result))
        await move(tx, result.provider_id, result.place, text_of(result.rulebook))
        return _answer(tx, result)


async def withdraw_import(call: Call, command: WithdrawImport) -> Answer:
    async with call.transaction() as tx:
        entered, _, _ = await _entry(tx, command.result_id)
        result = await tx.save(entered, replace(entered, state=ResultState.WITHDRAWN))
        tx.emit(_proposed(result, result.organisation, withdrawn=True))
        return _answer(tx, result)


async def _entry(tx: Transaction, result_id: UUID) -> tuple[KeptResult, UUID, Rulebook]:
    """A result that waits for its second person, behind its provider's lock; who acts, and the text it rests on."""
    known = await store.imported(tx, result_id)
    await lock_purchases(tx, known.provider_id)
    entered, person = await tx.open(KeptResult, result_id, "import_result", by=None)
    book = apart(tx, entered.rulebook, {entered.provider_id})
    must_be(entered, (ResultState.PROPOSED,))
    return entered, person, book


def _proposed(result: KeptResult, organisation: UUID, *, withdrawn: bool = False) -> ResultImportProposed:
    return ResultImportProposed(
        jurisdiction=result.jurisdiction,
        organisation=organisation,
        provider_id=result.provider_id,
        result_id=result.id,
        grade=result.grade,
        concluded_on=result.concluded_on,
        evidence_hash=result.evidence_hash or "",
        withdrawn=withdrawn,
        facts=FOUND(result),
    )


def _answer(tx: Transaction, result: KeptResult, status: int = 200) -> Answer:
    location = f"/v1/imported-results/{result.id}" if status == 201 else None
    return tx.answer(status, ImportedView.model_validate(result), version=result.version, location=location)
