"""Routes of awards."""

from typing import Literal
from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.tendering.awards import store
from services.tendering.awards.choices import (
    ChooseAfterBlock,
    ConfirmChoice,
    RevokeChoice,
    choose_after_block,
    confirm_choice,
    revoke_choice,
)
from services.tendering.awards.corrections import CorrectReasons, correct_award_reasons
from services.tendering.awards.handlers import (
    AskAgain,
    ConfirmAward,
    GiveReasons,
    ProposeAward,
    ask_again,
    confirm,
    give_reasons,
    propose,
)
from services.tendering.awards.records import PUBLIC, Award
from services.tendering.awards.views import AwardView, ReasonsCorrectionView
from services.tendering.procurements import store as procurements
from shared.errands.documents import Documented, names
from shared.fields.text import Name, ShortText
from shared.web.http import Body, Command, Listed, Query, perform, router
from shared.work.database import NotFound

routes = router("awards")


class ReasonBody(Body):
    """Why the award is right although this clause speaks against the provider."""

    clause: Name = Field(examples=["ZH21-27.6"])
    reason: ShortText


class ReasonsBody(Documented):
    """Reasons, one a clause."""

    acknowledged: list[ReasonBody] = Field(default=[], max_length=50)

    def by_clause(self) -> dict[str, str]:
        return {one.clause: one.reason for one in self.acknowledged}


class CorrectedReasonsBody(Documented):
    """Reasons in the place of those given, one a clause, and why."""

    acknowledged: list[ReasonBody] = Field(min_length=1, max_length=50)
    why: ShortText


class ChoiceBody(ReasonsBody):
    """The next in rank, or no award."""

    choice: Literal["next", "fail"]


@routes.post(
    "/procurements/{procurement_id}/awards", operation_id="propose_award", response_model=AwardView, status_code=201
)
async def post_award(procurement_id: UUID, body: ReasonsBody, call: Command) -> Response:
    """Proposes the first in rank; the registry answers for its standing now, the budget whether it holds the price.
    Duty: approve_award."""
    return await perform(propose, names(call, body, "award"), ProposeAward(procurement_id, body.by_clause()))


@routes.post("/awards/{award_id}/reasons", operation_id="give_award_reasons", response_model=AwardView)
async def post_reasons(award_id: UUID, body: ReasonsBody, call: Command) -> Response:
    """Answers the references that the registry found; the award is announced then. Duty: approve_award."""
    return await perform(give_reasons, names(call, body, "award", award_id), GiveReasons(award_id, body.by_clause()))


@routes.post("/awards/{award_id}/reasons/correction", operation_id="correct_award_reasons", response_model=AwardView)
async def post_reasons_correction(award_id: UUID, body: CorrectedReasonsBody, call: Command) -> Response:
    """Sets reasons right that another person gave, until the award is confirmed; both stay readable. Duty:
    approve_award."""
    reasons = {one.clause: one.reason for one in body.acknowledged}
    command = CorrectReasons(award_id, reasons, body.why)
    return await perform(correct_award_reasons, names(call, body, "award", award_id), command)


@routes.get("/awards/{award_id}/reasons/corrections", operation_id="list_reason_corrections")
async def list_corrections(award_id: UUID, query: Query, listed: Listed) -> list[ReasonsCorrectionView]:
    """The reasons of this award that were set right: what they were, and why; for those who read the award."""
    await _may_read(query, award_id)
    kept = await store.list_corrections(query, award_id, listed.by("number"))
    return [ReasonsCorrectionView.model_validate(each) for each in listed.page(kept, "number")]


@routes.post("/awards/{award_id}/proposal", operation_id="ask_award_again", response_model=AwardView)
async def post_proposal(award_id: UUID, call: Command) -> Response:
    """Asks registry and budget once more about a blocked award: the budget was adjusted, or the bar was lifted. A
    choice that only one person made is void. Duty: approve_award."""
    return await perform(ask_again, call, AskAgain(award_id))


@routes.post("/awards/{award_id}/confirm", operation_id="confirm_award", response_model=AwardView)
async def post_confirmation(award_id: UUID, call: Command) -> Response:
    """Confirms an announced award, as another person, after the notice period. Duty: approve_award."""
    return await perform(confirm, call, ConfirmAward(award_id))


@routes.post("/awards/{award_id}/choice", operation_id="choose_after_block", response_model=AwardView)
async def post_choice(award_id: UUID, body: ChoiceBody, call: Command) -> Response:
    """Chooses after a blocked award, or one of which no contract came: the next in rank, or none. Duty:
    approve_award."""
    return await perform(
        choose_after_block,
        names(call, body, "award", award_id),
        ChooseAfterBlock(award_id, body.choice, body.by_clause()),
    )


@routes.post("/awards/{award_id}/choice/confirm", operation_id="confirm_choice", response_model=AwardView)
async def post_choice_confirmation(award_id: UUID, call: Command) -> Response:
    """Confirms the choice, as another person. Answers with the new round, or with the last.
    Duty: approve_award."""
    return await perform(confirm_choice, call, ConfirmChoice(award_id))


@routes.post("/awards/{award_id}/choice/revoke", operation_id="revoke_choice", response_model=AwardView)
async def post_choice_revocation(award_id: UUID, call: Command) -> Response:
    """Takes back what you chose, or refuses what another did. Duty: approve_award."""
    return await perform(revoke_choice, call, RevokeChoice(award_id))


@routes.get("/procurements/{procurement_id}/awards", operation_id="list_awards")
async def list_awards(procurement_id: UUID, query: Query, listed: Listed) -> list[AwardView]:
    """All rounds for the purchaser's side; for others the award that is announced or confirmed."""
    scope = query.actor.scope()
    procurement = await procurements.read(query, procurement_id, scope)
    states = None if procurements.sees(scope, procurement) else PUBLIC
    rounds = await store.list_rounds(query, procurement_id, listed.by("lot", "round"), states)
    return [AwardView.model_validate(award) for award in listed.page(rounds, "lot", "round")]


@routes.get("/awards/{award_id}", operation_id="get_award")
async def get_award(award_id: UUID, query: Query, response: Response) -> AwardView:
    """One round of an award; its ETag is needed to change it."""
    award = await _may_read(query, award_id)
    response.headers["etag"] = f'"{award.version}"'
    return AwardView.model_validate(award)


async def _may_read(query: Query, award_id: UUID) -> Award:
    award = await store.get(query, award_id)
    scope = query.actor.scope()
    procurement = await procurements.read(query, award.procurement_id, scope)
    if award.state not in PUBLIC and not procurements.sees(scope, procurement):
        raise NotFound
    return award
