"""Routes of purchasers."""

from typing import Annotated
from uuid import UUID

from fastapi import Query as Parameter
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.registry.fields import OneOf
from services.registry.purchasers import store
from services.registry.purchasers.handlers import RegisterPurchaser, register_purchaser
from services.registry.purchasers.rules import ATTRIBUTES, KINDS, Applicant
from services.registry.purchasers.views import PurchaserView
from shared.fields.places import Place
from shared.fields.text import Name
from shared.web.http import Body, Command, Query, perform, router
from shared.web.paging import DEFAULT_LIMIT, Limit, Listing, Page, read_cursor, write_cursor

routes = router("purchasers")

Kind = Annotated[str, OneOf(KINDS)]
Attribute = Annotated[str, OneOf(ATTRIBUTES)]


class PurchaserBody(Body):
    """A body that asks to buy. `attributes` are those it has shown; `opts_in` where the text leaves it the choice."""

    title: Name = Field(examples=["云澳街道办事处"])
    jurisdiction: Place = Field(examples=["4404/440402"])
    kind: Kind = Field(examples=["street_office"])
    attributes: list[Attribute] = Field(default=[], max_length=len(ATTRIBUTES))
    opts_in: bool = False


class PurchaserFilters(BaseModel):
    """What the list of purchasers can be narrowed to."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = None
    jurisdiction: Place | None = None
    after: Annotated[str, Field(max_length=2000)] | None = None
    limit: Limit = DEFAULT_LIMIT


@routes.post("/purchasers", operation_id="register_purchaser", response_model=PurchaserView, status_code=201)
async def post_purchaser(body: PurchaserBody, call: Command) -> Response:
    """Registers a body that may buy. Duty: register_purchaser."""
    applicant = Applicant(body.kind, frozenset(body.attributes), body.opts_in)
    return await perform(register_purchaser, call, RegisterPurchaser(body.title, body.jurisdiction, applicant))


@routes.get("/purchasers", operation_id="list_purchasers")
async def list_purchasers(
    request: Request, query: Query, filters: Annotated[PurchaserFilters, Parameter()]
) -> Page[PurchaserView]:
    """The register of purchasers, page by page."""
    key = request.app.state.settings.cursor_key.get_secret_value().encode()
    asked = filters.model_dump(exclude={"after", "limit"})
    listing = Listing("purchasers", asked, str(query.actor.person_id))
    after = UUID(str(read_cursor(filters.after, listing, key)[0])) if filters.after else None
    scope = query.actor.scope()
    rows = await store.read_purchasers(query, filters.kind, filters.jurisdiction, after, filters.limit, scope)
    full = len(rows) == filters.limit
    following = write_cursor([rows[-1].id], listing, key) if full else None
    return Page(items=[PurchaserView.model_validate(row) for row in rows], next=following)


@routes.get("/purchasers/{purchaser_id}", operation_id="get_purchaser")
async def get_purchaser(purchaser_id: UUID, query: Query, response: Response) -> PurchaserView:
    """One purchaser."""
    purchaser = await store.read_purchaser(query, purchaser_id, query.actor.scope())
    response.headers["etag"] = f'"{purchaser.version}"'
    return PurchaserView.model_validate(purchaser)
