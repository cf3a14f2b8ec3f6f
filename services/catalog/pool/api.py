"""Routes of the pool: steps of a project's way in, and its review."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.catalog.fields import Slug
from services.catalog.pool import store
from services.catalog.pool.handlers import (
    ChooseProject,
    ConsentProject,
    ReviewProject,
    TakeStep,
    WithdrawStep,
    choose_project,
    consent_project,
    review_project,
    take_step,
    withdraw_step,
)
from services.catalog.pool.views import StepView
from services.catalog.projects.store import read_project
from services.catalog.projects.views import ProjectView
from shared.errands.documents import Documented, names
from shared.fields.money import Money
from shared.fields.text import PlainDate, ShortText
from shared.web.http import Body, Command, Id, Listed, Query, perform, router

routes = router("pool")

Votes = Annotated[int, Field(ge=0, le=10_000_000)]


class DeliberationBody(Documented):
    """When the residents deliberated; what they said is not kept here. `reason`: why it replaces an entry."""

    occurred_on: PlainDate
    reason: ShortText | None = None


class VoteBody(Documented):
    """When and how the residents voted; abstentions count for neither side. `reason`: why it replaces an entry."""

    occurred_on: PlainDate
    votes_for: Votes = Field(examples=[87])
    votes_against: Votes = Field(examples=[19])
    reason: ShortText | None = None


class WithdrawalBody(Body):
    """Why what is recorded does not count."""

    reason: ShortText = Field(examples=["误录为本项目，应为另一社区的议事。"])


class ChoiceBody(Body):
    """The community that chooses."""

    community: Id


class ReviewBody(Documented):
    """The review. To approve, a judgement by criterion and the money at hand (CNY) where the rulebook asks for them;
    to decline, the negative item the project falls under, if it is one, and the reason."""

    verdict: Literal["approve", "decline"]
    criteria: dict[Slug, ShortText] = Field(default={}, max_length=20)
    available_money: Money | None = None
    negative_item: Slug | None = None
    reason: ShortText | None = None


@routes.post("/projects/{project_id}/deliberation", operation_id="record_deliberation", response_model=ProjectView)
async def post_deliberation(project_id: UUID, body: DeliberationBody, call: Command) -> Response:
    """Records the residents' deliberation. A second entry takes the place of the first, by another person and with a
    reason, until the project is reviewed. Duty: propose_project, in the proposing organisation."""
    command = TakeStep(project_id, "deliberation", body.occurred_on, reason=body.reason)
    return await perform(take_step, names(call, body, "project", project_id), command)


@routes.post("/projects/{project_id}/vote", operation_id="record_vote", response_model=ProjectView)
async def post_vote(project_id: UUID, body: VoteBody, call: Command) -> Response:
    """Records the residents' vote; a lost vote ends the project. A second entry takes the place of the first, by
    another person and with a reason, until the project is reviewed; the project then stands as that vote says. Duty:
    propose_project, in the proposing organisation."""
    votes = (body.votes_for, body.votes_against)
    return await perform(
        take_step,
        names(call, body, "project", project_id),
        TakeStep(project_id, "vote", body.occurred_on, votes, body.reason),
    )


@routes.post(
    "/projects/{project_id}/deliberation/withdraw", operation_id="withdraw_deliberation", response_model=ProjectView
)
async def post_deliberation_withdrawal(project_id: UUID, body: WithdrawalBody, call: Command) -> Response:
    """Withdraws a deliberation that did not take place or was about another project. Duty: propose_project, in the
    proposing organisation, by another person than who recorded it."""
    return await perform(withdraw_step, call, WithdrawStep(project_id, "deliberation", body.reason))


@routes.post("/projects/{project_id}/vote/withdraw", operation_id="withdraw_vote", response_model=ProjectView)
async def post_vote_withdrawal(project_id: UUID, body: WithdrawalBody, call: Command) -> Response:
    """Withdraws a vote that did not take place or was about another project. Duty: propose_project, in the proposing
    organisation, by another person than who recorded it."""
    return await perform(withdraw_step, call, WithdrawStep(project_id, "vote", body.reason))


@routes.get("/projects/{project_id}/steps", operation_id="list_steps")
async def list_steps(project_id: UUID, query: Query, listed: Listed) -> list[StepView]:
    """Every entry of the project's deliberation and vote, those that were replaced too."""
    await read_project(query, project_id, query.actor.scope())
    rows = await store.list_entries(query, project_id, listed.by("id"))
    return [StepView.model_validate(row) for row in listed.page(rows, "id")]


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
    return await perform(review_project, names(call, body, "project", project_id), command)
