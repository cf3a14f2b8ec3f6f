"""Commands on directory editions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from services.catalog.directories import store
from services.catalog.directories.rules import Entry, draft_edition, publish_edition
from services.catalog.directories.sheets import Item, read_items
from services.catalog.directories.views import ImportReport, edition_view
from services.catalog.law import governing
from services.catalog.negative_lists import store as negative_checks
from services.catalog.rulebook import DirectorySection, NegativeSection
from shared.events.catalog import DirectoryDrafted, DirectoryPublished
from shared.fields.ids import new_id
from shared.law.rulebook import rulebooks
from shared.work.database import Answer, Call, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class DraftEdition:
    """Imports a sheet as an edition; `dry_run` tells what would happen and keeps nothing."""

    jurisdiction: str
    organisation: UUID
    kind: Literal["guidance", "implementing"]
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
        person = tx.require("draft_directory", command.organisation, command.jurisdiction)
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
    about: dict[str, Any] = {
        "jurisdiction": command.jurisdiction,
        "organisation": command.organisation,
        "kind": command.kind,
    }
    edition = {
        **about,
        "id": edition_id,
        "title": command.title,
        "valid_from": command.valid_from,
        "rulebook": rulebook,
        "items": len(items),
        "drafted_by": person,
    }
    await store.add_draft(tx, edition, items)
    await negative_checks.declare(tx, edition_id, edition_id, "list_entry", command.declaration, person)
    tx.emit(DirectoryDrafted(**about, edition_id=edition_id, valid_from=command.valid_from, items=len(items)))
    row = await store.lock_edition(tx, edition_id)
    return tx.answer(201, edition_view(row), version=row["version"], location=f"/v1/directories/{edition_id}")


async def publish(call: Call, command: PublishEdition) -> Answer:
    async with call.transaction() as tx:
        edition = await store.lock_edition(tx, command.edition_id)
        person = tx.require("publish_directory", edition["organisation"], edition["jurisdiction"])
        tx.expect(edition["version"])
        if edition["state"] != "drafted":
            raise WrongState(edition["state"], "drafted")
        negative = tx.under(rulebooks().get(edition["rulebook"])).section(NegativeSection)
        tx.decided(publish_edition(edition["drafted_by"], person, negative))
        await negative_checks.confirm(tx, edition["id"], "list_entry", person)
        await store.set_published(tx, edition["id"], person)
        tx.emit(
            DirectoryPublished(
                jurisdiction=edition["jurisdiction"],
                organisation=edition["organisation"],
                edition_id=edition["id"],
                title=edition["title"],
                kind=edition["kind"],
                valid_from=edition["valid_from"],
                items=edition["items"],
            )
        )
        row = await store.lock_edition(tx, edition["id"])
        return tx.answer(200, edition_view(row), version=row["version"])


def _entries(items: Sequence[Item]) -> list[Entry]:
    return [Entry(item.code, item.level, item.path[0], item.note is not None) for item in items]
