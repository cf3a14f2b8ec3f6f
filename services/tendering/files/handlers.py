"""Commands on tender files, and the check without effect."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.tendering.files import store
from services.tendering.files.contents import Contents
from services.tendering.files.rules import TenderFile, check_file
from services.tendering.files.views import CheckView, file_view
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import must_be
from services.tendering.rulebook import FileSection
from shared.events.tendering import FileChecked, FileDrafted
from shared.law.decision import Decision, explain
from shared.law.rulebook import RulebookError, rulebooks
from shared.web.http import FindingView
from shared.work.database import Answer, Call, NotFound, Reader, Row, Transaction, WrongState


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
        procurement = await procurements.lock(tx, command.procurement_id)
        person = tx.require("draft_file", procurement["organisation"], procurement["jurisdiction"])
        tx.expect(procurement["version"])
        must_be(procurement, "drafted", "checked")
        project = await procurements.project(tx, procurement["key"])
        document = store.document_of(procurement, project, command.contents, command.documents)
        file = await store.insert(tx, procurement, document, person)
        await procurements.update(tx, procurement, state="drafted", file_id=None)
        tx.under(rulebooks().get(procurement["rulebook"]))
        tx.emit(FileDrafted(**procurements.about(procurement), file_version=file["number"], file_hash=file["hash"]))
        return tx.answer(201, file_view(file), version=file["version"], location=f"/v1/files/{file['id']}")


async def check_tender_file(call: Call, command: CheckFile) -> Answer:
    async with call.transaction() as tx:
        file = await store.lock(tx, command.file_id)
        procurement = await procurements.lock(tx, file["procurement_id"])
        person = tx.require("check_file", file["organisation"], file["jurisdiction"])
        tx.expect(file["version"])
        must_be(procurement, "drafted")
        await _must_be_latest(tx, file)
        section = tx.under(rulebooks().get(procurement["rulebook"])).section(FileSection)
        subject = await _subject(tx, file, procurement, await store.authors(tx, procurement["id"]), person)
        tx.decided(check_file(subject, section, tx.today))
        file = await store.set_checked(tx, file, person)
        await procurements.update(tx, procurement, state="checked", file_id=file["id"])
        tx.emit(FileChecked(**procurements.about(procurement), file_version=file["number"], file_hash=file["hash"]))
        return tx.answer(200, file_view(file), version=file["version"])


async def _must_be_latest(tx: Transaction, file: Row) -> None:
    """An older version is no longer the purchaser's word."""
    if (await store.latest(tx, file["procurement_id"]))["id"] != file["id"]:
        raise WrongState("superseded", "latest_version")


async def _subject(
    reader: Reader, file: Row, procurement: Row, authors: frozenset[UUID] = frozenset(), checker: UUID | None = None
) -> TenderFile:
    project = await procurements.project(reader, procurement["key"])
    return TenderFile(
        method=procurement["method"],
        procurement_project=procurement["procurement_project"],
        contents=store.contents_of(file),
        need_is_final=file["document"]["service_need"] == store.need_of(project),
        authors=authors,
        checker=checker,
    )


async def check_without_effect(
    reader: Reader, procurement: Row, name: str | None, as_of: date | None, language: str
) -> CheckView:
    """What the rules say of the latest version, under its own rulebook or another, today or on another day; raises
    NotFound for a rulebook that there is not, or that says nothing of tender files."""
    file = await store.latest(reader, procurement["id"])
    try:
        book = rulebooks().get(name or procurement["rulebook"])
        section = book.section(FileSection)
    except (KeyError, ValueError, RulebookError):
        raise NotFound from None
    day = as_of or reader.today
    subject = await _subject(reader, file, procurement)
    decision: Decision[Contents] = check_file(subject, section, day)
    return CheckView(
        file_id=file["id"],
        number=file["number"],
        rulebook=book.name,
        as_of=day,
        hypothetical=book.name != procurement["rulebook"] or day != reader.today,
        allowed=not decision.refused,
        findings=[FindingView(**one) for one in explain((f for f in decision.findings if not f.satisfied), language)],
        explain=[FindingView(**one) for one in explain((f for f in decision.findings if f.satisfied), language)],
    )
