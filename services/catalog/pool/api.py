"""Routes of the pool: steps of a project's way in, and its review."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.catalog.fields import Slug
from services.catalog.pool.handlers import (
    ChooseProject,
    ConsentProject,
    ReviewProject,
    TakeStep,
    choose_project,
    consent_project,
    review_project,
    take_step,
)
from services.catalog.projects.views import ProjectView
from shared.http import Body, Command, Id, perform, router
from shared.money import Money
from shared.text import PlainDate, ShortText

routes = router("pool")

Votes = Annotated[int, Field(ge=0, le=10_000_000)]


class DeliberationBody(Body):
    """When the residents deliberated; what they said is not kept here."""

    occurred_on: PlainDate


class VoteBody(Body):
    """When and how the residents voted; abstentions count for neither side."""

    occurred_on: PlainDate
    votes_for: Votes = Field(examples=[87])
    votes_against: Votes = Field(examples=[19])


class ChoiceBody(Body):
    """The community that chooses."""

    community: Id


class ReviewBody(Body):
    """The review. To approve, a judgement by criterion and the money at hand (CNY) where the rulebook asks for them;
    to decline, the negative item the project falls under, if it is one, and the reason."""

    verdict: Literal["approve", "decline"]
    criteria: dict[Slug, ShortText] = Field(default={}, max_length=20)
    available_money: Money | None = None
    negative_item: Slug | None = None
    reason: ShortText | None = None


@routes.post("/projects/{project_id}/deliberation", operation_id="record_deliberation", response_model=ProjectView)
async def post_deliberation(project_id: UUID, body: DeliberationBody, call: Command) -> Response:
    """Records the residents' deliberation. Duty: propose_project, in the proposing organisation."""
    return await perform(take_step, call, TakeStep(project_id, "deliberation", body.occurred_on))


@routes.post("/projects/{project_id}/vote", operation_id="record_vote", response_model=ProjectView)
async def post_vote(project_id: UUID, body: VoteBody, call: Command) -> Response:
    """Records the residents' vote; a lost vote ends the project. Duty: propose_project, in the proposing
    organisation."""
    votes = (body.votes_for, body.votes_against)
    return await perform(take_step, call, TakeStep(project_id, "vote", body.occurred_on, votes))


@routes.post("/projects/{project_id}/consent", operation_id="consent_project", response_model=ProjectView)
async def post_consent(project_id: UUID, call: Command) -> Response:
    """Lets a provider's plan into the pool. Duty: review_project, of the purchaser."""
    return await perform(consent_project, call, ConsentProject(project_id))


@routes.post("/projects/{project_id}/choice", operation_id="choose_project", response_model=ProjectView)
async def post_choice(project_id: UUID, body: ChoiceBody, call: Command) -> Response:
    """A community chooses a project of the pool. Duty: choose_project, in the community's organisation."""
    return await perform(choose_project, call, ChooseProject(project_id, body.community))


@routes.post("/projects/{project_id}/review", operation_id="review_project", response_model=ProjectView)
async def post_review(project_id: UUID, body: ReviewBody, call: Command) -> Response:
    """Fixes the project, confirming that it falls under no negative item, or declines it. Duty: review_project, of the
    purchaser, by another person than the proposer."""
    command = ReviewProject(
        project_id,
        body.verdict == "approve",
        body.criteria,
        body.available_money,
        body.negative_item,
        body.reason,
    )
    return await perform(review_project, call, command)
