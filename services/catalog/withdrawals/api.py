"""Routes of withdrawals."""

from uuid import UUID

from fastapi import Response

from services.catalog.projects.views import ProjectView
from services.catalog.withdrawals.handlers import (
    ConfirmProjectWithdrawal,
    ProposeProjectWithdrawal,
    RevokeProjectWithdrawal,
    confirm_withdrawal,
    propose_withdrawal,
    revoke_withdrawal,
)
from shared.fields.text import ShortText
from shared.web.http import Body, Command, perform, router

routes = router("withdrawals of projects")


class ProjectWithdrawalBody(Body):
    """Why the project is not to be bought any more."""

    reason: ShortText


@routes.post("/projects/{project_id}/withdrawal", operation_id="propose_project_withdrawal", response_model=ProjectView)
async def post_withdrawal(project_id: UUID, body: ProjectWithdrawalBody, call: Command) -> Response:
    """Proposes to take a project out of the pool. Duty: review_project, of the purchaser."""
    return await perform(propose_withdrawal, call, ProposeProjectWithdrawal(project_id, body.reason))


@routes.post(
    "/projects/{project_id}/withdrawal/confirm", operation_id="confirm_project_withdrawal", response_model=ProjectView
)
async def post_confirmation(project_id: UUID, call: Command) -> Response:
    """Takes it out, as another person; its budget goes back. Duty: review_project, of the purchaser."""
    return await perform(confirm_withdrawal, call, ConfirmProjectWithdrawal(project_id))


@routes.post(
    "/projects/{project_id}/withdrawal/revoke", operation_id="revoke_project_withdrawal", response_model=ProjectView
)
async def post_revocation(project_id: UUID, call: Command) -> Response:
    """Takes back what you proposed, or refuses what another did: the project stays. Duty: review_project, of the
    purchaser."""
    return await perform(revoke_withdrawal, call, RevokeProjectWithdrawal(project_id))
