"""Documents: bytes with a hash. Uploaded first (`pending`) by a person who holds a post that may, for the organisation
of that post; linked by the command that names it, by id (`names`) or by SHA-256 (`take`); what no command named is
swept after a day. Never changed; a new version is a new document. When it need not be kept any more, its bytes and its
label go (`erased`).

A document is read as the records that name it are read; until then by its own organisation alone. The type is what the
bytes say, not what the sender says; the name is a label and never a path.
"""

import asyncio
import hashlib
import io
import re
import struct
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

import obstore
import obstore.exceptions
import puremagic
from fastapi import APIRouter, Header, Request, Response
from fastapi import Query as Parameter
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException

from shared.events import EVENTS
from shared.fields.ids import new_id
from shared.fields.places import NATION, on_one_path
from shared.law.decision import Clause, Decision, decide, finding
from shared.law.rulebook import Value, rulebooks
from shared.process.outages import Unavailable
from shared.process.settings import Settings
from shared.web.http import (
    UPLOAD_COSTS,
    Body,
    Id,
    Listed,
    Query,
    View,
    Waiting,
    keep_programs_out,
    perform,
    router,
    with_body,
)
from shared.web.limits import TooMany
from shared.work.database import Answer, Call, NotFound, Reader, Row, Transaction, WrongState
from shared.work.identity import Actor, NotAllowed, Post, Scope

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
UNKNOWN = "application/octet-stream"
ACCEPTED = {"application/pdf", "image/png", "image/jpeg", "text/plain", ZIP, WORD, SHEET}

PENDING_SECONDS = 3600
"""After which time somebody whose places are taken may look again: a command takes them, or a sweep."""

_HEAD = 4096
_ENTRIES_BYTES = 2 << 20
_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")

_INSERT = (
    "INSERT INTO documents (id, organisation_id, jurisdiction, uploaded_by, name, media_type, size, sha256, audience,"
    " state, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10)"
)
_WAITING = """
SELECT count(*) FILTER (WHERE uploaded_by = $1) AS mine,
       coalesce(sum(size) FILTER (WHERE uploaded_by = $1), 0) AS my_bytes,
       count(*) FILTER (WHERE organisation_id = $2) AS ours,
       coalesce(sum(size) FILTER (WHERE organisation_id = $2), 0) AS our_bytes
FROM documents WHERE state = 'pending' AND (uploaded_by = $1 OR organisation_id = $2)
"""
_OWN = (
    "SELECT id, organisation_id, jurisdiction, state, sha256 FROM documents WHERE id = ANY($1) ORDER BY id FOR UPDATE"
)
_NAMED = """
SELECT DISTINCT ON (sha256) id, sha256 FROM (
  SELECT id, sha256, created_at FROM documents
  WHERE sha256 = ANY($1) AND organisation_id = ANY($2) AND state <> 'erased' FOR UPDATE) d
ORDER BY sha256, created_at DESC, id
"""
_LINK = """
WITH linked AS (
  UPDATE documents SET state = 'linked', keep_until = greatest(keep_until, $4) WHERE id = ANY($1) RETURNING id)
INSERT INTO document_links (document_id, kind, record) SELECT id, $2, $3 FROM linked ON CONFLICT DO NOTHING
"""
_ARE_NAMED = "SELECT EXISTS (SELECT 1 FROM document_links WHERE record = $1 AND kind = $2)"
_PASS_ON = "UPDATE document_links SET kind = $3 WHERE record = $1 AND kind = $2"
_OF_RECORD = (
    "SELECT d.* FROM documents d JOIN document_links l ON l.document_id = d.id"
    " WHERE l.kind = $1 AND l.record = $2 AND d.state <> 'erased' AND ($3::uuid IS NULL OR d.id > $3)"
    " ORDER BY d.id LIMIT $4"
)
_READ = "SELECT * FROM documents WHERE id = $1 AND state <> 'erased'"
_LINKS = (
    "SELECT kind, record FROM document_links WHERE document_id = $1 AND ($2::text IS NULL OR (kind, record) > ($2, $3))"
    " ORDER BY kind, record LIMIT 200"
)
_STALE = "DELETE FROM documents WHERE state = 'pending' AND created_at < clock.now() - interval '1 day' RETURNING id"
_ERASE = """
UPDATE documents SET state = 'erased', name = '' WHERE state = 'linked'
  AND keep_until < (clock.now() AT TIME ZONE 'Asia/Shanghai')::date RETURNING id
"""


