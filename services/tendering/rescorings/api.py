"""Routes of rescorings."""

from typing import Literal
from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.tendering.files.contents import Code
from services.tendering.panels import store as panels
from services.tendering.procurements import store as procurements
from services.tendering.rescorings import store
from services.tendering.rescorings.handlers import (
    JudgeRescoring,
    ReopenScores,
    RevokeRescoring,
    judge_rescoring,
    reopen_scores,
    revoke_rescoring,
)
from services.tendering.rescorings.views import RescoringView, rescoring_view
from shared.errands.documents import Documented, names
from shared.fields.text import LongText
from shared.web.http import Body, Command, Id, Listed, Query, perform, router
from shared.work.database import NotFound

routes = router("rescorings")


class FaultBody(Body):
    """Points at fault: which member's, for which bid, on which factor."""

    person_id: Id
    bid_id: Id
    factor: Code


class RescoringBody(Documented):
    """What is wrong with the scores, whose points are at fault (none where only the sum is), and why."""

    ground: Literal["wrong_sum", "out_of_range", "unequal_objective", "abnormal"]
    faults: list[FaultBody] = Field(default=[], max_length=200)
    reason: LongText


class VoiceBody(Body):
    """Whether there is the fault."""

    found: bool


@routes.post(
    "/procurements/{procurement_id}/rescorings",
    operation_id="reopen_scores",
    response_model=RescoringView,
    status_code=201,
)
async def post_rescoring(procurement_id: UUID, body: RescoringBody, call: Command) -> Response:
    """Opens scores again after the ranking, before an award is proposed, on a ground of the law, once the panel finds
    the fault; the members named then give another sheet, on which those points alone may be others. Duty: form_panel,
    and not a member whose points are named."""
    faults = frozenset((one.person_id, one.bid_id, one.factor) for one in body.faults)
    command = ReopenScores(procurement_id, body.ground, faults, body.reason)
    return await perform(reopen_scores, names(call, body, "rescoring"), command)


@routes.post("/rescorings/{rescoring_id}/judgement", operation_id="judge_rescoring", response_model=RescoringView)
async def post_judgement(rescoring_id: UUID, body: VoiceBody, call: Command) -> Response:
    """Says whether there is that fault; the majority of the panel opens the scores, and where the law asks for it all
    do. Duty: score_bids, on the panel."""
    return await perform(judge_rescoring, call, JudgeRescoring(rescoring_id, body.found))


@routes.post("/rescorings/{rescoring_id}/revoke", operation_id="revoke_rescoring", response_model=RescoringView)
async def post_revocation(rescoring_id: UUID, call: Command) -> Response:
    """Leaves the scores as they are, as long as nobody gave another sheet. Duty: form_panel."""
    return await perform(revoke_rescoring, call, RevokeRescoring(rescoring_id))


@routes.get("/procurements/{procurement_id}/rescorings", operation_id="list_rescorings")
async def list_rescorings(procurement_id: UUID, query: Query, listed: Listed) -> list[RescoringView]:
    """Every time that scores were opened again, for the purchaser's side, those who oversee it, and the panel."""
    await _may_read(query, procurement_id)
    found = listed.page(await store.list_rescorings(query, procurement_id, listed.by("number")), "number")
    return [rescoring_view(each, (await store.voices(query, each.id)).values()) for each in found]


@routes.get("/rescorings/{rescoring_id}", operation_id="get_rescoring")
async def get_rescoring(rescoring_id: UUID, query: Query, response: Response) -> RescoringView:
    """One of them; its ETag is needed to judge or to revoke it."""
    found = await store.get(query, rescoring_id)
    await _may_read(query, found.procurement_id)
    response.headers["etag"] = f'"{found.version}"'
    return rescoring_view(found, (await store.voices(query, rescoring_id)).values())


async def _may_read(query: Query, procurement_id: UUID) -> None:
    scope = query.actor.scope()
    procurement = await procurements.read(query, procurement_id, scope)
    panel = await panels.of_procurement(query, procurement_id)
    seats = {member.person_id for member in await panels.members(query, panel.id)} if panel else set()
    if query.actor.person_id not in seats and not procurements.sees(scope, procurement):
        raise NotFound
