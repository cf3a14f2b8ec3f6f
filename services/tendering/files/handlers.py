"""Commands on tender files, and the check without effect."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.tendering.consents import store as consents
from services.tendering.consents.handlers import rest_on
from services.tendering.consents.records import Purpose
from services.tendering.files import store
from services.tendering.files.contents import Contents
from services.tendering.files.events import FileChecked, FileDrafted
from services.tendering.files.factors import weight_outside
from services.tendering.files.records import FileState, FileVersion, WholeFile
from services.tendering.files.rules import ASKED, TenderFile, check_file, is_split
from services.tendering.files.views import CheckView, FileView
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import BEFORE_NOTICE, Procurement, ProcurementState
from services.tendering.rulebook import FileSection
from shared.law.decision import Decision, explain
from shared.law.rulebook import RulebookError, rulebooks
from shared.web.http import FindingView
from shared.work.database import Answer, Call, NotFound, Reader, WrongState, must_be


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A person writes the next version of the tender file."""

    procurement_id: UUID
    contents: Contents
    documents: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckFile:
    """Another person checks the latest version, which nobody can change from then on."""

    file_id: UUID


async def draft_file(call: Call, command: DraftFile) -> Answer:
    async with call.transaction() as tx:
        procurement, person = await tx.open(Procurement, command.procurement_id, "draft_file", states=BEFORE_NOTICE)
        project = await procurements.project(tx, procurement.key)
        document = store.document_of(procurement, project, command.contents, command.documents)
        file = await store.add(tx, procurement, document, person)
        await procurements.save(tx, procurement, replace(procurement, state=ProcurementState.DRAFTED, file_id=None))
        tx.under(rulebooks().get(procurement.rulebook))
        tx.emit(FileDrafted(**procurements.about(procurement), file_version=file.number, file_hash=file.hash))
        view, location = FileView.model_validate(file), f"/v1/files/{file.id}"
        return tx.answer(201, view, version=file.version, location=location)


async def check_tender_file(call: Call, command: CheckFile) -> Answer:
    async with call.transaction() as tx:
        drafted, procurement, person = await tx.open_part(FileVersion, command.file_id, Procurement, "check_file")
        must_be(procurement, (ProcurementState.DRAFTED,))
        versions = await store.of_procurement(tx, procurement.id)
        latest = versions[-1]
        if latest.id != drafted.id:  # an older version is no longer the purchaser's word
            raise WrongState("superseded", "latest_version")
        book = rulebooks().get(procurement.rulebook)
        tx.under(book)
        section = store.section_of_notice(book, procurement, tx.today)
        authors = (version.drafted_by for version in versions)
        asked = await _asked(tx, latest, procurement, section, authors, person)
        contents = tx.decided(check_file(asked, section, tx.today))
        if weight_outside(contents, section):
            await rest_on(tx, procurement, await consents.for_procurement(tx, procurement, Purpose.PRICE_WEIGHT))
        if is_split(asked, section):
            await rest_on(tx, procurement, await consents.for_procurement(tx, procurement, Purpose.OTHER_METHOD))
        checked = replace(drafted, state=FileState.CHECKED, checked_by=person, checked_on=tx.today, asked=ASKED)
        file = store.whole(await tx.save(drafted, checked), latest)
        await procurements.save(tx, procurement, replace(procurement, state=ProcurementState.CHECKED, file_id=file.id))
        told = procurements.about(procurement)
        tx.emit(FileChecked(**told, file_version=file.number, file_hash=file.hash, asked=ASKED))
        return tx.answer(200, FileView.model_validate(file), version=file.version)


async def _asked(
    reader: Reader,
    file: WholeFile,
    procurement: Procurement,
    section: FileSection,
    authors: Iterable[UUID] = (),
    checker: UUID | None = None,
) -> TenderFile:
    project = await procurements.project(reader, procurement.key)
    given = {
        purpose: consents.authorities(await consents.for_procurement(reader, procurement, purpose))
        for purpose in (Purpose.PRICE_WEIGHT, Purpose.OTHER_METHOD)
    }
    return TenderFile(
        method=procurement.method,
        procurement_project=procurement.procurement_project,
        contents=store.contents_of(file),
        need_is_final=file.document["service_need"] == store.need_of(project),
        authors=frozenset(authors),
        checker=checker,
        budget=procurement.budget,
        price_weight_consents=given[Purpose.PRICE_WEIGHT],
        together=await store.together(reader, procurement, project.item, section.method_from_threshold.value),
        other_method_consents=given[Purpose.OTHER_METHOD],
        reserved_before=await procurements.failed_reserved(reader, procurement),
    )


async def check_without_effect(
    reader: Reader, procurement: Procurement, name: str | None, as_of: date | None, language: str
) -> CheckView:
    """What the rules say of the latest version, under its own rulebook or another, today or on another day; raises
    NotFound for a rulebook that there is not, or that says nothing of tender files."""
    file = await store.latest(reader, procurement.id)
    try:
        own = rulebooks().get(procurement.rulebook)
        book = rulebooks().get(name, as_of or reader.today) if name else own
        section = store.section_of_notice(book, procurement, as_of or reader.today)
    except (KeyError, ValueError, RulebookError):
        raise NotFound from None
    day = as_of or reader.today
    decision: Decision[Contents] = check_file(await _asked(reader, file, procurement, section), section, day)
    satisfied = [*(f for f in decision.findings if f.satisfied), *book.notes()]
    return CheckView(
        file_id=file.id,
        number=file.number,
        rulebook=book.name,
        as_of=day,
        hypothetical=book.file.name != own.file.name or day != reader.today,
        allowed=not decision.refused,
        findings=[FindingView(**one) for one in explain((f for f in decision.findings if not f.satisfied), language)],
        explain=[FindingView(**one) for one in explain(satisfied, language)],
    )
