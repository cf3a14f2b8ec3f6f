"""Routes of tender files."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.tendering.files import store
from services.tendering.files.contents import Contents
from services.tendering.files.handlers import CheckFile, DraftFile, check_tender_file, check_without_effect, draft_file
from services.tendering.files.views import CheckView, FileView
from services.tendering.procurements import store as procurements
from shared.errands.documents import Documented, names
from shared.fields.text import PlainDate
from shared.web.errors import language_of
from shared.web.http import Command, Listed, Query, perform, router

routes = router("files")
reading = router("files", sealed=True)
"""Whoever reads a published file may be about to bid."""


class FileBody(Contents, Documented):
    """The file's contents, and its attachments: they are part of what is hashed and published."""


class CheckFilter(BaseModel):
    """Under which rulebook (`dongguan-2011`), on which day; both need `hypothetical=true`, since nothing follows."""

    model_config = ConfigDict(extra="forbid")

    rulebook: str | None = Field(default=None, max_length=200, examples=["dongguan-2011"])
    as_of: PlainDate | None = None
    hypothetical: bool = False

    @model_validator(mode="after")
    def _marked(self) -> Self:
        if (self.rulebook or self.as_of) and not self.hypothetical:
            raise ValueError("say hypothetical=true when you ask under another rulebook or day")
        return self


@routes.post(
    "/procurements/{procurement_id}/files", operation_id="draft_file", response_model=FileView, status_code=201
)
async def post_file(procurement_id: UUID, body: FileBody, call: Command) -> Response:
    """Writes the next version of the tender file. Duty: draft_file. What the law asks for may still be missing."""
    contents = Contents(**{name: getattr(body, name) for name in Contents.model_fields})
    command = DraftFile(procurement_id, contents, tuple(body.documents))
    return await perform(draft_file, names(call, body, "file"), command)


@routes.post("/files/{file_id}/check", operation_id="check_file", response_model=FileView)
async def post_check(file_id: UUID, call: Command) -> Response:
    """Checks the latest version, as another person than its authors. Duty: check_file."""
    return await perform(check_tender_file, call, CheckFile(file_id))


@reading.get("/procurements/{procurement_id}/files", operation_id="list_files")
async def list_files(procurement_id: UUID, query: Query, listed: Listed) -> list[FileView]:
    """The published version for everybody; all versions for the purchaser's side."""
    scope = query.actor.scope()
    procurement = await procurements.read(query, procurement_id, scope)
    own = procurements.sees(scope, procurement)
    files = await store.list_files(query, procurement, listed.by("number"), published_only=not own)
    return [FileView.model_validate(file) for file in listed.page(files, "number")]


@reading.get("/files/{file_id}", operation_id="get_file")
async def get_file(file_id: UUID, query: Query, response: Response) -> FileView:
    """One version: the published one for everybody, any for the purchaser's side."""
    file = await store.read(query, file_id, query.actor.scope())
    response.headers["etag"] = f'"{file.version}"'
    return FileView.model_validate(file)


@routes.get("/procurements/{procurement_id}/check-file", operation_id="check_file_without_effect")
async def get_check(
    procurement_id: UUID, asked: Annotated[CheckFilter, QueryParameters()], query: Query, request: Request
) -> CheckView:
    """What the rules say of the latest version, without effect; for the purchaser's side."""
    procurement = await procurements.read_own(query, procurement_id, query.actor.scope())
    return await check_without_effect(query, procurement, asked.rulebook, asked.as_of, language_of(request))
