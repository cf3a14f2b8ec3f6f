"""Routes of panels."""

from typing import Literal, Self
from uuid import UUID

from fastapi import Response
from pydantic import Field, model_validator

from services.tendering.panels import store
from services.tendering.panels.handlers import DeclareInterests, FormPanel, declare, form
from services.tendering.panels.views import PanelView, panel_view
from services.tendering.procurements import store as procurements
from shared.errands.documents import Documented, names
from shared.fields.text import ShortText
from shared.web.http import Body, Command, Id, Query, perform, router
from shared.work.database import NotFound

routes = router("panels")


class MemberBody(Body):
    """A person of the panel, as expert or as the purchaser's representative."""

    person_id: Id
    role: Literal["expert", "purchaser"]


class PanelBody(Documented):
    """The whole panel, with the reference of the draw that found its experts in the government's pool; without one the
    purchaser chose them, which takes a consent (`ask_consent`, own_experts). `reason`: why a member who was to score
    again is replaced."""

    members: list[MemberBody] = Field(max_length=21)
    draw_reference: ShortText | None = None
    reason: ShortText | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({member.person_id for member in self.members}) != len(self.members):
            raise ValueError("name each person once")
        return self


class InterestBody(Body):
    """An interest in a bidder and its ground."""

    provider_id: Id
    ground: Literal["employment", "director_supervisor", "controller", "kinship", "other"]


class DeclarationBody(Body):
    """Interests of the member; an empty list declares that there are none. What was declared before stays."""

    interests: list[InterestBody] = Field(max_length=100)


@routes.post(
    "/procurements/{procurement_id}/panel", operation_id="form_panel", response_model=PanelView, status_code=201
)
async def post_panel(procurement_id: UUID, body: PanelBody, call: Command) -> Response:
    """Names the panel, after the opening; again in place of members who withdrew, or who were to score again and do
    not: then another person than named the panel names one for each, with a reason. Duty: form_panel."""
    roles = {member.person_id: member.role for member in body.members}
    command = FormPanel(procurement_id, dict(roles), body.draw_reference, body.reason)
    return await perform(form, names(call, body, "panel", procurement_id), command)


@routes.post(
    "/procurements/{procurement_id}/panel/declaration", operation_id="declare_interests", response_model=PanelView
)
async def post_declaration(procurement_id: UUID, body: DeclarationBody, call: Command) -> Response:
    """Declares one's interests in the bidders; with one, a member no longer scores. Duty: score_bids."""
    interests = tuple((interest.provider_id, str(interest.ground)) for interest in body.interests)
    return await perform(declare, call, DeclareInterests(procurement_id, interests))


@routes.get("/procurements/{procurement_id}/panel", operation_id="get_panel")
async def get_panel(procurement_id: UUID, query: Query) -> PanelView:
    """The panel: for the purchaser's side and its members, for everybody once the award is announced."""
    scope = query.actor.scope()
    procurement = await procurements.read(query, procurement_id, scope)
    panel = await store.of_procurement(query, procurement_id)
    if panel is None:
        raise NotFound
    members = await store.members(query, panel.id)
    mine = query.actor.person_id in {member.person_id for member in members}
    if not (mine or procurements.sees(scope, procurement) or procurement.shows_result):
        raise NotFound
    return panel_view(panel, members, await store.replacements(query, panel.id))
