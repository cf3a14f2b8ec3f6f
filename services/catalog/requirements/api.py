"""Routes of requirements."""

from typing import Literal
from uuid import UUID

from fastapi import Response

from services.catalog.fields import NegativeDeclaration
from services.catalog.requirements import store
from services.catalog.requirements.handlers import (
    ReviewRequirement,
    WriteRequirement,
    review_requirement,
    write_requirement,
)
from services.catalog.requirements.views import RequirementContent, RequirementView
from shared.errands.documents import Documented, names
from shared.fields.text import ShortText
from shared.web.http import Command, Listed, Query, perform, router

routes = router("requirements")


class RequirementBody(Documented):
    """A version of the requirement, and the negative list declared before procurement."""

    content: RequirementContent
    negative_declaration: NegativeDeclaration


class RequirementReviewBody(Documented):
    """The review: whether the requirement is lawful and clearly worded, and the reason where it is returned."""

    verdict: Literal["finalise", "return"]
    compliant: bool
    wording_clear: bool
    reason: ShortText | None = None


@routes.get("/projects/{project_id}/requirements", operation_id="list_requirements")
async def list_requirements(project_id: UUID, query: Query, listed: Listed) -> list[RequirementView]:
    """Every version of a project's requirement, latest first."""
    shown = listed.by("number", descending=True)
    rows = await store.list_requirements(query, project_id, shown, query.actor.scope())
    return [RequirementView.model_validate(row) for row in listed.page(rows, "number")]


@routes.get("/requirements/{requirement_id}", operation_id="get_requirement")
async def get_requirement(requirement_id: UUID, query: Query, response: Response) -> RequirementView:
    """One version; its ETag is needed to review it."""
    row = await store.read_requirement(query, requirement_id, query.actor.scope())
    response.headers["etag"] = f'"{row.version}"'
    return RequirementView.model_validate(row)


@routes.post(
    "/projects/{project_id}/requirements",
    operation_id="write_requirement",
    response_model=RequirementView,
    status_code=201,
)
async def post_requirement(project_id: UUID, body: RequirementBody, call: Command) -> Response:
    """Keeps the next version. If-Match is the project's. Duty: write_requirement, of the purchaser."""
    content = body.content.model_dump(mode="json")
    return await perform(
        write_requirement,
        names(call, body, "requirement"),
        WriteRequirement(project_id, content, body.negative_declaration),
    )


@routes.post("/requirements/{requirement_id}/review", operation_id="review_requirement", response_model=RequirementView)
async def post_review(requirement_id: UUID, body: RequirementReviewBody, call: Command) -> Response:
    """Finalises or returns a version, as another person than its writer; with approval and budget standing this clears
    the project. Duty: review_requirement, of the purchaser."""
    command = ReviewRequirement(
        requirement_id, body.verdict == "finalise", body.compliant, body.wording_clear, body.reason
    )
    return await perform(review_requirement, names(call, body, "requirement", requirement_id), command)