@dataclass(frozen=True, slots=True)
class RetentionSection:
    """How long the files of a purchase are kept."""

    file_retention_years: Value[int]


PURCHASE_YEARS = 5
"""The years of keeping begin when the purchase ends; so long after a paper is named it has ended. No text sets this."""


@dataclass(frozen=True, slots=True)
class Named:
    """A kind of record that names documents: the duties of those who may upload for it, and how its reader reads it
    (raising NotFound where they may not)."""

    duties: frozenset[str]
    read: Callable[[Reader, UUID, Scope], Awaitable[object]]


class DocumentView(View):
    """A document as stored: `sha256` in hex is what other records cite."""

    id: UUID
    organisation: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    state: str


def _each_once(given: list[UUID]) -> list[UUID]:
    if len(set(given)) != len(given):
        raise PydanticCustomError("document_twice", "name each document once")
    return given


class Documented(Body):
    """Base of bodies whose act rests on papers: `documents` are ids of uploads to this service that no record names
    yet, of the side that acts. They are read as the record that names them from then on."""

    documents: Annotated[list[Id], AfterValidator(_each_once)] = Field(default=[], max_length=20)


def names(call: Call, body: Documented | None, kind: str, record: UUID | None = None) -> Call:
    """The command, which ends by tying the body's documents to a record of that kind: to this one, or to the one that
    it makes, which is the last part of the answer's Location, or what its first entry is about."""
    if body is None or not body.documents:
        return call
    return replace(call, last=partial(_name, body.documents, kind, record))


async def _name(documents: Sequence[UUID], kind: str, record: UUID | None, tx: Transaction) -> None:
    """Ties them in the command's transaction, by the duty for which the command was allowed, and puts their hashes on
    record. Raises Refused."""
    first = tx.entries[0]
    location = tx.stored.headers.get("location") if tx.stored else None
    about = record or (UUID(location.rpartition("/")[2]) if location else first.subject)
    years = _retention(tx, first.jurisdiction or NATION).file_retention_years
    await tx.flush()
    rows = {row["id"]: row for row in await tx.connection.fetch(_OWN, documents)}
    tx.decided(_may_name([_own(tx, rows.get(each)) for each in documents], years.clause))
    end = date(tx.today.year + years.value + PURCHASE_YEARS, 12, 31)
    await tx.connection.execute(_LINK, documents, kind, about, end)
    event = EVENTS[f"goufu.{tx.database.service}.documents_named.v1"]
    place = {"jurisdiction": first.jurisdiction, "organisation": first.organisation, "keyed": first.key}
    hashes = [rows[each]["sha256"].hex() for each in documents]
    tx.emit(event.model_validate({**place, "kind": kind, "record": about, "documents": documents, "hashes": hashes}))


async def pass_on(tx: Transaction, record: UUID, was: str, becomes: str) -> None:
    """What a record named as one kind is of another from now on, because what rested on it was confirmed or taken back:
    others read it."""
    await tx.flush()
    await tx.connection.execute(_PASS_ON, record, was, becomes)


async def are_named(reader: Reader, record: UUID, kind: str) -> bool:
    """Whether a record names papers of that kind."""
    return bool(await reader.connection.fetchval(_ARE_NAMED, record, kind))


