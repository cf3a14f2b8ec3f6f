"""Commands on directory editions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.catalog.directories import store
from services.catalog.directories.records import Edition, EditionItem, EditionKind, EditionState
from services.catalog.directories.rules import Entry, draft_edition, publish_edition
from services.catalog.directories.sheets import Item, read_items
from services.catalog.directories.views import EditionView, ImportReport
from services.catalog.law import governing
from services.catalog.negative_lists import store as negative_checks
from services.catalog.rulebook import DirectorySection, NegativeSection
from services.catalog.tables import EDITION
from shared.events.catalog import DirectoryDrafted, DirectoryPublished
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, Transaction


@dataclass(frozen=True, slots=True)
class DraftEdition:
    """Imports a sheet as an edition; `dry_run` tells what would happen and keeps nothing."""

    jurisdiction: str
    organisation: UUID
    kind: EditionKind
    title: str
    valid_from: date
    sheet: str
    declaration: Mapping[str, bool]
    dry_run: bool


@dataclass(frozen=True, slots=True)
class PublishEdition:
    """Another person than the drafter puts the edition into force from its day."""

    edition_id: UUID


async def import_edition(call: Call, command: DraftEdition) -> Answer:
    async with call.transaction() as tx:
        person = tx.require("draft_directory", command.organisation, command.jurisdiction, begins=True)
        book = tx.under(governing(command.jurisdiction, tx.today))
        items = read_items(command.sheet, await store.paths_above(tx, command.jurisdiction, command.valid_from))
        section, negative = book.section(DirectorySection), book.section(NegativeSection)
        tx.decided(draft_edition(_entries(items), command.declaration, section, negative))
        if command.dry_run:
            return tx.answer(200, ImportReport(items=len(items), classes=sum(item.level == 1 for item in items)))
        return await _draft(tx, command, items, book.name, person)


async def _draft(tx: Transaction, command: DraftEdition, items: Sequence[Item], rulebook: str, person: UUID) -> Answer:
    edition_id = new_id()
    await tx.lock(edition_id)
    edition = await tx.add(
        Edition(
            id=edition_id,
            key=edition_id,
            version=1,
            jurisdiction=command.jurisdiction,
            organisation=command.organisation,
            kind=command.kind,
            title=command.title,
            valid_from=command.valid_from,
            rulebook=rulebook,
            items=len(items),
            state=EditionState.DRAFTED,
            drafted_by=person,
        )
    )
    kept = [await tx.add(_kept(edition_id, item)) for item in items]
    declared = await negative_checks.declare(tx, edition_id, edition_id, "list_entry", command.declaration, person)
    tx.emit(
        DirectoryDrafted(
            jurisdiction=edition.jurisdiction,
            organisation=edition.organisation,
            edition_id=edition_id,
            kind=edition.kind,
            valid_from=edition.valid_from,
            items=edition.items,
            facts=EDITION(edition),
            contents=store.contents_hash(kept),
            declared=declared,
        )
    )
    view = EditionView.model_validate(edition)
    return tx.answer(201, view, version=edition.version, location=f"/v1/directories/{edition_id}")


async def publish(call: Call, command: PublishEdition) -> Answer:
    async with call.transaction() as tx:
        drafted, person = await tx.open(
            Edition, command.edition_id, "publish_directory", states=(EditionState.DRAFTED,), fresh=True
        )
        tx.decided(publish_edition(drafted.drafted_by, person, tx.law(drafted, NegativeSection)))
        await negative_checks.confirm(tx, drafted.id, "list_entry", person)
        edition = await tx.save(
            drafted,
            replace(drafted, state=EditionState.PUBLISHED, published_by=person, published_on=tx.today),
        )
        tx.emit(
            DirectoryPublished(
                jurisdiction=edition.jurisdiction,
                organisation=edition.organisation,
                edition_id=edition.id,
                title=edition.title,
                kind=edition.kind,
                valid_from=edition.valid_from,
                items=edition.items,
                facts=EDITION(edition),
            )
        )
        return tx.answer(200, EditionView.model_validate(edition), version=edition.version)


def _entries(items: Sequence[Item]) -> list[Entry]:
    return [Entry(item.code, item.level, item.path[0], item.note is not None) for item in items]


def _kept(edition_id: UUID, item: Item) -> EditionItem:
    return EditionItem(
        edition_id=edition_id,
        code=item.code,
        parent=item.parent,
        level=item.level,
        path=list(item.path),
        name_zh=item.name_zh,
        name_en=item.name_en,
        note=item.note,
    )
