"""Routes of procurements."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query as QueryParameters
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.tendering.procurements import store
from services.tendering.procurements.handlers import OpenProcurement, open_procurement
from services.tendering.procurements.records import ProcurementState
from services.tendering.procurements.views import ProcurementView, procurement_view
from shared.fields.text import ShortText
from shared.web.http import Body, Command, Id, Query, perform, router
from shared.web.paging import DEFAULT_LIMIT, Limit, Listing, Page, read_cursor, write_cursor

routes = router("procurements")


class OpenBody(Body):
    """Which project, by which method and why. `procurement_project` may be left out: the service decides the class."""

    project_id: Id
    method: Literal["open_tender", "competitive_consultation", "direct_choice"]
    reason: ShortText | None = Field(default=None, examples=["标准明确、供应商充足，采用公开招标。"])
    procurement_project: bool | None = None


class ProcurementFilter(BaseModel):
    """Filters of the list, all optional."""

    model_config = ConfigDict(extra="forbid")

    project_id: UUID | None = None
    organisation: UUID | None = None
    state: ProcurementState | None = None
    after: str | None = Field(default=None, max_length=2000)
    limit: Limit = DEFAULT_LIMIT


@routes.post("/procurements", operation_id="open_procurement", response_model=ProcurementView, status_code=201)
async def post_procurement(body: OpenBody, call: Command) -> Response:
    """Puts a cleared project to procurement. Duty: open_procurement."""
    command = OpenProcurement(body.project_id, body.method, body.reason, body.procurement_project)
    return await perform(open_procurement, call, command)


@routes.get("/procurements", operation_id="list_procurements")
async def list_procurements(
    asked: Annotated[ProcurementFilter, QueryParameters()], query: Query, request: Request
) -> Page[ProcurementView]:
    """Procurements that are noticed, and your own organisation's drafts; oldest first."""
    filters = asked.model_dump(exclude={"after", "limit"}, exclude_none=True)
    listing = Listing("started_on", {k: str(v) for k, v in filters.items()}, str(query.actor.person_id))
    key = request.app.state.settings.cursor_key.get_secret_value().encode()
    after = read_cursor(asked.after, listing, key) if asked.after else None
    found = await store.read_page(query, filters, after, asked.limit + 1, query.actor.scope())
    shown, more = found[: asked.limit], len(found) > asked.limit
    last = write_cursor((shown[-1].started_on, shown[-1].id), listing, key) if more else None
    return Page[ProcurementView](items=[procurement_view(each) for each in shown], next=last)


@routes.get("/procurements/{procurement_id}", operation_id="get_procurement")
async def get_procurement(procurement_id: UUID, query: Query, response: Response) -> ProcurementView:
    """One procurement; its ETag is needed to change it."""
    procurement = await store.read(query, procurement_id, query.actor.scope())
    response.headers["etag"] = f'"{procurement.version}"'
    return procurement_view(procurement)
