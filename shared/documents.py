"""Documents: bytes with a hash. Uploaded first (`pending`), linked by the command that needs them; unlinked ones are
swept after a day. Never changed, never deleted once linked; a new version is a new document.

The type is what the bytes say, not what the sender says; the name is a label and never a path.
"""

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

import obstore
import obstore.exceptions
import puremagic
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from shared.database import Answer, Call, NotFound, Row, Transaction
from shared.http import Command, Query, View, perform, router
from shared.identity import Scope
from shared.ids import new_id
from shared.outages import Unavailable

ACCEPTED = {
    "application/pdf",
    "image/png",
    "image/jpeg",
    "text/plain",
    "application/zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_INSERT = (
    "INSERT INTO documents (id, organisation_id, jurisdiction, uploaded_by, name, media_type, size, sha256, audience,"
    " state, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10)"
)
_LINK = (
    "UPDATE documents SET state = 'linked', linked_to = $2 WHERE id = $1 AND organisation_id = $3 AND"
    " (state = 'pending' OR linked_to = $2) RETURNING sha256"
)
_READ = "SELECT * FROM documents WHERE id = $1"
_STALE = "DELETE FROM documents WHERE state = 'pending' AND created_at < clock.now() - interval '1 day' RETURNING id"


class DocumentView(View):
    """A document as stored: `sha256` in hex is what other records cite."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    state: str


async def link(tx: Transaction, document_id: UUID, to: UUID, organisation: UUID) -> bytes:
    """Ties a document of that organisation to a record, in the record's transaction; returns its SHA-256. Raises
    NotFound for another's, or one tied elsewhere."""
    digest = await tx.connection.fetchval(_LINK, document_id, to, organisation)
    if digest is None:
        raise NotFound
    return bytes(digest)


def documents_router() -> APIRouter:
    """The routes; every service has them."""
    routes = router("documents")

    @routes.post("/documents", operation_id="upload_document", response_model=DocumentView, status_code=201)
    async def upload(
        request: Request,
        call: Command,
        document_name: Annotated[str, Header(max_length=300)] = "document",
        audience: Annotated[Literal["public", "parties", "sealed"], Header()] = "parties",
    ) -> Response:
        """Uploads the raw bytes of one document, at most 16 MiB; `Document-Name` is its label (percent-encoded)."""
        body = await request.body()
        return await perform(_store(request.app.state.documents), call, (body, document_name, audience))

    @routes.get("/documents/{document_id}/content", operation_id="download_document")
    async def download(document_id: UUID, request: Request, query: Query) -> StreamingResponse:
        """The bytes, for those who may see the record they belong to."""
        row = await query.connection.fetchrow(_READ, document_id)
        scope = query.actor.scope()
        if row is None or not _shown(row, scope):
            raise NotFound
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(row['name'])}",
            "etag": f'"{row["sha256"].hex()}"',
            "content-length": str(row["size"]),
        }
        with _store_answers():
            found = await obstore.get_async(request.app.state.documents, str(document_id))
        return StreamingResponse(_stream(found), headers=headers, media_type=row["media_type"])

    return routes


@contextmanager
def _store_answers() -> Iterator[None]:
    """A store that does not take or give the bytes, as with a full disk, is an outage."""
    try:
        yield
    except obstore.exceptions.BaseError as error:
        raise Unavailable("the store of documents does not answer") from error


def _shown(row: Row, scope: Scope) -> bool:
    """A public document once the record it belongs to took it; a sealed one to nobody but its own organisation."""
    owner, place = row["organisation_id"], row["jurisdiction"]
    if row["audience"] == "sealed":
        return scope.owns((owner,), place, owner)
    published = row["audience"] == "public" and row["state"] == "linked"
    return published or scope.sees((owner,), place, owner)


async def _stream(found: Any) -> AsyncIterator[bytes]:
    async for chunk in found.stream():
        yield bytes(chunk)


def _store(store: Any) -> Any:
    async def store_document(call: Call, command: tuple[bytes, str, str]) -> Answer:
        body, name, audience = command
        if not body:
            raise HTTPException(400)
        media_type = sniff(body)
        if media_type not in ACCEPTED:
            raise HTTPException(415)
        async with call.transaction() as tx:
            if not tx.actor.posts:
                raise NotFound
            post = tx.actor.posts[0]
            document_id, digest = new_id(), hashlib.sha256(body).digest()
            with _store_answers():
                await obstore.put_async(store, str(document_id), body, mode="create")
            await tx.connection.execute(
                _INSERT, document_id, post.organisation, post.jurisdiction, tx.actor.person_id, name, media_type,
                len(body), digest, audience, tx.now,
            )  # fmt: skip
            view = DocumentView(
                id=document_id, name=name, media_type=media_type, size=len(body), sha256=digest.hex(), state="pending"
            )
            return tx.answer(201, view, location=f"/v1/documents/{document_id}/content")

    return store_document


def sniff(body: bytes) -> str:
    """The media type that the first bytes show; plain UTF-8 text without control characters is text."""
    try:
        return str(puremagic.from_string(body, mime=True))
    except (puremagic.PureError, ValueError):
        pass
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "text/plain" if all(c.isprintable() or c in "\n\r\t" for c in text) else "application/octet-stream"


async def sweep_unlinked(tx: Transaction, store: Any) -> int:
    """Deletes uploads of yesterday that no command took."""
    gone = await tx.connection.fetch(_STALE)
    for row in gone:
        await obstore.delete_async(store, str(row["id"]))
    return len(gone)
