"""Routes of bodies."""

from typing import Annotated
from uuid import UUID

from fastapi import Query as Parameter
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.registry.bodies import store
from services.registry.bodies.handlers import RegisterBody, register_body
from services.registry.bodies.kinds import KINDS
from services.registry.bodies.views import BodyView
from services.registry.fields import OneOf
from shared.fields.places import Place
from shared.fields.text import Name
from shared.web.http import Body, Command, Query, perform, router
from shared.web.paging import DEFAULT_LIMIT, Limit, Listing, Page, read_cursor, write_cursor

routes = router("bodies")

Kind = Annotated[str, OneOf(KINDS)]


class BodyBody(Body):
    """A body in which posts are to be given: what kind it is says which duties."""

    title: Name = Field(examples=["珠海市民政局"])
    jurisdiction: Place = Field(examples=["4404"])
    kind: Kind = Field(examples=["registration_authority"])


class BodyFilters(BaseModel):
    """What the list of bodies can be narrowed to."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = None
    jurisdiction: Place | None = None
    after: Annotated[str, Field(max_length=2000)] | None = None
    limit: Limit = DEFAULT_LIMIT


@routes.post("/bodies", operation_id="register_body", response_model=BodyView, status_code=201)
async def post_body(body: BodyBody, call: Command) -> Response:
    """Registers a body that neither buys nor provides. Duty: administer_posts, where it lies."""
    return await perform(register_body, call, RegisterBody(body.title, body.jurisdiction, body.kind))


@routes.get("/bodies", operation_id="list_bodies")
async def list_bodies(request: Request, query: Query, filters: Annotated[BodyFilters, Parameter()]) -> Page[BodyView]:
    """The register of bodies, page by page."""
    key = request.app.state.settings.cursor_key.get_secret_value().encode()
    asked = filters.model_dump(exclude={"after", "limit"})
    listing = Listing("bodies", asked, str(query.actor.person_id))
    after = UUID(str(read_cursor(filters.after, listing, key)[0])) if filters.after else None
    scope = query.actor.scope()
    rows = await store.read_bodies(query, filters.kind, filters.jurisdiction, after, filters.limit, scope)
    full = len(rows) == filters.limit
    following = write_cursor([rows[-1].id], listing, key) if full else None
    return Page(items=[BodyView.model_validate(row) for row in rows], next=following)


@routes.get("/bodies/{body_id}", operation_id="get_body")
async def get_body(body_id: UUID, query: Query, response: Response) -> BodyView:
    """One body."""
    body = await store.read_body(query, body_id, query.actor.scope())
    response.headers["etag"] = f'"{body.version}"'
    return BodyView.model_validate(body)