def _retention(tx: Transaction, place: str) -> RetentionSection:
    """By the text under which the command decided, or else the one in force there, or the nation's."""
    book = tx.rulebook or rulebooks().governing(place, tx.today)
    if book is None:
        raise WrongState("no_rulebook_in_force", "rulebook_in_force")
    return tx.under(book).section(RetentionSection)


def _own(tx: Transaction, row: Row | None) -> str | None:
    """The state of a document of the organisation and place for which the caller acts; None for any other."""
    if row is None or not tx.acts:
        return None
    duty, organisation, place = tx.acts[0]
    for post in tx.actor.posts:
        here = post.provides or on_one_path(row["jurisdiction"], place)
        if post.covers(duty, organisation, place) and post.organisation == row["organisation_id"] and here:
            return str(row["state"])
    return None


def _may_name(states: Sequence[str | None], clause: Clause) -> Decision[int]:
    """Whether each paper that is named is kept here and is the caller's, and whether no record names it yet: it would
    be read as that one is, too."""
    found = []
    for number, state in enumerate(states, 1):
        found.append(finding("document_missing", clause, state in ("pending", "linked"), paper=number))
        found.append(finding("document_named", clause, state != "linked", paper=number))
    return decide(found, len(states))


async def take(
    tx: Transaction,
    digests: Sequence[str],
    *,
    kind: str,
    record: UUID,
    duties: frozenset[str],
    clause: Clause,
    keep_until: date,
) -> None:
    """Ties the documents with these hashes (SHA-256 in hex) to a record, in the record's transaction, and keeps them
    until that day at the least. They must have been uploaded for an organisation in which the caller holds one of the
    duties: a hash of something nobody keeps, or of another's document, is refused by the clause."""
    if not digests:
        return
    owners = list({post.organisation for post in tx.actor.posts if post.duties & duties})
    await tx.flush()
    rows = await tx.connection.fetch(_NAMED, [bytes.fromhex(digest) for digest in digests], owners)
    tx.decided(all_kept(digests, {row["sha256"].hex() for row in rows}, clause))
    await tx.connection.execute(_LINK, [row["id"] for row in rows], kind, record, keep_until)


def all_kept(digests: Sequence[str], kept: set[str], clause: Clause) -> Decision[int]:
    """Whether each paper that is named is kept here, by its number among those named."""
    found = [
        finding("document_missing", clause, digest in kept, paper=number) for number, digest in enumerate(digests, 1)
    ]
    return decide(found, len(found))


