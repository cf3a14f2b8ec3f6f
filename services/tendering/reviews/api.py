"""Routes of the qualification review."""

from typing import Self
from uuid import UUID

from fastapi import Response
from pydantic import Field, model_validator

from services.tendering.files.contents import Code
from services.tendering.procurements import store as procurements
from services.tendering.reviews import store
from services.tendering.reviews.handlers import ReviewQualification, review_qualification
from services.tendering.reviews.views import ReviewView, review_view
from shared.errands.documents import Documented, names
from shared.fields.text import ShortText
from shared.web.http import Body, Command, Id, Query, perform, router
from shared.work.database import NotFound

routes = router("reviews")


class FoundBody(Body):
    """One bid against one of the purchaser's own conditions."""

    bid_id: Id
    condition: Code
    met: bool


class ReviewBody(Documented):
    """A finding for every bid and every own condition. The registry answers for the statutory ones. `reason`: why it is
    found otherwise than it was, once the review is over."""

    found: list[FoundBody] = Field(default=[], max_length=2000)
    reason: ShortText | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({(one.bid_id, one.condition) for one in self.found}) != len(self.found):
            raise ValueError("give each bid and condition once")
        return self


@routes.post(
    "/procurements/{procurement_id}/qualification", operation_id="review_qualification", response_model=ReviewView
)
async def post_review(procurement_id: UUID, body: ReviewBody, call: Command) -> Response:
    """Holds every bid against every condition, after the opening. Duty: review_qualification. What rests on a
    reviewer's word counts when another person has found the same after it; until then the procurement stays opened,
    and who finds otherwise corrects what was found before. Once it is reviewed, and until the sums are drawn, two
    persons who did not find it correct it in the same way, each with a reason; whoever has scored scores again. With
    fewer qualified bids than the method needs the procurement fails."""
    found = {(one.bid_id, one.condition): one.met for one in body.found}
    return await perform(
        review_qualification,
        names(call, body, "review", procurement_id),
        ReviewQualification(procurement_id, found, body.reason),
    )


@routes.get("/procurements/{procurement_id}/qualification", operation_id="get_qualification")
async def get_review(procurement_id: UUID, query: Query) -> ReviewView:
    """The review: for the purchaser's side, and for everybody once the award is announced."""
    scope = query.actor.scope()
    procurement = await procurements.read(query, procurement_id, scope)
    results = await store.results(query, procurement_id)
    findings = await store.findings(query, procurement_id)
    if not (results or findings) or not (procurement.shows_result or procurements.sees(scope, procurement)):
        raise NotFound
    return review_view(procurement, results, findings)
