"""Routes of declared interests."""

from typing import Literal
from uuid import UUID

from fastapi import Response

from services.registry.fields import Hash
from services.registry.interests.handlers import (
    Because,
    DeclareInterest,
    EndInterest,
    declare_interest,
    end_interest,
)
from services.registry.interests.store import acts_of, read_interest
from services.registry.interests.views import InterestView, interest_view
from shared.fields.text import WorkDate
from shared.web.http import Body, Command, Id, Query, perform, router

routes = router("interests")


class InterestBody(Body):
    """An interest in a provider and its ground (GPR-9.1). Of another person: who, and the document that shows it."""

    provider_id: Id
    ground: Literal["employment", "director_supervisor", "controller", "kinship", "other"]
    person_id: Id | None = None
    document_hash: Hash | None = None


class EndBody(Body):
    """Until which day there was an interest, why it is over, and the document that shows it. What was entered wrongly
    never counted, and has no last day."""

    last_day: WorkDate | None = None
    reason: Because
    document_hash: Hash


@routes.post("/interests", operation_id="declare_interest", response_model=InterestView, status_code=201)
async def post_interest(body: InterestBody, call: Command) -> Response:
    """Declares an interest in a provider, at any time: one's own, which needs no post; or, with evidence, that of
    another person. It keeps the person from every decision about that provider. Duty: supervise."""
    command = DeclareInterest(body.provider_id, body.ground, body.person_id, body.document_hash)
    return await perform(declare_interest, call, command)


@routes.post("/interests/{interest_id}/end", operation_id="end_interest", response_model=InterestView)
async def post_end(interest_id: UUID, body: EndBody, call: Command) -> Response:
    """Says, as another person than the one it is about and the one who declared it, that an interest has ended: it
    keeps the person away until the years of GPR-9.1 have passed since its last day. One that was entered wrongly is
    annulled, and keeps nobody away from then on. The declaration stays on record beside it. Duty: supervise."""
    command = EndInterest(interest_id, body.last_day, body.reason, body.document_hash)
    return await perform(end_interest, call, command)


@routes.get("/interests/{interest_id}", operation_id="get_interest")
async def get_interest(interest_id: UUID, query: Query) -> InterestView:
    """A declared interest, for the person and for those who supervise the place."""
    declaration = await read_interest(query, interest_id, query.actor.scope())
    return interest_view(declaration, await acts_of(query, interest_id))