def documents_routers(named: Mapping[str, Named], *, sealed: bool) -> list[APIRouter]:
    """The routes; every service has them. `named` are the kinds of record that name documents here, each with the
    duties of those who may upload for it; `sealed` where who reads one may be about to do what nobody must know yet."""
    routes, reading = router("documents"), router("documents", sealed=sealed)
    uploading: frozenset[str] = frozenset().union(*(kind.duties for kind in named.values()))

    @routes.post("/documents", operation_id="upload_document", response_model=DocumentView, status_code=201)
    async def upload(
        request: Request,
        call: Waiting,
        document_name: Annotated[str, Header(max_length=300)] = "document",
        audience: Annotated[Literal["public", "parties", "sealed"], Header()] = "parties",
        organisation: Annotated[Id | None, Header()] = None,
    ) -> Response:
        """Uploads the raw bytes of one document, at most 16 MiB; `Document-Name` is its label (percent-encoded),
        `Organisation` for whom, where the caller's posts leave a choice. `sealed` keeps it from all others even when a
        record names it. Who has so many that no record names yet, or so many bytes of them, is answered 429 (50 and
        200 MiB, where the city set nothing else). Duty: any of those whose commands name documents."""
        keep_programs_out(call)
        person = call.token and (call.token.issuer, call.token.subject)
        with request.app.state.limits.uploads.taken(person):
            async with call.reading() as reader:
                post = _post(reader.actor, uploading, organisation)
                await _has_room(reader, post, request.app.state.settings)
            request.app.state.limits.callers.take(person, UPLOAD_COSTS)
            command = await with_body(request, call)
            body = await request.body()
            if not body:
                raise HTTPException(400)
            media_type, digest = await asyncio.to_thread(_looked_at, body)
            if media_type not in ACCEPTED:
                raise HTTPException(415)
            given = _Upload(body, digest, media_type, document_name, audience, organisation)
            return await perform(_store(request.app.state, uploading), command, given)

    @reading.get("/documents", operation_id="list_documents")
    async def list_documents(
        query: Query, listed: Listed, kind: Annotated[str, Parameter(max_length=40)], record: UUID
    ) -> list[DocumentView]:
        """The documents that a record names, oldest first, for those who may see it; sealed ones for their own side
        alone."""
        if kind not in named:
            raise NotFound
        await named[kind].read(query, record, query.actor.scope())
        after = listed.after[0] if listed.after else None
        rows = await query.connection.fetch(_OF_RECORD, kind, record, after, listed.fetched)
        return [_view(row) for row in listed.page(rows, "id") if row["audience"] != "sealed" or _owned(query, row)]

    @reading.get("/documents/{document_id}/content", operation_id="download_document")
    async def download(document_id: UUID, request: Request, query: Query) -> StreamingResponse:
        """The bytes, for those who may see a record that names it."""
        row = await query.connection.fetchrow(_READ, document_id)
        if row is None or not await _shown(query, row, named):
            raise NotFound
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(row['name'])}",
            "etag": f'"{row["sha256"].hex()}"',
            "content-length": str(row["size"]),
        }
        with _store_answers():
            found = await obstore.get_async(request.app.state.documents, str(document_id))
        return StreamingResponse(_stream(found), headers=headers, media_type=row["media_type"])

    return [routes, reading]


@dataclass(frozen=True, slots=True)
class _Upload:
    body: bytes
    digest: bytes
    media_type: str
    name: str
    audience: str
    organisation: UUID | None


def _post(actor: Actor, duties: frozenset[str], organisation: UUID | None) -> Post:
    """The post by which the caller uploads: of the organisation that is named, else of the only one there is."""
    mine = [post for post in actor.posts if post.duties & duties and not post.inherited]
    able = [post for post in mine if organisation in (None, post.organisation)]
    if actor.person_id is None or not able:
        raise NotAllowed("upload_document")
    if len({post.organisation for post in able}) > 1:
        message = "name the organisation for which you upload"
        raise RequestValidationError([{"loc": ("header", "organisation"), "type": "missing", "msg": message}])
    return able[0]


async def _has_room(reader: Reader, post: Post, settings: Settings) -> None:
    """Raises TooMany where what waits to be named is as much as may."""
    row = await reader.connection.fetchrow(_WAITING, reader.actor.person_id, post.organisation)
    for count, most, size, mebibytes in (
        (row["mine"], settings.uploads_of_person, row["my_bytes"], settings.upload_mib_of_person),
        (row["ours"], settings.uploads_of_organisation, row["our_bytes"], settings.upload_mib_of_organisation),
    ):
        if count >= most or size >= mebibytes << 20:
            raise TooMany(PENDING_SECONDS)


@contextmanager
def _store_answers() -> Iterator[None]:
    """A store that does not take or give the bytes, as with a full disk, is an outage."""
    try:
        yield
    except obstore.exceptions.BaseError as error:
        raise Unavailable("the store of documents does not answer") from error


async def _shown(reader: Reader, row: Row, named: Mapping[str, Named]) -> bool:
    """To its own organisation, and unless it is sealed to whoever may read one of the records that name it."""
    scope = reader.actor.scope()
    if _owned(reader, row):
        return True
    if row["audience"] == "sealed":
        return False
    kind, record = None, None
    while links := await reader.connection.fetch(_LINKS, row["id"], kind, record):
        for kind, record in links:
            try:
                await named[kind].read(reader, record, scope)
            except NotFound:
                continue
            return True
    return False


