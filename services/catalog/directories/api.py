"""Routes of directory editions and their items."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query as Parameter
from fastapi import Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.catalog.directories import store
from services.catalog.directories.handlers import DraftEdition, PublishEdition, import_edition, publish
from services.catalog.directories.sheets import COLUMNS, MOST_LINES, FaultySheet
from services.catalog.directories.views import EditionView, ImportReport, ItemView
from services.catalog.fields import CSV, NegativeDeclaration
from shared.fields.places import LocalPlace
from shared.fields.text import Name, PlainDate, WorkDate
from shared.reading.sheets import write_sheet
from shared.web.http import Body, Command, Id, Listed, Query, perform, router
from shared.web.paging import DEFAULT_LIMIT, Limit, Page

routes = router("directories")


class EditionBody(Body):
    """An edition to import. `sheet` is the text of a CSV file with the columns code, parent, level, name_zh, note and,
    where there is one, name_en, also by their Chinese headings; in a district's edition a parent may be an item of the
    city's."""

    jurisdiction: LocalPlace
    organisation: Id
    kind: Literal["guidance", "implementing"]
    title: Name
    valid_from: WorkDate
    sheet: Annotated[str, StringConstraints(max_length=1_000_000)] = Field(
        examples=[
            "code,parent,level,name_zh,name_en,note\n2,,1,基本服务类,Basic services,\n2.04,2,2,心理咨询,Counselling,\n"
        ]
    )
    negative_declaration: NegativeDeclaration


class ItemFilter(BaseModel):
    """Which items of an edition: those under a parent, those of a level."""

    model_config = ConfigDict(extra="forbid")

    parent: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.]{1,20}$")] | None = None
    level: Literal["1", "2", "3"] | None = None


class ItemPage(ItemFilter):
    """The filter, and the page of the list: `after` is the last code seen."""

    after: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.]{0,20}$")] = ""
    limit: Limit = DEFAULT_LIMIT


@routes.get("/directories", operation_id="list_directories")
async def list_directories(
    query: Query,
    listed: Listed,
    jurisdiction: Annotated[LocalPlace, Parameter()],
    in_force_on: Annotated[PlainDate | None, Parameter()] = None,
) -> list[EditionView]:
    """Editions of a jurisdiction and of those above it, newest first; with `in_force_on` those in force that day."""
    scope = query.actor.scope()
    rows = await store.list_editions(query, jurisdiction, in_force_on, listed.after, listed.fetched, scope)
    return [EditionView.model_validate(row) for row in listed.page(rows, "valid_from", "id")]


@routes.get("/directories/{edition_id}", operation_id="get_directory")
async def get_directory(edition_id: UUID, query: Query, response: Response) -> EditionView:
    """One edition; its ETag is needed to publish it."""
    row = await store.read_edition(query, edition_id, query.actor.scope())
    response.headers["etag"] = f'"{row.version}"'
    return EditionView.model_validate(row)


@routes.get("/directories/{edition_id}/items", operation_id="list_directory_items")
async def list_directory_items(
    edition_id: UUID, page: Annotated[ItemPage, Parameter()], query: Query
) -> Page[ItemView]:
    """The items of an edition by code."""
    await store.read_edition(query, edition_id, query.actor.scope())
    rows = await store.list_items(
        query, edition_id, parent=page.parent, level=_level(page), after=page.after, limit=page.limit + 1
    )
    shown = [ItemView.model_validate(row) for row in rows[: page.limit]]
    return Page(items=shown, next=shown[-1].code if len(rows) > page.limit else None)


@routes.get(
    "/directories/{edition_id}/items.csv", operation_id="export_directory_items", response_class=Response, responses=CSV
)
async def export_directory_items(
    edition_id: UUID, wanted: Annotated[ItemFilter, Parameter()], query: Query
) -> Response:
    """The items as a CSV file that can be imported again; cells that a program might run are made harmless."""
    await store.read_edition(query, edition_id, query.actor.scope())
    rows = await store.list_items(
        query, edition_id, parent=wanted.parent, level=_level(wanted), after="", limit=MOST_LINES
    )
    return Response(write_sheet(COLUMNS, rows), media_type="text/csv; charset=utf-8")


@routes.post(
    "/directories",
    operation_id="import_directory",
    response_model=EditionView,
    status_code=201,
    responses={200: {"model": ImportReport}},
)
async def post_edition(
    body: EditionBody, call: Command, dry_run: Annotated[Literal["true", "false"], Parameter()] = "false"
) -> Response:
    """Imports a sheet as a draft, or with `dry_run=true` only tells what would happen. All faults come at once, each
    with line, column and what to do. Duty: draft_directory."""
    command = DraftEdition(
        body.jurisdiction,
        body.organisation,
        body.kind,
        body.title,
        body.valid_from,
        body.sheet,
        body.negative_declaration,
        dry_run == "true",
    )
    try:
        return await perform(import_edition, call, command)
    except FaultySheet as error:
        raise _as_fields(error) from error


@routes.post("/directories/{edition_id}/publish", operation_id="publish_directory", response_model=EditionView)
async def post_publication(edition_id: UUID, call: Command) -> Response:
    """Publishes a draft, as another person; from then on it never changes. Duty: publish_directory."""
    return await perform(publish, call, PublishEdition(edition_id))


def _level(wanted: ItemFilter) -> int | None:
    return int(wanted.level) if wanted.level else None


def _as_fields(error: FaultySheet) -> RequestValidationError:
    """Every fault as a field error of the sheet: `body.sheet.<line>.<column>`."""
    return RequestValidationError(
        [
            {"loc": ("body", "sheet", fault.line, fault.column or "line"), "type": fault.code, "msg": fault.message}
            for fault in error.faults
        ]
    )
