"""Queries about tender files. Contents are insert-only: another text is another version with its own hash."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.tendering.files.contents import Contents
from services.tendering.procurements import store as procurements
from services.tendering.tables import tender_file_contents, tender_files
from shared.fields.ids import new_id
from shared.fields.strict_json import canonical
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

_FILE = (
    sa.select(tender_files, tender_file_contents.c.document, tender_file_contents.c.hash)
    .join(tender_file_contents)
    .where(tender_files.c.id == sa.bindparam("id", type_=sa.Uuid))
)
_FILES = (
    sa.select(tender_files, tender_file_contents.c.document, tender_file_contents.c.hash)
    .join(tender_file_contents)
    .where(tender_files.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
    .order_by(tender_files.c.number)
)


def document_of(procurement: Row, project: Row, contents: Contents, attached: Sequence[UUID] = ()) -> dict[str, Any]:
    """The whole file as it is hashed and published: the purchaser's text with what the project fixes, and the ids of
    what is attached, whose bytes never change."""
    return {
        "procurement_id": str(procurement["id"]),
        "title": procurement["title"],
        "method": procurement["method"],
        "rulebook": procurement["rulebook"],
        "budget": str(procurement["budget"]),
        "service_need": need_of(project),
        "contents": contents.model_dump(mode="json"),
        **({"documents": [str(each) for each in attached]} if attached else {}),
    }


def need_of(project: Row) -> dict[str, Any]:
    """The finalised need: which requirement, in which version, with which hash."""
    return {
        "id": str(project["requirement_id"]),
        "version": project["requirement_version"],
        "hash": project["requirement_hash"],
    }


def hash_of(document: dict[str, Any]) -> str:
    """SHA-256 over the document's canonical JSON, as hex digits."""
    return hashlib.sha256(canonical(document)).hexdigest()


def contents_of(file: Row) -> Contents:
    return Contents.model_validate(file["document"]["contents"])


async def insert(tx: Transaction, procurement: Row, document: dict[str, Any], author: UUID) -> Row:
    """The next version of the procurement's file, whose key must be locked."""
    before = await of_procurement(tx, procurement["id"])
    file_id = new_id()
    await tx.insert(
        tender_files,
        id=file_id,
        key=procurement["key"],
        version=1,
        jurisdiction=procurement["jurisdiction"],
        organisation=procurement["organisation"],
        procurement_id=procurement["id"],
        number=len(before) + 1,
        state="drafted",
        drafted_by=author,
    )
    await tx.insert(tender_file_contents, file_id=file_id, document=document, hash=hash_of(document))
    return await get(tx, file_id)


async def lock(tx: Transaction, file_id: UUID) -> Row:
    """The file, locked behind its project's key, with its contents."""
    await tx.lock_row(tender_files, file_id)
    return await get(tx, file_id)


async def set_checked(tx: Transaction, file: Row, person: UUID) -> Row:
    await tx.update(tender_files, file["id"], state="checked", checked_by=person, checked_on=tx.today)
    return await get(tx, file["id"])


async def authors(tx: Transaction, procurement_id: UUID) -> frozenset[UUID]:
    """Everybody who drafted a version of the file."""
    return frozenset(file["drafted_by"] for file in await of_procurement(tx, procurement_id))


async def get(reader: Reader, file_id: UUID) -> Row:
    row = await reader.one(_FILE, id=file_id)
    if row is None:
        raise NotFound
    return row


async def read(reader: Reader, file_id: UUID, scope: Scope) -> Row:
    """The published version for everybody, any for the purchaser's side; raises NotFound."""
    file = await get(reader, file_id)
    procurement = await procurements.read(reader, file["procurement_id"], scope)
    if procurement["file_id"] != file_id:
        await procurements.read_own(reader, file["procurement_id"], scope)
    return file


async def of_procurement(reader: Reader, procurement_id: UUID) -> list[Row]:
    """All versions, oldest first."""
    return await reader.all(_FILES, procurement_id=procurement_id)


async def list_files(reader: Reader, procurement: Row, shown: Slice, *, published_only: bool) -> list[Row]:
    """A page of them; or of the published one alone."""
    files = _FILES.where(tender_files.c.id == procurement["file_id"]) if published_only else _FILES
    return await reader.all(shown.of(files), procurement_id=procurement["id"])


async def latest(reader: Reader, procurement_id: UUID) -> Row:
    """The newest version; raises NotFound before the first."""
    files = await of_procurement(reader, procurement_id)
    if not files:
        raise NotFound
    return files[-1]