def _owned(reader: Reader, row: Row) -> bool:
    owner = row["organisation_id"]
    return reader.actor.scope().owns((owner,), row["jurisdiction"], owner)


def _view(row: Row) -> DocumentView:
    known = {name: row[name] for name in ("id", "name", "media_type", "size", "state")}
    return DocumentView(**known, organisation=row["organisation_id"], sha256=row["sha256"].hex())


async def _stream(found: Any) -> AsyncIterator[bytes]:
    async for chunk in found.stream():
        yield bytes(chunk)


def _store(app: Any, uploading: frozenset[str]) -> Callable[[Call, _Upload], Awaitable[Answer]]:
    async def store_document(call: Call, given: _Upload) -> Answer:
        async with call.transaction() as tx:
            post = _post(tx.actor, uploading, given.organisation)
            await tx.connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(post.organisation))
            await _has_room(tx, post, app.settings)
            document_id = new_id()
            with _store_answers():
                await obstore.put_async(app.documents, str(document_id), given.body, mode="create")
            await tx.connection.execute(
                _INSERT, document_id, post.organisation, post.jurisdiction, tx.actor.person_id, given.name,
                given.media_type, len(given.body), given.digest, given.audience, tx.now,
            )  # fmt: skip
            view = DocumentView(
                id=document_id,
                organisation=post.organisation,
                name=given.name,
                media_type=given.media_type,
                size=len(given.body),
                sha256=given.digest.hex(),
                state="pending",
            )
            return tx.answer(201, view, location=f"/v1/documents/{document_id}/content")

    return store_document


def _looked_at(body: bytes) -> tuple[str, bytes]:
    return sniff(body), hashlib.sha256(body).digest()


def sniff(body: bytes) -> str:
    """The media type that the bytes show: by their first ones, an archive by its entries; UTF-8 text without control
    characters is text. It takes no longer for crafted bytes: nothing is unpacked, and no list of entries beyond 2 MiB
    is read."""
    if body.startswith(b"PK\x03\x04"):
        return _archive(body)
    with suppress(puremagic.PureError, ValueError):
        if kind := str(puremagic.from_string(body[:_HEAD], mime=True)):
            return kind
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return UNKNOWN
    return UNKNOWN if _CONTROLS.search(text) else "text/plain"


def _archive(body: bytes) -> str:
    """What a ZIP archive is, by its central directory: a text or a sheet of Office without macros, or an archive."""
    end = body.rfind(b"PK\x05\x06", -65_557)
    if end < 0 or len(body) < end + 22 or struct.unpack_from("<I", body, end + 12)[0] > _ENTRIES_BYTES:
        return UNKNOWN
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            entries = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, struct.error):
        return UNKNOWN
    if "[Content_Types].xml" not in entries:
        return ZIP
    if any(name.endswith("vbaProject.bin") for name in entries):
        return UNKNOWN
    office = {"word/document.xml": WORD, "xl/workbook.xml": SHEET}
    return next((kind for entry, kind in office.items() if entry in entries), UNKNOWN)


async def sweep_unlinked(tx: Transaction) -> list[UUID]:
    """Gives up uploads of yesterday that no command named; returns them, for `forget` after the commit."""
    return [row["id"] for row in await tx.connection.fetch(_STALE)]


async def erase_expired(tx: Transaction) -> list[UUID]:
    """Gives up the bytes and labels of documents whose last day is over; who has them still knows their hash."""
    return [row["id"] for row in await tx.connection.fetch(_ERASE)]


async def forget(store: Any, gone: Sequence[UUID]) -> None:
    """Removes the bytes of documents that are no more."""
    for document_id in gone:
        try:
            with _store_answers():
                await obstore.delete_async(store, str(document_id))
        except FileNotFoundError:
            continue
