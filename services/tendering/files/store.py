"""Queries about tender files. Contents are insert-only: another text is another version with its own hash."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.tendering.consents.records import Purpose
from services.tendering.files.contents import Contents
from services.tendering.files.records import FileText, FileVersion, WholeFile
from services.tendering.files.rules import Together
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement, ProcurementState, Project
from services.tendering.rulebook import FileSection
from services.tendering.tables import consents, projects, tender_file_contents, tender_files
from services.tendering.tables import procurements as bought
from shared.fields.ids import new_id
from shared.fields.strict_json import canonical
from shared.law.rulebook import Rulebook, rulebooks
from shared.law.scope import Case
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Transaction
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


_PRIOR_ROLES = sa.select(
    sa.func.jsonb_path_query(
        tender_file_contents.c.document,
        sa.literal_column("CAST('$.contents.prepared_by[*] ? (@.provider_id == $provider).role' AS jsonpath)", sa.Text),
        sa.func.jsonb_build_object("provider", sa.bindparam("provider", type_=sa.Text)),
    ).op("#>>", return_type=sa.Text)(sa.literal_column("'{}'", sa.Text))
).where(tender_file_contents.c.file_id == sa.bindparam("file_id", type_=sa.Uuid))
_YEAR = sa.func.coalesce(bought.c.budget_year, sa.cast(sa.extract("year", bought.c.started_on), sa.Integer))
_APPROVED = sa.exists().where(consents.c.used_for == bought.c.id, consents.c.purpose == Purpose.OTHER_METHOD.value)
_TOGETHER = (
    sa.select(sa.func.count().label("count"), sa.func.sum(bought.c.budget).label("amount"))
    .select_from(bought.join(projects, projects.c.id == bought.c.key))
    .where(
        bought.c.organisation == sa.bindparam("organisation", type_=sa.Uuid),
        projects.c.item == sa.bindparam("item", type_=sa.Text),
        sa.bindparam("year", type_=sa.Integer) == _YEAR,
        bought.c.method != sa.bindparam("rule", type_=sa.Text),
        bought.c.state != ProcurementState.FAILED.value,
        sa.or_(bought.c.id == sa.bindparam("id", type_=sa.Uuid), ~_APPROVED),
    )
)


async def together(reader: Reader, procurement: Procurement, item: str, rule: str) -> Together | None:
    """What the purchaser buys of the item in the year of this purchase, which is not by the method that is the `rule`;
    failed purchases, and others that rest on an approval of their method, do not count."""
    if procurement.method == rule:
        return None
    year = procurement.budget_year or procurement.started_on.year
    told = {"organisation": procurement.organisation, "item": item, "year": year, "rule": rule, "id": procurement.id}
    row = await reader.one(_TOGETHER, **told)
    found = Together(*row) if row else None
    return found if found and found.count else None


def document_of(
    procurement: Procurement, project: Project, contents: Contents, attached: Sequence[UUID] = ()
) -> dict[str, Any]:
    """The whole file as it is hashed and published: the purchaser's text with what the project fixes, and the ids of
    what is attached, whose bytes never change."""
    return {
        "procurement_id": str(procurement.id),
        "title": procurement.title,
        "method": procurement.method,
        "rulebook": procurement.rulebook,
        "budget": str(procurement.budget),
        "service_need": need_of(project),
        "contents": contents.model_dump(mode="json"),
        **({"documents": [str(each) for each in attached]} if attached else {}),
    }


def need_of(project: Project) -> dict[str, Any]:
    """The finalised need: which requirement, in which version, with which hash."""
    return {
        "id": str(project.requirement_id),
        "version": project.requirement_version,
        "hash": project.requirement_hash,
    }


def hash_of(document: dict[str, Any]) -> str:
    """SHA-256 over the document's canonical JSON, as hex digits."""
    return hashlib.sha256(canonical(document)).hexdigest()


def section_of_notice(book: Rulebook, procurement: Procurement, day: date) -> FileSection:
    """The section by which the purchase began, with the bounds that hold when its notice is of this day."""
    case = Case.of(procurement)
    of_the_day = rulebooks().get(book.file.name, day)
    return book.section(FileSection, case).noticed_by(of_the_day.section(FileSection, case))


def contents_of(file: WholeFile) -> Contents:
    return Contents.model_validate(file.document["contents"])


async def add(tx: Transaction, procurement: Procurement, document: dict[str, Any], author: UUID) -> WholeFile:
    """The next version of the procurement's file, whose key must be locked."""
    before = await of_procurement(tx, procurement.id)
    owner = procurements.owner(procurement)
    file = await tx.add(FileVersion(id=new_id(), version=1, **owner, number=len(before) + 1, drafted_by=author))
    text = await tx.add(FileText(file_id=file.id, document=document, hash=hash_of(document)))
    return whole(file, text)


def whole(file: FileVersion, text: FileText | WholeFile) -> WholeFile:
    """The version with what it says."""
    return WholeFile(**file.columns(), document=text.document, hash=text.hash)


async def get(reader: Reader, file_id: UUID) -> WholeFile:
    file = await reader.one(_FILE, WholeFile, id=file_id)
    if file is None:
        raise NotFound
    return file


async def prior_roles(reader: Reader, procurement: Procurement, provider_id: UUID) -> tuple[str, ...]:
    """In which roles the published file says that this provider worked on the project before."""
    asked = {"file_id": procurement.file_id, "provider": str(provider_id)}
    return tuple(role for (role,) in await reader.all(_PRIOR_ROLES, **asked))


async def published(reader: Reader, procurement: Procurement) -> WholeFile:
    """The checked version, which the procurement names; raises NotFound while it names none."""
    if procurement.file_id is None:
        raise NotFound
    return await get(reader, procurement.file_id)


async def read(reader: Reader, file_id: UUID, scope: Scope) -> WholeFile:
    """The published version for everybody, any for the purchaser's side; raises NotFound."""
    file = await get(reader, file_id)
    procurement = await procurements.read(reader, file.procurement_id, scope)
    if procurement.file_id != file_id:
        await procurements.read_own(reader, file.procurement_id, scope)
    return file


async def of_procurement(reader: Reader, procurement_id: UUID) -> list[WholeFile]:
    """All versions, oldest first."""
    return await reader.all(_FILES, WholeFile, procurement_id=procurement_id)


async def list_files(
    reader: Reader, procurement: Procurement, shown: Slice, *, published_only: bool
) -> list[WholeFile]:
    """A page of them; or of the published one alone."""
    files = _FILES.where(tender_files.c.id == procurement.file_id) if published_only else _FILES
    return await reader.all(shown.of(files), WholeFile, procurement_id=procurement.id)


async def latest(reader: Reader, procurement_id: UUID) -> WholeFile:
    """The newest version; raises NotFound before the first."""
    files = await of_procurement(reader, procurement_id)
    if not files:
        raise NotFound
    return files[-1]
